// The WAN's configuration over time: a candidate that engineers edit, and commits, the last fifty of which are kept. A
// commit that waits for its confirmation goes back by itself, whichever service is there when its time is up.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { plain } from "../../database/database.ts";
import type { WanConfig } from "../../wire/policy.ts";
import { nowMs, type Store, type Tell, type Tx } from "./store.ts";
import type { Tables } from "./tables.ts";

export const EMPTY: WanConfig = { policies: [], maintenance: [] };

/** confirmed: stands; waiting: goes back unless it is confirmed; returned: went back. */
export type CommitState = "confirmed" | "waiting" | "returned";

export type Commit = {
  readonly id: number;
  readonly atMs: number;
  readonly by: string;
  readonly why: string;
  readonly state: CommitState;
  readonly confirmByMs: number | null;
  readonly settledBy: string | null;
  readonly settledMs: number | null;
  readonly config: WanConfig;
};

const commitOf = (row: Tables["commits"]): Commit => ({
  id: row.id,
  atMs: row.at_ms,
  by: row.made_by,
  why: row.why,
  state: row.state as CommitState,
  confirmByMs: row.confirm_by_ms,
  settledBy: row.settled_by,
  settledMs: row.settled_ms,
  config: JSON.parse(row.config),
});

export type Candidate = {
  readonly config: WanConfig;
  readonly etag: number;
  /** The commit it was edited from; 0 before the first. */
  readonly base: number;
  readonly by: string;
  readonly atMs: number;
};

/** The newest commit; one that says nothing where there is none yet. */
export async function running(db: Store["db"] | Tx): Promise<Commit> {
  const row = await db.selectFrom("commits").selectAll().orderBy("id", "desc").limit(1).executeTakeFirst();
  return row ? commitOf(row) : NOTHING;
}

const NOTHING: Commit = {
  id: 0,
  atMs: 0,
  by: "",
  why: "",
  state: "confirmed",
  confirmByMs: null,
  settledBy: null,
  settledMs: null,
  config: EMPTY,
};

export async function candidate(db: Store["db"] | Tx): Promise<Candidate> {
  const row = await db.selectFrom("candidate").selectAll().where("id", "=", 1).executeTakeFirst();
  if (row !== undefined) {
    return {
      config: JSON.parse(row.config),
      etag: row.etag,
      base: row.base,
      by: row.changed_by,
      atMs: row.changed_ms,
    };
  }
  const { id, config } = await running(db);
  return { config, etag: 0, base: id, by: "", atMs: 0 };
}

/** Whoever changes the configuration is alone while doing so. */
async function alone(store: Store, tx: Tx): Promise<void> {
  if (store.kind === "sqlite") return;
  await tx
    .insertInto("facts")
    .values({ name: CONFIG_LOCK, value: "" })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  await tx.selectFrom("facts").select("name").where("name", "=", CONFIG_LOCK).forUpdate().execute();
}
const CONFIG_LOCK = "config-lock";

/** Takes the candidate through `edit`; `etag` is what the editor saw, undefined where anything is overwritten. */
export function editCandidate(
  store: Store,
  by: string,
  etag: number | undefined,
  edit: (config: WanConfig) => WanConfig,
): Promise<Candidate> {
  return store.write(async (tx) => {
    await alone(store, tx);
    const before = await candidate(tx);
    if (etag !== undefined && etag !== before.etag) throw stale(before);
    return saveCandidate(store, tx, { ...before, config: edit(before.config), by });
  });
}

async function saveCandidate(store: Store, tx: Tx, next: Candidate): Promise<Candidate> {
  const after = { ...next, etag: next.etag + 1, atMs: nowMs(store.clock) };
  const row = {
    config: JSON.stringify(after.config),
    etag: after.etag,
    base: after.base,
    changed_by: after.by,
    changed_ms: after.atMs,
  };
  await tx
    .insertInto("candidate")
    .values({ id: 1, ...row })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
  return after;
}

const stale = ({ etag, by }: Candidate): SrwanError =>
  new SrwanError("CHANGE_STALE", `the candidate was changed meanwhile${by === "" ? "" : ` by ${by}`}`, {
    remedy: "Read it again, look at the difference, and edit anew.",
    details: { etag },
  });

export type NewCommit = {
  readonly by: string;
  readonly why: string;
  /** Goes back by itself after this, unless it is confirmed. */
  readonly confirmMs?: number;
  readonly etag?: number;
  /** Throws where the configuration says something that cannot be, or not after the one in force. */
  readonly check: (config: WanConfig, before: WanConfig) => void;
};

export function commitCandidate(store: Store, { by, why, confirmMs, etag, check }: NewCommit): Promise<Commit> {
  return store.write(async (tx, tell) => {
    await alone(store, tx);
    const [before, edited] = [await running(tx), await candidate(tx)];
    if (etag !== undefined && etag !== edited.etag) throw stale(edited);
    if (before.state === "waiting") throw waits(before);
    if (JSON.stringify(edited.config) === JSON.stringify(before.config)) throw same(before);
    check(edited.config, before.config);
    const made = await addCommit(store, tx, { before, config: edited.config, by, why, confirmMs }, tell);
    await saveCandidate(store, tx, { ...edited, base: made.id, by });
    return made;
  });
}

export type Edit = {
  readonly by: string;
  readonly why: string;
  /** The number of the commit that the editor saw in force; undefined where anything is changed. */
  readonly seen?: number;
  readonly edit: (config: WanConfig) => WanConfig;
  readonly check: (config: WanConfig) => void;
};

/**
 * Edits what is in force and commits it, all in one. Only while the candidate holds nobody's edits: they would be committed
 * along. The commit in force where the edit changes nothing.
 */
export function commitEdit(store: Store, { by, why, seen, edit, check }: Edit): Promise<Commit> {
  return store.write(async (tx, tell) => {
    await alone(store, tx);
    const [before, edited] = [await running(tx), await candidate(tx)];
    if (seen !== undefined && seen !== before.id) throw staleRunning(before);
    const config = edit(before.config);
    if (JSON.stringify(config) === JSON.stringify(before.config)) return before;
    if (before.state === "waiting") throw waits(before);
    if (JSON.stringify(edited.config) !== JSON.stringify(before.config)) throw open(edited);
    check(config);
    const made = await addCommit(store, tx, { before, config, by, why, confirmMs: undefined }, tell);
    await saveCandidate(store, tx, { ...edited, config, base: made.id, by });
    return made;
  });
}

const staleRunning = ({ id, by }: Commit): SrwanError =>
  new SrwanError("CHANGE_STALE", `commit ${id} by ${by} is in force now`, {
    remedy: "Read it again, look at the difference, and edit anew.",
    details: { etag: id },
  });

const open = ({ by }: Candidate): SrwanError =>
  new SrwanError("CHANGE_OPEN", `the candidate holds edits${by === "" ? "" : ` of ${by}`} that were not committed`, {
    remedy: "Commit them or take them back (srwan diff shows them); or edit the candidate itself.",
  });

type Addition = {
  readonly before: Commit;
  readonly config: WanConfig;
  readonly by: string;
  readonly why: string;
  readonly confirmMs: number | undefined;
};

async function addCommit(store: Store, tx: Tx, { before, config, by, why, confirmMs }: Addition, tell: Tell) {
  const now = nowMs(store.clock);
  const row = {
    id: before.id + 1,
    at_ms: now,
    made_by: by,
    why: plain(why),
    config: JSON.stringify(config),
    state: confirmMs === undefined ? "confirmed" : "waiting",
    confirm_by_ms: confirmMs === undefined ? null : now + confirmMs,
    settled_by: null,
    settled_ms: null,
  } as const;
  await tx.insertInto("commits").values(row).execute();
  await tx
    .deleteFrom("commits")
    .where("id", "<=", row.id - LIMITS.commitsKept)
    .execute();
  tell({ topic: "config" });
  return commitOf(row);
}

const waits = ({ id, confirmByMs }: Commit): SrwanError =>
  new SrwanError(
    "CHANGE_WAITS",
    `commit ${id} waits to be confirmed until ${new Date(confirmByMs ?? 0).toISOString()}`,
    {
      remedy: "Confirm it (srwan confirm), or let it go back at once (srwan rollback 1).",
      details: { commit: id },
    },
  );

const same = ({ id }: Commit): SrwanError =>
  new SrwanError("CHANGE_EMPTY", `the candidate says what commit ${id} says`, {
    remedy: "Edit the candidate first; `srwan diff` shows the difference.",
  });

/** `id`: of the commit that is meant, where the caller knows. */
export function confirm(store: Store, by: string, id?: number): Promise<Commit> {
  return store.write(async (tx, tell) => {
    await alone(store, tx);
    const before = await running(tx);
    if (id !== undefined && id !== before.id) {
      throw new SrwanError("CHANGE_STALE", `commit ${before.id} is in force, not ${id}`, {
        remedy: "Look at what is in force now before it is confirmed.",
        details: { etag: before.id },
      });
    }
    if (before.state !== "waiting") {
      throw new SrwanError("CHANGE_SETTLED", `commit ${before.id} does not wait to be confirmed`, {
        remedy: "Nothing is to be done. If it went back, its time was up: commit again.",
        details: { commit: before.id },
      });
    }
    const settled = { state: "confirmed", settled_by: by, settled_ms: nowMs(store.clock) } as const;
    await tx.updateTable("commits").set(settled).where("id", "=", before.id).execute();
    tell({ topic: "config" });
    return { ...before, state: "confirmed", settledBy: by, settledMs: settled.settled_ms };
  });
}

/** What goes back now: the commit that waited and the one that undid it. Undefined where none is due. */
export function returnOverdue(store: Store): Promise<Returned | undefined> {
  return store.write(async (tx, tell) => {
    const first = await running(tx);
    if (!isDue(store, first)) return undefined;
    await alone(store, tx);
    const waiting = await running(tx);
    if (!isDue(store, waiting)) return undefined;
    return goBack(store, tx, waiting, "srwan", `commit ${waiting.id} was not confirmed in time`, tell);
  });
}

export type Returned = { readonly waited: Commit; readonly now: Commit };

const isDue = (store: Store, { state, confirmByMs }: Commit): boolean =>
  state === "waiting" && confirmByMs !== null && confirmByMs <= nowMs(store.clock);

async function goBack(store: Store, tx: Tx, waited: Commit, by: string, why: string, tell: Tell): Promise<Returned> {
  const settled = { state: "returned", settled_by: by, settled_ms: nowMs(store.clock) } as const;
  await tx.updateTable("commits").set(settled).where("id", "=", waited.id).execute();
  const row = await tx
    .selectFrom("commits")
    .selectAll()
    .where("id", "=", waited.id - 1)
    .executeTakeFirst();
  const config = row === undefined ? EMPTY : commitOf(row).config;
  const now = await addCommit(store, tx, { before: waited, config, by, why, confirmMs: undefined }, tell);
  // Whoever edits goes on where they are: from here `diff` shows again what was taken back.
  const edited = await candidate(tx);
  await saveCandidate(store, tx, { ...edited, base: now.id });
  return { waited, now };
}

/**
 * The candidate says what the commit so many back said; 0 is the newest. Where the newest waits to be confirmed, going
 * back one is at once what its time would do.
 */
export function rollback(
  store: Store,
  by: string,
  back: number,
  etag?: number,
): Promise<{ candidate: Candidate; returned?: Returned }> {
  return store.write(async (tx, tell) => {
    await alone(store, tx);
    const found = await candidate(tx);
    if (etag !== undefined && etag !== found.etag) throw stale(found);
    const newest = await running(tx);
    if (newest.state === "waiting" && back === 1) {
      const returned = await goBack(store, tx, newest, by, `commit ${newest.id} was taken back`, tell);
      const edited = await candidate(tx);
      const config = returned.now.config;
      return { candidate: await saveCandidate(store, tx, { ...edited, config, base: returned.now.id, by }), returned };
    }
    const id = newest.id - back;
    const row = await tx.selectFrom("commits").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined && id !== 0) {
      throw new SrwanError("NOT_THERE", `there is no commit ${back} before commit ${newest.id}`, {
        remedy: `Go back by 0 to ${Math.min(newest.id, LIMITS.commitsKept - 1)}; srwan commits lists them.`,
      });
    }
    const config = row === undefined ? EMPTY : commitOf(row).config;
    const edited = await candidate(tx);
    return { candidate: await saveCandidate(store, tx, { ...edited, config, base: newest.id, by }) };
  });
}

/** The newest first. */
export async function commitsOf(store: Store, before: number | undefined, limit: number): Promise<Commit[]> {
  const rows = await store.read((db) => {
    const query = db.selectFrom("commits").selectAll().orderBy("id", "desc").limit(limit);
    return (before === undefined ? query : query.where("id", "<", before)).execute();
  });
  return rows.map(commitOf);
}

export async function commitById(store: Store, id: number): Promise<Commit | undefined> {
  const row = await store.read((db) => db.selectFrom("commits").selectAll().where("id", "=", id).executeTakeFirst());
  return row && commitOf(row);
}
