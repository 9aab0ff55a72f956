// The thread of the pulse loop: a shell around it that carries plans in and news out.

import { constants, setPriority } from "node:os";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { asSrwanError } from "../base/errors.ts";
import { PulseLoop } from "./loop.ts";
import type { LoopNews, Order, PulsePlan } from "./plan.ts";

export type FromWorker = LoopNews | { readonly kind: "failed"; readonly error: Record<string, unknown> };

const { plan, orders } = workerData as { plan: PulsePlan; orders: MessagePort };
const tell = (news: FromWorker): void =>
  parentPort?.postMessage(news, news.kind === "samples" ? [news.samples.records] : []);
const take = (): Order | undefined => receiveMessageOnPort(orders)?.message as Order | undefined;

/** Ahead of other threads where that is allowed: on a busy machine a late pulse is a wrong pulse. */
function hurry(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // As it is, then.
  }
}

try {
  hurry();
  await new PulseLoop(plan, { tell, take }).run();
} catch (thrown) {
  const error = asSrwanError(thrown);
  tell({ kind: "failed", error: { ...error.toJSON(), stack: error.stack } });
}
orders.close();
