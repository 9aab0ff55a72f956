// Brings a store from whatever version it has to the one this program knows; each step is a transaction of its own.

import { type Kysely, sql, type Transaction } from "kysely";
import { SrwanError } from "../../base/errors.ts";
import { STEPS } from "./migrations/index.ts";
import type { Step, StoreKind } from "./migrations/step.ts";
import type { Tables } from "./tables.ts";

/** Any number: it is ours on this database while a step runs. */
const MIGRATION_LOCK = 7_177_001;

/** The version it has now; `upTo` is for tests of earlier ones. */
export async function migrate(
  db: Kysely<Tables>,
  kind: StoreKind,
  nowMs: number,
  upTo: number = Number.POSITIVE_INFINITY,
): Promise<number> {
  for (;;) {
    const done = await db.transaction().execute(async (tx) => {
      if (kind === "postgres") await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(tx);
      const has = await version(tx);
      const step = STEPS.find(({ number }) => number === has + 1);
      if (has > STEPS.length) throw tooNew(has);
      if (step === undefined || step.number > upTo) return has;
      await run(step, tx, kind, nowMs);
      return undefined;
    });
    if (done !== undefined) return done;
  }
}

async function version(tx: Transaction<Tables>): Promise<number> {
  await tx.schema
    .createTable("migrations")
    .ifNotExists()
    .addColumn("number", "integer", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("at_ms", "bigint", (column) => column.notNull())
    .execute();
  const row = await tx
    .selectFrom("migrations")
    .select(({ fn }) => fn.max("number").as("number"))
    .executeTakeFirst();
  return row?.number ?? 0;
}

async function run(step: Step, tx: Transaction<Tables>, kind: StoreKind, nowMs: number): Promise<void> {
  await step.up(tx, kind);
  await tx.insertInto("migrations").values({ number: step.number, name: step.name, at_ms: nowMs }).execute();
}

const tooNew = (has: number): SrwanError =>
  new SrwanError("STORE_TOO_NEW", `the store is at version ${has}; this program knows ${STEPS.length}`, {
    remedy: "Start the newer srwan that wrote it, or restore a backup from before.",
    details: { has, knows: STEPS.length },
  });
