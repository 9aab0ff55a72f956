// The matrix as a heat map on a fixed scale, so that two of them can be laid side by side. From dark blue to yellow, which
// every kind of colour blindness can tell; without colour a bar of growing height says the same.

import type { HeldMatrix } from "../../pulse/group/held.ts";
import type { Screen } from "../verb.ts";
import { blocks, byPair, CELL_WIDTH, MISSING, stateOf } from "./cells.ts";
import { healthLines } from "./health.ts";
import { headLine } from "./text.ts";

type Step = { readonly belowMs: number; readonly bar: string; readonly ground: number; readonly ink: number };

const [WHITE, BLACK] = [231, 16];
/** Of the 256 colours, near to the scale "cividis". */
const STEPS: readonly Step[] = [
  { belowMs: 5, bar: "▁", ground: 17, ink: WHITE },
  { belowMs: 10, bar: "▂", ground: 24, ink: WHITE },
  { belowMs: 20, bar: "▃", ground: 60, ink: WHITE },
  { belowMs: 40, bar: "▄", ground: 102, ink: BLACK },
  { belowMs: 80, bar: "▅", ground: 144, ink: BLACK },
  { belowMs: 160, bar: "▆", ground: 179, ink: BLACK },
  { belowMs: Number.POSITIVE_INFINITY, bar: "▇", ground: 227, ink: BLACK },
];

export function heatmapText(matrix: HeldMatrix, screen: Screen): string {
  const cells = byPair(matrix);
  const nameWidth = Math.max(...matrix.members.map(({ length }) => length));
  const width = Math.max(CELL_WIDTH, ...matrix.members.map(({ length }) => length)) + 1;
  const room = screen.width === undefined ? undefined : screen.width - nameWidth;
  const parts = blocks(matrix.members, width, room).map((columns) => {
    const head = " ".repeat(nameWidth) + columns.map((name) => name.padStart(width)).join("");
    const rows = matrix.members.map((from) => {
      const row = columns.map((to) => {
        if (from === to) return "·".padStart(width);
        const cell = cells.get(`${from} ${to}`);
        const lost = (cell?.lossPpm ?? 0) > 0 ? "!" : " ";
        if (stateOf(cell, matrix) !== "measured") return `${MISSING.padStart(width - 1)}${lost}`;
        const ms = (cell?.p50Us ?? 0) / 1_000;
        return heat(`${String(Math.round(ms)).padStart(CELL_WIDTH - 2)}${lost}`, ms, width, screen);
      });
      return (from.padEnd(nameWidth) + row.join("")).trimEnd();
    });
    return [head, ...rows, ""].join("\n");
  });
  const scale = STEPS.map(({ belowMs }, i) => {
    const lowMs = STEPS[i - 1]?.belowMs ?? 0;
    return heat(belowMs === Number.POSITIVE_INFINITY ? `${lowMs}+` : `<${belowMs}`, lowMs, 0, screen);
  });
  return [
    headLine(matrix),
    "",
    ...parts,
    `One-way p50 in ms: ${scale.join(" ")}`,
    `Rows send, columns receive. ! loses pulses; ${MISSING} not measured, or stale.`,
    ...healthLines(matrix, screen),
  ].join("\n");
}

function heat(text: string, ms: number, width: number, screen: Screen): string {
  const step = STEPS.find(({ belowMs }) => ms < belowMs) ?? (STEPS.at(-1) as Step);
  if (!screen.colour) return `${step.bar}${text}`.padStart(width);
  const gap = " ".repeat(Math.max(0, width - text.length - 1));
  return `${gap}\u001b[38;5;${step.ink};48;5;${step.ground}m ${text}\u001b[0m`;
}
