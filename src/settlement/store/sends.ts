// Transactions as a journal: wanted, then given a number and signed, and only then sent. What is written here is enough to
// send the same octets again, which a chain takes once.

import type { SettlementStore, Tx } from "./store.ts";
import type { Tables } from "./tables.ts";
import { holdTask, type Task } from "./tasks.ts";

export type SendState = Tables["sends"]["state"];

export type Send = {
  readonly key: string;
  readonly account: string;
  readonly target: string;
  readonly data: string;
  readonly state: SendState;
  readonly nonce: number | undefined;
  readonly raw: string | undefined;
  readonly hash: string | undefined;
  /** Hashes of what it replaced, the first one first. */
  readonly earlier: readonly string[];
  readonly block: number | undefined;
  readonly why: string | undefined;
  /** When its state changed last. */
  readonly atMs: number;
};

/** As it is before it has a number. */
export const UNSENT = { nonce: null, raw: null, hash: null, earlier: null, block: null, why: null } as const;

/** What somebody wants sent; under a key that is known already nothing happens. */
export async function want(
  store: SettlementStore,
  tx: Tx,
  wish: { readonly key: string; readonly account: string; readonly target: string; readonly data: string },
): Promise<void> {
  const { top } = await tx
    .selectFrom("sends")
    .select(({ fn }) => fn.max("position").as("top"))
    .executeTakeFirstOrThrow();
  const row = { ...wish, account: wish.account.toLowerCase(), position: Number(top ?? 0) + 1 };
  const fresh = { state: "wanted", ...UNSENT } as const;
  await tx
    .insertInto("sends")
    .values({ ...row, ...fresh, at_ms: store.hereMs() })
    .onConflict((conflict) => conflict.column("key").doNothing())
    .execute();
}

export async function sendOf(store: SettlementStore, key: string): Promise<Send | undefined> {
  const row = await store.read((db) => db.selectFrom("sends").selectAll().where("key", "=", key).executeTakeFirst());
  return row && sendFrom(row);
}

export async function sendsIn(store: SettlementStore, account: string, states: readonly SendState[]): Promise<Send[]> {
  const rows = await store.read((db) =>
    db
      .selectFrom("sends")
      .selectAll()
      .where("account", "=", account.toLowerCase())
      .where("state", "in", states)
      .orderBy("position")
      .execute(),
  );
  return rows.map(sendFrom);
}

/** The number after the highest that was given; 0 where none was. */
export async function nextNonce(store: SettlementStore, account: string): Promise<number> {
  const row = await store.read((db) =>
    db
      .selectFrom("sends")
      .select(({ fn }) => fn.max("nonce").as("top"))
      .where("account", "=", account.toLowerCase())
      .executeTakeFirst(),
  );
  return row?.top === null || row?.top === undefined ? 0 : Number(row.top) + 1;
}

export type Change = Partial<Pick<Tables["sends"], "state" | "nonce" | "raw" | "hash" | "earlier" | "block" | "why">>;

/** Under the task of its account, so that two workers never give one number to two transactions. */
export async function changeSend(store: SettlementStore, task: Task, key: string, change: Change): Promise<void> {
  await store.write(async (tx) => {
    await holdTask(store, tx, task);
    await tx
      .updateTable("sends")
      .set({ ...change, at_ms: store.hereMs() })
      .where("key", "=", key)
      .execute();
  });
}

const sendFrom = (row: Tables["sends"]): Send => ({
  key: row.key,
  account: row.account,
  target: row.target,
  data: row.data,
  state: row.state,
  nonce: row.nonce === null ? undefined : Number(row.nonce),
  raw: row.raw ?? undefined,
  hash: row.hash ?? undefined,
  earlier: row.earlier?.split(" ") ?? [],
  block: row.block === null ? undefined : Number(row.block),
  why: row.why ?? undefined,
  atMs: Number(row.at_ms),
});
