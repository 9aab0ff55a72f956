// What happens to a segment, as random processes of one step an interval: queues, spikes, episodes, hours of the day.

import { type Rng, unit } from "../../../base/rng.ts";

export const exponential = (rng: Rng, mean: number): number => -mean * Math.log(1 - unit(rng));

/** Box and Muller's, one of the two. */
export const normal = (rng: Rng): number => Math.sqrt(-2 * Math.log(1 - unit(rng))) * Math.cos(2 * Math.PI * unit(rng));

/** A queue that is short most of the time: lognormal, its level wandering slowly. */
export class Queue {
  readonly #rng: Rng;
  readonly #medianUs: number;
  readonly #sigma: number;
  #level = 0;
  #left = 0;

  constructor(rng: Rng, medianUs: number, sigma: number) {
    this.#rng = rng;
    this.#medianUs = medianUs;
    this.#sigma = sigma;
  }

  nextUs(): number {
    if (this.#left-- === 0) {
      this.#left = 10;
      this.#level = 0.9 * this.#level + 0.15 * normal(this.#rng);
    }
    return this.#medianUs * Math.exp(this.#level + this.#sigma * normal(this.#rng));
  }
}

/** One step an interval. */
export type Process = { next(): number };

/** Alternates between quiet and an episode of some strength, both of random length. */
export class Episodes implements Process {
  readonly #rng: Rng;
  readonly #quiet: () => number;
  readonly #length: () => number;
  readonly #strength: () => number;
  #left: number;
  #now = 0;

  /** Lengths in intervals; the first quiet is cut somewhere, so that segments do not keep step. */
  constructor(rng: Rng, quiet: () => number, length: () => number, strength: () => number) {
    this.#rng = rng;
    this.#quiet = quiet;
    this.#length = length;
    this.#strength = strength;
    this.#left = Math.ceil(unit(this.#rng) * quiet());
  }

  /** 0 while it is quiet. */
  next(): number {
    while (this.#left <= 0) {
      const begins = this.#now === 0;
      this.#now = begins ? this.#strength() : 0;
      this.#left = Math.max(1, Math.round(begins ? this.#length() : this.#quiet()));
    }
    this.#left--;
    return this.#now;
  }
}

const DAY_MS = 86_400_000;

/** 0 to 1: a busy evening around `peakHour` UTC, five hours wide, weaker at the weekend. */
export function evening(atMs: number, peakHour: number): number {
  const hour = (atMs % DAY_MS) / 3_600_000;
  const away = Math.abs(((hour - peakHour + 36) % 24) - 12);
  const strength = away >= 2.5 ? 0 : Math.cos((away / 2.5) * (Math.PI / 2));
  // 1970-01-01 was a Thursday.
  const weekday = (Math.floor(atMs / DAY_MS) + 3) % 7;
  return weekday >= 5 ? strength * 0.6 : strength;
}
