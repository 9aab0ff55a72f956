// Labs for tests: small topologies of names nobody else has, the command line, and what a lab leaves behind.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { labsFolder } from "../../src/lab/net/folder.ts";

const SRWAN = resolve("bin/srwan");
const isRoot = process.getuid?.() === 0;

/** Whether a lab can be made so here; else why not. */
export const MODES: readonly { readonly mode: "root" | "rootless"; readonly flags: readonly string[] }[] = [
  { mode: "root", flags: [] },
  { mode: "rootless", flags: ["--rootless"] },
];

export function whyNot(mode: "root" | "rootless"): string | undefined {
  if (mode === "root") return isRoot ? undefined : "needs root";
  const { status } = spawnSync("unshare", ["-Urnm", "true"]);
  return status === 0 ? undefined : "user namespaces are not allowed here";
}

/** A way that works here, for tests that care for the links and not for who made them. */
export const anyMode = (): readonly string[] | undefined => MODES.find(({ mode }) => whyNot(mode) === undefined)?.flags;

export const hasTool = (name: string): boolean => spawnSync(name, ["-V"]).error === undefined;

export function srwan(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(SRWAN, args, { encoding: "utf8" });
  return { status, stdout, stderr };
}

export { SRWAN };

/** A scratch folder with topology files of names of its own; everything of theirs is gone after `end`. */
export class Labs {
  readonly folder = mkdtempSync(join(tmpdir(), "srwan-lab-test-"));
  readonly #names: string[] = [];

  /** Writes a topology and gives its name and file. */
  write(stem: string, topology: string): { readonly name: string; readonly file: string } {
    const name = `${stem}${process.pid}`;
    const file = join(this.folder, `${name}.clab.yml`);
    writeFileSync(file, `name: ${name}\ntopology:\n${topology}`);
    this.#names.push(name);
    return { name, file };
  }

  /** A copy of a shipped lab under a name of its own. */
  copy(path: string, stem: string): { readonly name: string; readonly file: string } {
    const topology = readFileSync(path, "utf8").replace(/^[\s\S]*?^topology:\n/m, "");
    return this.write(stem, topology);
  }

  scenario(text: string): string {
    const file = join(this.folder, "scenario.yml");
    writeFileSync(file, `version: 1\nseed: 11\n${text}`);
    return file;
  }

  end(): void {
    for (const name of this.#names) srwan("lab", "down", name);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Namespaces, state and processes of a lab; processes by their pid. */
export function tracesOf(name: string): readonly string[] {
  const folder = join(labsFolder(process.env), name);
  const namespaces = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  return [
    ...namespaces.filter((one) => one === `srwan-${name}` || one.startsWith(`srwan-${name}-`)),
    ...(existsSync(folder) ? [folder] : []),
    ...processesOf(folder),
  ];
}

function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      if (!/^\d+$/.test(pid) || /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return false;
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`SRWAN_LAB_FOLDER=${folder}`);
    } catch {
      return false;
    }
  });
}

export const TRIANGLE = "labs/containerlab/triangle/triangle.clab.yml";
export const TRANSATLANTIC = "labs/containerlab/transatlantic/transatlantic.clab.yml";

/** Two nodes without any word about addresses, 30 ms one way and 12 ms the other. */
export const PAIR = `  nodes:
    near: {kind: linux, labels: {srwan.clock-offset: -3ms, srwan.clock-drift: 20ppm}}
    far: {kind: linux}
  links:
    - {endpoints: ["near:eth1", "far:eth1"], vars: {srwan.delay: 30ms/12ms}}
`;
