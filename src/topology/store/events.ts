// What happened, in the order in which it was kept: of agents, and of the service itself.

import { sql } from "kysely";
import { plain } from "../../database/database.ts";
import type { Store, Tell, Tx } from "./store.ts";

export type EventToKeep = {
  readonly pop: string | null;
  readonly group: string | null;
  readonly atMs: number;
  readonly type: string;
  readonly subject: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Which of the POP's tellings it was. */
  readonly number?: number;
};

export type KeptEvent = EventToKeep & { readonly id: number };

/** Held while events are kept, so that their numbers are in the order in which they can be seen. */
const EVENTS_LOCK = 7_177_002;

export async function keepEvents(store: Store, tx: Tx, events: readonly EventToKeep[], tell: Tell): Promise<void> {
  if (events.length === 0) return;
  if (store.kind === "postgres") await sql`select pg_advisory_xact_lock(${sql.lit(EVENTS_LOCK)})`.execute(tx);
  const rows = events.map(({ atMs, group, data, number, pop, type, subject, text }) => ({
    at_ms: atMs,
    pop,
    group_name: group,
    type,
    subject: plain(subject),
    text: plain(text),
    data: JSON.stringify(data),
    number: number ?? null,
  }));
  const ids: number[] = [];
  for (let at = 0; at < rows.length; at += 500) {
    const made = await tx
      .insertInto("events")
      .values(rows.slice(at, at + 500))
      .returning("id")
      .execute();
    for (const { id } of made) ids.push(id);
  }
  tell({ topic: "events", first: Math.min(...ids), last: Math.max(...ids) });
}

export type EventsAsked = {
  readonly after?: number;
  readonly before?: number;
  readonly last?: number;
  readonly pop?: string;
  readonly type?: string;
  readonly subject?: string;
  readonly limit: number;
  /** The newest first. */
  readonly newest?: boolean;
};

export async function eventsOf(store: Store, asked: EventsAsked): Promise<KeptEvent[]> {
  const rows = await store.read((db) => {
    let query = db
      .selectFrom("events")
      .selectAll()
      .orderBy("id", asked.newest ? "desc" : "asc")
      .limit(asked.limit);
    if (asked.after !== undefined) query = query.where("id", ">", asked.after);
    if (asked.before !== undefined) query = query.where("id", "<", asked.before);
    if (asked.last !== undefined) query = query.where("id", "<=", asked.last);
    if (asked.pop !== undefined) query = query.where("pop", "=", asked.pop);
    if (asked.type !== undefined) query = query.where("type", "=", asked.type);
    if (asked.subject !== undefined) query = query.where("subject", "=", asked.subject);
    return query.execute();
  });
  return rows.map(({ at_ms, group_name, data, number, ...row }) => ({
    ...row,
    atMs: at_ms,
    group: group_name,
    data: JSON.parse(data),
    ...(number === null ? {} : { number }),
  }));
}
