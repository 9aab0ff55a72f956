// The POPs of the WAN: their records, groups, locators and certificates.

import type { PopRecord } from "../../wire/pop.ts";
import { nowMs, type Store, type Tell, type Tx } from "./store.ts";
import type { Tables } from "./tables.ts";
import { endUses } from "./tokens.ts";

export type Pop = {
  readonly name: string;
  readonly record: PopRecord;
  readonly group: string;
  readonly locator: string;
  readonly publicKey: string;
  readonly serial: string;
  readonly previousSerial: string | null;
  readonly joinedMs: number;
  readonly changedMs: number;
  readonly etag: number;
};

const popOf = (row: Tables["pops"]): Pop => ({
  name: row.name,
  record: JSON.parse(row.record),
  group: row.group_name,
  locator: row.locator,
  publicKey: row.public_key,
  serial: row.serial,
  previousSerial: row.previous_serial,
  joinedMs: row.joined_ms,
  changedMs: row.changed_ms,
  etag: row.etag,
});

export async function findPop(store: Store, name: string): Promise<Pop | undefined> {
  const row = await store.read((db) => db.selectFrom("pops").selectAll().where("name", "=", name).executeTakeFirst());
  return row && popOf(row);
}

/** Within a transaction, and nobody else changes it meanwhile. */
export async function popForChange(store: Store, tx: Tx, name: string): Promise<Pop | undefined> {
  const asked = tx.selectFrom("pops").selectAll().where("name", "=", name);
  const row = await (store.kind === "postgres" ? asked.forUpdate() : asked).executeTakeFirst();
  return row && popOf(row);
}

export type PopsAsked = { readonly after?: string; readonly group?: string; readonly limit: number };

export async function popsOf(store: Store, asked: PopsAsked): Promise<Pop[]> {
  const rows = await store.read((db) => {
    let query = db.selectFrom("pops").selectAll().orderBy("name").limit(asked.limit);
    if (asked.after !== undefined) query = query.where("name", ">", asked.after);
    if (asked.group !== undefined) query = query.where("group_name", "=", asked.group);
    return query.execute();
  });
  return rows.map(popOf);
}

/** Which POPs name which account; accounts in small letters. */
export async function accountsOfPops(store: Store): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await store.read((db) => db.selectFrom("pops").select(["name", "record"]).orderBy("name").execute());
  const all = new Map<string, string[]>();
  for (const { name, record } of rows) {
    const account = (JSON.parse(record) as PopRecord).account?.toLowerCase();
    if (account !== undefined) all.set(account, [...(all.get(account) ?? []), name]);
  }
  return all;
}

export async function popNames(store: Store): Promise<string[]> {
  const rows = await store.read((db) => db.selectFrom("pops").select("name").orderBy("name").execute());
  return rows.map(({ name }) => name);
}

/** Each group with the number of its members. */
export async function groupSizes(store: Store, tx?: Tx): Promise<ReadonlyMap<string, number>> {
  const rows = await (tx ?? store.db)
    .selectFrom("pops")
    .select(({ fn }) => ["group_name", fn.countAll<number>().as("count")])
    .groupBy("group_name")
    .orderBy("group_name")
    .execute();
  return new Map(rows.map(({ group_name, count }) => [group_name, Number(count)]));
}

/** In place of a session's name. */
export const REMOVED = "removed";

export type NewPop = Pick<Pop, "name" | "record" | "group" | "locator" | "publicKey" | "serial">;

export async function addPop(store: Store, tx: Tx, pop: NewPop, tell: Tell): Promise<void> {
  const now = nowMs(store.clock);
  await tx
    .insertInto("pops")
    .values({
      name: pop.name,
      record: JSON.stringify(pop.record),
      group_name: pop.group,
      locator: pop.locator,
      public_key: pop.publicKey,
      serial: pop.serial,
      previous_serial: null,
      joined_ms: now,
      changed_ms: now,
      etag: 1,
    })
    .execute();
  tell({ topic: "pops", group: pop.group });
}

export type PopChange = Partial<Pick<Pop, "record" | "publicKey" | "serial" | "previousSerial" | "group">>;

export async function changePop(store: Store, tx: Tx, before: Pop, change: PopChange, tell: Tell): Promise<void> {
  const { record, publicKey, serial, previousSerial, group } = change;
  await tx
    .updateTable("pops")
    .set({
      ...(record === undefined ? {} : { record: JSON.stringify(record) }),
      ...(publicKey === undefined ? {} : { public_key: publicKey }),
      ...(serial === undefined ? {} : { serial }),
      ...(previousSerial === undefined ? {} : { previous_serial: previousSerial }),
      ...(group === undefined ? {} : { group_name: group }),
      changed_ms: nowMs(store.clock),
      etag: before.etag + 1,
    })
    .where("name", "=", before.name)
    .execute();
  if (record !== undefined || group !== undefined) tell({ topic: "pops", group: before.group });
  if (group !== undefined && group !== before.group) tell({ topic: "pops", group });
}

/**
 * The POP and what it told as its last; its SIDs stay granted to it, and its history ages as any other. Its key is good for
 * nothing any more, the token that it joined with included.
 */
export async function removePop(tx: Tx, pop: Pop, tell: Tell): Promise<void> {
  await tx.deleteFrom("pops").where("name", "=", pop.name).execute();
  await tx.deleteFrom("hearing").where("pop", "=", pop.name).execute();
  await tx.deleteFrom("applied").where("pop", "=", pop.name).execute();
  await endUses(tx, pop.name);
  tell({ topic: "pops", group: pop.group });
  // No session of that name: whichever there is ends.
  tell({ topic: "session", pop: pop.name, service: "", session: REMOVED });
}
