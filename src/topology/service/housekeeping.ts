// What has to be done now and then, whatever happens: commits that nobody confirmed go back; history is rolled up and
// what is past its time goes, in one service at a time.

import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { returnOverdue } from "../store/commits.ts";
import { keepEvents } from "../store/events.ts";
import type { Leases } from "../store/leases.ts";
import { forgetOld, preparePartitions, type Retention, rollUpNext } from "../store/retention.ts";
import type { Store } from "../store/store.ts";

const LEASE = "housekeeping";
const ROLLED = ["measured_minute", "measured_hour", "measured_day"] as const;

export class Housekeeping {
  readonly #store: Store;
  readonly #leases: Leases;
  readonly #keep: Retention;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(store: Store, leases: Leases, keep: Retention, log: Logger) {
    this.#store = store;
    this.#leases = leases;
    this.#keep = keep;
    this.#log = log;
    this.#running = Promise.all([
      this.#every(LIMITS.confirmLookMs, "commits that wait were not looked at", () => this.#goBack()),
      this.#every(LIMITS.historyLookMs, "history was not tidied", () => this.#tidy()),
    ]);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("closing"));
    await this.#running;
  }

  async #every(ms: number, trouble: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await work().catch((error: unknown) => {
        if (!signal.aborted) this.#log.warn(trouble, { error });
      });
      await this.#store.clock.sleepMs(ms, signal).catch(() => undefined);
    }
  }

  async #goBack(): Promise<void> {
    const went = await returnOverdue(this.#store);
    if (went === undefined) return;
    const { waited, now } = went;
    const text = `commit ${waited.id} of ${waited.by} was not confirmed in time; commit ${now.id} says what stood before`;
    this.#log.warn(text);
    const event = {
      pop: null,
      group: null,
      atMs: this.#store.nowMs(),
      type: "commit-returned",
      subject: String(waited.id),
    };
    await this.#store.write((tx, tell) =>
      keepEvents(this.#store, tx, [{ ...event, text, data: { by: waited.by, now: now.id } }], tell),
    );
  }

  async #tidy(): Promise<void> {
    if ((await this.#leases.take(LEASE)) === undefined) return;
    await preparePartitions(this.#store);
    for (const table of ROLLED) {
      while (!this.#stop.signal.aborted && (await rollUpNext(this.#store, table, () => this.#breathe())));
    }
    await forgetOld(this.#store, this.#keep, () => this.#breathe());
  }

  /** Between two steps agents are heard. */
  async #breathe(): Promise<void> {
    this.#stop.signal.throwIfAborted();
    await this.#store.clock.sleepMs(LIMITS.breathMs, this.#stop.signal);
  }
}
