// Starts a pulse loop in a thread of its own and speaks with it.

import { MessageChannel, Worker } from "node:worker_threads";
import { type ErrorCode, SrwanError } from "../base/errors.ts";
import type { PeerId } from "./model.ts";
import type { NeighbourPlan, Order, PulseGuard, PulseNews, PulsePlan } from "./plan.ts";
import { readSamples } from "./sample-batch.ts";
import type { FromWorker } from "./worker.ts";

/** The worker is TypeScript here and JavaScript in the package. */
const WORKER = new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url);

/** A loop keeps little: a small heap makes its collections short, and they stop its thread. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 32 };

export type Ready = Extract<PulseNews, { kind: "ready" }>;

export class Pulse {
  readonly #worker: Worker;
  readonly #orders: MessageChannel["port1"];
  readonly ready: Promise<Ready>;
  /** Ends when the loop has ended; rejects when it ended by itself. */
  readonly ended: Promise<void>;
  #stopping = false;

  constructor(plan: PulsePlan, take: (news: PulseNews) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#orders = port1;
    this.#worker = new Worker(WORKER, {
      workerData: { plan, orders: port2 },
      transferList: [port2],
      resourceLimits: HEAP,
    });
    let failure: SrwanError | undefined;
    const ended = Promise.withResolvers<void>();
    const ready = Promise.withResolvers<Ready>();
    this.ended = ended.promise;
    this.ready = ready.promise;
    // Whoever waits for neither is told by the other.
    this.ended.catch(() => undefined);
    this.ready.catch(() => undefined);
    this.#worker.on("message", (news: FromWorker) => {
      if (news.kind === "failed") {
        failure = revived(news.error);
        return;
      }
      if (news.kind === "ready") ready.resolve(news);
      take(news.kind === "samples" ? { ...news, samples: readSamples(news.samples) } : news);
    });
    this.#worker.on("error", (error) => {
      failure = loopEnded(error.message, error);
    });
    this.#worker.on("exit", () => {
      port1.close();
      const why = failure ?? (this.#stopping ? undefined : loopEnded("it gave no reason"));
      ready.reject(why ?? loopEnded("it was stopped"));
      if (why === undefined) ended.resolve();
      else ended.reject(why);
    });
  }

  add(neighbour: NeighbourPlan): void {
    this.#order({ kind: "add", neighbour });
  }

  remove(peer: PeerId): void {
    this.#order({ kind: "remove", peer });
  }

  setInterval(peer: PeerId, intervalMs: number): void {
    this.#order({ kind: "interval", peer, intervalMs });
  }

  /** From now on its own pulses are believed so. */
  setGuard(peer: PeerId, guard: PulseGuard | undefined): void {
    this.#order({ kind: "guard", peer, guard });
  }

  setRow(value: Uint8Array): void {
    this.#order({ kind: "row", value });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#order({ kind: "stop" });
    await this.ended;
  }

  #order(order: Order): void {
    this.#orders.postMessage(order);
  }
}

const loopEnded = (why: string, cause?: unknown): SrwanError =>
  new SrwanError("PULSE_LOOP_ENDED", `the pulse loop ended: ${why}`, {
    remedy: "Start it again; if it ends again, report this with the output under SRWAN_LOG_LEVEL=debug.",
    cause,
  });

/** An error loses its class on the way between threads. */
function revived(told: Record<string, unknown>): SrwanError {
  const { code, message, remedy, details, stack } = told;
  const error = new SrwanError(code as ErrorCode, String(message), {
    remedy: String(remedy),
    ...(typeof details === "object" && details !== null && { details: details as Record<string, unknown> }),
  });
  error.stack = String(stack);
  return error;
}
