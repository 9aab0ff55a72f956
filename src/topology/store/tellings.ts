// Keeping what agents tell: many tellings of many agents in one transaction, each kept once however often it is told.
// Only when this has returned may an agent be told that something is kept.

import { type InsertObject, sql } from "kysely";
import type { Telling } from "../../wire/message.ts";
import { keepCounters } from "./counters.ts";
import { type EventToKeep, keepEvents } from "./events.ts";
import { ensureLayouts, measuredRow } from "./measured.ts";
import { nowMs, type Store, type Tx } from "./store.ts";
import type { Tables } from "./tables.ts";

export type Told = {
  readonly pop: string;
  readonly group: string;
  readonly start: string;
  readonly session: string;
  readonly telling: Telling;
};

export type Outcome = {
  /** Up to which number each agent's tellings are kept. */
  readonly heard: ReadonlyMap<string, number>;
  /** What was not kept before, in order. */
  readonly fresh: readonly Told[];
  /** Sessions that are not the newest of their POP: what they told was not kept. */
  readonly stale: ReadonlySet<string>;
};

/** In chunks, so that no statement has more parameters than a store takes. */
const ROWS = 500;

export async function keepTellings(store: Store, service: string, batch: readonly Told[]): Promise<Outcome> {
  await ensureLayouts(
    store,
    batch.flatMap(({ telling }) => (telling.kind === "measured" ? [telling] : [])),
  );
  return store.write(async (tx, tell) => {
    const before = await hearings(store, tx, [...new Set(batch.map(({ pop }) => pop))]);
    const stale = new Set<string>();
    const after = new Map<string, Hearing>();
    const first = new Map<string, number>();
    const fresh: Told[] = [];
    for (const told of batch) {
      const { pop, session, start, telling } = told;
      const at = after.get(pop) ?? before.get(pop);
      if (at === undefined || at.session !== session || at.start !== start) {
        stale.add(session);
        continue;
      }
      after.set(pop, at);
      if (telling.number <= at.heard) continue;
      fresh.push(told);
      if (!first.has(pop)) first.set(pop, telling.number);
      after.set(pop, heardOne(at, telling, nowMs(store.clock)));
    }
    await keepAll(store, tx, fresh, tell);
    const changed = [...after.values()].filter((one) => before.get(one.pop) !== one);
    for (const rows of chunks(changed)) await saveHearings(tx, rows);
    // It was taken for away: its service had been silent.
    for (const { pop, session } of changed) {
      if (before.get(pop)?.away_ms !== null) tell({ topic: "session", pop, service, session });
    }
    const pops = changed.map(({ pop, heard }) => [pop, first.get(pop) ?? heard, heard] as const);
    if (pops.length > 0) tell({ topic: "told", from: service, pops });
    return { heard: new Map([...after].map(([pop, { heard }]) => [pop, heard])), fresh, stale };
  });
}

type Hearing = Tables["hearing"];

async function hearings(store: Store, tx: Tx, pops: readonly string[]): Promise<Map<string, Hearing>> {
  const all = new Map<string, Hearing>();
  for (const some of chunks(pops)) {
    const asked = tx.selectFrom("hearing").selectAll().where("pop", "in", some).orderBy("pop");
    const rows = await (store.kind === "postgres" ? asked.forUpdate() : asked).execute();
    for (const row of rows) all.set(row.pop, row);
  }
  return all;
}

function heardOne(at: Hearing, telling: Telling, now: number): Hearing {
  const next = { ...at, heard: telling.number, seen_ms: now };
  if (telling.kind === "applied") return { ...next, applied_version: Math.max(at.applied_version, telling.version) };
  if (telling.kind !== "measured") return next;
  return { ...next, measured_ms: storedAtMs(telling.atMs, now), measured_number: telling.number };
}

/** An agent's clock may be anywhere; its rows are filed where they can be found. */
const DAY_MS = 86_400_000;
const storedAtMs = (toldMs: number, now: number): number => Math.min(Math.max(toldMs, now - DAY_MS), now + 60_000);

async function keepAll(store: Store, tx: Tx, fresh: readonly Told[], tell: Parameters<typeof keepEvents>[3]) {
  const now = nowMs(store.clock);
  const measured: InsertObject<Tables, "measured">[] = [];
  const applied = new Map<string, InsertObject<Tables, "applied">>();
  const contradictions: InsertObject<Tables, "contradictions">[] = [];
  const events: EventToKeep[] = [];
  for (const { pop, group, telling } of fresh) {
    const { number } = telling;
    if (telling.kind === "measured") measured.push(measuredRow(pop, storedAtMs(telling.atMs, now), telling));
    else if (telling.kind === "event") {
      events.push({ ...telling, pop, group, atMs: storedAtMs(telling.atMs, now) });
    } else if (telling.kind === "applied") {
      const { atMs, version } = telling;
      applied.set(pop, { pop, at_ms: storedAtMs(atMs, now), number, version, body: JSON.stringify(telling) });
    } else if (telling.kind === "contradiction") {
      const { member, evidence } = telling;
      const at_ms = storedAtMs(telling.atMs, now);
      contradictions.push({ reporter: pop, member, at_ms, evidence: JSON.stringify(evidence), number });
    } else await keepCounters(tx, pop, telling, storedAtMs(telling.atMs, now));
  }
  for (const rows of chunks(measured)) {
    await tx
      .insertInto("measured")
      .values(rows)
      .onConflict((conflict) => conflict.columns(["pop", "at_ms", "number"]).doNothing())
      .execute();
  }
  for (const rows of chunks([...applied.values()])) {
    await tx
      .insertInto("applied")
      .values(rows)
      .onConflict((conflict) =>
        conflict.column("pop").doUpdateSet(({ ref }) => ({
          at_ms: ref("excluded.at_ms"),
          number: ref("excluded.number"),
          version: ref("excluded.version"),
          body: ref("excluded.body"),
        })),
      )
      .execute();
  }
  for (const rows of chunks(contradictions)) await tx.insertInto("contradictions").values(rows).execute();
  await keepEvents(store, tx, events, tell);
}

async function saveHearings(tx: Tx, rows: readonly Hearing[]): Promise<void> {
  await tx
    .insertInto("hearing")
    .values(rows)
    .onConflict((conflict) =>
      conflict.column("pop").doUpdateSet(({ ref }) => ({
        heard: ref("excluded.heard"),
        seen_ms: ref("excluded.seen_ms"),
        applied_version: ref("excluded.applied_version"),
        measured_ms: ref("excluded.measured_ms"),
        measured_number: ref("excluded.measured_number"),
        away_ms: sql<null>`null`,
      })),
    )
    .execute();
}

function* chunks<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += ROWS) yield all.slice(at, at + ROWS);
}
