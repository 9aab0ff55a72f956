// Graceful stop: parts register how they close; on SIGTERM or SIGINT they close in reverse order, each within what is
// left of one deadline. A second signal ends the process at once.

import type { Clock } from "./clock.ts";
import { SrwanError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

export type StopReport = { readonly part: string; readonly error?: SrwanError };

export class Stopper {
  readonly #parts: { readonly name: string; readonly close: () => void | Promise<void> }[] = [];
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #stopping: Promise<readonly StopReport[]> | undefined;
  readonly #signal = new AbortController();

  constructor(clock: Clock, timeoutMs: number = LIMITS.stopTimeoutMs) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Aborted as soon as a stop begins: hand it to sleeps and loops. */
  get signal(): AbortSignal {
    return this.#signal.signal;
  }

  /** Registers a part; what was registered last closes first. */
  onStop(name: string, close: () => void | Promise<void>): void {
    this.#parts.push({ name, close });
  }

  /** Closes everything once; later calls get the same report. A part that fails or hangs does not keep others open. */
  stop(): Promise<readonly StopReport[]> {
    this.#stopping ??= this.#closeAll();
    return this.#stopping;
  }

  /** Stops on SIGTERM and SIGINT, then calls `exit` with 0, or 1 when a part did not close. */
  onSignals(exit: (code: number) => void): void {
    const handle = () => {
      if (this.#stopping) return exit(1);
      void this.stop().then((report) => exit(report.some((entry) => entry.error) ? 1 : 0));
    };
    process.on("SIGTERM", handle);
    process.on("SIGINT", handle);
  }

  async #closeAll(): Promise<readonly StopReport[]> {
    this.#signal.abort(new Error("stopping"));
    const deadlineUs = this.#clock.monoUs() + BigInt(this.#timeoutMs) * 1_000n;
    const report: StopReport[] = [];
    for (const part of this.#parts.toReversed()) {
      const leftMs = Math.max(0, Number(deadlineUs - this.#clock.monoUs()) / 1_000);
      report.push(await this.#closeOne(part, leftMs));
    }
    return report;
  }

  async #closeOne(part: { name: string; close: () => void | Promise<void> }, leftMs: number): Promise<StopReport> {
    const done = new AbortController();
    const late = this.#clock.sleepMs(leftMs, done.signal).then(() => {
      throw new SrwanError("STOP_TIMEOUT", `${part.name} did not stop within ${this.#timeoutMs} ms`, {
        remedy: "Look for what it waits on in the log; the process exits without it.",
        details: { part: part.name },
      });
    });
    try {
      await Promise.race([late, (async () => part.close())()]);
      return { part: part.name };
    } catch (error) {
      const known = error instanceof SrwanError;
      return {
        part: part.name,
        error: known
          ? error
          : new SrwanError("INTERNAL", `${part.name} failed to stop: ${(error as Error).message}`, {
              remedy: "Report it with the log; the process exits all the same.",
              cause: error,
            }),
      };
    } finally {
      late.catch(() => undefined);
      done.abort();
    }
  }
}
