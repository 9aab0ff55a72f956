// `make test`: runs the layers (all, or those named), then says how many tests ran in which, and what was skipped and why.

import { LAYERS } from "./layers.ts";

const named = process.argv.slice(2);
const unknown = named.filter((name) => !LAYERS.some((layer) => layer.name === name));
if (unknown.length) {
  process.stderr.write(`no layer ${unknown.join(", ")}; there are ${LAYERS.map((layer) => layer.name).join(", ")}\n`);
  process.exit(2);
}

const rows: { name: string; about: string; passed: number; failed: number; skipped: number; seconds: number }[] = [];
const skips: string[] = [];
for (const layer of LAYERS.filter(({ name }) => named.length === 0 || named.includes(name))) {
  process.stdout.write(`\n── ${layer.name}: ${layer.about}\n`);
  const started = performance.now();
  const { passed, failed, skipped } = await layer.run();
  const seconds = (performance.now() - started) / 1_000;
  rows.push({ name: layer.name, about: layer.about, passed, failed, skipped: skipped.length, seconds });
  for (const [why, tests] of Map.groupBy(skipped, (skip) => skip.why)) {
    const more = tests.length > 1 ? ` and ${tests.length - 1} more` : "";
    skips.push(`SKIPPED ${layer.name}: ${tests[0]?.test}${more}: ${why}`);
  }
}

const sum = (key: "passed" | "failed" | "skipped"): number => rows.reduce((total, row) => total + row[key], 0);
const line = (name: string, ...cells: readonly string[]): string =>
  `${name.padEnd(10)}${cells.map((cell) => cell.padStart(9)).join("")}\n`;
process.stdout.write(`\n${line("LAYER", "PASSED", "FAILED", "SKIPPED", "TIME")}`);
for (const row of rows) {
  const counts = [row.passed, row.failed, row.skipped].map(String);
  process.stdout.write(line(row.name, ...counts, `${row.seconds.toFixed(1)} s`));
}
if (skips.length) process.stdout.write(`\n${skips.join("\n")}\n`);
process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped\n`);
process.exitCode = sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;
