// Which agent speaks to which service, and how far it was heard. A session is a fence: of two services that both believe
// an agent speaks to them, only the one of the newest session can keep anything for it.

import type { Kysely } from "kysely";
import { overtake } from "./published.ts";
import { nowMs, type Store, type Tell, type Tx } from "./store.ts";
import type { Tables } from "./tables.ts";

export type Session = {
  readonly pop: string;
  readonly start: string;
  readonly session: string;
  readonly service: string;
  /** Of the desired document that the agent holds. */
  readonly version: number;
};

/** Within the transaction that greets it; the number of the last telling of this start that is kept. */
export async function noteSession(
  store: Store,
  tx: Tx,
  tell: Tell,
  { pop, start, session, service, version }: Session,
): Promise<number> {
  const asked = tx.selectFrom("hearing").selectAll().where("pop", "=", pop);
  // The older session may be keeping something just now: what it kept counts.
  const before = await (store.kind === "postgres" ? asked.forUpdate() : asked).executeTakeFirst();
  const heard = before?.start === start ? before.heard : 0;
  const now = nowMs(store.clock);
  const applied_version = Math.max(version, before?.applied_version ?? 0);
  const row = { start, heard, session, service, since_ms: now, seen_ms: now, away_ms: null, applied_version };
  await tx
    .insertInto("hearing")
    .values({ pop, ...row, measured_ms: null, measured_number: null })
    .onConflict((conflict) => conflict.column("pop").doUpdateSet(row))
    .execute();
  tell({ topic: "session", pop, service, session });
  await overtake(tx, pop, version, now, tell);
  return heard;
}

export const openSession = (store: Store, session: Session): Promise<number> =>
  store.write((tx, tell) => noteSession(store, tx, tell, session));

/** The agent is away, unless a newer session has begun. */
export function closeSession(store: Store, pop: string, session: string): Promise<boolean> {
  return store.write((tx, tell) => away(store, tx, tell, pop, session));
}

async function away(store: Store, tx: Tx, tell: Tell, pop: string, session: string): Promise<boolean> {
  const ended = await tx
    .updateTable("hearing")
    .set({ away_ms: nowMs(store.clock) })
    .where("pop", "=", pop)
    .where("session", "=", session)
    .where("away_ms", "is", null)
    .returning("pop")
    .executeTakeFirst();
  if (ended === undefined) return false;
  tell({ topic: "session", pop, service: "", session: "" });
  return true;
}

/** Agents of services that are gone without a word; gives back who they were. */
export function closeOrphans(store: Store, alive: readonly string[]): Promise<string[]> {
  return store.write(async (tx, tell) => {
    const found = await tx
      .selectFrom("hearing")
      .select(["pop", "session"])
      .where("away_ms", "is", null)
      .where("service", "not in", [...alive, ""])
      .execute();
    const ended: string[] = [];
    for (const { pop, session } of found) if (await away(store, tx, tell, pop, session)) ended.push(pop);
    return ended;
  });
}

/** Whether it is still that POP's, and not one of who had the name before; for a change, within its transaction. */
export async function isNewest(db: Kysely<Tables>, pop: string, session: string): Promise<boolean> {
  const row = await db.selectFrom("hearing").select("session").where("pop", "=", pop).executeTakeFirst();
  return row?.session === session;
}

/** The newest session of each POP that speaks to this service. */
export async function sessionsAt(store: Store, service: string): Promise<ReadonlyMap<string, string>> {
  const rows = await store.read((db) =>
    db.selectFrom("hearing").select(["pop", "session"]).where("service", "=", service).execute(),
  );
  return new Map(rows.map(({ pop, session }) => [pop, session]));
}

export type Presence = {
  readonly pop: string;
  readonly service: string;
  readonly sinceMs: number;
  readonly seenMs: number;
  readonly awayMs: number | null;
  readonly appliedVersion: number;
};

/** Undefined for a POP that never spoke. */
export async function presences(store: Store, pops: readonly string[]): Promise<ReadonlyMap<string, Presence>> {
  if (pops.length === 0) return new Map();
  const rows = await store.read((db) => db.selectFrom("hearing").selectAll().where("pop", "in", pops).execute());
  return new Map(
    rows.map((row) => [
      row.pop,
      {
        pop: row.pop,
        service: row.service,
        sinceMs: row.since_ms,
        seenMs: row.seen_ms,
        awayMs: row.away_ms,
        appliedVersion: row.applied_version,
      },
    ]),
  );
}
