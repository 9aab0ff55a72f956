// Finds that this machine's clock was set: the wall clock moved against the one that never steps.

import type { Clock } from "../base/clock.ts";

/** NTP slews by less in the time between two looks. */
const STEP_MS = 50;

export class StepWatch {
  readonly #clock: Clock;
  #offsetUs: bigint;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetUs = clock.wallUs() - clock.monoUs();
  }

  /** By how much since the last look, in milliseconds; 0 where it was not. */
  look(): number {
    const offsetUs = this.#clock.wallUs() - this.#clock.monoUs();
    const stepMs = Number(offsetUs - this.#offsetUs) / 1_000;
    this.#offsetUs = offsetUs;
    return Math.abs(stepMs) < STEP_MS ? 0 : Math.round(stepMs);
  }
}
