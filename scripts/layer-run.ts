// How a layer is run and counted: a list of commands, or a vitest project in a process of its own.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Told = { readonly test: string; readonly why: string };

export type Counted = {
  readonly passed: number;
  /** Every failed test with what it said first; every skipped one with the reason it gave. */
  readonly failed: readonly Told[];
  readonly skipped: readonly Told[];
  /** Passed at a second try, with what it said at the first. */
  readonly again?: readonly Told[];
  /** How long each file took, what it imports and prepares included. */
  readonly files?: readonly { readonly file: string; readonly seconds: number }[];
};

type Step = { readonly title: string; readonly words: readonly [string, ...string[]] };

/** Runs each command; one that is not installed is skipped out loud, one that fails prints what it said. */
export async function command(steps: readonly Step[]): Promise<Counted> {
  let passed = 0;
  const [failed, skipped]: [Told[], Told[]] = [[], []];
  for (const { title, words } of steps) {
    const { code, output } = await start(words, true);
    if (code === "absent") skipped.push({ test: title, why: `${words[0]} is not installed (make setup installs it)` });
    else if (code === 0) passed++;
    else {
      failed.push({ test: title, why: words.join(" ") });
      process.stdout.write(`${title} failed: ${words.join(" ")}\n${output}\n`);
    }
  }
  return { passed, failed, skipped };
}

/**
 * Runs one vitest project in network and mount namespaces of its own, with lo up and a /run in which `ip netns` works: as
 * root, else as root of a user namespace. Where neither may be made, one line says so.
 */
export async function vitestInNamespaces(project: string): Promise<Counted> {
  const inside = 'PATH="$PATH:/usr/sbin:/sbin"; mount -t tmpfs srwan /run && ip link set lo up && exec "$@"';
  let why = "";
  for (const user of process.getuid?.() === 0 ? [[], USER_NAMESPACE] : [USER_NAMESPACE]) {
    const before = ["unshare", ...user, "--net", "--mount", "--", "sh", "-c", inside, "sh"];
    const { code, output } = await start([...before, "true"] as unknown as Step["words"], true);
    if (code === 0) return vitest(project, before);
    why = output.trim().split("\n").at(-1) || "unshare is not installed";
  }
  return { passed: 0, failed: [], skipped: [{ test: "every test", why: `no namespaces can be made: ${why}` }] };
}

const USER_NAMESPACE = ["--user", "--map-root-user"];

/** Runs one vitest project through scripts/vitest-layer.ts, after `before` (an unshare command, for example). */
export async function vitest(project: string, before: readonly string[] = []): Promise<Counted> {
  const folder = mkdtempSync(join(tmpdir(), "srwan-layer-"));
  const answer = join(folder, "counted.json");
  try {
    const words = [...before, process.execPath, "scripts/vitest-layer.ts", project, answer] as const;
    await start(words as unknown as Step["words"], false);
    return JSON.parse(readFileSync(answer, "utf8"));
  } catch {
    return brokenOff(project);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A layer of which nothing was heard counts as one failure. */
export function brokenOff(layer: string): Counted {
  const why = `the ${layer} layer ended before it could count its tests`;
  process.stdout.write(`${why}\n`);
  return { passed: 0, failed: [{ test: "every test", why }], skipped: [] };
}

function start(words: Step["words"], quiet: boolean): Promise<{ code: number | "absent"; output: string }> {
  return new Promise((resolve) => {
    const [program, ...args] = words;
    const child = spawn(program, args, { stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (more: Buffer) => {
        output += more.toString("utf8");
      });
    }
    child.on("error", () => resolve({ code: "absent", output }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
