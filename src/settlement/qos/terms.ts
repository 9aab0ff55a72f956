// What is ordered, as its consumer signed it: the order that the chain knows, and the queue behind its hash.

import { canonicalJson } from "../../base/canonical.ts";
import { SrwanError } from "../../base/errors.ts";
import { fieldText, misfit } from "../../base/misfit.ts";
import { PlacedOrder } from "../../wire/order.ts";
import type { Hex, Message } from "../typed.ts";

export { PlacedOrder } from "../../wire/order.ts";
export type QosOrder = Message<"QosOrder">;

export function orderOf({ order }: PlacedOrder): QosOrder {
  const { consumer, provider, routerKey, configHash, ...numbers } = order;
  const big = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, BigInt(value)]));
  return { consumer, provider, routerKey, configHash, ...big } as unknown as QosOrder;
}

export const placedOrder = (
  device: string,
  intent: PlacedOrder["intent"],
  order: QosOrder,
  signature: Hex,
): PlacedOrder => ({
  schema: "srwan.order/1",
  device,
  intent,
  order: Object.fromEntries(
    Object.entries(order).map(([name, value]) => [name, String(value)]),
  ) as PlacedOrder["order"],
  signature,
});

export function parseOrder(text: string, where: string): PlacedOrder {
  const wrong = (what: string, remedy: string) => new SrwanError("ORDER_INVALID", `${where}: ${what}`, { remedy });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("not JSON", "Give what `srwan qos buy` wrote.");
  }
  const unfit = misfit(PlacedOrder, value, "Give what `srwan qos buy` wrote.");
  if (unfit) throw wrong(`${fieldText(unfit.path) || "it"} ${unfit.what}`, unfit.remedy);
  return value as PlacedOrder;
}

/** What a router is to be sent and must then hold, by SHA-256; the same two stand in the outcome of a transaction. */
export type Config = { readonly device: string; readonly edit: string; readonly expected: string };

/** What an order's configuration hash is made of. */
export const configText = ({ device, edit, expected }: Config): string =>
  `srwan.config/1\n${canonicalJson({ device, edit, expected })}`;

export const removalReference = (orderId: string): string => `${orderId}/removed`;

/** What a consumer signs to cancel (EIP-191): said in words, so that a wallet can show it. */
export const cancelText = (orderId: string): string => `Cancel srwan order ${orderId}`;
