// Whoever is no longer trusted is cut off, whether or not the news of it came here: open connections are held against the
// store every few seconds, and at once when there is news.

import type { Clock } from "../../base/clock.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";

export class Revoked {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #looks: readonly (() => Promise<void>)[];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #wake = new AbortController();

  constructor(clock: Clock, log: Logger, looks: readonly (() => Promise<void>)[]) {
    this.#clock = clock;
    this.#log = log;
    this.#looks = looks;
    this.#running = this.#run();
  }

  /** Something was revoked, or news were missed. */
  soon(): void {
    this.#wake.abort();
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("closing"));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const either = AbortSignal.any([this.#wake.signal, signal]);
      await this.#clock.sleepMs(LIMITS.trustLookMs, either).catch(() => undefined);
      // What is revoked while they look is looked at again.
      this.#wake = new AbortController();
      for (const look of this.#looks) {
        if (signal.aborted) return;
        await look().catch((error: unknown) => this.#log.warn("who is trusted could not be looked at", { error }));
      }
    }
  }
}
