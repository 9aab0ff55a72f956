// The matrix as people and programs read it: within eighty columns for twelve members, and nothing that was not measured
// ever looks like a number.

import { Check } from "typebox/value";
import { describe, expect, it } from "vitest";
import { type HeldCell, type HeldMatrix, HeldMatrix as Schema } from "../../pulse/group/held.ts";
import { boundText, lossText, msText } from "./cells.ts";
import { csvText } from "./csv.ts";
import { heatmapText } from "./heatmap.ts";
import { matrixText, wideText } from "./text.ts";

const PLAIN = { width: undefined, colour: false };
const MEMBERS = ["sea", "sfo", "lax", "chi", "dal", "ash", "ewr", "atl", "lon", "ams", "fra", "par"];

const cell = (from: string, to: string, more: Partial<HeldCell> = {}): HeldCell => ({
  from,
  to,
  minUs: 38_000,
  p5Us: 38_100,
  p50Us: 38_400,
  p95Us: 39_000,
  lowUs: 37_900,
  highUs: 39_100,
  comparisonErrorUs: 20,
  jitterUs: 120,
  lossPpm: 0,
  reorderedPpm: 0,
  duplicatedPpm: 0,
  ageMs: 400,
  samples: 30,
  ...more,
});
const GONE = {
  minUs: null,
  p5Us: null,
  p50Us: null,
  p95Us: null,
  lowUs: null,
  highUs: null,
  comparisonErrorUs: null,
  jitterUs: null,
  lossPpm: null,
  reorderedPpm: null,
  duplicatedPpm: null,
  ageMs: null,
  samples: 0,
} as const;

function held(members: readonly string[], special: readonly HeldCell[] = []): HeldMatrix {
  const cells = members.flatMap((from) =>
    members.flatMap((to) => {
      const one = special.find((other) => other.from === from && other.to === to);
      return from === to ? [] : [one ?? cell(from, to)];
    }),
  );
  return {
    schema: "srwan.group-matrix/1",
    group: "core",
    member: members[0] ?? "",
    at: "2026-01-31T12:00:10.000Z",
    stamps: "kernel",
    staleAfterMs: 6_000,
    members: [...members],
    cells,
    rows: members.map((member) => ({ member, sequence: 1, ageMs: member === "fra" ? null : 500 })),
    links: [{ peer: "lon", state: "down", dead: "out", since: "2026-01-31T12:00:00.000Z" }],
    paths: [],
    clocks: [],
    contradictions: [
      {
        reporters: ["par"],
        lastedMs: 12_000,
        evidence: [
          {
            kind: "views",
            members: ["par", "sea"],
            senderUs: 9_000,
            receiverUs: 80_000,
            toleranceUs: 300,
            sumUs: null,
            floorUs: null,
          },
        ],
      },
    ],
    late: { p50Us: 20, p99Us: 300 },
    counters: { sent: 10 },
  };
}

const SPECIAL = [
  cell("sea", "sfo", { lossPpm: 12_000 }),
  cell("sea", "lax", GONE),
  cell("sea", "chi", { ageMs: 15_000 }),
  cell("sea", "dal", { ...GONE, lossPpm: 1_000_000 }),
  cell("sfo", "sea", { p50Us: 0, lowUs: 0, highUs: 400 }),
];

describe("srwan matrix", () => {
  it("fits twelve members into eighty columns, with a median, its bound and what was lost", () => {
    const lines = matrixText(held(MEMBERS, SPECIAL), { width: 80, colour: false }).split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.slice(2, 7)).toEqual([
      "FROM   sea   sfo   lax   chi   dal   ash   ewr   atl   lon   ams   fra   par",
      "sea      ·  38.4     - stale     -  38.4  38.4  38.4  38.4  38.4  38.4  38.4",
      "           ±0.70                   ±0.70 ±0.70 ±0.70 ±0.70 ±0.70 ±0.70 ±0.70",
      "            1.2%              100%",
      "sfo   0.00     ·  38.4  38.4  38.4  38.4  38.4  38.4  38.4  38.4  38.4  38.4",
    ]);
  });

  it("folds into blocks of columns where the screen is narrow", () => {
    const text = matrixText(held(MEMBERS), { width: 40, colour: false });
    expect(text.split("\n").filter((line) => line.startsWith("FROM"))).toHaveLength(2);
    expect(text).not.toContain("undefined");
  });

  it("says who is down and which way, whose row is missing, who contradicts whom", () => {
    const text = matrixText(held(MEMBERS), PLAIN);
    expect(text).toContain("lon is down (the way out) for 10 s.");
    expect(text).toContain("No row yet of fra.");
    expect(text).toContain("par reports what cannot be, for 12 s: par to sea: the sender says 9.00 ms");
  });

  it("has a line for each cell with -o wide", () => {
    const lines = wideText(held(["sea", "sfo", "lax"], SPECIAL), PLAIN).split("\n");
    expect(lines.slice(2, 5).map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["FROM", "TO", "P5", "P50", "P95", "BOUND ±", "JITTER", "LOSS", "AGE", "SAMPLES"],
      ["sea", "sfo", "38.1 ms", "38.4 ms", "39.0 ms", "700 µs", "120 µs", "1.2%", "0.4 s", "30"],
      ["sea", "lax", "-", "-", "-", "-", "-", "-", "-", "-"],
    ]);
  });

  it("leaves what is missing empty in CSV", () => {
    const [head, first, second] = csvText(held(["sea", "sfo", "lax"], SPECIAL)).split("\r\n");
    expect(head).toBe(
      "from,to,min_us,p5_us,p50_us,p95_us,low_us,high_us,jitter_us,loss_ppm,reordered_ppm,duplicated_ppm,age_ms,samples",
    );
    expect(first).toBe("sea,sfo,38000,38100,38400,39000,37900,39100,120,12000,0,0,400,30");
    expect(second).toBe("sea,lax,,,,,,,,,,,,0");
  });

  it("draws a heat map on one scale, with bars where there is no colour", () => {
    const matrix = held(["sea", "sfo", "lax"], [...SPECIAL, cell("lax", "sfo", { p50Us: 138_000 })]);
    const bars = heatmapText(matrix, PLAIN);
    expect(bars.split("\n").slice(2, 6)).toEqual([
      "      sea   sfo   lax",
      "sea     · ▄ 38!    -",
      "sfo ▁  0      · ▄ 38",
      "lax ▄ 38  ▆138      ·",
    ]);
    const coloured = heatmapText(matrix, { width: 80, colour: true });
    expect(coloured).toContain("\u001b[38;5;16;48;5;179m 138 \u001b[0m");
    expect(coloured).not.toMatch(/▄|▆/);
  });

  it("keeps to its published schema, in which nothing may be left out", () => {
    expect(Check(Schema, held(MEMBERS, SPECIAL))).toBe(true);
    const { cells, ...rest } = held(["sea", "sfo"]);
    expect(Check(Schema, { ...rest, cells: cells.map(({ p50Us: _, ...one }) => one) })).toBe(false);
  });
});

it("writes delays in three figures, bounds to the wider side, and no loss away", () => {
  expect([420, 9_990, 9_996, 38_440, 99_960, 138_200, -38_440].map(msText)).toEqual([
    "0.42",
    "9.99",
    "10.0",
    "38.4",
    "100",
    "138",
    "-38.4",
  ]);
  expect(boundText(cell("a", "b", { lowUs: 10_000, highUs: 39_000 }))).toBe("±28.4");
  expect(boundText(cell("a", "b", { lowUs: null }))).toBe("±?");
  expect([0, 1, 500, 12_000, 100_000, 999_999, 1_000_000].map(lossText)).toEqual([
    "0%",
    "<.01%",
    "0.05%",
    "1.2%",
    "10%",
    "99%",
    "100%",
  ]);
});
