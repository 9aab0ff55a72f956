// Wakes once for a burst of changes, and now and then without any: machines take some things away without a word.

import type { Clock } from "../base/clock.ts";

export class Wake {
  readonly #clock: Clock;
  readonly #settleMs: number;
  readonly #lookMs: number;
  readonly #end = new AbortController();
  #due = false;
  #resolve: () => void = () => undefined;

  constructor(clock: Clock, settleMs: number, lookMs: number) {
    this.#clock = clock;
    this.#settleMs = settleMs;
    this.#lookMs = lookMs;
  }

  wake(): void {
    this.#due = true;
    this.#resolve();
  }

  end(): void {
    this.#end.abort(new Error("stopping"));
    this.#resolve();
  }

  /** Whether to look again; false once it is ended. */
  async next(): Promise<boolean> {
    if (!this.#due && !this.#end.signal.aborted) {
      const late = new AbortController();
      const sleep = this.#clock.sleepMs(this.#lookMs, late.signal).catch(() => undefined);
      await Promise.race([sleep, new Promise<void>((resolve) => (this.#resolve = resolve))]);
      late.abort(new Error("woken"));
    }
    if (!this.#end.signal.aborted) await this.#clock.sleepMs(this.#settleMs, this.#end.signal).catch(() => undefined);
    this.#due = false;
    return !this.#end.signal.aborted;
  }
}
