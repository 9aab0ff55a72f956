// A lab's state folder: where it is, what it holds, and whether the processes it names still live.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { SrwanError } from "../../base/errors.ts";
import { runFolder } from "../../base/run-folder.ts";
import type { LinkKind } from "../link/driver.ts";
import type { Lab } from "../model.ts";

/** A process by more than its number, which the kernel gives out again. */
export type ProcessId = { readonly pid: number; readonly startTicks: string };

/** Written before each thing it names is made. */
export type LabRecord = {
  readonly schema: "srwan.lab/1";
  readonly name: string;
  /** The topology file it was made from. */
  readonly file: string;
  /** Everything inside one user namespace that the keeper holds. */
  readonly rootless: boolean;
  readonly links: LinkKind;
  readonly phase: "making" | "up";
  readonly runner: ProcessId;
  readonly keeper?: ProcessId;
  readonly namespaces: readonly string[];
  /** Wall time; nodes' clocks drift from here on. */
  readonly sinceUs: number;
};

/** Only kind that runs in a namespace. */
export const BUILT_KINDS = ["linux"];

export const labsFolder = (env: NodeJS.ProcessEnv): string => runFolder(env, "labs");

export class LabFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get name(): string {
    return basename(this.path);
  }

  get control(): string {
    return join(this.path, "control");
  }

  get hosts(): string {
    return join(this.path, "hosts");
  }

  get log(): string {
    return join(this.path, "keeper.log");
  }

  get exists(): boolean {
    return existsSync(this.path);
  }

  /** False where it is there already: whoever makes it first has the lab. */
  claim(): boolean {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    try {
      mkdirSync(this.path, { mode: 0o700 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  }

  write(record: LabRecord): void {
    this.put("record.json", `${JSON.stringify(record, null, 2)}\n`);
  }

  /** Undefined where the runner was ended before it could write one. */
  read(): LabRecord | undefined {
    try {
      return JSON.parse(readFileSync(join(this.path, "record.json"), "utf8"));
    } catch {
      return undefined;
    }
  }

  /** Whole or not at all: a reader never sees half a file. */
  put(name: string, text: string): void {
    const path = join(this.path, name);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  /** The lab as it was built, whatever has become of its file since. */
  lab(): Lab {
    const isBigint = (value: unknown): value is { readonly bigint: string } =>
      typeof value === "object" && value !== null && "bigint" in value;
    const text = readFileSync(join(this.path, BUILT), "utf8");
    return JSON.parse(text, (_key, value: unknown) => (isBigint(value) ? BigInt(value.bigint) : value)) as Lab;
  }

  keepLab(lab: Lab): void {
    this.put(
      BUILT,
      JSON.stringify(lab, (_key, value: unknown) => (typeof value === "bigint" ? { bigint: String(value) } : value)),
    );
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
    // The folders around it too, where no other lab is.
    for (const around of [dirname(this.path), dirname(dirname(this.path))]) {
      try {
        rmdirSync(around);
      } catch {
        return;
      }
    }
  }
}

const BUILT = "lab.json";

/** By the name of a lab, by the file it was made from, or by the name in a topology file. */
export async function findFolder(fileOrName: string, env: NodeJS.ProcessEnv): Promise<LabFolder> {
  const all = allFolders(env);
  const path = resolve(fileOrName);
  const known = all.find(({ name }) => name === fileOrName) ?? all.find((folder) => folder.read()?.file === path);
  if (known) return known;
  if (existsSync(path)) {
    // Not read unless it must be: its schema takes longer to load than most commands take to run.
    const { readTopology } = await import("../topology-file.ts");
    const { lab } = readTopology(fileOrName);
    const named = all.find(({ name }) => name === lab.name);
    if (named) return named;
  }
  const others = all.map(({ name }) => name);
  throw new SrwanError("LAB_NOT_UP", `${fileOrName}: no such lab is up`, {
    remedy: others.length ? `There are ${others.join(", ")}.` : "Bring one up: `srwan lab up FILE`.",
  });
}

export const allFolders = (env: NodeJS.ProcessEnv): LabFolder[] =>
  existsSync(labsFolder(env))
    ? readdirSync(labsFolder(env)).map((name) => new LabFolder(join(labsFolder(env), name)))
    : [];

/** The record of a lab that was built. */
export function recordOf(folder: LabFolder): LabRecord {
  const record = folder.read();
  if (record?.phase === "up") return record;
  throw new SrwanError("LAB_NOT_UP", `lab ${folder.name} is not up: it was begun and not finished`, {
    remedy: `Clear it away (\`srwan lab down ${folder.name}\`), then bring it up.`,
  });
}

export function refuseWhileMaking(folder: LabFolder): void {
  const record = folder.read();
  if (record?.phase !== "making" || !isAlive(record.runner)) return;
  throw new SrwanError("LAB_IS_UP", `lab ${folder.name} is being made by process ${record.runner.pid}`, {
    remedy: "Wait for it, or end it with Ctrl-C: it takes down what it made.",
  });
}

export function processId(pid: number): ProcessId | undefined {
  try {
    // The name may hold spaces and brackets; what follows it does not (proc_pid_stat(5), field 22).
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : { pid, startTicks: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

export const isAlive = (process: ProcessId | undefined): boolean =>
  process !== undefined && processId(process.pid)?.startTicks === process.startTicks;
