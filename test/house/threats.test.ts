// The threat model says nothing that no test tries: each of its rows names one.

import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, it } from "vitest";
import { readTree } from "./tree.ts";

const PAGE = "docs/explanation/security.md";

it("each row of the threat model names a test that there is", () => {
  const tests = new Set(readTree().flatMap(({ path }) => (path.endsWith(".test.ts") ? [path] : [])));
  const tables = readFileSync(PAGE, "utf8")
    .split(/\n(?!\|)/)
    .map((block) => block.split("\n").filter((line) => line.startsWith("|")))
    .filter(([head = ""]) => head.includes("tried by"));
  const rows = tables.flatMap(([, , ...lines]) => lines);
  expect(rows.length).toBeGreaterThan(30);
  const named = (row: string): string[] =>
    [...row.matchAll(/\]\(([^)#]+\.test\.ts)\)/g)].map(([, to = ""]) => posix.join(posix.dirname(PAGE), to));
  expect(rows.filter((row) => !named(row).some((path) => tests.has(path)))).toEqual([]);
  expect(rows.flatMap(named).filter((path) => !tests.has(path))).toEqual([]);
});
