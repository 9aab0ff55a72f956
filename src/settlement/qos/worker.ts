// A payout worker: looks at every order that is not over, does the one next thing for each, and forgets. Any number may share
// a store; an order is one worker's at a time, and one that stands still loses it.

import { randomUUID } from "node:crypto";
import { asSrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { giveTask, type Task, takeTask } from "../store/tasks.ts";
import { Acts, factsOf, type Hands } from "./acts.ts";
import { decide } from "./decide.ts";
import { taskOf } from "./orders.ts";

export type WorkerOptions = Omit<Hands, "inTurn"> & {
  /** How long a worker may stand still before another goes on. */
  readonly leaseMs?: number;
};

export class QosWorker {
  readonly #hands: Hands;
  readonly #holder = randomUUID();
  readonly #leaseMs: number;
  #sending: Promise<unknown> = Promise.resolve();

  constructor({ leaseMs = LIMITS.qosLeaseMs, ...hands }: WorkerOptions) {
    this.#leaseMs = leaseMs;
    this.#hands = { ...hands, inTurn: (work) => this.#inTurn(work) };
  }

  /** One look at all; how many are not over. */
  async look(): Promise<number> {
    const open = await this.#hands.orders.list(true);
    const ids = open.map(({ id }) => id);
    const lanes = Array.from({ length: Math.min(LIMITS.qosParallel, ids.length) }, async () => {
      for (let id = ids.shift(); id !== undefined; id = ids.shift()) await this.#serve(id);
    });
    await Promise.all(lanes);
    return open.length;
  }

  async run(everyMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch((error) =>
        this.#hands.log.error("a look at the orders failed", { error: asSrwanError(error).toJSON() }),
      );
      await this.#hands.clock.sleepMs(everyMs, signal).catch(() => undefined);
    }
  }

  async #serve(id: string): Promise<void> {
    await this.#underTask(taskOf(id), async (task, signal) => {
      try {
        for (let steps = 0; steps < LIMITS.qosStepsOfLook && !signal.aborted; steps++) {
          if ((await this.#step(id, task, signal)) === "wait") return;
        }
      } catch (error) {
        // Neither success nor failure: the next look begins at what is there.
        const known = asSrwanError(error);
        this.#hands.log.warn("an order waits", { order: id, code: known.code, why: known.message });
        if (known.code === "LEASE_LOST") return;
        await this.#hands.orders.change(task, id, { alert: known.message }).catch(() => undefined);
      }
    });
  }

  async #step(id: string, task: Task, signal: AbortSignal): Promise<"more" | "wait"> {
    const { orders, chain, clock } = this.#hands;
    const row = await orders.find(id);
    if (row === undefined || row.isDone) return "wait";
    const facts = factsOf(row, await chain.look(row.id), chain.graceSeconds, clock);
    return new Acts(this.#hands, task, row, facts, signal).run(decide(facts));
  }

  /** Undefined work where another has the task. The signal says that it was lost. */
  async #underTask(name: string, work: (task: Task, signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const { store } = this.#hands.orders;
    const task = await takeTask(store, name, this.#holder, this.#leaseMs);
    if (task === undefined) return false;
    const lost = new AbortController();
    const again = setInterval(() => {
      takeTask(store, name, this.#holder, this.#leaseMs).then(
        (now) => now?.fence === task.fence || lost.abort(new Error("another worker has it")),
        () => undefined,
      );
    }, this.#leaseMs / 3);
    try {
      await work(task, lost.signal);
    } finally {
      clearInterval(again);
      await giveTask(store, task).catch(() => undefined);
    }
    return true;
  }

  /** Two calls of one account at once would take the same number. */
  async #inTurn(work: () => Promise<void>): Promise<boolean> {
    const { payer, clock } = this.#hands;
    const mine = this.#sending.then(async () => {
      for (let tries = 0; tries < LIMITS.qosSendTries; tries++) {
        if (await this.#underTask(`send-${payer.address.toLowerCase()}`, work)) return true;
        await clock.sleepMs(LIMITS.qosSendWaitMs);
      }
      return false;
    });
    this.#sending = mine.catch(() => undefined);
    return mine;
  }
}
