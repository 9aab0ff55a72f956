// Tellings as they were told, for whoever decides and was not the one who heard them.

import type { Telling } from "../../wire/message.ts";
import { unpackRows } from "./measured.ts";
import type { Store } from "./store.ts";
import type { Tables } from "./tables.ts";

export type Retold = { readonly pop: string; readonly telling: Telling; readonly atMs: number };

/** A report older than this is of no use to a decision. */
const RECENT_MS = 120_000;

/** What a decision may need of one POP's tellings from this number to that. */
export async function retold(store: Store, pop: string, first: number, last: number): Promise<Retold[]> {
  const since = store.nowMs() - RECENT_MS;
  const rows = await store.read((db) =>
    db
      .selectFrom("measured")
      .selectAll()
      .where("pop", "=", pop)
      .where("at_ms", ">=", since)
      .where("number", ">=", first)
      .where("number", "<=", last)
      .orderBy("number")
      .execute(),
  );
  const applied = await store.read((db) =>
    db
      .selectFrom("applied")
      .selectAll()
      .where("pop", "=", pop)
      .where("number", ">=", first)
      .where("number", "<=", last)
      .execute(),
  );
  const against = await store.read((db) =>
    db
      .selectFrom("contradictions")
      .selectAll()
      .where("reporter", "=", pop)
      .where("at_ms", ">=", since)
      .where("number", ">=", first)
      .where("number", "<=", last)
      .execute(),
  );
  return [...(await reports(store, rows)), ...applied.map(appliedOf), ...against.map(contradictionOf)];
}

/** The last answers of these POPs, however old, and their reports since then. */
export async function retoldSince(store: Store, pops: readonly string[], sinceMs: number): Promise<Retold[]> {
  if (pops.length === 0) return [];
  const rows = await store.read((db) =>
    db
      .selectFrom("measured")
      .selectAll()
      .where("pop", "in", pops)
      .where("at_ms", ">=", sinceMs)
      .orderBy("at_ms")
      .execute(),
  );
  const applied = await store.read((db) => db.selectFrom("applied").selectAll().where("pop", "in", pops).execute());
  return [...applied.map(appliedOf), ...(await reports(store, rows))];
}

async function reports(store: Store, rows: readonly Tables["measured"][]): Promise<Retold[]> {
  const unpacked = await unpackRows(store, rows);
  return unpacked.map(({ pop, number, atMs, intervalMs, cells, paths }) => ({
    pop,
    atMs,
    telling: { kind: "measured", number, atMs, intervalMs, cells: [...cells], paths: [...paths] },
  }));
}

const appliedOf = ({ pop, at_ms, body }: Tables["applied"]): Retold => ({
  pop,
  atMs: at_ms,
  telling: JSON.parse(body),
});

const contradictionOf = ({
  reporter,
  member,
  at_ms,
  evidence,
  number,
}: Omit<Tables["contradictions"], "id">): Retold => ({
  pop: reporter,
  atMs: at_ms,
  telling: { kind: "contradiction", number, atMs: at_ms, member, evidence: JSON.parse(evidence) },
});
