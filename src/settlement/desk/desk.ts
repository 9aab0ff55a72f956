// The settlement as the topology service shows it: a store of validators or workers, quotes in a folder, a chain by its URL;
// each may be missing, and the chain and the store may be away. The store is opened when somebody first asks.

import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type {
  AccountView,
  Coins,
  DisputeView,
  EpochView,
  LinkReportsView,
  Listed,
  OrderView,
  OrderWhole,
  QuoteView,
  SettlementView,
  TicketsView,
} from "../../wire/books.ts";
import type { PlacedOrder } from "../../wire/order.ts";
import { readAccount } from "../chain/account.ts";
import { type Deployment, readDeployment } from "../chain/deployment.ts";
import { lastEpochWithTickets } from "../store/evidence.ts";
import { countsOf } from "../store/pages.ts";
import { SettlementStore } from "../store/store.ts";
import type { Hex } from "../typed.ts";
import { accountsPage, disputeViews, epochViews, reportViews, ticketViews } from "./books.ts";
import { DeskChain } from "./chain.ts";
import { Market } from "./market.ts";
import { OrderDoor } from "./order-door.ts";
import { Payouts } from "./payouts.ts";

export type DeskSettings = {
  readonly store?: string | undefined;
  readonly deployment?: string | undefined;
  readonly chainUrl?: string | undefined;
  readonly quotes?: string | undefined;
};

type Page = { readonly limit: number; readonly after?: string | undefined };
type Opened = { readonly store: SettlementStore; readonly payouts: Payouts; readonly door: OrderDoor | undefined };

const NO_STORE = "no store of the settlement is given: set settlement.store";
const NO_DEPLOYMENT = "no deployment is given: set settlement.deployment to the file of `srwan chain deploy`";
const NO_QUOTES = "no folder of quotes is given: set settlement.quotes";

export class Desk {
  readonly #settings: DeskSettings;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #deployment: Deployment | undefined;
  readonly #chain: DeskChain | undefined;
  readonly #market: Market | undefined;
  #opened: Promise<Opened> | undefined;

  constructor(settings: DeskSettings, clock: Clock, log: Logger) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
    const { deployment, chainUrl, quotes } = settings;
    this.#deployment = deployment === undefined ? undefined : readDeployment(deployment);
    if (this.#deployment === undefined) return;
    this.#chain = chainUrl === undefined ? undefined : new DeskChain(chainUrl, this.#deployment, clock);
    this.#market = quotes === undefined ? undefined : new Market(join(quotes), this.#deployment, this.#chain);
  }

  async state(): Promise<SettlementView> {
    const { store, deployment, quotes } = this.#settings;
    const lacking = [
      ...(store === undefined ? [NO_STORE] : []),
      ...(deployment === undefined ? [NO_DEPLOYMENT] : []),
      ...(quotes === undefined ? [NO_QUOTES] : []),
    ];
    const opened = store === undefined ? undefined : await this.#open();
    const counts = opened && (await countsOf(opened.store));
    const of = (state: string): number => counts?.epochs[state] ?? 0;
    return {
      isSetUp: true,
      note: lacking.join("; "),
      store: store !== undefined,
      orders: opened?.door !== undefined,
      chain: await this.#chainState(),
      epochs: { made: of("made"), sealed: of("sealed"), settled: of("settled"), left: of("left") },
      lastEpoch: (opened && (await lastEpochWithTickets(opened.store))) ?? null,
      tickets: counts?.tickets ?? 0,
      disputes: counts?.disputes ?? 0,
      openOrders: counts?.openOrders ?? 0,
    };
  }

  async quotes({ limit, after }: Page): Promise<Listed<QuoteView>> {
    if (this.#deployment === undefined) return { items: [], note: NO_DEPLOYMENT };
    if (this.#market === undefined) return { items: [], note: NO_QUOTES };
    const nowMs = this.#nowMs();
    const page = await this.#market.page(limit, after, nowMs);
    if (this.#chain !== undefined || page.items.length === 0) return page;
    const unasked = "no chain is given (settlement.chainUrl): what was sold is not known";
    return { ...page, note: page.note === undefined ? unasked : `${page.note}; ${unasked}` };
  }

  epochs = (page: Page): Promise<Listed<EpochView>> =>
    this.#ofStore(({ store }) => epochViews(store, page, this.#deployment?.parameters.epochSeconds));

  tickets = (epoch: number | undefined, page: Page): Promise<Listed<TicketsView>> =>
    this.#ofStore(({ store }) => ticketViews(store, epoch, page));

  reports = (epoch: number | undefined, page: Page): Promise<Listed<LinkReportsView>> =>
    this.#ofStore(({ store }) => reportViews(store, epoch, page));

  disputes = (epoch: number | undefined, page: Page): Promise<Listed<DisputeView>> =>
    this.#ofStore(({ store }) => disputeViews(store, epoch, page));

  accounts = (page: Page): Promise<Listed<Omit<AccountView, "pops">>> =>
    this.#ofStore(async ({ payouts }) => accountsPage(await payouts.accounts(), page));

  async coins(account: string): Promise<Coins> {
    const who = account.toLowerCase();
    const opened = this.#settings.store === undefined ? undefined : await this.#open();
    const sums = (await opened?.payouts.accounts())?.get(who);
    const epochs = (await opened?.payouts.epochsOf(who)) ?? [];
    const [onChain, orders] = [await this.#onChain(who as Hex), await opened?.door?.ofConsumer(who)];
    const seconds = this.#deployment?.parameters.epochSeconds;
    const notes = [...(opened === undefined ? [NO_STORE] : []), ...(onChain.note === undefined ? [] : [onChain.note])];
    return {
      earned: String(sums?.earned ?? 0n),
      applied: String(sums?.applied ?? 0n),
      earnedUnderWay: String(sums?.underWay.earned ?? 0n),
      appliedUnderWay: String(sums?.underWay.applied ?? 0n),
      epochs: epochs.map(({ epoch, state, earned, applied }) => ({
        epoch,
        fromMs: seconds === undefined ? null : epoch * seconds * 1_000,
        state,
        earned: String(earned),
        applied: String(applied),
      })),
      onChain: onChain.value,
      orders: { open: orders?.open ?? 0, amount: String(orders?.amount ?? 0n) },
      note: notes.join("; "),
    };
  }

  orders = (onlyOpen: boolean, { limit, after }: Page): Promise<Listed<OrderView>> =>
    this.#ofStore(({ door }) => door?.page(onlyOpen, limit, after) ?? { items: [], note: NO_DEPLOYMENT });

  order = async (name: string): Promise<OrderWhole> => (await this.#door()).one(name);
  place = async (order: PlacedOrder): Promise<{ order: OrderWhole; isNew: boolean }> =>
    (await this.#door()).place(order);
  cancel = async (name: string, signature: string): Promise<OrderWhole> =>
    (await this.#door()).cancel(name, signature as Hex);

  async close(): Promise<void> {
    this.#chain?.close();
    await this.#opened?.then(({ store }) => store.close()).catch(() => undefined);
  }

  async #door(): Promise<OrderDoor> {
    const { store, deployment } = this.#settings;
    const door = store === undefined ? undefined : (await this.#open()).door;
    if (door !== undefined) return door;
    throw notSetUp([...(store === undefined ? [NO_STORE] : []), ...(deployment === undefined ? [NO_DEPLOYMENT] : [])]);
  }

  async #ofStore<T>(work: (opened: Opened) => Promise<Listed<T>> | Listed<T>): Promise<Listed<T>> {
    return this.#settings.store === undefined ? { items: [], note: NO_STORE } : work(await this.#open());
  }

  /** Where it cannot be opened now, the next who asks tries again. */
  #open(): Promise<Opened> {
    this.#opened ??= this.#openStore().catch((thrown) => {
      this.#opened = undefined;
      throw thrown;
    });
    return this.#opened;
  }

  async #openStore(): Promise<Opened> {
    const address = this.#settings.store ?? "";
    const store = await SettlementStore.open({ address, clock: this.#clock, log: this.#log });
    const deployment = this.#deployment;
    const door = deployment && new OrderDoor(store, deployment, this.#chain, this.#clock);
    return { store, payouts: new Payouts(store), door };
  }

  async #chainState(): Promise<SettlementView["chain"]> {
    const known = {
      chainId: this.#deployment?.chainId ?? null,
      epochSeconds: this.#deployment?.parameters.epochSeconds ?? null,
    };
    const unknown = { ...known, epoch: null, block: null };
    if (this.#chain === undefined) return { state: "none", note: "", ...unknown };
    const asked = await this.#chain.ask((provider) => provider.getBlock("latest"));
    if ("note" in asked) return { state: "away", note: asked.note, ...unknown };
    const { timestamp = 0, number = 0 } = asked.value ?? {};
    return {
      state: "there",
      note: "",
      ...known,
      epoch: Math.floor(timestamp / (known.epochSeconds ?? 1)),
      block: number,
    };
  }

  async #onChain(account: Hex): Promise<{ value: Coins["onChain"]; note?: string }> {
    const deployment = this.#deployment;
    if (this.#chain === undefined || deployment === undefined) return { value: null };
    const asked = await this.#chain.ask((provider) => readAccount(provider, deployment, account));
    if ("note" in asked) return { value: null, note: `the chain does not answer: ${asked.note}` };
    const { earned, free, thawing, cap, coins } = asked.value;
    const texts = { earned: String(earned), free: String(free), thawing: String(thawing) };
    return { value: { ...texts, cap: String(cap), coins: String(coins) } };
  }

  #nowMs(): number {
    return Number(this.#clock.wallUs() / 1_000n);
  }
}

export const notSetUp = (lacking: readonly string[]): SrwanError =>
  new SrwanError("SETTLEMENT_NOT_SET_UP", `orders cannot be placed here: ${lacking.join("; ")}`, {
    remedy: "Set what is missing, or ask the service of the provider.",
  });
