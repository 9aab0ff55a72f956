// A session's samples from its first to its last, summed up as `srwan pulse send` shows them: both ways and the round
// trip. What is not known is undefined.

import type { PulseSample, ReplySample } from "./model.ts";

export type WaySummary = {
  readonly minUs: number;
  readonly p50Us: number;
  readonly p95Us: number;
  readonly maxUs: number;
  /** RFC 3550 §6.4.1. */
  readonly jitterUs: number;
  /** The larger of what the two stamps could be wrong by, at the median. */
  readonly errorUs: number;
};

export type LossSummary = {
  readonly out: number | undefined;
  readonly back: number | undefined;
  /** Lost on one of the ways: which, the numbers do not tell. */
  readonly unknown: number;
};

export type Summary = {
  readonly sent: number;
  readonly answered: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly lost: LossSummary;
  /** Undefined where nothing was answered; a way alone also where the reflector does not tell T2 from T3. */
  readonly out: WaySummary | undefined;
  readonly back: WaySummary | undefined;
  readonly roundTrip: WaySummary | undefined;
};

export function summarize(samples: readonly PulseSample[]): Summary {
  const sent = new Set(samples.flatMap((one) => (one.kind === "sent" ? [one.sequence] : [])));
  const replies = samples.filter((one) => one.kind === "reply");
  const firsts = firstOfEach(replies);
  const knowsStay = firsts.filter(({ flags }) => !flags.reflectorStayUnknown);
  const us = (ns: bigint): number => Number(ns) / 1e3;
  return {
    sent: sent.size,
    answered: firsts.length,
    duplicates: replies.length - firsts.length,
    reordered: countReordered(firsts),
    lost: countLost(firsts, sent.size),
    out: way(
      knowsStay,
      (s) => us(s.t2Ns - s.t1Ns),
      (s) => s.t1ErrorNs + s.t2ErrorNs,
    ),
    back: way(
      knowsStay,
      (s) => us(s.t4Ns - s.t3Ns),
      (s) => s.t3ErrorNs + s.t4ErrorNs,
    ),
    roundTrip: way(
      firsts,
      (s) => us(s.t4Ns - s.t1Ns - (s.t3Ns - s.t2Ns)),
      (s) => s.t1ErrorNs + s.t2ErrorNs + s.t3ErrorNs + s.t4ErrorNs,
    ),
  };
}

/** In order of arrival. */
function firstOfEach(replies: readonly ReplySample[]): ReplySample[] {
  const seen = new Set<number>();
  return replies.filter(({ sequence }) => !seen.has(sequence) && seen.add(sequence));
}

function countReordered(firsts: readonly ReplySample[]): number {
  let newest = -1;
  let count = 0;
  for (const { sequence } of firsts) {
    if (sequence < newest) count++;
    newest = Math.max(newest, sequence);
  }
  return count;
}

/**
 * Between two answers, what the reflector counted and we did not get was lost on the way back, and the rest of what is
 * missing on the way out. Before the first answer and after the last one nobody counted.
 */
function countLost(firsts: readonly ReplySample[], sent: number): LossSummary {
  const unanswered = sent - firsts.length;
  const inOrder = firsts.toSorted((a, b) => a.sequence - b.sequence);
  if (inOrder.some(({ reflectorSequence }) => reflectorSequence === undefined) || inOrder.length === 0) {
    return { out: undefined, back: undefined, unknown: unanswered };
  }
  let [out, back] = [0, 0];
  for (const [i, one] of inOrder.entries()) {
    const before = inOrder[i - 1];
    if (before === undefined) continue;
    const missing = one.sequence - before.sequence - 1;
    const counted = (one.reflectorSequence ?? 0) - (before.reflectorSequence ?? 0) - 1;
    const backHere = Math.min(missing, Math.max(0, counted));
    back += backHere;
    out += missing - backHere;
  }
  return { out, back, unknown: Math.max(0, unanswered - out - back) };
}

function way(
  samples: readonly ReplySample[],
  delayUs: (sample: ReplySample) => number,
  errorNs: (sample: ReplySample) => number,
): WaySummary | undefined {
  if (samples.length === 0) return undefined;
  const delays = samples.map(delayUs);
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? sorted[0] ?? 0);
  let jitter = 0;
  for (const [i, delay] of delays.entries()) {
    if (i > 0) jitter += (Math.abs(delay - (delays[i - 1] ?? delay)) - jitter) / 16;
  }
  const errors = samples.map(errorNs).sort((a, b) => a - b);
  return {
    minUs: at(0),
    p50Us: at(0.5),
    p95Us: at(0.95),
    maxUs: at(1),
    jitterUs: Math.round(jitter),
    errorUs: Math.ceil((errors[errors.length >> 1] ?? 0) / 1e3),
  };
}
