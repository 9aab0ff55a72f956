// What a step is here, and the one table that PostgreSQL partitions.

import { sql, type Transaction } from "kysely";
import type { StoreKind } from "../../../database/database.ts";
import { blob, type Step as StepOf } from "../../../database/steps.ts";
import type { Tables } from "../tables.ts";

export { numbered } from "../../../database/steps.ts";

export type Step = StepOf<Tables>;

/** Partitioned by time where the store can: old rows go with their partition, at no cost. */
export async function measuredTable(db: Transaction<Tables>, kind: StoreKind, table: string): Promise<void> {
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
