// Chance from the machine, for tokens, phases and jitter.

import { randomFillSync } from "node:crypto";
import type { Rng } from "./rng.ts";

export class RealRng implements Rng {
  readonly #words = new Uint32Array(256);
  #next = 256;

  uint32(): number {
    if (this.#next === this.#words.length) {
      randomFillSync(this.#words);
      this.#next = 0;
    }
    return this.#words[this.#next++] as number;
  }
}
