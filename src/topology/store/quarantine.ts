// POPs that are set apart, with the evidence, and what others said against them.

import { plain } from "../../database/database.ts";
import { nowMs, type Store } from "./store.ts";

export type Quarantined = {
  readonly id: number;
  readonly pop: string;
  readonly sinceMs: number;
  readonly why: string;
  readonly evidence: readonly string[];
  readonly by: string;
  readonly releasedMs: number | null;
  readonly releasedBy: string | null;
};

/** Who is in it already stays as it is. */
export function quarantine(
  store: Store,
  pop: string,
  why: string,
  evidence: readonly string[],
  by: string,
): Promise<void> {
  return store.write(async (tx, tell) => {
    const there = await tx
      .selectFrom("quarantine")
      .select("id")
      .where("pop", "=", pop)
      .where("released_ms", "is", null)
      .executeTakeFirst();
    if (there !== undefined) return;
    await tx
      .insertInto("quarantine")
      .values({
        pop,
        since_ms: nowMs(store.clock),
        why: plain(why),
        evidence: JSON.stringify(evidence),
        put_by: by,
        released_ms: null,
        released_by: null,
      })
      .execute();
    const row = await tx.selectFrom("pops").select("group_name").where("name", "=", pop).executeTakeFirst();
    if (row) tell({ topic: "pops", group: row.group_name });
  });
}

export function release(store: Store, pop: string, by: string): Promise<boolean> {
  return store.write(async (tx, tell) => {
    const done = await tx
      .updateTable("quarantine")
      .set({ released_ms: nowMs(store.clock), released_by: by })
      .where("pop", "=", pop)
      .where("released_ms", "is", null)
      .returning("id")
      .executeTakeFirst();
    const row = await tx.selectFrom("pops").select("group_name").where("name", "=", pop).executeTakeFirst();
    if (done && row) tell({ topic: "pops", group: row.group_name });
    return done !== undefined;
  });
}

export async function quarantined(store: Store, past: boolean, after: number, limit: number): Promise<Quarantined[]> {
  const rows = await store.read((db) => {
    const query = db.selectFrom("quarantine").selectAll().where("id", ">", after).orderBy("id").limit(limit);
    return (past ? query : query.where("released_ms", "is", null)).execute();
  });
  return rows.map((row) => ({
    id: row.id,
    pop: row.pop,
    sinceMs: row.since_ms,
    why: row.why,
    evidence: JSON.parse(row.evidence),
    by: row.put_by,
    releasedMs: row.released_ms,
    releasedBy: row.released_by,
  }));
}

export type Accusation = {
  readonly reporter: string;
  readonly atMs: number;
  readonly evidence: readonly string[];
};

/** What was said against a POP, the newest first. */
export async function accusations(store: Store, member: string, limit: number): Promise<Accusation[]> {
  const rows = await store.read((db) =>
    db
      .selectFrom("contradictions")
      .selectAll()
      .where("member", "=", member)
      .orderBy("at_ms", "desc")
      .limit(limit)
      .execute(),
  );
  return rows.map(({ reporter, at_ms, evidence }) => ({ reporter, atMs: at_ms, evidence: JSON.parse(evidence) }));
}
