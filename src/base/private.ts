// Files and folders of secrets: made so that nobody else looks into them, refused where somebody else may.

import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { SrwanError } from "./errors.ts";

const [STICKY, WRITABLE_BY_OTHERS] = [0o1000, 0o022];

/** Whom a file of a secret is closed to: all but its owner, or all but its owner and its group. */
const BITS = { owner: 0o077, group: 0o007 } as const;

/** What we write ourselves is the owner's alone; what a person put there may be of a group, as packages have it. */
export function refuseExposed(path: string, what: string, to: keyof typeof BITS = "group"): void {
  const { mode } = statSync(path);
  if ((mode & BITS[to]) === 0) return;
  throw new SrwanError("KEY_EXPOSED", `${path}: other users of this machine may read ${what}`, {
    remedy: `Find out who may have read it, and change it if need be; then: chmod ${to === "owner" ? "600" : "o-rwx"} ${path}`,
    details: { file: path },
  });
}

/**
 * A folder that is for this alone. Into one that others may write they could put files of their own: ours is closed, and
 * another's, or one that is shared as /tmp is, refused.
 */
export function privateFolder(path: string, remedy: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { mode, uid } = statSync(path);
    if ((mode & WRITABLE_BY_OTHERS) === 0) return;
    if ((mode & STICKY) !== 0 || uid !== process.getuid?.()) throw new Error("other users may write into it");
    chmodSync(path, 0o700);
  } catch (error) {
    throw new SrwanError("FILE_UNUSABLE", `${path}: ${(error as Error).message}`, { remedy, cause: error });
  }
}

/** The folder of a file that is about to be made; one that is there stays as it is. */
export function folderFor(path: string, remedy: string): void {
  if (!existsSync(path)) privateFolder(path, remedy);
}
