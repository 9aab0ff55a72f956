// Totals that agents counted: the newest of each epoch, and where each stood at the end of every hour. A total never goes
// back within an epoch, whatever arrives late.

import { sql } from "kysely";
import type { Counters } from "../../wire/report.ts";
import type { Store, Tx } from "./store.ts";

const HOUR_MS = 3_600_000;
const ROWS = 500;

export async function keepCounters(tx: Tx, pop: string, { counters, bootMs }: Counters, atMs: number): Promise<void> {
  // One statement cannot change a row twice; the last of what was told twice counts.
  const single = new Map(counters.map((one) => [`${one.what} ${one.epoch} ${one.name}`, one]));
  const rows = [...single.values()].map(({ gapMs, ...one }) => ({
    pop,
    ...one,
    gap_ms: gapMs,
    boot_ms: bootMs,
    at_ms: atMs,
  }));
  const newer = {
    packets: sql<string>`excluded.packets`,
    octets: sql<string>`excluded.octets`,
    gap_ms: sql<number>`excluded.gap_ms`,
    boot_ms: sql<number>`excluded.boot_ms`,
    at_ms: sql<number>`excluded.at_ms`,
  };
  for (let at = 0; at < rows.length; at += ROWS) {
    const some = rows.slice(at, at + ROWS);
    await tx
      .insertInto("counters")
      .values(some)
      .onConflict((conflict) =>
        conflict
          .columns(["pop", "what", "name", "epoch"])
          .doUpdateSet(newer)
          .whereRef("counters.at_ms", "<=", sql.ref("excluded.at_ms")),
      )
      .execute();
    await tx
      .insertInto("counter_hours")
      .values(some.map((row) => ({ ...row, hour_ms: row.at_ms - (row.at_ms % HOUR_MS) })))
      .onConflict((conflict) =>
        conflict
          .columns(["pop", "what", "name", "epoch", "hour_ms"])
          .doUpdateSet(newer)
          .whereRef("counter_hours.at_ms", "<=", sql.ref("excluded.at_ms")),
      )
      .execute();
  }
}

export type Counted = {
  readonly pop: string;
  readonly what: string;
  readonly name: string;
  readonly epoch: number;
  readonly packets: string;
  readonly octets: string;
  readonly gapMs: number;
  readonly bootMs: number;
  readonly atMs: number;
  /** Where it is of one hour, when that began. */
  readonly hourMs?: number;
};

export type CountersAsked = {
  readonly pop?: string;
  readonly what?: string;
  readonly name?: string;
  readonly after?: readonly [string, string, string, number];
  readonly limit: number;
};

export async function countersOf(store: Store, asked: CountersAsked): Promise<Counted[]> {
  const rows = await store.read((db) => {
    let query = db
      .selectFrom("counters")
      .selectAll()
      .orderBy("pop")
      .orderBy("what")
      .orderBy("name")
      .orderBy("epoch")
      .limit(asked.limit);
    if (asked.pop !== undefined) query = query.where("pop", "=", asked.pop);
    if (asked.what !== undefined) query = query.where("what", "=", asked.what);
    if (asked.name !== undefined) query = query.where("name", "=", asked.name);
    const { after } = asked;
    if (after !== undefined) {
      query = query.where(sql<boolean>`(pop, what, name, epoch) > (${sql.join(after.map((one) => sql.val(one)))})`);
    }
    return query.execute();
  });
  return rows.map(({ gap_ms, boot_ms, at_ms, ...row }) => ({ ...row, gapMs: gap_ms, bootMs: boot_ms, atMs: at_ms }));
}

/** Totals at the end of each hour, the oldest first. */
export async function counterHours(store: Store, pop: string, sinceMs: number, limit: number): Promise<Counted[]> {
  const rows = await store.read((db) =>
    db
      .selectFrom("counter_hours")
      .selectAll()
      .where("pop", "=", pop)
      .where("hour_ms", ">=", sinceMs)
      .orderBy("hour_ms")
      .orderBy("what")
      .orderBy("name")
      .orderBy("epoch")
      .limit(limit)
      .execute(),
  );
  return rows.map(({ gap_ms, boot_ms, at_ms, hour_ms, ...row }) => ({
    ...row,
    gapMs: gap_ms,
    bootMs: boot_ms,
    atMs: at_ms,
    hourMs: hour_ms,
  }));
}
