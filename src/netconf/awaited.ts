// Requests of one session that wait for their replies: found by message-id, ended by reply, deadline or the session's end.

import type { Clock } from "../base/clock.ts";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Carver } from "./carve.ts";
import type { Operation } from "./operations.ts";
import type { Reply } from "./reply.ts";

export type Awaited = {
  readonly id: string;
  readonly operation: Operation;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
  readonly keepsText: boolean;
  /** Takes a streamed reply apart. */
  readonly carver: Carver | undefined;
  readonly timer: AbortController;
};

export class AwaitedReplies {
  readonly #clock: Clock;
  readonly #byId = new Map<string, Awaited>();
  readonly #givenUp = new Set<string>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byId.size;
  }

  nextId(): string {
    return String(++this.#lastId);
  }

  /** `silenceOf` is for streams: how long nothing has come, so that only silence ends them. */
  add(entry: Awaited, deadlineMs: number, silenceOf?: () => number): void {
    this.#byId.set(entry.id, entry);
    void this.#watch(entry, deadlineMs, silenceOf).catch(() => undefined);
  }

  async #watch(entry: Awaited, deadlineMs: number, silenceOf: (() => number) | undefined): Promise<void> {
    let leftMs = deadlineMs;
    while (leftMs > 0) {
      await this.#clock.sleepMs(leftMs, entry.timer.signal);
      leftMs = silenceOf ? Math.ceil(deadlineMs - silenceOf()) : 0;
    }
    this.giveUp(entry.id, timeout(entry.operation, deadlineMs));
  }

  find(id: string | undefined): Awaited | undefined {
    return id === undefined ? undefined : this.#byId.get(id);
  }

  /** The id was used, and nobody waits for it any more. */
  isPast(id: string | undefined): boolean {
    if (id === undefined || !/^[1-9]\d{0,15}$/.test(id)) return false;
    return this.#givenUp.has(id) || (Number(id) <= this.#lastId && !this.#byId.has(id));
  }

  settle(id: string): void {
    const entry = this.#byId.get(id);
    this.#byId.delete(id);
    entry?.timer.abort(SETTLED);
  }

  giveUp(id: string, why: unknown): void {
    const entry = this.#byId.get(id);
    if (!entry) return;
    this.settle(id);
    this.#givenUp.add(id);
    if (this.#givenUp.size > LIMITS.netconfRpcsGivenUp) this.#givenUp.delete([...this.#givenUp][0] ?? "");
    entry.reject(why);
  }

  /** Everybody at once, with the same cause. */
  failAll(errorFor: (operation: Operation) => SrwanError): void {
    for (const entry of [...this.#byId.values()]) {
      this.settle(entry.id);
      entry.reject(errorFor(entry.operation));
    }
  }
}

/** Made once: an abort without a reason makes one, which costs more than the reply. */
const SETTLED = new Error("settled");

const timeout = ({ name, changes }: Operation, deadlineMs: number): SrwanError =>
  new SrwanError("NETCONF_TIMEOUT", `no answer to ${name} within ${deadlineMs} ms`, {
    remedy: changes ? "Read the device back before anything else: it may have done it." : "Try again, or ask for less.",
    deviceStateKnown: !changes,
    details: { operation: name, deadlineMs },
  });
