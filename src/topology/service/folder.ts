// The service's folder: its authority's key, the first operator's token, the embedded store. Only its owner may look.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { SrwanError } from "../../base/errors.ts";
import { privateFolder } from "../../base/private.ts";
import type { Store } from "../store/store.ts";
import { addAccessToken } from "../store/tokens.ts";
import { Authority } from "./authority.ts";
import { newAccessToken } from "./secrets.ts";

export const AUTHORITY_FILE = "authority.pem";
export const TOKEN_FILE = "operator.token";
export const STORE_FILE = "store.db";

export const openFolder = (path: string): void =>
  privateFolder(path, "Give --folder one of its own, that this user may write and others may not.");

/** Whole on disk under its name, or not there. */
function writeNew(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The authority of this store: the one of the folder, made where neither has one yet. */
export async function openAuthority(folder: string, store: Store): Promise<Authority> {
  const path = join(folder, AUTHORITY_FILE);
  const isNew = !existsSync(path);
  const authority = isNew ? await Authority.create(store.nowMs()) : await readAuthority(path);
  const settled = await store.write(async (tx) => {
    await tx
      .insertInto("facts")
      .values({ name: "authority", value: authority.digest })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    const row = await tx.selectFrom("facts").select("value").where("name", "=", "authority").executeTakeFirstOrThrow();
    return row.value;
  });
  if (settled !== authority.digest) {
    throw new SrwanError("AUTHORITY_UNUSABLE", `${path} is not the authority that this store's POPs trust`, {
      remedy: `Copy ${AUTHORITY_FILE} from the service that began the store, or from its backup.`,
    });
  }
  if (isNew) writeNew(path, authority.text);
  return authority;
}

async function readAuthority(path: string): Promise<Authority> {
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new SrwanError("AUTHORITY_UNUSABLE", `${path} can be read by others than its owner`, {
      remedy: `Find out who may have read the key, then: chmod 600 ${path}`,
    });
  }
  return Authority.read(readFileSync(path, "utf8"), path);
}

/** Where nobody may run the service yet, somebody on its machine may. */
export async function firstToken(folder: string, store: Store): Promise<void> {
  const path = join(folder, TOKEN_FILE);
  const { id, secret, text } = newAccessToken();
  const any = await store.read((db) =>
    db
      .selectFrom("access_tokens")
      .select("id")
      .where("role", "=", "operator")
      .where("revoked_ms", "is", null)
      .limit(1)
      .executeTakeFirst(),
  );
  if (any !== undefined || existsSync(path)) return;
  writeNew(path, `${text}\n`);
  await addAccessToken(store, {
    id,
    secret,
    name: "first-operator",
    role: "operator",
    madeBy: "srwan",
    expiresMs: null,
  });
}
