// The embedded store: one file that only its owner may read, written ahead, on disk before anything is acknowledged.

import { closeSync, openSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";

export function openSqlite(path: string): DatabaseSync {
  return orUnusable(path, () => {
    // Made by us, so that its mode is tight from the first octet on; SQLite gives its companions the same.
    if (path !== ":memory:") closeSync(openSync(path, "a", 0o600));
    const db = new DatabaseSync(path, { timeout: LIMITS.storeBusyPollMs });
    db.exec("pragma journal_mode = wal");
    // FULL: a commit is on disk when it returns, also through a loss of power.
    db.exec("pragma synchronous = full");
    db.exec(`pragma journal_size_limit = ${LIMITS.storeLogMaxOctets}`);
    db.exec("pragma temp_store = memory");
    return db;
  });
}

/** A consistent copy of a store that may be in use meanwhile; the number of its pages. */
export async function backupSqlite(from: string, to: string): Promise<number> {
  const db = orUnusable(from, () => new DatabaseSync(from, { readOnly: true, timeout: LIMITS.storeBusyMs }));
  try {
    closeSync(orUnusable(to, () => openSync(to, "wx", 0o600)));
    return await backup(db, to, { rate: LIMITS.backupPagesAtOnce });
  } finally {
    db.close();
  }
}

function orUnusable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof SrwanError) throw thrown;
    throw new SrwanError("FILE_UNUSABLE", `${path}: ${(thrown as Error).message}`, {
      remedy: "Check the path, its permissions, and that it is a store of srwan.",
      cause: thrown,
    });
  }
}
