// What all rows say, brought to one time by the drift between the clocks, in typed arrays: [i·n + j] is what i says of
// itself and j. A row is a second or two old and clocks gain some µs a second on each other, so what is not known of a
// drift is in the error.

import type { PeerId, RowCell } from "../model.ts";
import { ANY_RATE, type RateRange } from "../stats/pair-drift.ts";
import type { PeerView } from "../stats/peer-stats.ts";
import type { HeldRow } from "./held-rows.ts";

/** NaN where nothing is said. */
export type Said = {
  readonly n: number;
  /** The lowest delay from i to j, by both clocks, and ± of it. */
  readonly outUs: Float64Array;
  readonly outErrorUs: Float64Array;
  /** What has to be added to any delay of the row's cell, so that it is of this time. */
  readonly shiftUs: Float64Array;
  /** The lowest from j to i, as i says. */
  readonly backUs: Float64Array;
  readonly backErrorUs: Float64Array;
  /** How far i's lowest may lie above the path's own, by how its pulses scatter and how few they are; 0 where none came. */
  readonly slackUs: Float64Array;
};

/** The lowest of a few samples says little: the window was just emptied. */
const FEW_SAMPLES = 10;
const FEW_SLACK_US = 20_000;
/** Replies that got lost are missing in one view only: its lowest may be higher by what queues scatter. */
const SCATTER_MAX_US = 20_000;

/** Rows are made each second and travel with the next pulse: an age that says otherwise comes of a clock that was set. */
const SENT_AGAIN_MS = 5_000;
/** Delays are told in whole µs. */
const ROUNDED_US = 0.5;
const ZERO: RateRange = { ppm: 0, lowPpm: 0, highPpm: 0 };

export type Own = { readonly rates: ReadonlyMap<PeerId, RateRange>; readonly views: ReadonlyMap<PeerId, PeerView> };

export function said(
  members: readonly PeerId[],
  self: PeerId,
  rows: ReadonlyMap<PeerId, HeldRow>,
  own: Own,
  nowNs: bigint,
): Said {
  const n = members.length;
  const nothing = (): Float64Array => new Float64Array(n * n).fill(Number.NaN);
  const all: Said = {
    n,
    outUs: nothing(),
    outErrorUs: nothing(),
    shiftUs: nothing(),
    backUs: nothing(),
    backErrorUs: nothing(),
    slackUs: new Float64Array(n * n),
  };
  const rates = members.map((member) => (member === self ? ZERO : (own.rates.get(member) ?? ANY_RATE)));
  for (const [i, member] of members.entries()) {
    const held = rows.get(member);
    if (held === undefined) continue;
    const age = ageOf(held, member === self ? undefined : own.views.get(member), member === self, nowNs);
    for (const [j, peer] of members.entries()) {
      const cell = held.row.cells.get(peer);
      if (cell === undefined || i === j) continue;
      const gain = difference(rates[j] as RateRange, rates[i] as RateRange);
      const shiftUs = gain.ppm * age.seconds;
      const driftUs = gain.half * (age.seconds + age.half) + Math.abs(gain.ppm) * age.half;
      tell(all, i * n + j, cell, shiftUs, driftUs, member === self ? own.views.get(peer) : undefined);
    }
  }
  return all;
}

function tell(
  all: Said,
  at: number,
  cell: RowCell,
  shiftUs: number,
  driftUs: number,
  view: PeerView | undefined,
): void {
  const { out } = cell;
  all.shiftUs[at] = shiftUs;
  if (out !== undefined) {
    all.outUs[at] = out.minUs + shiftUs;
    all.outErrorUs[at] = out.stampErrorUs + driftUs + ROUNDED_US;
    const scatterUs = Math.min(SCATTER_MAX_US, out.p50Us - out.minUs);
    all.slackUs[at] = scatterUs + (out.samples < FEW_SAMPLES ? FEW_SLACK_US : 0);
  }
  const inMinUs = view === undefined ? cell.inMinUs : view.in?.minUs;
  const inErrorUs = view === undefined ? out?.stampErrorUs : view.in?.stampErrorUs;
  if (inMinUs === undefined || inErrorUs === undefined) return;
  all.backUs[at] = inMinUs - shiftUs;
  all.backErrorUs[at] = inErrorUs + driftUs + ROUNDED_US + (cell.inRoundedUs ?? 0);
}

/** A row says when it was made by its owner's clock, and our own row says what that clock shows now, within a round trip. */
function ageOf(
  { row, heardNs }: HeldRow,
  view: PeerView | undefined,
  isOwn: boolean,
  nowNs: bigint,
): { seconds: number; half: number } {
  const heldMs = Math.max(0, Number(nowNs - heardNs) / 1e6);
  const madeMs = Number(nowNs - row.madeNs) / 1e6;
  if (isOwn) return { seconds: Math.max(0, madeMs) / 1_000, half: 0 };
  if (view?.out !== undefined && view.in !== undefined) {
    const aheadMs = (view.out.minUs - view.in.minUs) / 2_000;
    const halfMs = Math.max(0, (view.out.minUs + view.in.minUs) / 2_000);
    const ageMs = madeMs + aheadMs;
    if (ageMs >= heldMs - halfMs && ageMs <= heldMs + halfMs + SENT_AGAIN_MS) {
      return { seconds: Math.max(heldMs, ageMs) / 1_000, half: halfMs / 1_000 };
    }
  }
  return { seconds: (heldMs + SENT_AGAIN_MS / 2) / 1_000, half: SENT_AGAIN_MS / 2_000 };
}

function difference(a: RateRange, b: RateRange): { ppm: number; half: number } {
  const [low, high] = [a.lowPpm - b.highPpm, a.highPpm - b.lowPpm];
  return { ppm: (low + high) / 2, half: (high - low) / 2 };
}
