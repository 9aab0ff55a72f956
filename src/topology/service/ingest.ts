// What agents tell, on its way into the store: gathered for a moment, kept in one transaction, and only then acknowledged
// and handed on. While the store is away it waits here, up to a limit; whoever tells more waits at their own end.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import type { Store } from "../store/store.ts";
import { keepTellings, type Outcome, type Told } from "../store/tellings.ts";

export type Heard = Told & { readonly octets: number };

export type IngestEnds = {
  readonly kept: (outcome: Outcome) => void;
  /** It can never be kept, whatever is tried. */
  readonly refused: (told: Told, error: SrwanError) => void;
  /** There is room again. */
  readonly room: () => void;
  readonly log: Logger;
};

export class Ingest {
  readonly #store: Store;
  readonly #service: string;
  readonly #ends: IngestEnds;
  #waiting: Heard[] = [];
  #octets = 0;
  #isUrgent = false;
  #added = 0;
  #done = 0;
  #settling: { readonly until: number; readonly resolve: () => void }[] = [];
  #running: Promise<void> | undefined;
  #wake: AbortController | undefined;
  readonly #stop = new AbortController();

  constructor(store: Store, service: string, ends: IngestEnds) {
    this.#store = store;
    this.#service = service;
    this.#ends = ends;
  }

  get isFull(): boolean {
    return this.#octets > LIMITS.ingestOctetsMax;
  }

  get waiting(): { readonly tellings: number; readonly octets: number } {
    return { tellings: this.#waiting.length, octets: this.#octets };
  }

  add(heard: Heard): void {
    this.#waiting.push(heard);
    this.#added++;
    this.#octets += heard.octets;
    // A report may wait for others; what happened may not.
    if (heard.telling.kind !== "measured" && heard.telling.kind !== "counters") {
      this.#isUrgent = true;
      this.#wake?.abort();
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** All that was heard until now is kept, or given up. */
  settled(): Promise<void> {
    if (this.#done >= this.#added || this.#stop.signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settling.push({ until: this.#added, resolve });
    return promise;
  }

  /** Keeps what was heard, if the store lets it. */
  async close(): Promise<void> {
    this.#wake?.abort();
    this.#stop.abort(new Error("closing"));
    await this.#running;
    this.#settle(Number.POSITIVE_INFINITY);
  }

  #settle(done: number): void {
    this.#done = done;
    this.#settling = this.#settling.filter(({ until, resolve }) => {
      if (until <= done) resolve();
      return until > done;
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (!this.#isUrgent && this.#waiting.length < LIMITS.ingestBatch) await this.#gather();
      this.#isUrgent = false;
      const wasFull = this.isFull;
      const batch = this.#waiting.splice(0, LIMITS.ingestBatch);
      if (!(await this.#keep(batch))) return;
      for (const { octets } of batch) this.#octets -= octets;
      this.#settle(this.#done + batch.length);
      if (wasFull && !this.isFull) this.#ends.room();
    }
  }

  async #gather(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#wake = new AbortController();
    await this.#store.clock.sleepMs(LIMITS.ingestGatherMs, this.#wake.signal).catch(() => undefined);
    this.#wake = undefined;
  }

  /** False where it is given up: the service stops and the store is away. */
  async #keep(batch: readonly Heard[]): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      try {
        this.#ends.kept(await keepTellings(this.#store, this.#service, batch));
        return true;
      } catch (thrown) {
        const away = thrown instanceof SrwanError && thrown.code === "STORE_UNAVAILABLE";
        if (!away) return this.#keepApart(batch, thrown);
        if (tries === 0) this.#ends.log.warn("the store is away; what agents tell waits", { tellings: batch.length });
        if (this.#stop.signal.aborted) return false;
        await this.#store.clock.sleepMs(LIMITS.storeRetryMs, this.#stop.signal).catch(() => undefined);
      }
    }
  }

  /** One of them is the matter: halves find it, and the others are kept. */
  async #keepApart(batch: readonly Heard[], thrown: unknown): Promise<boolean> {
    const [only] = batch;
    if (batch.length > 1) {
      const middle = batch.length >> 1;
      return (await this.#keep(batch.slice(0, middle))) && this.#keep(batch.slice(middle));
    }
    const error = new SrwanError("TELLING_REFUSED", `it cannot be kept: ${(thrown as Error).message}`, {
      remedy: "This is a defect of the agent or of the service: report it with the service's log.",
      cause: thrown,
    });
    this.#ends.log.error("a telling cannot be kept", { pop: only?.pop, kind: only?.telling.kind, error });
    if (only) this.#ends.refused(only, error);
    return true;
  }
}
