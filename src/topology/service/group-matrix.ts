// The matrix of a group in one answer: of each ordered pair the quickest segment, and where a way over relays beats it.
// Clocks cancel where two ways have the same ends, so ways are compared by what was measured, clocks and all. Pure.

import { segmentParts } from "../../wire/parts.ts";
import type { SegmentReport } from "../../wire/report.ts";
import { AllPairs } from "../engine/all-pairs.ts";
import { DEFAULTS } from "../engine/decide/schema.ts";

export type Row = { readonly pop: string; readonly atMs: number; readonly cells: readonly SegmentReport[] };

/** Row by row, one value for each pair of POPs; null: no segment, or not measured. */
type Column = (number | null)[];

export type GroupMatrix = {
  readonly group: string;
  readonly atMs: number;
  readonly pops: readonly string[];
  /** When each POP last reported. */
  readonly heardMs: readonly (number | null)[];
  readonly transits: readonly string[];
  /** Index into transits. */
  readonly transit: Column;
  readonly delayUs: Column;
  readonly lowUs: Column;
  readonly highUs: Column;
  readonly jitterUs: Column;
  readonly lossPpm: Column;
  readonly ageMs: Column;
  readonly better: readonly Better[];
};

export type Better = {
  readonly from: string;
  readonly to: string;
  readonly relays: readonly string[];
  readonly gainUs: number;
};

/** `apart`: POPs that nobody may use as a relay; `rows`: the newest report of each POP. */
export function groupMatrix(
  group: string,
  names: readonly string[],
  rows: readonly Row[],
  apart: ReadonlySet<string>,
  nowMs: number,
): GroupMatrix {
  const pops = [...names].sort();
  const index = new Map(pops.map((pop, i) => [pop, i]));
  const n = pops.length;
  const best: (SegmentReport | undefined)[] = new Array(n * n);
  const told: number[] = new Array(n * n).fill(0);
  for (const { pop, atMs, cells } of rows) {
    for (const cell of cells) {
      const { from, to } = segmentParts(cell.segment);
      const [row, column] = [index.get(from), index.get(to)];
      if (from !== pop || row === undefined || column === undefined || row === column) continue;
      const at = row * n + column;
      const before = best[at];
      if (before !== undefined && !isQuicker(cell, before)) continue;
      best[at] = cell;
      told[at] = atMs;
    }
  }
  const transits = [...new Set(best.flatMap((cell) => (cell ? [segmentParts(cell.segment).transit] : [])))].sort();
  const places = new Map(transits.map((transit, i) => [transit, i]));
  const heard = new Map(rows.map(({ pop, atMs }) => [pop, atMs]));
  const column = (of: (cell: SegmentReport, at: number) => number | null): Column =>
    Array.from(best, (cell, at) => (cell === undefined ? null : of(cell, at)));
  return {
    group,
    atMs: nowMs,
    pops,
    heardMs: pops.map((pop) => heard.get(pop) ?? null),
    transits,
    transit: column(({ segment }) => places.get(segmentParts(segment).transit) ?? null),
    delayUs: column(({ delayUs }) => delayUs),
    lowUs: column(({ lowUs }) => lowUs),
    highUs: column(({ highUs }) => highUs),
    jitterUs: column(({ jitterUs }) => jitterUs),
    lossPpm: column(({ lossPpm }) => lossPpm),
    ageMs: column(({ ageMs }, at) => ageMs + Math.max(0, nowMs - (told[at] as number))),
    better: betterWays(pops, best, apart),
  };
}

const isQuicker = (a: SegmentReport, b: SegmentReport): boolean =>
  a.p50Us !== null && (b.p50Us === null || a.p50Us < b.p50Us);

/** Such a gain as a policy would move for. */
function betterWays(
  pops: readonly string[],
  best: readonly (SegmentReport | undefined)[],
  apart: ReadonlySet<string>,
): Better[] {
  const n = pops.length;
  if (n < 3) return [];
  const cost = Float64Array.from(best, (cell) => (cell?.p50Us === undefined ? Infinity : (cell.p50Us ?? Infinity)));
  const relays = Uint8Array.from(pops, (pop) => (apart.has(pop) ? 0 : 1));
  const pairs = new AllPairs({ n, cost, segment: new Int32Array(n * n), relays });
  const found = pairs.better().flatMap(({ from, to, relays: over, gain }): Better[] => {
    const direct = best[from * n + to];
    if (from === to || direct === undefined || !Number.isFinite(gain)) return [];
    const wanted = Math.max(DEFAULTS.gainMinUs, ((direct.delayUs ?? 0) * DEFAULTS.gainMinPermille) / 1_000);
    if (gain < wanted) return [];
    const named = (pop: number): string => pops[pop] as string;
    return [{ from: named(from), to: named(to), relays: over.map(named), gainUs: Math.round(gain) }];
  });
  pairs.close();
  return found;
}
