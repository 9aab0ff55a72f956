// Files that a command line names: read whole within a limit, and changed by one process at a time.
//
// The lock of a change is the new file itself, as in git: made beside the old one where none may be yet, filled, put on
// disk, and renamed over the old one, which lets go of the lock. Nobody sees half a file, and no two see the same one.

import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "./clock.ts";
import { SrwanError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

const STDIN = 0;

/** The octets of a file, or of stdin for "-". */
export function readFile(path: string, maxOctets: number): Buffer {
  const octets = orUnusable(path, () => {
    const file = path === "-" ? STDIN : openSync(path, "r");
    try {
      return fstatSync(file).size > maxOctets ? undefined : readFileSync(file);
    } finally {
      if (file !== STDIN) closeSync(file);
    }
  });
  if (octets !== undefined && octets.length <= maxOctets) return octets;
  throw new SrwanError("FILE_UNUSABLE", `${path}: larger than ${maxOctets} octets`, { remedy: "Give a smaller file." });
}

/** Hands over the file's text, undefined where there is none yet; what comes back is on disk when this resolves. */
export async function changeFile<T>(
  named: string,
  maxOctets: number,
  clock: Clock,
  change: (text: string | undefined) => { readonly text: string; readonly result: T },
): Promise<T> {
  const path = existsSync(named) ? realpathSync(named) : named;
  const lock = `${path}.lock`;
  const file = await takeLock(lock, clock);
  let done = false;
  try {
    const before = existsSync(path) ? readFile(path, maxOctets).toString("utf8") : undefined;
    const { text, result } = change(before);
    if (text !== before) {
      ftruncateSync(file);
      writeFileSync(file, text);
      fsyncSync(file);
      renameSync(lock, path);
      done = true;
      syncFolder(dirname(path));
    }
    return result;
  } finally {
    closeSync(file);
    // Past the rename the name may be the next one's lock already.
    if (!done) rmSync(lock);
  }
}

async function takeLock(lock: string, clock: Clock): Promise<number> {
  const endUs = clock.monoUs() + BigInt(LIMITS.fileLockWaitMs) * 1_000n;
  for (;;) {
    const file = orUnusable(lock, () => openNew(lock));
    if (file !== undefined) return file;
    if (clock.monoUs() >= endUs) throw busy(lock);
    await clock.sleepMs(LIMITS.fileLockPollMs);
  }
}

/** Undefined where the file is there already. */
function openNew(lock: string): number | undefined {
  const old = lock.replace(/\.lock$/, "");
  try {
    const file = openSync(lock, "wx", existsSync(old) ? statSync(old).mode : 0o644);
    // At a position, so that the text itself is written from the beginning.
    writeSync(file, `${process.pid}\n`, 0);
    return file;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
}

const busy = (lock: string): SrwanError =>
  new SrwanError("FILE_BUSY", `${lock} has been there for ${LIMITS.fileLockWaitMs / 1_000} seconds: ${holder(lock)}`, {
    remedy: "Try again. If that process is gone, it was killed before it changed anything: remove the lock.",
    details: { lock },
  });

function holder(lock: string): string {
  try {
    return `process ${readFileSync(lock, "utf8").split("\n")[0]} holds it`;
  } catch {
    return "somebody holds it";
  }
}

/** A rename is on disk when its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function orUnusable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // Node's own text names the system call and the path again.
    const why = (error as Error).message.replace(/^E[A-Z]+: /, "").split(",")[0];
    throw new SrwanError("FILE_UNUSABLE", `${path}: ${why}`, {
      remedy: "Check the path and its permissions.",
      cause: error,
    });
  }
}
