// Numbered steps that bring a database from whatever version it has to the one this program knows; each is a transaction of
// its own, and is written down in a table of the room that it belongs to.

import { type ColumnDataType, type Kysely, type SchemaModule, sql, type Transaction } from "kysely";
import { SrwanError } from "../base/errors.ts";
import type { StoreKind } from "./database.ts";

export type Step<Tables> = {
  readonly number: number;
  readonly name: string;
  readonly up: (db: Transaction<Tables>, kind: StoreKind) => Promise<void>;
};

export const blob = (kind: StoreKind): ColumnDataType => (kind === "sqlite" ? "blob" : "bytea");

/** A table with a number of its own for each row, which only grows. */
export const numbered = (db: { readonly schema: SchemaModule }, kind: StoreKind, table: string) =>
  kind === "sqlite"
    ? db.schema.createTable(table).addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    : db.schema.createTable(table).addColumn("id", "bigserial", (column) => column.primaryKey());

export type Migration<Tables> = {
  readonly steps: readonly Step<Tables>[];
  /** Where it is written which steps were done. */
  readonly table: string;
  /** Any number: it is ours on this database while a step runs. */
  readonly lock: number;
  readonly nowMs: number;
  /** For tests of earlier versions. */
  readonly upTo?: number;
};

type Done = { readonly number: number; readonly name: string; readonly at_ms: number };
type Any = { readonly [table: string]: Done };

/** Gives the version it has now. */
export async function migrate<Tables>(
  db: Kysely<Tables>,
  kind: StoreKind,
  { steps, table, lock, nowMs, upTo = Number.POSITIVE_INFINITY }: Migration<Tables>,
): Promise<number> {
  for (;;) {
    const done = await db.transaction().execute(async (tx) => {
      if (kind === "postgres") await sql`select pg_advisory_xact_lock(${sql.lit(lock)})`.execute(tx);
      const written = tx as unknown as Transaction<Any>;
      const has = await version(written, table);
      const step = steps.find(({ number }) => number === has + 1);
      if (has > steps.length) throw tooNew(has, steps.length);
      if (step === undefined || step.number > upTo) return has;
      await step.up(tx, kind);
      await written.insertInto(table).values({ number: step.number, name: step.name, at_ms: nowMs }).execute();
      return undefined;
    });
    if (done !== undefined) return done;
  }
}

async function version(tx: Transaction<Any>, table: string): Promise<number> {
  await tx.schema
    .createTable(table)
    .ifNotExists()
    .addColumn("number", "integer", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("at_ms", "bigint", (column) => column.notNull())
    .execute();
  const row = await tx
    .selectFrom(table)
    .select(({ fn }) => fn.max("number").as("number"))
    .executeTakeFirst();
  return Number(row?.number ?? 0);
}

const tooNew = (has: number, knows: number): SrwanError =>
  new SrwanError("STORE_TOO_NEW", `the store is at version ${has}; this program knows ${knows}`, {
    remedy: "Start the newer srwan that wrote it, or restore a backup from before.",
    details: { has, knows },
  });
