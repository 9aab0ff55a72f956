// What is kept, page by page, for whoever looks at it: epochs, tickets and reports by who counted, disputes, orders.

import { sql } from "kysely";
import type { EpochRow, EpochState } from "./epochs.ts";
import type { SettlementStore } from "./store.ts";

/** One more is read than asked for, to know whether more follows. */
export type Asked = { readonly limit: number; readonly after?: readonly string[] | undefined };

/** The newest first. */
export async function epochsPage(
  store: SettlementStore,
  before: number | undefined,
  limit: number,
): Promise<EpochRow[]> {
  const rows = await store.read((db) => {
    const query = db.selectFrom("epochs").select(["epoch", "state", "body"]).orderBy("epoch", "desc").limit(limit);
    return (before === undefined ? query : query.where("epoch", "<", before)).execute();
  });
  return rows.map(({ epoch, state, body }) => ({ epoch: Number(epoch), state: state as EpochState, body }));
}

export async function disputesByEpoch(store: SettlementStore, epochs: readonly number[]): Promise<Map<number, number>> {
  if (epochs.length === 0) return new Map();
  const rows = await store.read((db) =>
    db
      .selectFrom("disputes")
      .select(({ fn }) => ["epoch", fn.countAll().as("count")])
      .where("epoch", "in", epochs)
      .groupBy("epoch")
      .execute(),
  );
  return new Map(rows.map(({ epoch, count }) => [Number(epoch), Number(count)]));
}

export type Told = {
  readonly subject: string;
  readonly author: string;
  readonly count: number;
  readonly seq: string;
  /** Of the last one. */
  readonly body: string;
};

/** Of an epoch, by path and provider or by link and reporter; `after` is the last pair of the page before. */
export async function toldPage(
  store: SettlementStore,
  table: "tickets" | "reports",
  epoch: number,
  { limit, after }: Asked,
): Promise<Told[]> {
  const [subject, author] = table === "reports" ? ["link", "reporter"] : ["path", "provider"];
  const [of, by] = [sql.ref(`told.${subject}`), sql.ref(`told.${author}`)];
  const onwards = after === undefined ? sql`` : sql`and (${of}, ${by}) > (${after[0] ?? ""}, ${after[1] ?? ""})`;
  // Boot and number are kept with zeros in front: as text, put together, they are in order.
  const { rows } = await store.read((db) =>
    sql<{ subject: string; author: string; count: number; seq: string; body: string }>`
      select last.subject as subject, last.author as author, last.count as count, told.seq as seq, told.body as body
      from (
        select ${of} as subject, ${by} as author, count(*) as count, max(told.boot || told.seq) as top
        from ${sql.table(table)} as told where told.epoch = ${epoch} ${onwards}
        group by ${of}, ${by} order by ${of}, ${by} limit ${limit}
      ) as last
      join ${sql.table(table)} as told
        on ${of} = last.subject and ${by} = last.author and told.boot || told.seq = last.top
      order by last.subject, last.author`.execute(db),
  );
  return rows.map((row) => ({ ...row, count: Number(row.count), seq: row.seq.replace(/^0+(?=\d)/, "") }));
}

export type DisputeKey = readonly [epoch: string, kind: string, subject: string, account: string];

/** The newest epoch first. */
export async function disputesPage(
  store: SettlementStore,
  epoch: number | undefined,
  { limit, after }: Asked,
): Promise<{ epoch: number; kind: string; subject: string; account: string; claimed: string; paid: string }[]> {
  const rows = await store.read((db) => {
    let query = db.selectFrom("disputes").selectAll();
    if (epoch !== undefined) query = query.where("epoch", "=", epoch);
    if (after !== undefined) {
      const [last = "", ...key] = after;
      query = query.where((eb) =>
        eb.or([
          eb("epoch", "<", Number(last)),
          eb.and([
            eb("epoch", "=", Number(last)),
            sql<boolean>`(kind, subject, account) > (${key[0] ?? ""}, ${key[1] ?? ""}, ${key[2] ?? ""})`,
          ]),
        ]),
      );
    }
    return query.orderBy("epoch", "desc").orderBy("kind").orderBy("subject").orderBy("account").limit(limit).execute();
  });
  return rows.map(({ body, ...row }) => ({
    ...row,
    epoch: Number(row.epoch),
    ...(JSON.parse(body) as { claimed: string; paid: string }),
  }));
}

/** Names of orders, the newest first; `after` is the time and the name of the last of the page before. */
export async function orderNamesPage(
  store: SettlementStore,
  onlyOpen: boolean,
  { limit, after }: Asked,
): Promise<{ id: string; atMs: number }[]> {
  const rows = await store.read((db) => {
    let query = db.selectFrom("orders").select(["id", "at_ms"]);
    if (onlyOpen) query = query.where("done", "=", 0);
    if (after !== undefined) query = query.where(sql<boolean>`(at_ms, id) < (${Number(after[0])}, ${after[1] ?? ""})`);
    return query.orderBy("at_ms", "desc").orderBy("id", "desc").limit(limit).execute();
  });
  return rows.map(({ id, at_ms }) => ({ id, atMs: Number(at_ms) }));
}

/** Names that begin so. */
export async function orderNames(store: SettlementStore, beginning: string, limit: number): Promise<string[]> {
  const rows = await store.read((db) =>
    db.selectFrom("orders").select("id").where("id", ">=", beginning).orderBy("id").limit(limit).execute(),
  );
  return rows.map(({ id }) => id).filter((id) => id.startsWith(beginning));
}

export type Counts = {
  readonly epochs: Readonly<Record<string, number>>;
  readonly tickets: number;
  readonly disputes: number;
  readonly openOrders: number;
};

export async function countsOf(store: SettlementStore): Promise<Counts> {
  const count = (table: "tickets" | "disputes" | "orders") =>
    store.read((db) => {
      const query = db.selectFrom(table).select(({ fn }) => fn.countAll().as("count"));
      return (table === "orders" ? query.where("done" as never, "=", 0 as never) : query).executeTakeFirstOrThrow();
    });
  const [epochs, tickets, disputes, orders] = await Promise.all([
    store.read((db) =>
      db
        .selectFrom("epochs")
        .select(({ fn }) => ["state", fn.countAll().as("count")])
        .groupBy("state")
        .execute(),
    ),
    count("tickets"),
    count("disputes"),
    count("orders"),
  ]);
  return {
    epochs: Object.fromEntries(epochs.map(({ state, count: number }) => [state, Number(number)])),
    tickets: Number(tickets.count),
    disputes: Number(disputes.count),
    openOrders: Number(orders.count),
  };
}
