// Chance as a parameter. The seeded twin gives the same sequence on every machine, so that a simulation that failed
// can be run again; the real one (real-rng.ts) is for tokens, phases and jitter.

export interface Rng {
  /** A whole number, 0 ≤ n < 2³². */
  uint32(): number;
}

/** sfc32: small, fast, and passes PractRand; never for secrets. */
export class SeededRng implements Rng {
  #a = 0x9e3779b9;
  #b = 0x243f6a88;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#c = seed | 0;
    for (let i = 0; i < 16; i++) this.uint32();
  }

  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return t >>> 0;
  }
}

/** 0 ≤ x < 1 in steps of 2⁻³². */
export const unit = (rng: Rng): number => rng.uint32() / 2 ** 32;

/** A whole number from `low` to `high`, both included, each equally likely (rejection, so no bias from the modulus). */
export function between(rng: Rng, low: number, high: number): number {
  const span = high - low + 1;
  if (!Number.isSafeInteger(low) || span < 1 || span > 2 ** 32) throw new RangeError(`between(${low}, ${high})`);
  const fair = Math.floor(2 ** 32 / span) * span;
  for (;;) {
    const word = rng.uint32();
    if (word < fair) return low + (word % span);
  }
}
