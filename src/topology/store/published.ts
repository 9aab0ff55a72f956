// What was decided for a group, kept in one transaction under the group's lease: desired documents, statuses, journal,
// events, and what the one who decides must remember.

import { LIMITS } from "../../base/limits.ts";
import type { PopDesired } from "../../wire/desired.ts";
import type { PolicyStatus } from "../../wire/policy.ts";
import { type EventToKeep, keepEvents } from "./events.ts";
import { holdLease, type Lease } from "./leases.ts";
import { nowMs, type Store, type Tell, type Tx } from "./store.ts";

export type Publication = {
  /** Without a version: the next one is given to those that say something new. */
  readonly documents: readonly Omit<PopDesired, "version">[];
  /** Those that changed. */
  readonly statuses: readonly PolicyStatus[];
  readonly journal: readonly string[];
  readonly events: readonly EventToKeep[];
  readonly memory?: string;
};

export function publish(store: Store, lease: Lease, group: string, what: Publication): Promise<void> {
  return store.write(async (tx, tell) => {
    await holdLease(store, tx, lease);
    const now = nowMs(store.clock);
    await keepDocuments(tx, what.documents, now, tell);
    await keepStatuses(tx, group, what.statuses, now, tell);
    for (let at = 0; at < what.journal.length; at += 500) {
      const lines = what.journal.slice(at, at + 500).map((line) => ({ group_name: group, at_ms: now, line }));
      await tx.insertInto("journal").values(lines).execute();
    }
    await keepEvents(store, tx, what.events, tell);
    if (what.memory !== undefined) {
      const row = { body: what.memory, at_ms: now };
      await tx
        .insertInto("memory")
        .values({ group_name: group, ...row })
        .onConflict((conflict) => conflict.column("group_name").doUpdateSet(row))
        .execute();
    }
  });
}

async function keepDocuments(tx: Tx, bodies: Publication["documents"], now: number, tell: Tell): Promise<void> {
  const told: (readonly [string, number])[] = [];
  for (const body of bodies) {
    const { pop } = body.settings;
    const last = await newest(tx, pop);
    // Whoever decides again after a restart says much that is known.
    if (last !== undefined && last.body === JSON.stringify({ version: last.version, ...body })) continue;
    const hearing = await tx.selectFrom("hearing").select("applied_version").where("pop", "=", pop).executeTakeFirst();
    const version = Math.max(last?.version ?? 0, hearing?.applied_version ?? 0) + 1;
    await keepVersion(tx, pop, version, JSON.stringify({ version, ...body }), now);
    told.push([pop, version]);
  }
  if (told.length > 0) tell({ topic: "desired", pops: told });
}

const newest = (tx: Tx, pop: string) =>
  tx.selectFrom("desired").selectAll().where("pop", "=", pop).orderBy("version", "desc").limit(1).executeTakeFirst();

async function keepVersion(tx: Tx, pop: string, version: number, body: string, now: number): Promise<void> {
  await tx.insertInto("desired").values({ pop, version, body, at_ms: now }).execute();
  await tx
    .deleteFrom("desired")
    .where("pop", "=", pop)
    .where("version", "<=", version - LIMITS.desiredKept)
    .execute();
}

/** The agent holds a version that this store never gave: a backup was restored. The same document goes above it. */
export async function overtake(tx: Tx, pop: string, held: number, now: number, tell: Tell): Promise<void> {
  const last = await newest(tx, pop);
  if (last === undefined || last.version >= held) return;
  const version = held + 1;
  const body = { ...(JSON.parse(last.body) as PopDesired), version };
  await keepVersion(tx, pop, version, JSON.stringify(body), now);
  tell({ topic: "desired", pops: [[pop, version]] });
}

async function keepStatuses(tx: Tx, group: string, statuses: readonly PolicyStatus[], now: number, tell: Tell) {
  for (const status of statuses) {
    const row = {
      group_name: group,
      state: status.state,
      body: JSON.stringify(status),
      since_ms: status.since,
      at_ms: now,
    };
    await tx
      .insertInto("statuses")
      .values({ policy: status.name, ...row })
      .onConflict((conflict) => conflict.column("policy").doUpdateSet(row))
      .execute();
  }
  if (statuses.length > 0) tell({ topic: "statuses", group });
}

/** Statuses of policies that are asked for no more go. */
export function forgetStatuses(store: Store, lease: Lease, group: string, asked: ReadonlySet<string>): Promise<void> {
  return store.write(async (tx, tell) => {
    await holdLease(store, tx, lease);
    const rows = await tx.selectFrom("statuses").select("policy").where("group_name", "=", group).execute();
    const gone = rows.map(({ policy }) => policy).filter((policy) => !asked.has(policy));
    if (gone.length === 0) return;
    for (const policy of gone) {
      await tx.deleteFrom("statuses").where("policy", "=", policy).where("group_name", "=", group).execute();
    }
    tell({ topic: "statuses", group });
  });
}

export async function desiredOf(store: Store, pop: string, version?: number): Promise<PopDesired | undefined> {
  const row = await store.read((db) => {
    const query = db.selectFrom("desired").select("body").where("pop", "=", pop);
    return (
      version === undefined ? query.orderBy("version", "desc").limit(1) : query.where("version", "=", version)
    ).executeTakeFirst();
  });
  return row && (JSON.parse(row.body) as PopDesired);
}

/** The newest version of each of these POPs' documents that was ever kept. */
export async function versionsOf(store: Store, pops: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (pops.length === 0) return new Map();
  const rows = await store.read((db) =>
    db
      .selectFrom("desired")
      .select(({ fn }) => ["pop", fn.max("version").as("version")])
      .where("pop", "in", pops)
      .groupBy("pop")
      .execute(),
  );
  return new Map(rows.map(({ pop, version }) => [pop, version]));
}

export type StatusesAsked = { readonly after?: string; readonly policy?: string; readonly limit: number };

export async function statusesOf(store: Store, asked: StatusesAsked): Promise<PolicyStatus[]> {
  const rows = await store.read((db) => {
    let query = db.selectFrom("statuses").select("body").orderBy("policy").limit(asked.limit);
    if (asked.after !== undefined) query = query.where("policy", ">", asked.after);
    if (asked.policy !== undefined) query = query.where("policy", "=", asked.policy);
    return query.execute();
  });
  return rows.map(({ body }) => JSON.parse(body) as PolicyStatus);
}

export async function statesOf(store: Store, group: string): Promise<{ name: string; state: string }[]> {
  const rows = await store.read((db) =>
    db.selectFrom("statuses").select(["policy", "state"]).where("group_name", "=", group).execute(),
  );
  return rows.map(({ policy, state }) => ({ name: policy, state }));
}

export async function memoryOf(store: Store, group: string): Promise<string | undefined> {
  const row = await store.read((db) =>
    db.selectFrom("memory").select("body").where("group_name", "=", group).executeTakeFirst(),
  );
  return row?.body;
}

export type JournalAsked = { readonly group?: string; readonly after?: number; readonly limit: number };
export type JournalRow = { readonly id: number; readonly group: string; readonly atMs: number; readonly line: string };

export async function journalOf(store: Store, asked: JournalAsked): Promise<JournalRow[]> {
  const rows = await store.read((db) => {
    let query = db.selectFrom("journal").selectAll().orderBy("id").limit(asked.limit);
    if (asked.group !== undefined) query = query.where("group_name", "=", asked.group);
    if (asked.after !== undefined) query = query.where("id", ">", asked.after);
    return query.execute();
  });
  return rows.map(({ id, group_name, at_ms, line }) => ({ id, group: group_name, atMs: at_ms, line }));
}

/** Lines of one policy's decisions, the newest first: those whose text names it, to be read before they are believed. */
export async function linesNaming(
  store: Store,
  policy: string,
  asked: { readonly before?: number; readonly sinceMs: number; readonly limit: number },
): Promise<JournalRow[]> {
  const rows = await store.read((db) => {
    let query = db
      .selectFrom("journal")
      .selectAll()
      .where("at_ms", ">=", asked.sinceMs)
      .where("line", "like", `%"policy":${JSON.stringify(policy)}%`)
      .orderBy("id", "desc")
      .limit(asked.limit);
    if (asked.before !== undefined) query = query.where("id", "<", asked.before);
    return query.execute();
  });
  return rows.map(({ id, group_name, at_ms, line }) => ({ id, group: group_name, atMs: at_ms, line }));
}
