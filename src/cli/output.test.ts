// The output contract: tables that fit a terminal, documents that keep every digit.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Column, fold, foldCommand, render, table } from "./output.ts";
import type { Screen } from "./verb.ts";

const off: Screen = { width: undefined, colour: false };
type Row = { name: string; count: number; note: string };
const columns: readonly Column<Row>[] = [
  { title: "NAME", cell: (row) => row.name, paint: () => "bad" },
  { title: "COUNT", cell: (row) => String(row.count), align: "right" },
  { title: "SECRET", cell: () => "x", wide: true },
  { title: "NOTE", cell: (row) => row.note },
];
const rows = [
  { name: "sea", count: 7, note: "a note of some length that will not fit on a narrow screen" },
  { name: "frankfurt", count: 12_000, note: "" },
];

describe("table", () => {
  it("aligns columns and folds nothing off a terminal", () => {
    expect(table(rows, columns, false, off)).toBe(
      [
        "NAME       COUNT  NOTE",
        "sea            7  a note of some length that will not fit on a narrow screen",
        "frankfurt  12000",
        "",
      ].join("\n"),
    );
  });

  it("shows every column when wide", () => {
    expect(table(rows, columns, true, off)).toContain("COUNT  SECRET  NOTE");
  });

  it("folds the last column under itself on a terminal, within its width", () => {
    const lines = table(rows, columns, false, { width: 40, colour: false }).trimEnd().split("\n");
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect(lines[2]).toMatch(/^ {18}\S/);
  });

  it("colours only where colour is on", () => {
    expect(table(rows, columns, false, off)).not.toContain("\u001b");
    expect(table(rows, columns, false, { width: 80, colour: true })).toContain("\u001b[31m");
  });
});

it("folding loses no word and cuts none", () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1 }),
      fc.integer({ min: 1, max: 40 }),
      (words, room) => {
        const lines = fold(words.join(" "), room);
        expect(lines.join(" ")).toBe(words.join(" "));
        expect(lines.every((line) => line.length <= room || !line.includes(" "))).toBe(true);
      },
    ),
  );
});

describe("documents", () => {
  const view = { data: { octets: 2n ** 64n, none: null }, text: () => "for people" };

  it("keep every digit of a counter", async () => {
    expect(JSON.parse(await render(view, "json", off))).toEqual({ octets: "18446744073709551616", none: null });
    expect(await render(view, "yaml", off)).toBe('octets: "18446744073709551616"\nnone: null\n');
  });

  it("end in one newline, and an empty text stays empty", async () => {
    expect(await render(view, "table", off)).toBe("for people\n");
    expect(await render({ data: [], text: () => "" }, "table", off)).toBe("");
  });
});

describe("a long command", () => {
  const command = "srwan market buy sea-fra.json --gb 500 --most 0.02 --keystore me.json --password-file me.pw";

  it("goes over lines that a shell joins again, and no flag loses its value", () => {
    const lines = foldCommand(command, 60);
    expect(lines).toEqual([
      "srwan market buy sea-fra.json --gb 500 --most 0.02 \\",
      "    --keystore me.json --password-file me.pw",
    ]);
    expect(lines.join("\n").replaceAll(/ \\\n +/g, " ")).toBe(command);
    expect(foldCommand(command, 100)).toEqual([command]);
  });
});
