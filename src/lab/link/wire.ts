// One direction of a link: loses, shapes and delays frames, as netem does. Loss and jitter of each frame are drawn on
// their own; a frame that jitter holds less than the one before overtakes it.

import { LIMITS } from "../../base/limits.ts";
import type { Rng } from "../../base/rng.ts";
import type { Impairment } from "../model.ts";

const MILLION = 1_000_000;

export class Wire {
  does: Impairment;
  rng: Rng;
  /** When the last frame will have left the near end. */
  #freeUs = Number.NEGATIVE_INFINITY;

  constructor(rng: Rng, does: Impairment) {
    this.rng = rng;
    this.does = does;
  }

  /** When a frame handed over now comes out at the far end; "lost" by chance, "full" where its queue has no room. */
  send(octets: number, nowUs: number): number | "lost" | "full" {
    const { delayUs, jitterUs, lossPpm, rateBps } = this.does;
    if (lossPpm > 0 && this.#share() * MILLION < lossPpm) return "lost";
    let leavesUs = nowUs;
    if (rateBps !== undefined) {
      const startsUs = Math.max(nowUs, this.#freeUs);
      if (startsUs - nowUs > LIMITS.labQueueMs * 1_000) return "full";
      leavesUs = startsUs + (octets * 8 * MILLION) / rateBps;
      this.#freeUs = leavesUs;
    }
    const heldUs = jitterUs > 0 ? delayUs + jitterUs * (2 * this.#share() - 1) : delayUs;
    return leavesUs + Math.max(0, heldUs);
  }

  /** 0 ≤ x < 1. */
  #share(): number {
    return this.rng.uint32() / 2 ** 32;
  }
}
