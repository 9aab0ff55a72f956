// One cell: what a row says of a way, freed of the two clocks.

import type { Cell, DirectionStats, PeerId } from "../model.ts";
import type { HeldRow } from "./held-rows.ts";
import { type Ahead, aheadOf, type Solution } from "./solution.ts";

/** Delays are told in whole µs. */
const ROUNDED_US = 1;
/** Rows come once a second. */
const LATE_NS = 3_000_000_000n;

/** A delay that is not known, or not believed: everything else may be. */
const NO_DELAY: Delays = {
  minUs: undefined,
  p5Us: undefined,
  p50Us: undefined,
  p95Us: undefined,
  p50Bound: undefined,
  comparisonErrorUs: undefined,
};

/** `isBelieved`: false where the reporter contradicts others. */
export function cellOf(
  solution: Solution,
  members: readonly PeerId[],
  floorUs: Float64Array,
  i: number,
  j: number,
  isBelieved: boolean,
): Cell {
  const [from, to] = [members[i] as PeerId, members[j] as PeerId];
  const told = solution.rows.get(from)?.row.cells.get(to);
  const out = told?.out;
  const ahead = isBelieved && out !== undefined ? aheadOf(solution, floorUs, i, j) : undefined;
  const { minUs, p5Us, p50Us, p95Us, p50Bound, comparisonErrorUs } =
    ahead === undefined || out === undefined ? NO_DELAY : delays(solution, out, ahead, i * members.length + j, floorUs);
  return {
    from,
    to,
    minUs,
    p5Us,
    p50Us,
    p95Us,
    p50Bound,
    comparisonErrorUs,
    jitterUs: out?.jitterUs,
    lossPpm: lossOf(solution.rows.get(from), solution.rows.get(to), from, to),
    reorderedPpm: out?.reorderedPpm,
    duplicatedPpm: out?.duplicatedPpm,
    ageMs: out?.ageMs,
    samples: out?.samples ?? 0,
  };
}

/** As the sender counted it; as the receiver did where the sender's row stays away: its way to us may be the one that died. */
function lossOf(sender: HeldRow | undefined, receiver: HeldRow | undefined, from: PeerId, to: PeerId) {
  const [out, back] = [sender?.row.cells.get(to)?.outLossPpm, receiver?.row.cells.get(from)?.inLossPpm];
  const isLate = sender !== undefined && receiver !== undefined && receiver.heardNs - sender.heardNs > LATE_NS;
  return isLate ? (back ?? out) : (out ?? back);
}

type Delays = Pick<Cell, "minUs" | "p5Us" | "p50Us" | "p95Us" | "p50Bound" | "comparisonErrorUs">;

function delays(
  { said }: Solution,
  out: DirectionStats,
  { estimateUs, bound, isAlone }: Ahead,
  at: number,
  floorUs: Float64Array,
): Delays {
  const shiftUs = said.shiftUs[at] as number;
  const freed = (us: number): number => Math.round(us + shiftUs - estimateUs);
  const errorUs = (said.outErrorUs[at] as number) + (out.p50RoundedUs ?? 0) + ROUNDED_US;
  const p50Us = out.p50Us + shiftUs;
  const highUs = Math.ceil(p50Us - bound.lowUs + errorUs);
  // A row that is of before and after a clock was set, or false: quicker than light by what all others say.
  if (out.minUs + shiftUs - bound.lowUs + errorUs < (floorUs[at] as number)) return NO_DELAY;
  return {
    minUs: freed(out.minUs),
    p5Us: freed(out.p5Us),
    p50Us: freed(out.p50Us),
    p95Us: freed(out.p95Us),
    p50Bound: {
      lowUs: Math.floor(Math.max(p50Us - bound.highUs - errorUs, floorUs[at] as number)),
      highUs,
    },
    comparisonErrorUs: Math.ceil(errorUs + (isAlone ? (bound.highUs - bound.lowUs) / 2 : 0)),
  };
}
