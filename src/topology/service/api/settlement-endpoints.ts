// The market, evidence, coins and orders of priority. A service that was given nothing of a settlement says so, in lists
// that are empty; only what would change something is refused.

import { type TObject, type TSchema, Type } from "typebox";
import { SrwanError } from "../../../base/errors.ts";
import { LIMITS } from "../../../base/limits.ts";
import {
  ACCOUNT,
  AccountView,
  type Coins,
  DisputeView,
  EpochView,
  LinkReportsView,
  type Listed,
  OrderCancel,
  OrderView,
  OrderWhole,
  PopCoinsView,
  QuoteView,
  SettlementView,
  TicketsView,
} from "../../../wire/books.ts";
import { PlacedOrder } from "../../../wire/order.ts";
import { closed, whole } from "../../../wire/parts.ts";
import { accountsOfPops, findPop } from "../../store/pops.ts";
import type { Store } from "../../store/store.ts";
import type { SettlementPage, SettlementPort } from "../settlement-port.ts";
import { type Answer, type ApiContext, type Endpoint, endpoint, limit, page, sizeOf } from "./endpoint.ts";
import { byPop, noPop } from "./wan-endpoints.ts";

const NOT_SET_UP = "settlement is not set up here: set settlement.store, settlement.deployment or settlement.quotes";

const noted = (item: TSchema, description: string): TObject => {
  const { properties } = page(item, description);
  const note = Type.Optional(Type.String({ description: "Why something is not there, where that is so." }));
  return Type.Object({ ...properties, note }, { ...closed, description });
};

const cursor = (pattern: string) =>
  Type.Optional(Type.String({ pattern, maxLength: 512, description: "Where the page before ended: its `next`." }));
const HASH = "0x[0-9a-f]{64}";
const ANY_CASE = "0x[0-9a-fA-F]{40}";
const PAIR = cursor(`^${HASH} ${ANY_CASE}$`);
const epoch = Type.Optional(whole("Of this epoch (the newest with tickets)."));

type Query = { readonly limit?: number; readonly after?: string | number };

const pageOf = ({ limit: asked, after }: Query): SettlementPage => ({
  limit: sizeOf(asked),
  after: after === undefined ? undefined : String(after),
});

const list = async <T>(
  { settlement }: ApiContext,
  work: (port: SettlementPort) => Promise<Listed<T>>,
): Promise<Answer> => ({ body: settlement === undefined ? { items: [], note: NOT_SET_UP } : await work(settlement) });

const EMPTY: SettlementView = {
  isSetUp: false,
  note: NOT_SET_UP,
  store: false,
  orders: false,
  chain: { state: "none", note: "", chainId: null, epochSeconds: null, epoch: null, block: null },
  epochs: { made: 0, sealed: 0, settled: 0, left: 0 },
  lastEpoch: null,
  tickets: 0,
  disputes: 0,
  openOrders: 0,
};

const NO_COINS: Coins = {
  earned: "0",
  applied: "0",
  earnedUnderWay: "0",
  appliedUnderWay: "0",
  epochs: [],
  onChain: null,
  orders: { open: 0, amount: "0" },
  note: NOT_SET_UP,
};

export const settlementEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/api/v1/settlement",
    name: "getSettlement",
    tag: "settlement",
    right: "read",
    summary: "whether a settlement is set up here, how far it is, and whether its chain answers",
    answer: SettlementView,
    run: async ({ settlement }) => ({ body: settlement === undefined ? EMPTY : await settlement.state() }),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/market/quotes",
    name: "listQuotes",
    tag: "settlement",
    right: "read",
    summary: "windows of capacity on sale, and what became of the others; the latest window first",
    about: "Quotes of the service's folder, each held to its seller's signature; the chain says what was sold.",
    query: Type.Object({ limit, after: cursor("^[0-9]{20,78} .{1,255}$") }, closed),
    answer: noted(QuoteView, "The latest window first."),
    run: (context, { query }) => list(context, (port) => port.quotes(pageOf(query))),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/settlement/epochs",
    name: "listEpochs",
    tag: "settlement",
    right: "settle",
    summary: "what each epoch came to, the newest first",
    query: Type.Object({ limit, after: cursor("^[0-9]{1,15}$") }, closed),
    answer: noted(EpochView, "The newest first."),
    run: (context, { query }) => list(context, (port) => port.epochs(pageOf(query))),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/settlement/tickets",
    name: "listTickets",
    tag: "settlement",
    right: "settle",
    summary: "tickets of an epoch, by path and provider",
    query: Type.Object({ limit, after: PAIR, epoch }, closed),
    answer: noted(TicketsView, "By path and provider."),
    run: (context, { query }) => list(context, (port) => port.tickets(query.epoch, pageOf(query))),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/settlement/reports",
    name: "listLinkReports",
    tag: "settlement",
    right: "settle",
    summary: "link reports of an epoch, by link and end",
    query: Type.Object({ limit, after: PAIR, epoch }, closed),
    answer: noted(LinkReportsView, "By link and end."),
    run: (context, { query }) => list(context, (port) => port.reports(query.epoch, pageOf(query))),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/settlement/disputes",
    name: "listDisputes",
    tag: "settlement",
    right: "settle",
    summary: "where both ends, or tickets and reports, do not agree; the newest epoch first",
    query: Type.Object(
      {
        limit,
        after: cursor(`^[0-9]{1,15}\\|[^|]{1,100}\\|${HASH}\\|${ANY_CASE}$`),
        epoch: Type.Optional(whole("Only of this epoch.")),
      },
      closed,
    ),
    answer: noted(DisputeView, "The newest epoch first."),
    run: (context, { query }) => list(context, (port) => port.disputes(query.epoch, pageOf(query))),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/settlement/accounts",
    name: "listAccounts",
    tag: "settlement",
    right: "settle",
    summary: "coins that accounts earned by relaying and applied to their own traffic",
    query: Type.Object({ limit, after: cursor(ACCOUNT) }, closed),
    answer: noted(AccountView, "By account."),
    run: async (context, { query }) =>
      list(context, async (port) => {
        const [accounts, pops] = [await port.accounts(pageOf(query)), await accountsOfPops(context.store)];
        return { ...accounts, items: accounts.items.map((one) => ({ ...one, pops: pops.get(one.account) ?? [] })) };
      }),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/pops/:name/coins",
    name: "getPopCoins",
    tag: "settlement",
    right: "settle",
    summary: "coins that a POP earned and applied, by epoch, and what its account has on the chain",
    about: "Of the account that the POP's record names; several POPs may share one.",
    params: byPop,
    answer: PopCoinsView,
    run: async ({ store, settlement }, { params }) => ({ body: await popCoins(store, settlement, params.name) }),
  }),
];

const ORDER_NAME = Type.Object(
  { order: Type.String({ pattern: "^[0-9A-Za-z]{1,66}$", description: "Its name, or a beginning that only it has." }) },
  closed,
);

const door = (settlement: SettlementPort | undefined): SettlementPort => {
  if (settlement !== undefined) return settlement;
  throw new SrwanError("SETTLEMENT_NOT_SET_UP", NOT_SET_UP, {
    remedy: "Set settlement.store and settlement.deployment of this service, or ask the service of the provider.",
  });
};

export const orderEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/api/v1/orders",
    name: "listOrders",
    tag: "settlement",
    right: "settle",
    summary: "orders of priority on routers, the newest first",
    query: Type.Object(
      {
        limit,
        after: cursor(`^[0-9]{1,15} ${HASH}$`),
        open: Type.Optional(Type.Boolean({ description: "Only those that are not over (false)." })),
      },
      closed,
    ),
    answer: noted(OrderView, "The newest first."),
    run: (context, { query }) => list(context, (port) => port.orders(query.open ?? false, pageOf(query))),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/orders",
    name: "placeOrder",
    tag: "settlement",
    right: "settle",
    summary: "place an order of priority that its consumer signed",
    about:
      "As `srwan qos buy` makes it. No money moves here: workers ask the router first. Placed again it is the same order, with 200.",
    body: PlacedOrder,
    maxOctets: LIMITS.orderMaxOctets,
    answer: OrderWhole,
    status: 201,
    run: async ({ settlement }, { body }) => {
      const { order, isNew } = await door(settlement).place(body);
      return { status: isNew ? 201 : 200, body: order, location: `/api/v1/orders/${order.id}` };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/orders/:order",
    name: "getOrder",
    tag: "settlement",
    right: "settle",
    summary: "an order of priority with its terms and the router's sealed outcome",
    params: ORDER_NAME,
    answer: OrderWhole,
    run: async ({ settlement }, { params }) => ({ body: await door(settlement).order(params.order) }),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/orders/:order/cancel",
    name: "cancelOrder",
    tag: "settlement",
    right: "settle",
    summary: "end an order of priority early, with its consumer's signature",
    params: ORDER_NAME,
    body: OrderCancel,
    answer: OrderWhole,
    run: async ({ settlement }, { params, body }) => ({
      body: await door(settlement).cancel(params.order, body.signature),
    }),
  }),
];

async function popCoins(store: Store, settlement: SettlementPort | undefined, name: string): Promise<PopCoinsView> {
  const pop = await findPop(store, name);
  if (pop === undefined) throw noPop(name);
  const account = pop.record.account?.toLowerCase() ?? null;
  const of = { pop: name, account, sharedWith: [] };
  if (settlement === undefined) return { ...of, ...NO_COINS };
  if (account === null) return { ...of, ...NO_COINS, note: `the record of ${name} names no account` };
  const sharing = (await accountsOfPops(store)).get(account) ?? [];
  return { ...of, sharedWith: sharing.filter((one) => one !== name), ...(await settlement.coins(account)) };
}
