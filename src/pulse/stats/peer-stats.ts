// All that one member measures towards one peer: both directions' delays, what was lost where, the drift between the two
// clocks, and whether one of them was set.

import { LIMITS } from "../../base/limits.ts";
import type { DirectionStats, HeardSample, PeerId, PulseSample, ReplySample, RowCell } from "../model.ts";
import { DelayWindow, type WindowStats } from "./delay-window.ts";
import { HeardCount } from "./heard-count.ts";
import { ANY_RATE, CLOCK_RATE_MAX_PPM, PairDrift, type RateRange } from "./pair-drift.ts";
import { type LegCount, ReplyCount } from "./reply-count.ts";

export type StatsOptions = {
  readonly windowMs: number;
  readonly maxSamples: number;
  /** A pulse without an answer for so long is lost. */
  readonly overdueMs: number;
};

export const STATS: StatsOptions = {
  windowMs: LIMITS.pulseWindowMs,
  maxSamples: LIMITS.pulseWindowSamplesMax,
  overdueMs: LIMITS.pulseOverdueMs,
};

/** What is known of a peer at one time. */
export type PeerView = {
  readonly peer: PeerId;
  readonly out: DirectionStats | undefined;
  /** The way back. */
  readonly in: DirectionStats | undefined;
  /** Where the numbers tell the legs apart, also while no delay is known. */
  readonly outLossPpm: number | undefined;
  readonly inLossPpm: number | undefined;
  readonly rate: RateRange;
  /** How often one of the two clocks was set since the beginning. */
  readonly clockSteps: number;
};

/** What one reply showed of both ways. */
type Legs = {
  readonly atMs: number;
  readonly outUs: number;
  readonly backUs: number;
  readonly outErrorUs: number;
  readonly backErrorUs: number;
};

/** With fewer samples a lower minimum is only told from a step when it is far below. */
const FEW_SAMPLES = 5;
const FEW_STEP_US = 2_000;
/** What stamps err is below. */
const LEAST_MIXED_US = 200;
/** More of this without an answer is no chance. */
const UNANSWERED_MAX = 3;

export class PeerStats {
  readonly peer: PeerId;
  readonly #options: StatsOptions;
  /** Of the replies: both legs of the same exchange. */
  readonly #out: DelayWindow;
  readonly #back: DelayWindow;
  /** Of the peer's own pulses. */
  readonly #in: DelayWindow;
  /** Both legs together: no clock but ours is in it. */
  readonly #trip: DelayWindow;
  readonly #replies: ReplyCount;
  readonly #heard: HeardCount;
  readonly #drift = new PairDrift();
  /** The last reply, where it may have been under way while our clock was set back: then it is of neither time. */
  #odd: Legs | undefined;
  #last: Legs | undefined;
  #misfits = 0;
  #lastInMs: number | undefined;
  #clockSteps = 0;
  #rate = ANY_RATE;

  constructor(peer: PeerId, options: StatsOptions = STATS) {
    const { windowMs, maxSamples } = options;
    this.peer = peer;
    this.#options = options;
    this.#out = new DelayWindow(windowMs, maxSamples);
    this.#back = new DelayWindow(windowMs, maxSamples);
    this.#in = new DelayWindow(windowMs, maxSamples);
    this.#trip = new DelayWindow(windowMs, maxSamples);
    this.#replies = new ReplyCount(windowMs, maxSamples);
    this.#heard = new HeardCount(windowMs, maxSamples);
  }

  take(sample: PulseSample): void {
    if (sample.kind === "sent") this.#replies.sent(sample.sequence, ms(sample.t1Ns));
    else if (sample.kind === "reply") this.#reply(sample);
    else this.#hear(sample);
  }

  view(nowMs: number): PeerView {
    this.#rate = this.#drift.range(nowMs);
    if (this.#drift.misfits > this.#misfits) this.#begin();
    this.#misfits = this.#drift.misfits;
    const [out, back, heard] = [this.#out, this.#back, this.#in].map((window, i) => {
      this.#level(window, i === 0 ? this.#rate : reversed(this.#rate));
      return window.stats(nowMs);
    });
    const counts = this.#replies.counts(nowMs, this.#options.overdueMs);
    const silentMs = this.#lastInMs === undefined ? 0 : Math.max(0, nowMs - this.#lastInMs);
    const heardCount = this.#heard.count(nowMs, this.#options.overdueMs, silentMs);
    // Pulses without an answer were lost on the way out if the way back is alive; else nobody can say.
    const backLives = silentMs < this.#options.overdueMs && heardCount !== undefined;
    const outCount = withUnanswered(counts.out, counts.unanswered, backLives);
    const inCount = heardCount ?? (counts.unanswered > UNANSWERED_MAX ? undefined : counts.back);
    const inDriftUs = driftErrorUs(heard ? this.#in : this.#back, reversed(this.#rate), nowMs);
    // Both clocks run on while the pulse is under way.
    const underWayUs = (CLOCK_RATE_MAX_PPM * Math.max(0, (out?.minUs ?? 0) + (back?.minUs ?? 0))) / 1e6;
    return {
      peer: this.peer,
      out: directionOf(out, outCount, driftErrorUs(this.#out, this.#rate, nowMs) + underWayUs),
      in: directionOf(heard ?? back, inCount, inDriftUs + underWayUs),
      outLossPpm: ppm(outCount?.lost, outCount?.packets),
      inLossPpm: ppm(inCount?.lost, inCount?.packets),
      rate: this.#rate,
      clockSteps: this.#clockSteps,
    };
  }

  #reply(sample: ReplySample): void {
    const { t1Ns, t2Ns, t3Ns, t4Ns, sequence, reflectorSequence } = sample;
    const atMs = ms(t4Ns);
    this.#lastInMs = atMs;
    if (!this.#replies.answered(sequence, reflectorSequence)) return;
    const legs: Legs = {
      atMs,
      outUs: us(t2Ns - t1Ns),
      backUs: us(t4Ns - t3Ns),
      outErrorUs: (sample.t1ErrorNs + sample.t2ErrorNs) / 1_000,
      backErrorUs: (sample.t3ErrorNs + sample.t4ErrorNs) / 1_000,
    };
    // Quicker than nothing: our clock was set back while it was under way.
    if (legs.outUs + legs.backUs + legs.outErrorUs + legs.backErrorUs < 0) return;
    const { out, back } = this.#falls(legs);
    const isStep =
      (out > 0 && legs.backUs - this.#usual(this.#back, atMs) > out / 2) ||
      (back > 0 && legs.outUs - this.#usual(this.#out, atMs) > back / 2);
    if (isStep) {
      // Among a few samples it may be no more than two queues that changed places; either way they say nothing.
      if (this.#out.count >= FEW_SAMPLES) this.#clockSteps++;
      this.#forget();
      this.#drift.stepped(atMs);
    } else if (this.#odd !== undefined) this.#add(this.#odd);
    const isOdd = !isStep && this.#odd === undefined && back > 0;
    this.#odd = isOdd ? legs : undefined;
    if (isOdd) return;
    if (this.#out.count === 0 && this.#isOfBefore(legs)) this.#in.forget();
    this.#add(legs);
    if (this.#isMixed(atMs)) this.#begin();
  }

  /** Only the newest sample is sure to be of this time. */
  #begin(): void {
    this.#forget();
    if (this.#last !== undefined) this.#add(this.#last);
  }

  #forget(): void {
    for (const window of [this.#out, this.#back, this.#in, this.#trip]) window.forget();
  }

  #add(legs: Legs): void {
    const { atMs, outUs, backUs, outErrorUs, backErrorUs } = legs;
    this.#last = legs;
    const outTaken = this.#out.add(atMs, outUs, outErrorUs);
    const backTaken = this.#back.add(atMs, backUs, backErrorUs);
    this.#trip.add(atMs, outUs + backUs, outErrorUs + backErrorUs);
    if (outTaken && backTaken) this.#drift.add(atMs, outUs, backUs, outErrorUs + backErrorUs);
  }

  #hear({ sequence, t1Ns, t2Ns, t1ErrorNs, t2ErrorNs }: HeardSample): void {
    const atMs = ms(t2Ns);
    this.#lastInMs = atMs;
    if (this.#heard.add(sequence, atMs)) this.#in.add(atMs, us(t2Ns - t1Ns), (t1ErrorNs + t2ErrorNs) / 1_000);
  }

  /**
   * By how much each leg is shorter than any before, beyond what queues and stamps do; else 0. A clock that is set makes
   * one way look shorter than it can be and the other longer by as much. A way that really became shorter leaves the other
   * as it was.
   */
  #falls({ atMs, outUs, backUs, outErrorUs, backErrorUs }: Legs): { out: number; back: number } {
    if (this.#out.count === 0 || this.#back.count === 0) return { out: 0, back: 0 };
    const [out, back] = [this.#placed(this.#out, atMs), this.#placed(this.#back, atMs)];
    const driftUs = driftErrorUs(this.#out, this.#rate, atMs);
    const tolerance = Math.max(out.scatterUs, back.scatterUs) + outErrorUs + backErrorUs + driftUs;
    const beyond = (fall: number): number => (fall > tolerance ? fall : 0);
    return { out: beyond(out.leastUs - outUs), back: beyond(back.leastUs - backUs) };
  }

  /** What was heard before the first reply was heard by another clock. */
  #isOfBefore({ atMs, backUs }: Legs): boolean {
    return Math.abs(backUs - (this.#in.quantileUs(0, atMs) ?? backUs)) > FEW_STEP_US;
  }

  /**
   * The lowest of both ways are of before and after a clock was set, which nobody saw: then together they are shorter than
   * any round trip was.
   */
  #isMixed(atMs: number): boolean {
    if (this.#trip.count < FEW_SAMPLES) return false;
    const [leastUs = 0, usualUs = 0] = [0, 0.5].map((share) => this.#trip.quantileUs(share, atMs));
    const [outUs = 0, backUs = 0] = [this.#out, this.#back].map((window) => window.quantileUs(0, atMs));
    const driftUs = 2 * driftErrorUs(this.#out, this.#rate, atMs);
    return outUs + backUs < leastUs - 2 * (usualUs - leastUs) - driftUs - LEAST_MIXED_US;
  }

  #usual(window: DelayWindow, atMs: number): number {
    return window.quantileUs(0.5, atMs) ?? Number.POSITIVE_INFINITY;
  }

  #placed(window: DelayWindow, atMs: number): { leastUs: number; scatterUs: number } {
    window.pass(atMs);
    const [leastUs = 0, usualUs = 0, highUs = 0] = [0, 0.5, 0.95].map((share) => window.quantileUs(share, atMs));
    const scatterUs = window.count < FEW_SAMPLES ? 3 * (highUs - leastUs) + FEW_STEP_US : usualUs - leastUs;
    return { leastUs, scatterUs };
  }

  /** Anew only when it makes a difference: it sorts the window. */
  #level(window: DelayWindow, rate: RateRange): void {
    if (Math.abs(rate.ppm - window.ratePpm) > (rate.highPpm - rate.lowPpm) / 8) window.level(rate.ppm);
  }
}

/** What a wrong rate can have added up to between now and the oldest sample. */
function driftErrorUs(window: DelayWindow, { lowPpm, highPpm }: RateRange, nowMs: number): number {
  const worstPpm = Math.max(Math.abs(highPpm - window.ratePpm), Math.abs(window.ratePpm - lowPpm));
  return (worstPpm * window.spanMs(nowMs)) / 1_000;
}

function directionOf(
  stats: WindowStats | undefined,
  count: LegCount | undefined,
  errorUs: number,
): DirectionStats | undefined {
  if (stats === undefined) return undefined;
  return {
    ...stats,
    stampErrorUs: stats.stampErrorUs + Math.ceil(errorUs),
    lossPpm: ppm(count?.lost, count?.packets),
    reorderedPpm: ppm(count?.reordered, count?.packets),
    duplicatedPpm: ppm(count?.duplicated, count?.packets),
  };
}

/** What a member publishes of it. */
export const cellOf = (view: PeerView): RowCell => ({
  out: view.out,
  outLossPpm: view.outLossPpm,
  inMinUs: view.in?.minUs,
  inLossPpm: view.inLossPpm,
});

function withUnanswered(out: LegCount | undefined, unanswered: number, backLives: boolean): LegCount | undefined {
  if (unanswered === 0) return out;
  if (!backLives) return unanswered > UNANSWERED_MAX ? undefined : out;
  return out && { ...out, packets: out.packets + unanswered, lost: out.lost + unanswered };
}

const reversed = ({ ppm: rate, lowPpm, highPpm }: RateRange): RateRange => ({
  ppm: -rate,
  lowPpm: -highPpm,
  highPpm: -lowPpm,
});

/** Some is never none, and less than all is never all. */
function ppm(part: number | undefined, whole: number | undefined): number | undefined {
  if (part === undefined || whole === undefined || whole <= 0) return undefined;
  if (part <= 0 || part >= whole) return part <= 0 ? 0 : 1_000_000;
  return Math.min(999_999, Math.max(1, Math.round((part / whole) * 1e6)));
}

const us = (ns: bigint): number => Number(ns) / 1_000;
const ms = (ns: bigint): number => Number(ns / 1_000n) / 1_000;
