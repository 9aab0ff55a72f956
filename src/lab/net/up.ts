// Brings a lab up: records it, starts its keeper inside namespaces of its own, and notes when it stands. What fails, or is
// interrupted, is taken down again.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Clock } from "../../base/clock.ts";
import { ERRORS, type ErrorCode, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { withTools } from "../../base/program.ts";
import { KERNEL_CHECKS, runKernelChecks } from "../../doctor/kernel.ts";
import { run } from "../../doctor/run.ts";
import { chooseKind, LINK_CHECKS, type LinkKind } from "../link/driver.ts";
import { type Lab, onlyKinds } from "../model.ts";
import { readTopology } from "../topology-file.ts";
import type { Progress } from "./build.ts";
import { labDown } from "./down.ts";
import { BUILT_KINDS, isAlive, LabFolder, type LabRecord, labsFolder, processId } from "./folder.ts";
import { type KeeperLine, SETTLED } from "./keeper-lines.ts";
import { FOLDER_VARIABLE, NETNS, namespacesOf } from "./names.ts";

export type UpOptions = {
  readonly file: string;
  readonly rootless: boolean;
  /** Take a lab of this name down first, if one is up. */
  readonly reconfigure: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** How this program is started: the keeper is another run of it. */
  readonly self: readonly string[];
  readonly clock: Clock;
  readonly progress: Progress;
  /** Aborted when the user has had enough. */
  readonly signal: AbortSignal;
};

export type UpReport = {
  readonly lab: Lab;
  readonly record: LabRecord;
  readonly tookMs: number;
  /** One line for each node and link that is not built, and for what the file asked for and did not get. */
  readonly leftOut: readonly string[];
  readonly warnings: readonly string[];
};

export async function labUp(options: UpOptions): Promise<UpReport> {
  const startedUs = options.clock.monoUs();
  const { lab: whole } = readTopology(options.file);
  const { lab, leftOut } = onlyKinds(whole, BUILT_KINDS);
  if (lab.nodes.length === 0) {
    throw new SrwanError("LAB_INVALID", `${options.file}: no node of kind ${BUILT_KINDS.join(", ")}`, {
      remedy: "Give at least one node kind: linux; other kinds need containerlab and their images.",
    });
  }
  const links = await linkKind();
  const folder = new LabFolder(join(labsFolder(options.env), lab.name));
  await clearTheWay(folder, options);
  if (!options.rootless) refuseForeignNamespaces(lab);
  const record: LabRecord = {
    schema: "srwan.lab/1",
    name: lab.name,
    file: resolve(options.file),
    rootless: options.rootless,
    links,
    phase: "making",
    runner: processId(process.pid) ?? { pid: process.pid, startTicks: "" },
    namespaces: namespacesOf(lab),
    sinceUs: Number(options.clock.wallUs()),
  };
  if (!folder.claim()) throw isUp(folder, "somebody else is making it");
  try {
    folder.write(record);
    folder.keepLab(lab);
    const { record: standing, warnings } = await startKeeper(folder, record, options);
    const tookMs = Number(options.clock.monoUs() - startedUs) / 1_000;
    return { lab, record: standing, tookMs, leftOut: notBuilt(whole, leftOut), warnings };
  } catch (error) {
    await labDown(folder, options.clock);
    throw options.signal.aborted ? interruptedAt("what had been made was taken down again") : error;
  }
}

export const interruptedAt = (what: string): SrwanError =>
  new SrwanError("LAB_FAILED", `interrupted: ${what}`, { remedy: "Run it again when you want it." });

async function linkKind(): Promise<LinkKind> {
  const checks = KERNEL_CHECKS.filter(({ id }) => (LINK_CHECKS as readonly string[]).includes(id));
  const found = await runKernelChecks(run, process.getuid?.() === 0, checks);
  const noTry = [...found.values()].find(({ status }) => status === "unknown");
  if (noTry) {
    throw new SrwanError("LAB_UNSUPPORTED", `no namespace can be made here: ${noTry.found}`, {
      remedy: noTry.remedy ?? "See `srwan doctor`.",
    });
  }
  return chooseKind((check) => found.get(check)?.status === "ok");
}

/** What a runner left that was killed is cleared; a lab that stands is not, unless asked. */
async function clearTheWay(folder: LabFolder, { reconfigure, progress, clock }: UpOptions): Promise<void> {
  if (!folder.exists) return;
  const record = folder.read();
  if (record?.phase === "making" && isAlive(record.runner)) {
    throw isUp(folder, `process ${record.runner.pid} is making it`);
  }
  const stands = record?.phase === "up" && isAlive(record.keeper);
  if (stands && !reconfigure) throw isUp(folder, `made from ${record.file}`);
  progress(stands ? "taking down the one that is up" : "clearing what an earlier run left");
  await labDown(folder, clock);
}

const isUp = (folder: LabFolder, how: string): SrwanError =>
  new SrwanError("LAB_IS_UP", `lab ${folder.name} is up already: ${how}`, {
    remedy: `Take it down (\`srwan lab down ${folder.name}\`), or give --reconfigure to build it anew.`,
  });

function refuseForeignNamespaces(lab: Lab): void {
  const taken = namespacesOf(lab).find((name) => existsSync(join(NETNS, name)));
  if (taken === undefined) return;
  throw new SrwanError("LAB_NAME_TAKEN", `a network namespace ${taken} is there, and no lab's record names it`, {
    remedy: `Rename the lab or its node, or remove the namespace if it is nobody's: \`ip netns del ${taken}\`.`,
  });
}

const notBuilt = (whole: Lab, leftOut: Lab["nodes"]): string[] => [
  ...leftOut.map(({ name, kind }) => `node ${name} left out: kind ${kind} needs containerlab and its image`),
  ...whole.notBuilt.map((line) => `${line}: left out`),
];

/** In a user namespace of its own everything stays inside it; /run is covered there, but for the lab's folder. */
const COVER_RUN = `set -e
exec 3<"$1"
mount -t tmpfs lab /run
case "$1" in /run/*) mkdir -p "$1"; mount --no-canonicalize --bind /proc/self/fd/3 "$1" ;; esac
exec 3<&-
shift
exec "$@"`;

async function startKeeper(
  folder: LabFolder,
  record: LabRecord,
  { self, env, progress, signal }: UpOptions,
): Promise<{ readonly record: LabRecord; readonly warnings: readonly string[] }> {
  const keeper = [...self, "__lab-keeper", folder.path];
  const words = record.rootless
    ? ["--user", "--map-root-user", "--net", "--mount", "--", "sh", "-c", COVER_RUN, "sh", folder.path, ...keeper]
    : ["--net", "--", ...keeper];
  const log = openSync(folder.log, "a", 0o600);
  const child = spawn("unshare", words, {
    stdio: ["pipe", "pipe", log],
    detached: true,
    env: withTools({ ...env, [FOLDER_VARIABLE]: folder.path }),
  });
  child.stdin?.on("error", () => undefined);
  const abort = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", abort);
  const timer = setTimeout(abort, LIMITS.labUpTimeoutMs);
  try {
    const started = new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    await started;
    const keeperId = processId(child.pid ?? 0);
    const making: LabRecord = { ...record, ...(keeperId ? { keeper: keeperId } : {}) };
    folder.write(making);
    const warnings = await hearKeeper(child, folder, progress);
    child.stdin?.end(`${SETTLED}\n`);
    child.stdout?.destroy();
    child.unref();
    const standing: LabRecord = { ...making, phase: "up" };
    folder.write(standing);
    return { record: standing, warnings };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function hearKeeper(child: ChildProcess, folder: LabFolder, progress: Progress): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> }).on("line", (text) => {
      const line = JSON.parse(text) as KeeperLine;
      if (line.kind === "progress") progress(line.text);
      else if (line.kind === "up") resolve(line.warnings);
      else reject(toError(line.error));
    });
    child.once("close", (code, signal) => {
      const said = readFileSync(folder.log, "utf8").trim().split("\n").slice(-3).join("; ");
      reject(
        new SrwanError("LAB_FAILED", `the lab's keeper ended with ${code ?? signal}: ${said || "no word why"}`, {
          remedy: "See `srwan doctor` for what this kernel and this user may do.",
        }),
      );
    });
  });
}

function toError({ code, message, remedy }: Record<string, unknown>): SrwanError {
  const known = typeof code === "string" && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "LAB_FAILED";
  return new SrwanError(known, String(message), { remedy: String(remedy) });
}
