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

/** With fewer samples a lower minimum is only told from a step when it is far below. */
const FEW_SAMPLES = 5;
const FEW_STEP_US = 2_000;
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
  readonly #replies: ReplyCount;
  readonly #heard: HeardCount;
  readonly #drift = new PairDrift();
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
    const [outUs, backUs] = [us(t2Ns - t1Ns), us(t4Ns - t3Ns)];
    const outErrorUs = (sample.t1ErrorNs + sample.t2ErrorNs) / 1_000;
    const backErrorUs = (sample.t3ErrorNs + sample.t4ErrorNs) / 1_000;
    if (this.#isStep(atMs, outUs, backUs, outErrorUs + backErrorUs)) {
      this.#clockSteps++;
      for (const window of [this.#out, this.#back, this.#in]) window.forget();
      this.#drift.stepped(atMs);
    }
    const outTaken = this.#out.add(atMs, outUs, outErrorUs);
    const backTaken = this.#back.add(atMs, backUs, backErrorUs);
    if (outTaken && backTaken) this.#drift.add(atMs, outUs, backUs, outErrorUs + backErrorUs);
  }

  #hear({ sequence, t1Ns, t2Ns, t1ErrorNs, t2ErrorNs }: HeardSample): void {
    const atMs = ms(t2Ns);
    this.#lastInMs = atMs;
    if (this.#heard.add(sequence, atMs)) this.#in.add(atMs, us(t2Ns - t1Ns), (t1ErrorNs + t2ErrorNs) / 1_000);
  }

  /**
   * A clock that is set makes one way look shorter than it can be and the other longer by as much. A way that really
   * became shorter leaves the other as it was.
   */
  #isStep(atMs: number, outUs: number, backUs: number, errorUs: number): boolean {
    if (this.#out.count < 2 || this.#back.count < 2) return false;
    const [out, back] = [this.#placed(this.#out, atMs), this.#placed(this.#back, atMs)];
    const tolerance = Math.max(out.scatterUs, back.scatterUs) + errorUs + driftErrorUs(this.#out, this.#rate, atMs);
    const falls = (fall: number, rises: number): boolean => fall > tolerance && rises > fall / 2;
    return falls(out.leastUs - outUs, backUs - back.usualUs) || falls(back.leastUs - backUs, outUs - out.usualUs);
  }

  #placed(window: DelayWindow, atMs: number): { leastUs: number; usualUs: number; scatterUs: number } {
    window.pass(atMs);
    const [leastUs = 0, usualUs = 0, highUs = 0] = [0, 0.5, 0.95].map((share) => window.quantileUs(share, atMs));
    const scatterUs = window.count < FEW_SAMPLES ? 3 * (highUs - leastUs) + FEW_STEP_US : usualUs - leastUs;
    return { leastUs, usualUs, scatterUs };
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
