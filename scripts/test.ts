// `make test`: runs the layers (all, or those named), then says how many tests ran in which, and what was skipped and why.

import { stripVTControlCharacters } from "node:util";
import { type Ran, runLayers } from "./lanes.ts";
import type { Told } from "./layer-run.ts";
import { LAYERS } from "./layers.ts";

/** So many files are named at the end: what a run takes is mostly theirs. */
const LONGEST = 15;

const named = process.argv.slice(2);
const unknown = named.filter((name) => !LAYERS.some((layer) => layer.name === name));
if (unknown.length) {
  process.stderr.write(`no layer ${unknown.join(", ")}; there are ${LAYERS.map((layer) => layer.name).join(", ")}\n`);
  process.exit(2);
}

const rows = await runLayers(
  LAYERS.filter(({ name, isApart }) => (named.length === 0 ? !isApart : named.includes(name))),
);
/** Tests of a layer with the same reason share a line: what was heard far above, where whoever looks at the end sees it. */
const lines = (head: string, { layer }: Ran, told: readonly Told[]): readonly string[] =>
  [...Map.groupBy(told, (one) => one.why)].map(([why, tests]) => {
    const more = tests.length > 1 ? ` and ${tests.length - 1} more` : "";
    return `${head} ${layer.name}: ${tests[0]?.test}${more}: ${stripVTControlCharacters(why).replaceAll(/\s+/g, " ").slice(0, 300)}`;
  });
const notes = [
  ...rows.flatMap((row) => lines("SKIPPED", row, row.skipped)),
  ...rows.flatMap((row) => lines("AGAIN", row, row.again ?? [])),
  ...rows.flatMap((row) => lines("FAILED", row, row.failed)),
];

const total = (count: (row: Ran) => number): number => rows.reduce((sum, row) => sum + count(row), 0);
const [passed, failed] = [total((row) => row.passed), total((row) => row.failed.length)];
const line = (name: string, ...cells: readonly string[]): string =>
  `${name.padEnd(12)}${cells.map((cell) => cell.padStart(9)).join("")}\n`;
process.stdout.write(`\n${line("LAYER", "PASSED", "FAILED", "SKIPPED", "TIME", "CPU")}`);
for (const row of rows) {
  const counts = [row.passed, row.failed.length, row.skipped.length].map(String);
  process.stdout.write(
    line(row.layer.name, ...counts, `${row.seconds.toFixed(1)} s`, `${row.cpuSeconds.toFixed(1)} s`),
  );
}
if (notes.length) process.stdout.write(`\n${notes.join("\n")}\n`);
const longest = rows.flatMap(({ files = [] }) => files).toSorted((a, b) => b.seconds - a.seconds);
const took = longest.slice(0, LONGEST).map(({ file, seconds }) => `${file} ${Math.round(seconds)} s`);
if (took.length > 1) process.stdout.write(`\nLONGEST ${took.join(", ")}\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed, ${total((row) => row.skipped.length)} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
