// Where the verbs of orders find them: in the store that they share with the workers, let go of whatever happens, or behind
// the topology service, for a consumer that reaches no database of the provider.

import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { type OrderRow, Orders } from "../../settlement/qos/orders.ts";
import { SettlementStore } from "../../settlement/store/store.ts";
import type { Hex } from "../../settlement/typed.ts";
import type { OrderView, OrderWhole } from "../../wire/books.ts";
import type { PlacedOrder } from "../../wire/order.ts";
import { textOf } from "../flags.ts";
import { ServiceClient } from "../service/client.ts";
import type { Context, Input } from "../verb.ts";

/** What a consumer does with orders, wherever they are. */
export type OrderBook = {
  readonly place: (id: Hex, terms: PlacedOrder) => Promise<unknown>;
  readonly named: (name: string) => Promise<{ readonly id: Hex; readonly terms: PlacedOrder }>;
  readonly cancel: (id: Hex, signature: Hex) => Promise<unknown>;
};

export async function withOrderBook<T>(
  context: Context,
  input: Input,
  work: (book: OrderBook) => Promise<T>,
): Promise<T> {
  if (input.flags.service === true) return work(new ServiceOrders(ServiceClient.of(context)));
  return withOrders(context, input, (orders) =>
    work({
      place: (id, terms) => orders.place(id, terms),
      named: (name) => orderNamed(orders, name),
      cancel: (id, signature) => orders.cancel(id, signature),
    }),
  );
}

/** Behind the service: it holds the signature to whoever pays before it takes anything. */
export class ServiceOrders implements OrderBook {
  readonly #client: ServiceClient;

  constructor(client: ServiceClient) {
    this.#client = client;
  }

  place = (_id: Hex, terms: PlacedOrder): Promise<unknown> => this.#client.call("POST", "/api/v1/orders", terms);

  async named(name: string): Promise<OrderWhole & { id: Hex }> {
    const one = await this.#client.get<OrderWhole>(`/api/v1/orders/${encodeURIComponent(name)}`);
    return { ...one, id: one.id as Hex };
  }

  cancel = (id: Hex, signature: Hex): Promise<unknown> =>
    this.#client.call("POST", `/api/v1/orders/${id}/cancel`, { signature });

  list = (onlyOpen: boolean): Promise<OrderView[]> =>
    this.#client.all<OrderView>(`/api/v1/orders?open=${onlyOpen ? "true" : "false"}`);
}

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
