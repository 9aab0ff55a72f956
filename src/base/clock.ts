// Time as a parameter. Rooms that decide take a Clock; only the real one reads the machine's clocks. The manual twin
// moves when a test says so, and wakes sleepers in order of their deadlines.

import type { Brand } from "./brand.ts";

/** Microseconds since 1970-01-01 UTC on the wall clock; may step. */
export type WallUs = Brand<bigint, "WallUs">;
/** Microseconds on a clock that never steps; its zero means nothing. */
export type MonoUs = Brand<bigint, "MonoUs">;

export interface Clock {
  wallUs(): WallUs;
  monoUs(): MonoUs;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleepMs(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Date.now() goes in whole milliseconds. */
const WALL_SLACK_MS = 2;

export class RealClock implements Clock {
  /** What the wall clock has been set by since this process began: performance.now() does not follow it. */
  #setByMs = 0;

  wallUs(): WallUs {
    const steadyMs = performance.timeOrigin + performance.now();
    const behindMs = Date.now() - (steadyMs + this.#setByMs);
    if (Math.abs(behindMs) > WALL_SLACK_MS) this.#setByMs += behindMs;
    return BigInt(Math.round((steadyMs + this.#setByMs) * 1_000)) as WallUs;
  }

  monoUs(): MonoUs {
    return (process.hrtime.bigint() / 1_000n) as MonoUs;
  }

  sleepMs(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}

type Sleeper = { readonly atUs: bigint; readonly order: number; readonly wake: () => void };

/** A clock that stands still until `advanceMs`; the wall can be stepped apart from the monotonic clock. */
export class ManualClock implements Clock {
  #monoUs = 0n;
  #wallOffsetUs: bigint;
  #order = 0;
  #sleepers: Sleeper[] = [];

  constructor(startWallUs = 1_800_000_000_000_000n) {
    this.#wallOffsetUs = startWallUs;
  }

  wallUs(): WallUs {
    return (this.#wallOffsetUs + this.#monoUs) as WallUs;
  }

  monoUs(): MonoUs {
    return this.#monoUs as MonoUs;
  }

  sleepMs(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((s) => s !== sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const sleeper: Sleeper = { atUs: this.#monoUs + msToUs(ms), order: this.#order++, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Moves both clocks, waking each sleeper at its own time; what a sleeper starts in turn is woken too. */
  async advanceMs(ms: number): Promise<void> {
    const endUs = this.#monoUs + msToUs(ms);
    for (;;) {
      await settle();
      const due = this.#sleepers.filter((s) => s.atUs <= endUs).sort(byTime)[0];
      if (!due) break;
      this.#sleepers = this.#sleepers.filter((s) => s !== due);
      this.#monoUs = due.atUs;
      due.wake();
    }
    this.#monoUs = endUs;
  }

  /** A clock step, as NTP or an operator makes it: the wall moves, the monotonic clock does not. */
  stepWallUs(us: bigint): void {
    this.#wallOffsetUs += us;
  }
}

const msToUs = (ms: number): bigint => BigInt(Math.round(ms * 1_000));
const byTime = (a: Sleeper, b: Sleeper): number => (a.atUs === b.atUs ? a.order - b.order : a.atUs < b.atUs ? -1 : 1);
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
