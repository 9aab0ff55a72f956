// docs/reference/gas.md: the gas of everything, and the goals it is held to.

import { CONSUMERS, type GasRow, GasTable, PROVIDERS, TICKETS } from "./gas-table.ts";

export const PAGE = "docs/reference/gas.md";
export const COMMAND = "node test/chain/gas-page.ts";

type Goal = { readonly name: string; readonly most: bigint; readonly rows: (rows: readonly GasRow[]) => bigint };

const gasOf = (name: string) => (rows: readonly GasRow[]) => rows.find((row) => row.name === name)?.gas ?? 2n ** 64n;
const all = CONSUMERS + PROVIDERS;

export const GOALS: readonly Goal[] = [
  {
    name: `an account of a netted batch of ${all}, steady, events included`,
    most: 7_500n,
    rows: gasOf(`an account of ${all}, steady`),
  },
  { name: `a batch of ${all}`, most: 2_250_000n, rows: gasOf(`${all} accounts, steady`) },
  { name: `a ticket of ${TICKETS.toLocaleString("en-US")}`, most: 250n, rows: gasOf(`a ticket of ${TICKETS}, steady`) },
  { name: "a claim of dividends", most: 95_000n, rows: gasOf("claim, first") },
];

const number = (gas: bigint): string => gas.toLocaleString("en-US");

export function gasPage(rows: readonly GasRow[]): string {
  const sections = [...Map.groupBy(rows, ({ about }) => about)].map(([about, inIt]) => {
    const head = `## ${about[0]?.toUpperCase()}${about.slice(1)}\n\n| what | ${about.startsWith("octets") ? "octets" : "gas"} |\n| --- | --- |`;
    return [head, ...inIt.map(({ name, gas }) => `| ${name} | ${number(gas)} |`)].join("\n");
  });
  const goals = GOALS.map(({ name, most, rows: find }) => `| ${name} | ${number(find(rows))} | ${number(most)} |`);
  return `# Gas

<!-- Made by \`${COMMAND}\`; a test measures again and compares. Edit the code, not this page. -->

Each line is one transaction, all of it: base fee, calldata, events. The chain is the embedded one with the limits of live
chains (16,777,216 gas a transaction, EIP-7825). A batch has ${CONSUMERS} consumers and ${PROVIDERS} providers and is signed by five of seven
validators; "first" is the first time that accounts are touched, "steady" any later one. Tickets are not in the transaction, only
the root of their tree: a ticket's gas is the batch's, divided.

## Goals

| what | gas | at most |
| --- | --- | --- |
${goals.join("\n")}

${sections.join("\n\n")}
`;
}

if (import.meta.main) {
  const { writeFileSync } = await import("node:fs");
  writeFileSync(PAGE, gasPage(await GasTable.measure()));
  process.stdout.write(`${PAGE} written\n`);
}
