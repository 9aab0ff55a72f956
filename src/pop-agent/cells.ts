// What is told of each segment: the statistics of its window and the median of the last interval. What was not measured is
// null. Pure.

import type { PulseSample } from "../pulse/model.ts";
import type { PeerView } from "../pulse/stats/peer-stats.ts";
import type { SegmentReport } from "../wire/report.ts";

/** An answer may be under way this long before its pulse counts as lost. */
const UNDER_WAY_NS = 500_000_000n;
const SENT_KEPT = 256;

/** One segment's pulses since the last report. */
export class Interval {
  #outUs: number[] = [];
  #roundTripUs: number[] = [];
  /** Without an answer yet, oldest first. */
  #sent: { readonly sequence: number; readonly ns: bigint }[] = [];

  take(sample: PulseSample): void {
    if (sample.kind === "sent") {
      this.#sent.push({ sequence: sample.sequence, ns: sample.t1Ns });
      if (this.#sent.length > SENT_KEPT) this.#sent.shift();
    } else if (sample.kind === "reply") {
      this.#sent = this.#sent.filter(({ sequence }) => sequence > sample.sequence);
      this.#outUs.push(Number(sample.t2Ns - sample.t1Ns) / 1_000);
      this.#roundTripUs.push(Number(sample.t4Ns - sample.t1Ns - (sample.t3Ns - sample.t2Ns)) / 1_000);
    }
  }

  /** And begins the next one. */
  close(nowNs: bigint): { readonly sampleUs: number | "lost" | null; readonly roundTripUs: number | null } {
    const [out, round] = [median(this.#outUs), median(this.#roundTripUs)];
    const overdue = this.#sent.some(({ ns }) => nowNs - ns >= UNDER_WAY_NS);
    this.#sent = this.#sent.filter(({ ns }) => nowNs - ns < UNDER_WAY_NS);
    [this.#outUs, this.#roundTripUs] = [[], []];
    return { sampleUs: out ?? (overdue ? "lost" : null), roundTripUs: round ?? null };
  }
}

function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[(sorted.length - 1) >> 1] ?? 0);
}

export function segmentReport(
  segment: string,
  view: PeerView | undefined,
  interval: ReturnType<Interval["close"]>,
  floorUs: number,
): SegmentReport {
  const out = view?.out;
  const whole = (value: number | undefined): number | null =>
    value === undefined ? null : Math.max(0, Math.round(value));
  const there = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value));
  // Both ways by their medians: the clocks' difference is in neither.
  const bothUs = out === undefined || view?.in === undefined ? undefined : Math.max(0, out.p50Us + view.in.p50Us);
  const errorUs = Math.ceil(out?.stampErrorUs ?? 0);
  return {
    segment,
    sampleUs: interval.sampleUs,
    p5Us: there(out?.p5Us),
    p50Us: there(out?.p50Us),
    p95Us: there(out?.p95Us),
    delayUs: whole(bothUs === undefined ? undefined : Math.max(floorUs, bothUs / 2)),
    lowUs: whole(bothUs === undefined ? undefined : Math.min(floorUs, bothUs)),
    highUs: whole(bothUs === undefined ? undefined : Math.max(floorUs, bothUs - floorUs) + errorUs),
    roundTripUs: interval.roundTripUs === null ? null : Math.max(0, interval.roundTripUs),
    errorUs,
    jitterUs: whole(out?.jitterUs),
    lossPpm: view?.outLossPpm ?? null,
    reorderedPpm: out?.reorderedPpm ?? null,
    duplicatedPpm: out?.duplicatedPpm ?? null,
    ageMs: Math.max(0, Math.round(out?.ageMs ?? 0)),
    samples: out?.samples ?? 0,
  };
}
