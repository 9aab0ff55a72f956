// Many paths' accounts as the few entries that go on the chain: one debit a consumer, one credit a provider, cut into
// chunks that each balance. Nothing waits for a later epoch: a voucher could have it paid there a second time.

import type { Account, PathAccount } from "./epoch.ts";

export type Entry = { readonly account: Account; readonly amount: bigint };

/** Debits, credits and fee of one transaction: debits add up to credits and fee. */
export type Chunk = { readonly debits: readonly Entry[]; readonly credits: readonly Entry[]; readonly fee: bigint };

/**
 * Consumers rise from chunk to chunk, and accounts rise within a chunk, as the contract asks. `entriesMax` are those of one
 * transaction, debits and credits together.
 */
export function net(accounts: readonly PathAccount[], entriesMax: number): Chunk[] {
  const owed = new Map<Account, Tally>();
  for (const { consumer, fee, credits } of accounts) {
    const tally = owed.get(plain(consumer)) ?? { fee: 0n, credits: new Map() };
    tally.fee += fee;
    for (const { account, amount } of credits) {
      tally.credits.set(plain(account), (tally.credits.get(plain(account)) ?? 0n) + amount);
    }
    owed.set(plain(consumer), tally);
  }
  const all = [...owed].map(([consumer, tally]) => ({ consumer, ...tally, amount: totalOf(tally) })).sort(byConsumer);
  return chunksOf(
    all.filter(({ amount }) => amount > 0n),
    entriesMax,
  );
}

type Tally = { fee: bigint; readonly credits: Map<Account, bigint> };
type Due = Tally & { readonly consumer: Account; readonly amount: bigint };

function chunksOf(due: readonly Due[], entriesMax: number): Chunk[] {
  const chunks: Chunk[] = [];
  let debits: Entry[] = [];
  let credits = new Map<Account, bigint>();
  let fee = 0n;
  const close = (): void => {
    if (debits.length > 0) chunks.push({ debits, credits: entriesOf(credits), fee });
    [debits, credits, fee] = [[], new Map(), 0n];
  };
  for (const one of due) {
    const fresh = [...one.credits.keys()].filter((account) => !credits.has(account)).length;
    if (debits.length > 0 && debits.length + credits.size + 1 + fresh > entriesMax) close();
    debits.push({ account: one.consumer, amount: one.amount });
    for (const [account, amount] of one.credits) credits.set(account, (credits.get(account) ?? 0n) + amount);
    fee += one.fee;
  }
  close();
  return chunks;
}

const totalOf = ({ fee, credits }: Tally): bigint => [...credits.values()].reduce((sum, amount) => sum + amount, fee);

const entriesOf = (credits: ReadonlyMap<Account, bigint>): Entry[] =>
  [...credits]
    .filter(([, amount]) => amount > 0n)
    .map(([account, amount]) => ({ account, amount }))
    .sort((a, b) => byAccount(a.account, b.account));

/** The case of an address' digits is a checksum and no part of the number. */
const plain = (account: Account): Account => account.toLowerCase() as Account;
/** As numbers: all have 40 digits. */
const byAccount = (a: Account, b: Account): number => (a < b ? -1 : a > b ? 1 : 0);
const byConsumer = (a: Due, b: Due): number => byAccount(a.consumer, b.consumer);
