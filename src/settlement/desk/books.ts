// Rows of the store as views, page by page: epochs, tickets, link reports, disputes, accounts.

import type { AccountView, DisputeView, EpochView, LinkReportsView, Listed, TicketsView } from "../../wire/books.ts";
import type { LinkTerms, PathTerms } from "../../wire/settlement.ts";
import type { EpochBody } from "../service/making.ts";
import type { EpochState } from "../store/epochs.ts";
import { lastEpochWithTickets, termsOf } from "../store/evidence.ts";
import { disputesByEpoch, disputesPage, epochsPage, toldPage } from "../store/pages.ts";
import type { SettlementStore } from "../store/store.ts";
import type { AccountSums } from "./payouts.ts";

type Page = { readonly limit: number; readonly after?: string | undefined };

/** What was read with one more than asked for. */
function listed<R, T>(rows: readonly R[], limit: number, view: (row: R) => T, key: (row: R) => string): Listed<T> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(view), ...(last === undefined ? {} : { next: key(last) }) };
}

const plus = (a: bigint, b: string): bigint => a + BigInt(b);

export async function epochViews(
  store: SettlementStore,
  { limit, after }: Page,
  epochSeconds: number | undefined,
): Promise<Listed<EpochView>> {
  const rows = await epochsPage(store, after === undefined ? undefined : Number(after), limit + 1);
  const disputed = await disputesByEpoch(
    store,
    rows.map(({ epoch }) => epoch),
  );
  const atMs = (epoch: number): number | null => (epochSeconds === undefined ? null : epoch * epochSeconds * 1_000);
  return listed(
    rows,
    limit,
    ({ epoch, state, body }): EpochView => {
      const { paths = [], held = [] } = JSON.parse(body) as Partial<EpochBody>;
      const left = new Set(held);
      const paid = paths.filter(({ pathId }) => !left.has(pathId));
      return {
        epoch,
        fromMs: atMs(epoch),
        toMs: atMs(epoch + 1),
        state: state satisfies EpochState,
        paths: paths.length,
        tickets: paid.reduce((sum, { tickets }) => sum + tickets, 0),
        amount: String(paid.reduce((sum, { amount }) => plus(sum, amount), 0n)),
        fee: String(paid.reduce((sum, { fee }) => plus(sum, fee), 0n)),
        unsigned: String(paths.reduce((sum, { unsigned }) => plus(sum, unsigned), 0n)),
        held: held.length,
        disputes: disputed.get(epoch) ?? 0,
      };
    },
    ({ epoch }) => String(epoch),
  );
}

async function termsBy<T>(store: SettlementStore, ids: readonly string[]): Promise<ReadonlyMap<string, T>> {
  const rows = await termsOf(store, [...new Set(ids)]);
  return new Map(rows.map(({ id, body }) => [id, JSON.parse(body) as T]));
}

const pairOf = (after: string | undefined): readonly string[] | undefined => after?.split(" ");
const pairText = ({ subject, author }: { subject: string; author: string }): string => `${subject} ${author}`;

export async function ticketViews(
  store: SettlementStore,
  given: number | undefined,
  { limit, after }: Page,
): Promise<Listed<TicketsView>> {
  const epoch = given ?? (await lastEpochWithTickets(store));
  if (epoch === undefined) return { items: [] };
  const rows = await toldPage(store, "tickets", epoch, { limit: limit + 1, after: pairOf(after) });
  const terms = await termsBy<PathTerms>(
    store,
    rows.map(({ subject }) => subject),
  );
  return listed(
    rows,
    limit,
    ({ subject, author, count, seq, body }): TicketsView => {
      const { totalIn, totalOut } = JSON.parse(body) as { totalIn: string; totalOut: string };
      const { name = null, consumer = null, pricePerGB = null } = terms.get(subject) ?? {};
      const of = { epoch, path: subject, name, consumer, pricePerGB, provider: author };
      return { ...of, tickets: count, lastSeq: seq, totalIn, totalOut };
    },
    pairText,
  );
}

export async function reportViews(
  store: SettlementStore,
  given: number | undefined,
  { limit, after }: Page,
): Promise<Listed<LinkReportsView>> {
  const epoch = given ?? (await lastEpochWithTickets(store));
  if (epoch === undefined) return { items: [] };
  const rows = await toldPage(store, "reports", epoch, { limit: limit + 1, after: pairOf(after) });
  const terms = await termsBy<LinkTerms>(
    store,
    rows.map(({ subject }) => subject),
  );
  return listed(
    rows,
    limit,
    ({ subject, author, count, seq, body }): LinkReportsView => {
      const { inOctets, outOctets, inPkts, outPkts } = JSON.parse(body) as Record<string, string>;
      const of = { epoch, link: subject, name: terms.get(subject)?.name ?? null, reporter: author };
      const counted = { inOctets: inOctets ?? "0", outOctets: outOctets ?? "0" };
      return { ...of, reports: count, lastSeq: seq, ...counted, inPackets: inPkts ?? "0", outPackets: outPkts ?? "0" };
    },
    pairText,
  );
}

/** Money that nobody signed for; all other disputes are of octets. */
const OF_COINS = "carried, not signed for";

export async function disputeViews(
  store: SettlementStore,
  epoch: number | undefined,
  { limit, after }: Page,
): Promise<Listed<DisputeView>> {
  const rows = await disputesPage(store, epoch, { limit: limit + 1, after: after?.split("|") });
  const terms = await termsBy<LinkTerms | PathTerms>(
    store,
    rows.map(({ subject }) => subject),
  );
  return listed(
    rows,
    limit,
    (row): DisputeView => ({
      ...row,
      unit: row.kind === OF_COINS ? "coins" : "octets",
      name: terms.get(row.subject)?.name ?? null,
      account: row.account.toLowerCase(),
    }),
    (row) => [row.epoch, row.kind, row.subject, row.account].join("|"),
  );
}

export function accountsPage(
  all: ReadonlyMap<string, AccountSums>,
  { limit, after }: Page,
): Listed<Omit<AccountView, "pops">> {
  const rows = [...all].filter(([account]) => after === undefined || account > after).slice(0, limit + 1);
  return listed(
    rows,
    limit,
    ([account, { earned, applied, underWay, lastEpoch }]) => ({
      account,
      earned: String(earned),
      applied: String(applied),
      earnedUnderWay: String(underWay.earned),
      appliedUnderWay: String(underWay.applied),
      lastEpoch: lastEpoch < 0 ? null : lastEpoch,
    }),
    ([account]) => account,
  );
}
