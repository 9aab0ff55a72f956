// All rows of one time as one answer: which clock reads what, how far each pair of clocks can be apart, and what does not
// fit. A value: nothing of the time before is in it but who is not listened to.

import type { IntervalUs, PeerId } from "../model.ts";
import type { CycleFound } from "./accusers.ts";
import { around, reconcile, tieToUtc } from "./differences.ts";
import { compareViews, type Dispute } from "./disputes.ts";
import type { HeldRow } from "./held-rows.ts";
import { potentials } from "./potentials.ts";
import type { Said } from "./said.ts";

export type Solution = {
  readonly said: Said;
  readonly rows: ReadonlyMap<PeerId, HeldRow>;
  readonly disputes: readonly Dispute[];
  readonly cycles: readonly CycleFound[];
  /** What each clock reads beside the others, µs. */
  readonly readsUs: Float64Array;
  /** By how much j's clock can be ahead of i's at the most, by the whole group. */
  readonly most: Float64Array;
  /** 1 for a pair that is not measured with the group's clocks but by its own round trip. */
  readonly alone: Uint8Array;
  /** Whose claim to follow UTC stands: within how many µs, else NaN. */
  readonly withinUs: Float64Array;
};

export type Known = {
  readonly self: number;
  readonly rows: ReadonlyMap<PeerId, HeldRow>;
  readonly said: Said;
  readonly floorUs: Float64Array;
  readonly withinUs: Float64Array;
  /** Members whose clock was set a moment ago, and those that are known to report badly. */
  readonly unsettled: ReadonlySet<number>;
  readonly named: ReadonlySet<number>;
};

export function solve({ self, rows, said, floorUs, withinUs, unsettled, named }: Known): Solution {
  const { n } = said;
  const { disputes, apart, most } = compareViews(said, floorUs);
  const isLeftOut = (i: number): boolean => unsettled.has(i) || named.has(i);
  const alone = apart.slice();
  // Those that are not listened to are still heard, so that it shows when they mend.
  const heard = most.slice();
  const listened = most.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0, at = i * n; j < n; j++, at++) {
      if (isLeftOut(i) || isLeftOut(j)) alone[at] = 1;
      if (alone[at] === 1) listened[at] = Number.POSITIVE_INFINITY;
      if (apart[at] === 1 || unsettled.has(i) || unsettled.has(j)) heard[at] = Number.POSITIVE_INFINITY;
    }
  }
  const mesh = reconcile(listened, n);
  const cycles = named.size === 0 ? mesh.cycles : reconcile(heard, n).cycles;
  for (let at = 0; at < alone.length; at++) if (mesh.cut[at] === 1) alone[at] = 1;
  const claims = withinUs.map((within, i) => (isLeftOut(i) ? Number.NaN : within));
  const believed = tieToUtc(mesh.closed, n, claims);
  return {
    said,
    rows,
    disputes,
    cycles: cycles.map((cycle) => cycleOf(cycle, most, floorUs, n)),
    readsUs: potentials(mesh.direct, mesh.closed, n, believed, self),
    most: mesh.closed,
    alone,
    withinUs: believed,
  };
}

function cycleOf(members: readonly number[], most: Float64Array, floorUs: Float64Array, n: number): CycleFound {
  const floor = around(floorUs, n, members);
  return { members, sumUs: Math.ceil(around(most, n, members) + floor), floorUs: Math.round(floor) };
}

/** By how much j's clock is ahead of i's: an estimate, and an interval that holds the truth. */
export type Ahead = { readonly estimateUs: number; readonly bound: IntervalUs; readonly isAlone: boolean };

/** Undefined where no bound of either side is known. */
export function aheadOf(
  { said, readsUs, most, alone }: Solution,
  floorUs: Float64Array,
  i: number,
  j: number,
): Ahead | undefined {
  const { n } = said;
  if (alone[i * n + j] === 1) return aheadByRoundTrip(said, floorUs, i, j);
  const [lowUs, highUs] = [-(most[j * n + i] as number), most[i * n + j] as number];
  if (!Number.isFinite(lowUs) || !Number.isFinite(highUs)) return undefined;
  const estimateUs = (readsUs[j] as number) - (readsUs[i] as number);
  return { estimateUs, bound: { lowUs, highUs }, isAlone: false };
}

/** i's own view of both ways and nothing else. */
function aheadByRoundTrip(said: Said, floorUs: Float64Array, i: number, j: number): Ahead | undefined {
  const { n, outUs, outErrorUs, backUs, backErrorUs } = said;
  const at = i * n + j;
  const highUs = (outUs[at] as number) + (outErrorUs[at] as number) - (floorUs[at] as number);
  const lowUs = (floorUs[j * n + i] as number) - (backUs[at] as number) - (backErrorUs[at] as number);
  if (!(lowUs <= highUs)) return undefined;
  return { estimateUs: (lowUs + highUs) / 2, bound: { lowUs, highUs }, isAlone: true };
}
