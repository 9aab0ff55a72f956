// The store that the verbs of orders share with the workers, let go of whatever happens.

import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { type OrderRow, Orders } from "../../settlement/qos/orders.ts";
import { SettlementStore } from "../../settlement/store/store.ts";
import { textOf } from "../flags.ts";
import type { Context, Input } from "../verb.ts";

export async function withOrders<T>(
  context: Context,
  { flags }: Input,
  work: (orders: Orders) => Promise<T>,
): Promise<T> {
  const address = textOf(flags.store) ?? "settlement.db";
  const store = await SettlementStore.open({ address, clock: new RealClock(), log: await context.log() });
  try {
    return await work(new Orders(store));
  } finally {
    await store.close();
  }
}

/** By its whole name, or a beginning that only it has. */
export async function orderNamed(orders: Orders, name: string): Promise<OrderRow> {
  const found = (await orders.list(false)).filter(({ id }) => id.startsWith(name.toLowerCase()));
  const [only] = found;
  if (only && found.length === 1) return only;
  throw new SrwanError(
    "ORDER_UNKNOWN",
    `${found.length === 0 ? "no order" : `${found.length} orders`} begin with ${name}`,
    {
      remedy: "`srwan qos status` lists them; give more of the name.",
    },
  );
}
