// Runs ways to choose over a trace, side by side, and scores each by hindsight: what five samples around a moment say of
// a path, two of them later than the moment. A policy is on a bad path while that path loses two of five pulses, or is
// 20 % and 2 ms slower than the best of its others, and another does neither.

import type { Policy } from "../decide/decider.ts";
import { LOST } from "../detect/detector.ts";
import { MedianWindows } from "../detect/windows.ts";
import type { Chooser } from "./chooser.ts";
import { policiesOf, type Trace } from "./trace.ts";

const AROUND = 5;
const LATER = 2;
const LOSSY_OF = 2;
const BAD_PERMILLE = 200;
const BAD_MIN_US = 2_000;
const HOUR_MS = 3_600_000;

export type Score = {
  readonly name: string;
  readonly flips: number;
  /** Of one policy, in any hour. */
  readonly flipsInAnHour: number;
  /** Of all policies. */
  readonly badMs: number;
  readonly lossyMs: number;
  /** By which it was quicker than the default, the mean over all policies and intervals that neither lost. */
  readonly gainUs: number;
};

export type Simulation = {
  readonly policies: number;
  readonly ticks: number;
  readonly intervalMs: number;
  readonly scores: readonly Score[];
};

export function simulate(trace: Trace, choosers: readonly Chooser[]): Simulation {
  const { head } = trace;
  const policies = policiesOf(head);
  const hindsight = new Hindsight(head.segments.length);
  const tallies = choosers.map((chooser) => new Tally(chooser, policies, head.intervalMs));
  let ticks = 0;
  for (const samples of trace.ticks()) {
    const nowMs = head.startMs + ticks * head.intervalMs;
    hindsight.push(samples);
    // What was chosen at the end of the last interval carries this one.
    for (const tally of tallies) tally.remember(ticks);
    for (const tally of tallies) tally.tick(nowMs, samples);
    ticks++;
    if (ticks < AROUND) continue;
    for (const [p, { paths }] of policies.entries()) {
      const seen = paths.map((path) => hindsight.path(path));
      for (const tally of tallies) tally.score(p, ticks - 1 - LATER, seen);
    }
  }
  return {
    policies: policies.length,
    ticks,
    intervalMs: head.intervalMs,
    scores: tallies.map((tally) => tally.total()),
  };
}

type Seen = { readonly isLossy: boolean; readonly delayUs: number };

class Hindsight {
  readonly #delays: MedianWindows;
  readonly #lost: Uint8Array;

  constructor(segments: number) {
    this.#delays = new MedianWindows(segments, AROUND);
    this.#lost = new Uint8Array(segments);
  }

  push(samples: Float64Array): void {
    for (const [s, us] of samples.entries()) {
      this.#lost[s] = (((this.#lost[s] as number) << 1) | (us === LOST ? 1 : 0)) & ((1 << AROUND) - 1);
      if (us !== LOST && us !== 0 && !Number.isNaN(us)) this.#delays.push(s, us);
    }
  }

  path(path: readonly number[]): Seen {
    let [isLossy, delayUs] = [false, 0];
    for (const s of path) {
      let lost = 0;
      for (let bits = this.#lost[s] as number; bits !== 0; bits &= bits - 1) lost++;
      isLossy ||= lost >= LOSSY_OF;
      delayUs += this.#delays.median(s);
    }
    return { isLossy, delayUs };
  }
}

class Tally {
  readonly #chooser: Chooser;
  readonly #policies: readonly Policy[];
  readonly #intervalMs: number;
  /** Choices of the last three intervals, by interval modulo three. */
  readonly #chosen: readonly Uint8Array[];
  readonly #flipsMs: readonly number[][];
  #flips = 0;
  #flipsInAnHour = 0;
  #badMs = 0;
  #lossyMs = 0;
  #gainUs = 0;
  #compared = 0;

  constructor(chooser: Chooser, policies: readonly Policy[], intervalMs: number) {
    this.#chooser = chooser;
    this.#policies = policies;
    this.#intervalMs = intervalMs;
    this.#chosen = Array.from({ length: LATER + 1 }, () => new Uint8Array(policies.length));
    this.#flipsMs = policies.map(() => []);
  }

  remember(tick: number): void {
    const chosen = this.#chosen[tick % (LATER + 1)] as Uint8Array;
    for (const p of this.#policies.keys()) chosen[p] = this.#chooser.current(p);
  }

  tick(nowMs: number, samples: Float64Array): void {
    const before = this.#policies.map((_, p) => this.#chooser.current(p));
    this.#chooser.tick(nowMs, samples);
    for (const [p, path] of before.entries()) {
      if (this.#chooser.current(p) === path) continue;
      const flips = this.#flipsMs[p] as number[];
      while (flips.length > 0 && nowMs - (flips[0] as number) >= HOUR_MS) flips.shift();
      this.#flipsInAnHour = Math.max(this.#flipsInAnHour, flips.push(nowMs));
      this.#flips++;
    }
  }

  score(p: number, tick: number, seen: readonly Seen[]): void {
    const chosen = seen[(this.#chosen[tick % (LATER + 1)] as Uint8Array)[p] as number] as Seen;
    const straight = seen[0] as Seen;
    if (!chosen.isLossy && !straight.isLossy) {
      const gain = straight.delayUs - chosen.delayUs;
      if (!Number.isNaN(gain)) {
        this.#gainUs += gain;
        this.#compared++;
      }
    }
    let best = LOST;
    for (const { isLossy, delayUs } of seen) if (!isLossy && delayUs < best) best = delayUs;
    if (best === LOST) return;
    if (chosen.isLossy) this.#lossyMs += this.#intervalMs;
    const slower = chosen.delayUs - best;
    if (chosen.isLossy || (slower > BAD_MIN_US && slower * 1_000 > Math.abs(best) * BAD_PERMILLE)) {
      this.#badMs += this.#intervalMs;
    }
  }

  total(): Score {
    return {
      name: this.#chooser.name,
      flips: this.#flips,
      flipsInAnHour: this.#flipsInAnHour,
      badMs: this.#badMs,
      lossyMs: this.#lossyMs,
      gainUs: this.#compared === 0 ? 0 : Math.round(this.#gainUs / this.#compared),
    };
  }
}
