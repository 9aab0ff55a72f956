// Tokens that POPs join with, once, and tokens that people and programs call with. Only a digest is kept: whoever reads
// the store can use none of them.

import { createHash, timingSafeEqual } from "node:crypto";
import { nowMs, type Store, type Tell, type Tx } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Tokens are 256 random bits, so a plain digest is as good as a slow one. */
export const digest = (secret: string): string => createHash("sha256").update(secret).digest("base64url");

export function isOfDigest(secret: string, hash: string): boolean {
  const [a, b] = [Buffer.from(digest(secret)), Buffer.from(hash)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export type JoinToken = {
  readonly id: string;
  readonly pop: string | null;
  readonly group: string | null;
  readonly madeBy: string;
  readonly madeMs: number;
  readonly expiresMs: number;
  readonly usedMs: number | null;
  readonly usedPop: string | null;
};

export type NewJoinToken = {
  readonly id: string;
  readonly secret: string;
  readonly pop: string | null;
  readonly group: string | null;
  readonly madeBy: string;
  readonly expiresMs: number;
};

export async function addJoinToken(store: Store, token: NewJoinToken): Promise<void> {
  const { id, secret, pop, group, madeBy, expiresMs } = token;
  await store.write((tx) =>
    tx
      .insertInto("join_tokens")
      .values({
        id,
        hash: digest(secret),
        pop,
        group_name: group,
        made_by: madeBy,
        made_ms: nowMs(store.clock),
        expires_ms: expiresMs,
        used_ms: null,
        used_pop: null,
        used_key: null,
      })
      .execute(),
  );
}

/** Within the transaction that uses it; over PostgreSQL nobody else can use it meanwhile. */
export async function joinTokenOf(store: Store, tx: Tx, id: string): Promise<Tables["join_tokens"] | undefined> {
  const asked = tx.selectFrom("join_tokens").selectAll().where("id", "=", id);
  return (store.kind === "postgres" ? asked.forUpdate() : asked).executeTakeFirst();
}

/** A POP that was removed does not come back by the token that it had joined with. */
export async function endUses(tx: Tx, pop: string): Promise<void> {
  await tx.updateTable("join_tokens").set({ used_key: null }).where("used_pop", "=", pop).execute();
}

export async function joinTokens(store: Store, after: string, limit: number): Promise<JoinToken[]> {
  const rows = await store.read((db) =>
    db.selectFrom("join_tokens").selectAll().where("id", ">", after).orderBy("id").limit(limit).execute(),
  );
  return rows.map((row) => ({
    id: row.id,
    pop: row.pop,
    group: row.group_name,
    madeBy: row.made_by,
    madeMs: row.made_ms,
    expiresMs: row.expires_ms,
    usedMs: row.used_ms,
    usedPop: row.used_pop,
  }));
}

export async function removeJoinToken(store: Store, id: string): Promise<boolean> {
  const gone = await store.write((tx) =>
    tx.deleteFrom("join_tokens").where("id", "=", id).returning("id").executeTakeFirst(),
  );
  return gone !== undefined;
}

export type AccessToken = {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly madeBy: string;
  readonly madeMs: number;
  readonly expiresMs: number | null;
  readonly revokedMs: number | null;
};

const accessToken = (row: Tables["access_tokens"]): AccessToken => ({
  id: row.id,
  name: row.name,
  role: row.role,
  madeBy: row.made_by,
  madeMs: row.made_ms,
  expiresMs: row.expires_ms,
  revokedMs: row.revoked_ms,
});

export type NewAccessToken = Pick<AccessToken, "id" | "name" | "role" | "madeBy" | "expiresMs"> & {
  readonly secret: string;
};

export async function addAccessToken(store: Store, token: NewAccessToken): Promise<void> {
  await store.write((tx) =>
    tx
      .insertInto("access_tokens")
      .values({
        id: token.id,
        hash: digest(token.secret),
        name: token.name,
        role: token.role,
        made_by: token.madeBy,
        made_ms: nowMs(store.clock),
        expires_ms: token.expiresMs,
        revoked_ms: null,
      })
      .execute(),
  );
}

/** Undefined where there is none, it has ended, or the secret is not its own. */
export async function accessOf(store: Store, id: string, secret: string): Promise<AccessToken | undefined> {
  const row = await store.read((db) =>
    db.selectFrom("access_tokens").selectAll().where("id", "=", id).executeTakeFirst(),
  );
  if (row === undefined || !isOfDigest(secret, row.hash) || row.revoked_ms !== null) return undefined;
  if (row.expires_ms !== null && row.expires_ms <= nowMs(store.clock)) return undefined;
  return accessToken(row);
}

export async function accessTokens(store: Store, after: string, limit: number): Promise<AccessToken[]> {
  const rows = await store.read((db) =>
    db.selectFrom("access_tokens").selectAll().where("id", ">", after).orderBy("id").limit(limit).execute(),
  );
  return rows.map(accessToken);
}

export function revokeAccess(store: Store, id: string): Promise<boolean> {
  return store.write(async (tx: Tx, tell: Tell) => {
    const done = await tx
      .updateTable("access_tokens")
      .set({ revoked_ms: nowMs(store.clock) })
      .where("id", "=", id)
      .where("revoked_ms", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (done !== undefined) tell({ topic: "tokens" });
    return done !== undefined;
  });
}

/** Which of these tokens may still be called with. */
export async function standingTokens(store: Store, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const now = nowMs(store.clock);
  const rows = await store.read((db) =>
    db
      .selectFrom("access_tokens")
      .selectAll()
      .where("id", "in", [...ids])
      .where("revoked_ms", "is", null)
      .execute(),
  );
  return new Set(rows.flatMap(({ id, expires_ms }) => (expires_ms === null || expires_ms > now ? [id] : [])));
}
