// Finds and ends every process of a lab: those that carry its folder's name, and those in its namespaces.

import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { isAlive, type LabFolder, type LabRecord } from "./folder.ts";
import { FOLDER_VARIABLE, NETNS } from "./names.ts";

/** Asks, then makes; gives how many there were. */
export async function endProcesses(folder: LabFolder, record: LabRecord | undefined, clock: Clock): Promise<number> {
  const isOurs = recogniser(folder, record);
  const seen = new Set<number>();
  const startedUs = clock.monoUs();
  for (;;) {
    const found = allProcesses().filter(isOurs);
    if (found.length === 0) return seen.size;
    const waitedMs = Number(clock.monoUs() - startedUs) / 1_000;
    if (waitedMs > LIMITS.labStopMs * 2) {
      throw new SrwanError("LAB_FAILED", `lab ${folder.name}: processes ${found.join(", ")} do not end`, {
        remedy: `End them, then \`srwan lab down ${folder.name}\` again.`,
      });
    }
    for (const pid of found) {
      if (!seen.has(pid)) signal(pid, "SIGTERM");
      else if (waitedMs > LIMITS.labStopMs) signal(pid, "SIGKILL");
      seen.add(pid);
    }
    await clock.sleepMs(20);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone meanwhile.
  }
}

const allProcesses = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Never this process, nor those it was started by: a `down` may be typed in a shell inside the lab. */
function recogniser(folder: LabFolder, record: LabRecord | undefined): (pid: number) => boolean {
  const spared = new Set(ancestry(process.pid));
  const mark = `${FOLDER_VARIABLE}=${folder.path}\0`;
  const networks = new Set(
    (record?.rootless ? [] : (record?.namespaces ?? [])).map((name) => fileId(join(NETNS, name))),
  );
  const ownUsers = link(process.pid, "user");
  const users = record?.rootless && isAlive(record.keeper) ? link(record.keeper?.pid ?? 0, "user") : undefined;
  return (pid) => {
    if (spared.has(pid) || isZombie(pid)) return false;
    if (`${read(pid, "environ")}\0`.includes(mark)) return true;
    const network = link(pid, "net");
    if (network !== undefined && networks.has(network)) return true;
    return users !== undefined && users !== ownUsers && link(pid, "user") === users;
  };
}

function ancestry(pid: number): number[] {
  const parent = Number(/^PPid:\s*(\d+)/m.exec(read(pid, "status"))?.[1] ?? 0);
  return parent > 0 ? [pid, ...ancestry(parent)] : [pid];
}

const isZombie = (pid: number): boolean => /^State:\s*Z/m.test(read(pid, "status"));

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function link(pid: number, kind: string): string | undefined {
  try {
    return /\d+/.exec(readlinkSync(`/proc/${pid}/ns/${kind}`))?.[0];
  } catch {
    return undefined;
  }
}

function fileId(path: string): string | undefined {
  try {
    return String(statSync(path).ino);
  } catch {
    return undefined;
  }
}
