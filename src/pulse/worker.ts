// The thread of the pulse loop: a shell around it that carries plans in and news out.

import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { asSrwanError } from "../base/errors.ts";
import { PulseLoop } from "./loop.ts";
import type { Order, PulseNews, PulsePlan } from "./plan.ts";

export type FromWorker = PulseNews | { readonly kind: "failed"; readonly error: Record<string, unknown> };

const { plan, orders } = workerData as { plan: PulsePlan; orders: MessagePort };
const tell = (news: FromWorker): void => parentPort?.postMessage(news);
const take = (): Order | undefined => receiveMessageOnPort(orders)?.message as Order | undefined;

try {
  await new PulseLoop(plan, { tell, take }).run();
} catch (thrown) {
  const error = asSrwanError(thrown);
  tell({ kind: "failed", error: { ...error.toJSON(), stack: error.stack } });
}
orders.close();
