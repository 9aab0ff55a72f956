// History grows old: reports are rolled up by minute, hour and day, and what is past its time goes. Done in small steps,
// in one place, from what the store holds: whoever takes over goes on where the last one stopped.

import { createHash } from "node:crypto";
import { sql } from "kysely";
import { packPaths, unpackRows } from "./measured.ts";
import { packCells } from "./pack.ts";
import { rollUp } from "./rollup.ts";
import type { Store } from "./store.ts";
import { MEASURED_TABLES, type MeasuredTable } from "./tables.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What each table is made of, over how long, and how long one of its partitions is. */
const STEPS = {
  measured: { from: undefined, stepMs: 0, partitionMs: 10 * MINUTE_MS },
  measured_minute: { from: "measured", stepMs: MINUTE_MS, partitionMs: 6 * HOUR_MS },
  measured_hour: { from: "measured_minute", stepMs: HOUR_MS, partitionMs: 7 * DAY_MS },
  measured_day: { from: "measured_hour", stepMs: DAY_MS, partitionMs: 180 * DAY_MS },
} as const satisfies Record<MeasuredTable, { from: MeasuredTable | undefined; stepMs: number; partitionMs: number }>;

/** How long each kind of history is kept, in milliseconds. */
export type Retention = Readonly<Record<MeasuredTable, number>> & {
  readonly events: number;
  readonly journal: number;
  readonly audit: number;
  readonly counterHours: number;
  readonly answers: number;
};

/** An interval is rolled up this long after its end, so that what agents tell late is in it. */
const LATE_MS = 30_000;
const POPS_AT_ONCE = 50;
const MARK = (table: MeasuredTable): string => `rolled-up-${table}`;

/** Rolls up the next interval that is over; false where none is. `breathe` is called between steps. */
export async function rollUpNext(
  store: Store,
  table: Exclude<MeasuredTable, "measured">,
  breathe: () => Promise<void>,
): Promise<boolean> {
  const { from, stepMs } = STEPS[table];
  const begin = await nextBegin(store, table, from, stepMs);
  if (begin === undefined || begin + stepMs + LATE_MS > store.nowMs()) return false;
  const end = begin + stepMs;
  const pops = await store.read((db) =>
    db.selectFrom(from).select("pop").distinct().where("at_ms", ">=", begin).where("at_ms", "<", end).execute(),
  );
  for (let at = 0; at < pops.length; at += POPS_AT_ONCE) {
    const some = pops.slice(at, at + POPS_AT_ONCE).map(({ pop }) => pop);
    await rollUpSome(store, table, some, begin, end);
    await breathe();
  }
  await setMark(store, table, end);
  return true;
}

async function nextBegin(store: Store, table: MeasuredTable, from: MeasuredTable, stepMs: number) {
  const mark = await store.read((db) =>
    db.selectFrom("facts").select("value").where("name", "=", MARK(table)).executeTakeFirst(),
  );
  // Intervals without a report are passed over at once.
  const first = await store.read((db) =>
    db
      .selectFrom(from)
      .select(({ fn }) => fn.min("at_ms").as("at"))
      .where("at_ms", ">=", Number(mark?.value ?? 0))
      .executeTakeFirst(),
  );
  const at = first?.at ?? undefined;
  return at === undefined ? undefined : at - (at % stepMs);
}

async function rollUpSome(store: Store, table: MeasuredTable, pops: readonly string[], begin: number, end: number) {
  const from = STEPS[table].from as MeasuredTable;
  const rows = await store.read((db) =>
    db
      .selectFrom(from)
      .selectAll()
      .where("pop", "in", pops)
      .where("at_ms", ">=", begin)
      .where("at_ms", "<", end)
      .orderBy("pop")
      .orderBy("at_ms")
      .execute(),
  );
  const reports = Map.groupBy(await unpackRows(store, rows), ({ pop }) => pop);
  const made = [...reports].map(([pop, told]) => ({ pop, ...rollUp(told) }));
  await store.write(async (tx) => {
    for (const { pop, cells, paths } of made) {
      const segments = cells.map(({ segment }) => segment);
      const hash = createHash("sha256").update(segments.join("\n")).digest("base64url");
      await tx
        .insertInto("layouts")
        .values({ hash, segments: JSON.stringify(segments) })
        .onConflict((conflict) => conflict.column("hash").doNothing())
        .execute();
      const { id } = await tx.selectFrom("layouts").select("id").where("hash", "=", hash).executeTakeFirstOrThrow();
      const row = { interval_ms: end - begin, layout: id, cells: packCells(cells), paths: packPaths(paths) };
      await tx
        .insertInto(table)
        .values({ pop, at_ms: begin, number: 0, ...row })
        .onConflict((conflict) => conflict.columns(["pop", "at_ms", "number"]).doUpdateSet(row))
        .execute();
    }
  });
}

async function setMark(store: Store, table: MeasuredTable, atMs: number): Promise<void> {
  const value = String(atMs);
  await store.write((tx) =>
    tx
      .insertInto("facts")
      .values({ name: MARK(table), value })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
      .execute(),
  );
}

/** Rows that one statement takes away. */
const ROWS_AT_ONCE = 2_000;

/** Takes away what is past its time. */
export async function forgetOld(store: Store, keep: Retention, breathe: () => Promise<void>): Promise<void> {
  const now = store.nowMs();
  for (const table of MEASURED_TABLES) {
    if (store.kind === "postgres") await dropPartitions(store, table, now - keep[table]);
    await forget(store, table, "at_ms", now - keep[table], breathe);
  }
  await forget(store, "events", "at_ms", now - keep.events, breathe);
  await forget(store, "journal", "at_ms", now - keep.journal, breathe);
  await forget(store, "audit", "at_ms", now - keep.audit, breathe);
  await forget(store, "counter_hours", "hour_ms", now - keep.counterHours, breathe);
  await forget(store, "answers", "at_ms", now - keep.answers, breathe);
}

async function forget(store: Store, table: string, column: string, before: number, breathe: () => Promise<void>) {
  const place = store.kind === "sqlite" ? "rowid" : "ctid";
  for (;;) {
    // Over PostgreSQL the old partitions are gone already; this is for rows that found none.
    const from = store.kind === "postgres" && table.startsWith("measured") ? `${table}_rest` : table;
    const gone = await store.write((tx) =>
      sql`delete from ${sql.table(from)} where ${sql.ref(place)} in
        (select ${sql.ref(place)} from ${sql.table(from)} where ${sql.ref(column)} < ${before} limit ${ROWS_AT_ONCE})`.execute(
        tx,
      ),
    );
    if ((gone.numAffectedRows ?? 0n) < BigInt(ROWS_AT_ONCE)) return;
    await breathe();
  }
}

/** Over PostgreSQL: partitions for now and the next while, made before they are needed. */
export async function preparePartitions(store: Store): Promise<void> {
  if (store.kind !== "postgres") return;
  for (const table of MEASURED_TABLES) {
    const { partitionMs } = STEPS[table];
    const now = store.nowMs();
    const first = now - (now % partitionMs);
    for (const begin of [first, first + partitionMs]) {
      const name = `${table}_${begin}`;
      const there = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(store.db);
      if (there.rows[0]?.there === true) continue;
      await store
        .write((tx) =>
          sql`create table if not exists ${sql.table(name)} partition of ${sql.table(table)}
            for values from (${sql.lit(begin)}) to (${sql.lit(begin + partitionMs)})`.execute(tx),
        )
        .catch((thrown: { code?: string }) => {
          // Rows of that time lie in the rest already, or another service was quicker: both are well.
          if (!["23514", "42P07", "42P17"].includes(thrown.code ?? "")) throw thrown;
        });
    }
  }
}

async function dropPartitions(store: Store, table: MeasuredTable, before: number): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits where inhparent = ${sql.lit(table)}::regclass`.execute(
    store.db,
  );
  for (const { name } of rows) {
    const begin = Number(/_(\d+)$/.exec(name)?.[1]);
    if (Number.isNaN(begin) || begin + STEPS[table].partitionMs > before) continue;
    await store.write((tx) => sql`drop table if exists ${sql.table(name)}`.execute(tx));
  }
}
