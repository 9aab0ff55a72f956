// The settlement as endpoints ask for it: a port that whoever joins the rooms fills. This room knows nothing of money.

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

export type SettlementPage = { readonly limit: number; readonly after?: string | undefined };
type Pages<T> = Promise<Listed<T>>;

export type SettlementPort = {
  readonly state: () => Promise<SettlementView>;
  readonly quotes: (page: SettlementPage) => Pages<QuoteView>;
  readonly epochs: (page: SettlementPage) => Pages<EpochView>;
  readonly tickets: (epoch: number | undefined, page: SettlementPage) => Pages<TicketsView>;
  readonly reports: (epoch: number | undefined, page: SettlementPage) => Pages<LinkReportsView>;
  readonly disputes: (epoch: number | undefined, page: SettlementPage) => Pages<DisputeView>;
  readonly accounts: (page: SettlementPage) => Pages<Omit<AccountView, "pops">>;
  readonly coins: (account: string) => Promise<Coins>;
  readonly orders: (onlyOpen: boolean, page: SettlementPage) => Pages<OrderView>;
  readonly order: (name: string) => Promise<OrderWhole>;
  readonly place: (order: PlacedOrder) => Promise<{ readonly order: OrderWhole; readonly isNew: boolean }>;
  readonly cancel: (name: string, signature: string) => Promise<OrderWhole>;
  readonly close: () => Promise<void>;
};
