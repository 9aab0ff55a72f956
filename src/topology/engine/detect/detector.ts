// The detector of one group: takes a sample of every directed segment once an interval and knows how each does. A segment
// is late when most of its last samples lie more than 20 % of its delay above its own running median. Both are free of
// clock offsets: sample and median are taken over the same two clocks, the delay is half the way there and back, and a
// sample counts only as late as the way there and back shows it. Clock steps are taken out before (clock-steps.ts).

import { BadRecord } from "./bad-record.ts";
import { type CountRule, lateRule, roughRule } from "./chance.ts";
import { ClockSteps } from "./clock-steps.ts";
import { LossRecord } from "./loss.ts";
import { advance, type Change, cautionAt, type Health, healthy, type State, type Trouble } from "./state.ts";
import { MedianWindows } from "./windows.ts";

/** In a tick, in place of a delay: the pulse was lost. NaN says that nobody reported, and so does 0. */
export const LOST = Number.POSITIVE_INFINITY;

const RULES = {
  /** Beyond its median by this part of its delay, and by the floor, a sample is late; below half of it calm. */
  latePermille: 200,
  lateFloorUs: 1_000,
  /** Differences between samples beyond this part of the delay, its floor, and four times the usual one are jitter. */
  roughPermille: 100,
  roughFloorUs: 4_000,
  roughTimesUsual: 4,
} as const;

/**
 * What is usual is a median of 61 medians, spread over all that was seen up to the last six hours at one pulse a second:
 * long enough that an evening's congestion is not usual yet when it begins.
 */
const USUAL_WINDOW = 61;
const USUAL_EVERY = { least: 10, most: 360 } as const;
/** Judged after so many. */
const USUAL_MIN = 5;
const RECENT_WINDOW = 5;
const FRESH_OF = 3;

export type Layout = { readonly pops: number; readonly from: Int32Array; readonly to: Int32Array };

export class Detector {
  readonly segments: number;
  readonly #clocks: ClockSteps;
  readonly #ways: readonly Int32Array[];
  /** Medians of recent samples, now and then: what is usual. */
  readonly #usual: MedianWindows;
  readonly #usualRough: MedianWindows;
  readonly #recent: MedianWindows;
  readonly #loss: LossRecord;
  readonly #health: readonly Health[];
  readonly #late: BadRecord;
  readonly #uneasy: BadRecord;
  readonly #rough: BadRecord;
  /** Ticks in which no delay was seen. */
  readonly #unseen: BadRecord;
  readonly #samples: Uint32Array;
  /** The number of the sample that is kept next. */
  readonly #keep: Uint32Array;
  readonly #last: Float64Array;
  readonly #scaleUs: Float64Array;
  readonly #sample: Float64Array;
  readonly #residual: Float64Array;

  constructor({ pops, from, to }: Layout) {
    const n = from.length;
    this.segments = n;
    this.#clocks = new ClockSteps(pops, from, to);
    this.#ways = waysBack(pops, from, to);
    this.#usual = new MedianWindows(n, USUAL_WINDOW);
    this.#usualRough = new MedianWindows(n, USUAL_WINDOW);
    this.#recent = new MedianWindows(n, RECENT_WINDOW);
    this.#loss = new LossRecord(n);
    this.#health = Array.from({ length: n }, healthy);
    this.#late = new BadRecord(n);
    this.#uneasy = new BadRecord(n);
    this.#rough = new BadRecord(n);
    this.#unseen = new BadRecord(n);
    this.#samples = new Uint32Array(n);
    this.#keep = new Uint32Array(n).fill(USUAL_EVERY.least);
    this.#last = new Float64Array(n).fill(Number.NaN);
    this.#scaleUs = new Float64Array(n).fill(Number.NaN);
    this.#sample = new Float64Array(n);
    this.#residual = new Float64Array(n);
  }

  /** One sample of each segment, taken in the same interval: a delay in µs, LOST, or NaN. */
  tick(nowMs: number, delaysUs: Float64Array): void {
    for (let s = 0; s < this.segments; s++) {
      const raw = delaysUs[s] as number;
      const sample = raw === 0 || raw === LOST ? Number.NaN : raw - this.#clocks.onSegment(s);
      this.#sample[s] = sample;
      this.#residual[s] = this.isWarm(s) ? sample - this.#usual.median(s) : Number.NaN;
    }
    const before = this.#clocks.movedUs.slice();
    this.#clocks.remove(this.#residual);
    const moved = before.some((us, pop) => us !== this.#clocks.movedUs[pop]);
    for (let s = 0; s < this.segments; s++) {
      if (moved) this.#sample[s] = delay(delaysUs[s] as number) - this.#clocks.onSegment(s);
      this.#segment(nowMs, s, delaysUs[s] === LOST);
    }
  }

  /** One more sample of one segment between two ticks; true where it changed the segment's state. */
  more(nowMs: number, s: number, delayUs: number): boolean {
    const sample = delay(delayUs) - this.#clocks.onSegment(s);
    if (Number.isNaN(sample) || !this.isWarm(s)) return false;
    this.#sample[s] = sample;
    this.#residual[s] = sample - this.#usual.median(s);
    const health = this.#of(s);
    this.#delay(s, sample, health.state === "UP");
    const change = this.#judge(nowMs, s, health);
    if (change) this.#changed(s, change);
    return change !== undefined;
  }

  state(s: number): State {
    return this.#of(s).state;
  }

  trouble(s: number): Trouble | undefined {
    return this.#of(s).trouble;
  }

  /** How often a delay that had changed for good was taken as the new normal. */
  regime(s: number): number {
    return this.#of(s).regime;
  }

  /** The median of the last five, less what clocks have moved: comparable with other ways between the same two POPs. */
  delayUs(s: number): number | undefined {
    const median = this.#recent.median(s);
    return Number.isNaN(median) ? undefined : median;
  }

  /** How long the segment takes as such: half of there and back, whatever the clocks say. */
  scaleUs(s: number): number | undefined {
    const scale = this.#scaleUs[s] as number;
    return Number.isNaN(scale) ? undefined : scale;
  }

  /** What one sample usually differs from the next by. */
  noiseUs(s: number): number | undefined {
    const median = this.#usualRough.median(s);
    return Number.isNaN(median) ? undefined : median;
  }

  lossPpm(s: number): number {
    return this.#loss.lossPpm(s);
  }

  /** Seen in most of the last five ticks, and long enough to know what is usual: only then may it win. */
  isFresh(s: number): boolean {
    return this.isWarm(s) && this.#unseen.of(s, RECENT_WINDOW) <= RECENT_WINDOW - FRESH_OF;
  }

  isWarm(s: number): boolean {
    return this.#usual.count(s) >= USUAL_MIN;
  }

  #segment(nowMs: number, s: number, isLost: boolean): void {
    const health = this.#of(s);
    const sample = this.#sample[s] as number;
    const isSeen = !Number.isNaN(sample);
    this.#unseen.push(s, !isSeen, false);
    if (!isSeen && !isLost) return;
    this.#loss.push(s, isLost, health.state === "UP");
    if (isSeen) this.#delay(s, sample, health.state === "UP");
    const change = this.#judge(nowMs, s, health);
    if (change) this.#changed(s, change);
  }

  #delay(s: number, sample: number, isUp: boolean): void {
    const scale = this.#scaleUs[s] as number;
    const [last, usualRough] = [this.#last[s] as number, this.#usualRough.median(s)];
    const difference = Math.abs(sample - last);
    const excess = this.#excess(s);
    if (!Number.isNaN(scale) && !Number.isNaN(excess)) {
      const line = lateLineUs(scale);
      this.#late.push(s, excess > line, isUp);
      this.#uneasy.push(s, excess * 2 > line, false);
    }
    if (!Number.isNaN(difference)) {
      const line = Math.max(
        Number.isNaN(scale) ? 0 : (scale * RULES.roughPermille) / 1_000,
        RULES.roughFloorUs,
        Number.isNaN(usualRough) ? 0 : usualRough * RULES.roughTimesUsual,
      );
      this.#rough.push(s, difference > line, isUp);
    }
    this.#recent.push(s, sample);
    this.#last[s] = sample;
    const samples = (this.#samples[s] as number) + 1;
    this.#samples[s] = samples;
    // Trouble is not learnt as usual, nor is what may be its beginning.
    if (samples < (this.#keep[s] as number) || !isUp || this.#late.of(s, RECENT_WINDOW) > 1) return;
    const every = Math.floor(samples / USUAL_WINDOW);
    this.#keep[s] = samples + Math.max(USUAL_EVERY.least, Math.min(USUAL_EVERY.most, every));
    this.#usual.push(s, this.#recent.median(s));
    if (!Number.isNaN(difference)) this.#usualRough.push(s, difference);
    this.#scale(s);
    for (const back of this.#ways[s] as Int32Array) this.#scale(back);
  }

  /** How late the sample is, and no later than there and back shows; NaN where it cannot be known without clocks. */
  #excess(s: number): number {
    const there = this.#residual[s] as number;
    let back = Number.NaN;
    for (const way of this.#ways[s] as Int32Array) {
      const residual = this.#residual[way] as number;
      if (!(residual >= back)) back = Number.isNaN(residual) ? back : residual;
    }
    if (!Number.isNaN(back)) return Math.min(there, there + back);
    return this.#clocks.sees(s, this.#residual) ? there : Number.NaN;
  }

  #scale(s: number): void {
    let back = Number.POSITIVE_INFINITY;
    for (const way of this.#ways[s] as Int32Array) {
      const usual = this.#usual.median(way);
      if (usual < back) back = usual;
    }
    if (back !== Number.POSITIVE_INFINITY) this.#scaleUs[s] = Math.max(1, (this.#usual.median(s) + back) / 2);
  }

  #judge(nowMs: number, s: number, health: Health): Change {
    const isDown = this.#loss.isDown(s);
    const isLossy = this.#loss.isLossy(s);
    const isLate = !this.#late.isClear(s) && this.#isLate(s, 2 * cautionAt(health, nowMs));
    const { window: roughWindow, bad: roughBad } = roughRule(this.#rough.usualShare(s));
    const rough = this.#rough.of(s, roughWindow);
    const isRough = rough >= roughBad;
    if (health.state === "UP" && !isDown && !isLossy && !isLate && !isRough) return undefined;
    const lossCalm = this.#loss.isCalm(s);
    const { window } = this.#lateRule(s);
    const lateCalm = this.#uneasy.of(s, window) * 3 <= window;
    const roughCalm = rough * 2 < roughBad;
    const still = (trouble: Trouble, isCalm: boolean) => health.trouble === trouble && !isCalm;
    const trouble =
      isLossy || still("loss", lossCalm)
        ? "loss"
        : isRough || still("jitter", roughCalm)
          ? "jitter"
          : isLate || still("delay", lateCalm)
            ? "delay"
            : undefined;
    const isCalm = lossCalm && lateCalm && roughCalm;
    return advance(health, { isDown, trouble, isCalm, receivedInARow: this.#loss.receivedInARow(s) }, nowMs);
  }

  #lateRule(s: number): CountRule {
    const lineAway = lateLineUs(this.#scaleUs[s] as number) / this.#usualRough.median(s);
    return lateRule(this.#late.usualShare(s), Number.isNaN(lineAway) ? Number.POSITIVE_INFINITY : lineAway);
  }

  #isLate(s: number, caution: number): boolean {
    const { window, bad } = this.#lateRule(s);
    return this.#late.of(s, window + caution) >= bad + caution;
  }

  #changed(s: number, change: NonNullable<Change>): void {
    if (change === "alive" || change === "well") this.#loss.forget(s);
    if (change !== "new normal") return;
    this.#usual.clear(s);
    for (let i = 0; i < USUAL_MIN; i++) this.#usual.push(s, this.#recent.median(s));
    this.#scale(s);
    this.#samples[s] = 0;
    this.#keep[s] = USUAL_EVERY.least;
    this.#late.forget(s);
    this.#uneasy.forget(s);
  }

  #of(s: number): Health {
    return this.#health[s] as Health;
  }
}

const lateLineUs = (scaleUs: number): number => Math.max((scaleUs * RULES.latePermille) / 1_000, RULES.lateFloorUs);

const delay = (raw: number): number => (raw === 0 || raw === LOST ? Number.NaN : raw);

/** For each segment, those that lead back. */
function waysBack(pops: number, from: Int32Array, to: Int32Array): Int32Array[] {
  const between = new Map<number, number[]>();
  for (const [s, pop] of from.entries()) {
    const key = pop * pops + (to[s] as number);
    const ways = between.get(key);
    if (ways) ways.push(s);
    else between.set(key, [s]);
  }
  return Array.from(from, (pop, s) => Int32Array.from(between.get((to[s] as number) * pops + pop) ?? []));
}
