// An order of paid priority as its consumer signed it: what the chain knows of it, and the queue behind its hash.

import { type Static, Type } from "typebox";
import { QueueIntent } from "./intent.ts";
import { closed } from "./parts.ts";

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
      closed,
    ),
    signature: hex(65, "The consumer's, EIP-712."),
  },
  { ...closed, title: "srwan order of priority" },
);
export type PlacedOrder = Static<typeof PlacedOrder>;
