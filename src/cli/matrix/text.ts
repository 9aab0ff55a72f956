// The matrix as a table: the one-way median and under it what it may be off by, and what was lost where anything was.
// Twelve members fit eighty columns.

import { formatSharePpm, formatUs } from "../../base/units.ts";
import type { HeldCell, HeldMatrix } from "../../pulse/group/held.ts";
import { type Paint, paint, table } from "../output.ts";
import type { Screen } from "../verb.ts";
import { blocks, boundText, boundUs, byPair, CELL_WIDTH, lossText, MISSING, msText, STALE, stateOf } from "./cells.ts";
import { healthLines } from "./health.ts";

const CORNER = "FROM";

export function matrixText(matrix: HeldMatrix, screen: Screen): string {
  const cells = byPair(matrix);
  const nameWidth = Math.max(CORNER.length, ...matrix.members.map(({ length }) => length));
  const width = Math.max(CELL_WIDTH, ...matrix.members.map(({ length }) => length)) + 1;
  const room = screen.width === undefined ? undefined : screen.width - nameWidth;
  const parts = blocks(matrix.members, width, room).map((columns) => {
    const head = CORNER.padEnd(nameWidth) + columns.map((name) => name.padStart(width)).join("");
    const rows = matrix.members.flatMap((from) => {
      const row = columns.map((to) => (from === to ? undefined : cells.get(`${from} ${to}`)));
      return linesOf(row, columns, from, matrix).map((line, i) => {
        const shown = line.map(({ text, how }) => paint(text.padStart(width), how, screen));
        return ((i === 0 ? from : "").padEnd(nameWidth) + shown.join("")).trimEnd();
      });
    });
    return [head, ...rows, ""].join("\n");
  });
  return [headLine(matrix), "", ...parts, ...legend(matrix), ...healthLines(matrix, screen)].join("\n");
}

export const headLine = ({ group, member, members, at }: HeldMatrix): string =>
  `Group ${group} as ${member} holds it, ${members.length} members, ${at.slice(11, 19)} on its clock.`;

type Shown = { readonly text: string; readonly how: Paint | undefined };

function linesOf(
  row: readonly (HeldCell | undefined)[],
  columns: readonly string[],
  from: string,
  matrix: HeldMatrix,
): Shown[][] {
  const own = columns.map((to) => to === from);
  const median = row.map((cell, i): Shown => {
    if (own[i]) return { text: "·", how: "dim" };
    const state = stateOf(cell, matrix);
    if (state === "missing") return { text: MISSING, how: "dim" };
    return state === "stale" ? { text: STALE, how: "dim" } : { text: msText(cell?.p50Us ?? 0), how: undefined };
  });
  const bound = row.map((cell): Shown => {
    const known = cell !== undefined && stateOf(cell, matrix) === "measured";
    return { text: known ? boundText(cell) : "", how: "dim" };
  });
  const lost = row.map((cell): Shown => ({ text: cell?.lossPpm ? lossText(cell.lossPpm) : "", how: "warn" }));
  return [median, ...[bound, lost].filter((line) => line.some(({ text }) => text !== ""))];
}

const legend = ({ staleAfterMs }: HeldMatrix): string[] => [
  "Rows send, columns receive. One-way p50 in ms; under it ± how far it may be off,",
  `in ms; % lost on that way, if any. ${MISSING} not measured; ${STALE}: no pulse for ${staleAfterMs / 1_000} s.`,
];

/** One line a cell. */
export function wideText(matrix: HeldMatrix, screen: Screen): string {
  const us = (value: number | null | undefined): string => (value == null ? MISSING : formatUs(value));
  const delay = (title: string, pick: (cell: HeldCell) => number | null | undefined) =>
    ({ title, cell: (cell: HeldCell) => us(pick(cell)), align: "right" }) as const;
  const age = ({ ageMs }: HeldCell): string => (ageMs === null ? MISSING : `${(ageMs / 1_000).toFixed(1)} s`);
  const text = table(
    matrix.cells,
    [
      { title: "FROM", cell: ({ from }) => from },
      { title: "TO", cell: ({ to }) => to },
      delay("P5", ({ p5Us }) => p5Us),
      delay("P50", ({ p50Us }) => p50Us),
      delay("P95", ({ p95Us }) => p95Us),
      delay("BOUND ±", boundUs),
      delay("JITTER", ({ jitterUs }) => jitterUs),
      {
        title: "LOSS",
        cell: ({ lossPpm }) => (lossPpm === null ? MISSING : formatSharePpm(lossPpm)),
        align: "right",
        paint: ({ lossPpm }) => (lossPpm ? "warn" : undefined),
      },
      {
        title: "AGE",
        cell: age,
        align: "right",
        paint: (cell) => (stateOf(cell, matrix) === "stale" ? "warn" : undefined),
      },
      { title: "SAMPLES", cell: ({ samples }) => (samples ? String(samples) : MISSING), align: "right" },
    ],
    true,
    screen,
  );
  return [headLine(matrix), "", text, ...healthLines(matrix, screen)].join("\n");
}
