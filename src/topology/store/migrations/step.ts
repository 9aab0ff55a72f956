// What a step is: a number, a name, and what it makes. Types that the two kinds of store spell differently are named here.

import { type ColumnDataType, type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../tables.ts";

export type StoreKind = "sqlite" | "postgres";

export type Step = {
  readonly number: number;
  readonly name: string;
  readonly up: (db: Transaction<Tables>, kind: StoreKind) => Promise<void>;
};

export const blob = (kind: StoreKind): ColumnDataType => (kind === "sqlite" ? "blob" : "bytea");

/** A table with a number of its own for each row, which only grows. */
export const numbered = (db: Kysely<Tables>, kind: StoreKind, table: string) =>
  kind === "sqlite"
    ? db.schema.createTable(table).addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    : db.schema.createTable(table).addColumn("id", "bigserial", (column) => column.primaryKey());

/** Partitioned by time where the store can: old rows go with their partition, at no cost. */
export async function measuredTable(db: Kysely<Tables>, kind: StoreKind, table: string): Promise<void> {
  const made = db.schema
    .createTable(table)
    .addColumn("pop", "text", (column) => column.notNull())
    .addColumn("at_ms", "bigint", (column) => column.notNull())
    .addColumn("number", "bigint", (column) => column.notNull())
    .addColumn("interval_ms", "bigint", (column) => column.notNull())
    .addColumn("layout", "bigint", (column) => column.notNull())
    .addColumn("cells", blob(kind), (column) => column.notNull())
    .addColumn("paths", "text")
    .addPrimaryKeyConstraint(`${table}_key`, ["pop", "at_ms", "number"]);
  await (kind === "sqlite" ? made : made.modifyEnd(sql`partition by range (at_ms)`)).execute();
  await db.schema.createIndex(`${table}_at`).on(table).column("at_ms").execute();
  if (kind === "sqlite") return;
  await sql`create table ${sql.table(`${table}_rest`)} partition of ${sql.table(table)} default`.execute(db);
}
