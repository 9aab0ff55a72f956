// What is ordered, as its consumer signed it: the order that the chain knows, and the queue behind its hash.

import { type Static, Type } from "typebox";
import { canonicalJson } from "../../base/canonical.ts";
import { SrwanError } from "../../base/errors.ts";
import { fieldText, misfit } from "../../base/misfit.ts";
import { QueueIntent } from "../../wire/intent.ts";
import type { Hex, Message } from "../typed.ts";

const decimal = (description: string) => Type.String({ pattern: "^[0-9]{1,78}$", description });
const hex = (octets: number, description: string) =>
  Type.String({ pattern: `^0x[0-9a-fA-F]{${octets * 2}}$`, description });

export const PlacedOrder = Type.Object(
  {
    schema: Type.Literal("srwan.order/1"),
    device: Type.String({ minLength: 1, maxLength: 64, description: "The router, as its provider calls it." }),
    intent: QueueIntent,
    order: Type.Object(
      {
        consumer: hex(20, "Who pays."),
        provider: hex(20, "Who is paid."),
        routerKey: hex(20, "The router's key, as it is registered on the chain."),
        configHash: hex(32, "Of the router's name, the edit and what must be seen."),
        amount: decimal("In units of 10^-18 SEG."),
        holdBack: decimal("Of it, what waits for the end."),
        deadline: decimal("Second by which it must be configured."),
        until: decimal("Second in which it ends."),
        nonce: decimal("The consumer's; makes two equal orders two."),
      },
      { additionalProperties: false },
    ),
    signature: hex(65, "The consumer's, EIP-712."),
  },
  { additionalProperties: false, title: "srwan order of priority" },
);
export type PlacedOrder = Static<typeof PlacedOrder>;
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
