// A throw-away network namespace that several commands share, with a private /run and /var/lib so that named namespaces
// and journals inside it are nobody else's. As root, or inside a user namespace.

import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const isRoot = process.getuid?.() === 0;
/** Root of the machine, not of a user namespace, where the kernel holds some things back. */
export const isMachineRoot = isRoot && /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"));

/** Why there can be none here; undefined where there can. */
export function whyNoNamespace(): string | undefined {
  const { status, stderr } = spawnSync("unshare", [...unshareFlags(), "true"], { encoding: "utf8" });
  return status === 0 ? undefined : `no network namespace can be made here: ${stderr?.trim() || "unshare is missing"}`;
}

const unshareFlags = (): string[] => [
  ...(isRoot ? [] : ["--user", "--map-root-user"]),
  "--net",
  "--mount",
  "--propagation",
  "private",
];

export class Namespace {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static open(): Promise<Namespace> {
    // cat ends when its input does, so nothing is left over even when this process is killed.
    const script =
      "mount -t tmpfs none /run && mount -t tmpfs none /var/lib && ip link set lo up && echo ready && exec cat";
    const holder = spawn("unshare", [...unshareFlags(), "sh", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    return new Promise((resolve, reject) => {
      holder.stdout?.once("data", () => resolve(new Namespace(holder)));
      holder.once("exit", () => reject(new Error("the namespace's holder ended")));
    });
  }

  /** Runs a shell line inside, from this folder. */
  run(line: string, env: NodeJS.ProcessEnv = process.env): SpawnSyncReturns<string> {
    const [command, args] = this.#enter(line);
    return spawnSync(command, args, { encoding: "utf8", env });
  }

  /** What a shell line prints; a failure is an error. */
  out(line: string): string {
    const { status, stdout, stderr } = this.run(line);
    if (status !== 0) throw new Error(`${line}: ${stderr}`);
    return stdout;
  }

  /** A process inside; the caller ends it. */
  start(line: string, env: NodeJS.ProcessEnv = process.env): ChildProcess {
    const [command, args] = this.#enter(`exec ${line}`);
    return spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  }

  /** The same, with a channel to speak with it. */
  fork(line: string, env: NodeJS.ProcessEnv = process.env): ChildProcess {
    const [command, args] = this.#enter(`exec ${line}`);
    return spawn(command, args, { env, stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced" });
  }

  close(): void {
    this.#holder.stdin?.end();
  }

  #enter(line: string): readonly [string, string[]] {
    const user = isRoot ? [] : ["--user", "--preserve-credentials"];
    const script = `cd '${process.cwd()}' && ${line}`;
    return ["nsenter", ["--target", String(this.#holder.pid), ...user, "--net", "--mount", "sh", "-c", script]];
  }
}
