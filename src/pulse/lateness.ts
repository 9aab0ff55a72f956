// How late things happened, as a histogram of rough widths: a quantile costs nothing to keep, and the past
// can fade.

import { type RoughScale, roughBits, roughCode, roughValue } from "./bits.ts";

const SCALE: RoughScale = { exponentBits: 5, mantissaBits: 3, unit: 1 };

export class Histogram {
  readonly #counts = new Float64Array(2 ** roughBits(SCALE));
  #total = 0;

  add(us: number): void {
    const code = roughCode(us, SCALE);
    this.#counts[code] = (this.#counts[code] ?? 0) + 1;
    this.#total++;
  }

  /** Lets what was added until now count for less. */
  fade(share: number): void {
    for (const [code, count] of this.#counts.entries()) this.#counts[code] = count * share;
    this.#total *= share;
  }

  /** `share` from 0 to 1; 0 where nothing was added. */
  quantileUs(share: number): number {
    let below = 0;
    for (const [code, count] of this.#counts.entries()) {
      below += count;
      if (count > 0 && below >= share * this.#total) return roughValue(code, SCALE);
    }
    return 0;
  }
}
