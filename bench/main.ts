// `npm run -s bench -- NAME [--json]` measures one published figure; `--publish` puts it into docs/benchmarks.md, and
// `--all` does so with every one. A goal that does not hold is printed as such, and nothing is hidden.

import { readFileSync, writeFileSync } from "node:fs";
import { cliStart } from "./cli-start.ts";
import { ingest } from "./ingest.ts";
import { labLink } from "./lab-link.ts";
import { labUp } from "./lab-up.ts";
import { type Figure, machine, progress, type Result, round } from "./lib.ts";
import { loop } from "./loop.ts";
import { netconf } from "./netconf.ts";
import { paths } from "./paths.ts";
import { planFigure } from "./plan.ts";
import { pulse } from "./pulse.ts";
import { routes } from "./routes.ts";
import { settlement } from "./settlement.ts";
import { shift } from "./shift.ts";
import { web } from "./web.ts";
import { wireguard } from "./wireguard.ts";

const FIGURES: readonly Figure[] = [
  cliStart,
  routes,
  shift,
  planFigure,
  labUp,
  labLink,
  paths,
  pulse,
  loop,
  ingest,
  netconf,
  settlement,
  web,
  wireguard,
];
const ROUNDS = 5;
const PAGE = "docs/benchmarks.md";

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith("-"));
const chosen = args.includes("--all") ? FIGURES : FIGURES.filter((figure) => names.includes(figure.name));

if (chosen.length === 0) {
  process.stderr.write(
    `Name a figure, or --all:\n${FIGURES.map((f) => `  ${f.name.padEnd(14)}${f.about}\n`).join("")}`,
  );
  process.exit(2);
}

const results: Result[] = [];
for (const figure of chosen) {
  progress(`measuring ${figure.name}: ${figure.about}`);
  const { figures, goals } = await figure.measure(ROUNDS);
  const rounded = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(value)]));
  const result = { name: figure.name, machine: machine(), figures: rounded, goals };
  results.push(result);
  process.stdout.write(args.includes("--json") ? `${JSON.stringify(result)}\n` : text(result));
}
if (args.includes("--all") || args.includes("--publish")) {
  writeFileSync(PAGE, page(readFileSync(PAGE, "utf8"), results));
}

function text({ name, machine: where, figures, goals }: Result): string {
  const rows = Object.entries(figures).map(([key, value]) => `  ${key.padEnd(28)}${value}`);
  const ends = goals.map((g) => {
    if (g.missing !== undefined) return `  NOT MEASURED: ${g.id}, goal ${g.goal}: ${g.missing}`;
    return `  ${g.holds ? "holds" : "DOES NOT HOLD"}: ${g.id} ${g.value} ${g.unit}, goal ${g.goal}`;
  });
  return `${name} (${where})\n${[...rows, ...ends].join("\n")}\n`;
}

/** The page with these results in place of their old ones; a figure that was not measured keeps its section. */
function page(before: string, results: readonly Result[]): string {
  const sections = new Map(
    before
      .split(/^(?=## )/m)
      .slice(1)
      .map((section) => [/^## (\S+)/.exec(section)?.[1] ?? "", section.trim()]),
  );
  for (const result of results) sections.set(result.name, sectionOf(result));
  const intro =
    `Medians of ${ROUNDS} rounds after one that is not counted; ours and its peer take turns in the same run, so the ` +
    "ratios hold on other machines where single figures do not. `make bench` measures everything again and rewrites " +
    "this page; `npm run -s bench -- NAME --publish` one figure.";
  const shown = FIGURES.flatMap(({ name }) => sections.get(name) ?? []);
  return `# Benchmarks\n\n${intro}\n\n${shown.join("\n\n")}\n`;
}

function sectionOf({ name, machine: where, figures, goals }: Result): string {
  const about = FIGURES.find((figure) => figure.name === name)?.about;
  const rows = Object.entries(figures).map(([key, value]) => `| ${key} | ${value} |`);
  const held = goals.map((g) => {
    const measured = g.missing ?? `${g.value} ${g.unit}`;
    return `| ${g.id} | ${measured} | ${g.goal} | ${g.holds ? "yes" : "**no**"} |`;
  });
  return [
    `## ${name}`,
    `${about}. Printed by \`npm run -s bench -- ${name}\`, here on ${where}.`,
    ["| figure | median |", "| --- | --- |", ...rows].join("\n"),
    ["| goal | measured | limit | holds |", "| --- | --- | --- | --- |", ...held].join("\n"),
  ].join("\n\n");
}
