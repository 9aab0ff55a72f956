// What one cell of the matrix says in five characters. Missing is "-", and what is too old to be believed is "stale":
// neither is ever a number.

import type { HeldCell, HeldMatrix } from "../../pulse/group/held.ts";

export const CELL_WIDTH = 5;
export const MISSING = "-";
export const STALE = "stale";

export type CellState = "measured" | "stale" | "missing";

export function stateOf(cell: HeldCell | undefined, { staleAfterMs }: HeldMatrix): CellState {
  if (cell?.p50Us == null) return "missing";
  return cell.ageMs === null || cell.ageMs > staleAfterMs ? "stale" : "measured";
}

/** Milliseconds in three figures: "0.42", "38.4", "138". */
export function msText(us: number): string {
  const ms = us / 1_000;
  const size = Math.abs(ms);
  return ms.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/** How far the truth may lie from the median, to either side. */
export function boundUs({ p50Us, lowUs, highUs }: HeldCell): number | undefined {
  return p50Us === null || lowUs === null || highUs === null ? undefined : Math.max(highUs - p50Us, p50Us - lowUs, 0);
}

export const boundText = (cell: HeldCell): string => {
  const bound = boundUs(cell);
  return bound === undefined ? "±?" : `±${msText(bound)}`;
};

/** "0.05%", "1.2%", "12%": some is never none, and less than all is never all. */
export function lossText(ppm: number): string {
  const percent = ppm / 10_000;
  if (ppm === 0) return "0%";
  if (percent >= 9.95) return `${Math.floor(Math.max(10, percent))}%`;
  if (percent >= 0.995) return `${percent.toFixed(1)}%`;
  return percent < 0.01 ? "<.01%" : `${percent.toFixed(2)}%`;
}

export const byPair = ({ cells }: HeldMatrix): ReadonlyMap<string, HeldCell> =>
  new Map(cells.map((cell) => [`${cell.from} ${cell.to}`, cell]));

/** Columns that fit beside each other; without a screen's width, all of them. */
export function blocks(names: readonly string[], columnWidth: number, room: number | undefined): string[][] {
  const most = room === undefined ? names.length : Math.max(1, Math.floor(room / columnWidth));
  const out: string[][] = [];
  for (let at = 0; at < names.length; at += most) out.push(names.slice(at, at + most));
  return out;
}
