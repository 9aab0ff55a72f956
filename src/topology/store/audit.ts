// Who did what, when, from where, and how it ended; and answers that are given again to whoever asks the same twice.

import type { ExpressionBuilder } from "kysely";
import { LIMITS } from "../../base/limits.ts";
import { plain } from "../../database/database.ts";
import { nowMs, type Store } from "./store.ts";
import type { Tables } from "./tables.ts";

export type AuditEntry = {
  readonly caller: string;
  readonly role: string;
  readonly address: string;
  readonly what: string;
  readonly subject: string;
  /** The status of the answer. */
  readonly outcome: number;
  readonly why: string;
};

export async function audit(store: Store, entry: AuditEntry): Promise<void> {
  await store.write((tx) =>
    tx
      .insertInto("audit")
      .values({ ...entry, subject: plain(entry.subject), why: plain(entry.why), at_ms: nowMs(store.clock) })
      .execute(),
  );
}

export type AuditRow = AuditEntry & { readonly id: number; readonly atMs: number };

/** The newest first. */
export async function auditOf(store: Store, before: number | undefined, limit: number): Promise<AuditRow[]> {
  const rows = await store.read((db) => {
    const query = db.selectFrom("audit").selectAll().orderBy("id", "desc").limit(limit);
    return (before === undefined ? query : query.where("id", "<", before)).execute();
  });
  return rows.map(({ at_ms, ...row }) => ({ ...row, atMs: at_ms }));
}

export type Answer = { readonly status: number; readonly body: string };

/**
 * What this caller's key stands for: a new request ("first"), one that is being answered ("under way"), one that was
 * answered, or another request than this ("other").
 */
export function claimAnswer(
  store: Store,
  caller: string,
  key: string,
  request: string,
): Promise<"first" | "under way" | "other" | Answer> {
  return store.write(async (tx) => {
    const now = nowMs(store.clock);
    const made = await tx
      .insertInto("answers")
      .values({ caller, key, request, status: null, body: null, at_ms: now })
      .onConflict((conflict) =>
        conflict
          .columns(["caller", "key"])
          .doUpdateSet({ at_ms: now })
          // Whoever was to answer is gone.
          .where("answers.status", "is", null)
          .where("answers.at_ms", "<", now - LIMITS.answerMs)
          .where("answers.request", "=", request),
      )
      .returning("key")
      .executeTakeFirst();
    if (made !== undefined) return "first";
    const row = await tx
      .selectFrom("answers")
      .selectAll()
      .where("caller", "=", caller)
      .where("key", "=", key)
      .executeTakeFirstOrThrow();
    if (row.request !== request) return "other";
    return row.status === null ? "under way" : { status: row.status, body: row.body ?? "" };
  });
}

export async function keepAnswer(store: Store, caller: string, key: string, answer: Answer | undefined): Promise<void> {
  await store.write(async (tx) => {
    const own = { caller, key };
    if (answer !== undefined) await tx.updateTable("answers").set(answer).where(sameAs(own)).execute();
    else await tx.deleteFrom("answers").where(sameAs(own)).execute();
  });
}

const sameAs =
  ({ caller, key }: { caller: string; key: string }) =>
  ({ and }: ExpressionBuilder<Tables, "answers">) =>
    and({ caller, key });
