// Reads that overviews are made of: the newest word on each segment, how often something happened of late, reports as they
// were at a time, and every so many reports of a longer one.

import { sql } from "kysely";
import { type MeasuredReport, unpackRows } from "./measured.ts";
import type { Store } from "./store.ts";
import type { MeasuredTable } from "./tables.ts";

export type SegmentState = {
  readonly segment: string;
  readonly group: string;
  readonly state: "DEGRADED" | "DOWN";
  readonly trouble: string;
  readonly sinceMs: number;
};

/** Segments whose newest word is that they are not UP. What was said before a group's lease was taken is said anew. */
export async function troubledSegments(store: Store, sinceMs: number): Promise<SegmentState[]> {
  const rows = await store.read((db) =>
    db
      .selectFrom("events")
      .innerJoin("leases", (join) =>
        join.on(sql<boolean>`leases.name = 'group-' || events.group_name and events.at_ms >= leases.since_ms`),
      )
      .select(["events.id", "events.subject", "events.group_name", "events.type", "events.text", "events.at_ms"])
      .where("events.at_ms", ">=", sinceMs)
      .where("events.type", "in", ["segment-is-UP", "segment-is-DEGRADED", "segment-is-DOWN"])
      .orderBy("events.id")
      .execute(),
  );
  const newest = new Map(rows.map((row) => [row.subject, row]));
  return [...newest.values()].flatMap(({ subject, group_name, type, text, at_ms }) => {
    const state = type === "segment-is-DOWN" ? "DOWN" : type === "segment-is-DEGRADED" ? "DEGRADED" : undefined;
    if (state === undefined) return [];
    return [{ segment: subject, group: group_name ?? "", state, trouble: text, sinceMs: at_ms }];
  });
}

/** How often agents told of each type, by POP. */
export async function toldTimes(store: Store, type: string, sinceMs: number): Promise<ReadonlyMap<string, number>> {
  const rows = await store.read((db) =>
    db
      .selectFrom("events")
      .select(({ fn }) => ["pop", fn.countAll().as("times")])
      .where("at_ms", ">=", sinceMs)
      .where("type", "=", type)
      .where("pop", "is not", null)
      .groupBy("pop")
      .execute(),
  );
  return new Map(rows.map(({ pop, times }) => [pop ?? "", Number(times)]));
}

/** The last report of each POP between two times. */
export async function reportsUntil(
  store: Store,
  table: MeasuredTable,
  pops: readonly string[],
  fromMs: number,
  untilMs: number,
): Promise<MeasuredReport[]> {
  if (pops.length === 0) return [];
  const rows = await store.read((db) =>
    db
      .selectFrom(table)
      .innerJoin(
        db
          .selectFrom(table)
          .select(({ fn }) => ["pop as last_pop", fn.max("at_ms").as("last_ms")])
          .where("pop", "in", pops)
          .where("at_ms", ">=", fromMs)
          .where("at_ms", "<=", untilMs)
          .groupBy("pop")
          .as("last"),
        (join) => join.onRef("last.last_pop", "=", `${table}.pop`).onRef("last.last_ms", "=", `${table}.at_ms`),
      )
      .selectAll(table)
      .execute(),
  );
  return unpackRows(store, rows as never);
}

/** Reports of some POPs, one in each of `buckets` parts of the time. */
export async function thinned(
  store: Store,
  table: MeasuredTable,
  pops: readonly string[],
  fromMs: number,
  toMs: number,
  buckets: number,
): Promise<MeasuredReport[]> {
  if (pops.length === 0) return [];
  const bucketMs = Math.max(1, Math.ceil((toMs - fromMs) / buckets));
  const rows = await store.read((db) =>
    db
      .selectFrom(table)
      .innerJoin(
        db
          .selectFrom(table)
          .select(({ fn }) => ["pop as last_pop", fn.max("at_ms").as("last_ms")])
          .where("pop", "in", pops)
          .where("at_ms", ">=", fromMs)
          .where("at_ms", "<", toMs)
          .groupBy(["pop", sql`at_ms - at_ms % ${sql.lit(bucketMs)}`])
          .as("last"),
        (join) => join.onRef("last.last_pop", "=", `${table}.pop`).onRef("last.last_ms", "=", `${table}.at_ms`),
      )
      .selectAll(table)
      .orderBy(`${table}.at_ms`)
      .execute(),
  );
  return unpackRows(store, rows as never);
}
