// Keeps a kernel at what is wanted: applies, listens, and applies again whenever something may have changed.

import { asSrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { apply, type Machine, troubleText, type Wanted } from "../../srv6/linux/apply.ts";
import { watchEdge } from "../../srv6/linux/nft.ts";
import { planCommands } from "../../srv6/linux/plan.ts";
import { GROUP } from "../../srv6/linux/port.ts";

/** Changes in a burst are told one by one up to here. */
const TOLD = 10;

/** Ends when `stop` is aborted; gives the number of changes made. */
export async function watch(machine: Machine, wanted: Wanted, log: Logger, stop: AbortSignal): Promise<number> {
  const wake = new Wake(stop);
  machine.kernel.watch(Object.values(GROUP), () => wake.wake());
  const unwatch = watchEdge(() => wake.wake());
  let [changes, rounds] = [0, 0];
  let told: readonly string[] = [];
  try {
    do {
      try {
        const { steps, troubles, inPlace, edgeChanged } = await apply(machine, wanted);
        const lines = troubles.map(troubleText);
        for (const line of lines) if (!told.includes(line)) log.warn(line);
        told = lines;
        changes += steps.length + (edgeChanged ? 1 : 0);
        if (rounds++ === 0) log.info("watching", { inPlace, troubles: troubles.length, changed: steps.length });
        else {
          if (edgeChanged) log.info("repaired", { edge: "the nftables table was gone or changed" });
          if (steps.length > 0)
            log.info("repaired", { changed: steps.length, steps: planCommands(steps.slice(0, TOLD)) });
        }
      } catch (thrown) {
        const error = asSrwanError(thrown);
        if (!error.retryable) throw error;
        log.warn(error.message, { code: error.code });
        wake.wakeIn(LIMITS.watchRetryMs);
      }
    } while (await wake.next());
    return changes;
  } finally {
    unwatch();
  }
}

/** Wakes once for a burst of changes. Our own changes wake it too; the look that follows then finds nothing to do. */
class Wake {
  readonly #stop: AbortSignal;
  #due = false;
  #resolve: () => void = () => undefined;

  constructor(stop: AbortSignal) {
    this.#stop = stop;
    stop.addEventListener("abort", () => this.#resolve(), { once: true });
  }

  wake(): void {
    this.#due = true;
    this.#resolve();
  }

  wakeIn(ms: number): void {
    setTimeout(() => this.wake(), ms).unref();
  }

  /** Whether to look again; false once it is stopped. */
  async next(): Promise<boolean> {
    // Linux takes some things away without a word, so it is looked at now and then without one.
    const look = setTimeout(() => this.wake(), LIMITS.watchLookMs);
    if (!this.#due && !this.#stop.aborted) await new Promise<void>((resolve) => (this.#resolve = resolve));
    clearTimeout(look);
    if (!this.#stop.aborted) await new Promise((resolve) => setTimeout(resolve, LIMITS.watchSettleMs));
    this.#due = false;
    return !this.#stop.aborted;
  }
}
