// yanglint as a judge: modules and data in, what it complains of out.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { FETCHED } from "../../scripts/fetch-yang.ts";

/** How data are judged: `edit` takes operations and parts, `config` and `data` want all that is mandatory. */
export type Judged = "edit" | "config" | "data";

export type ModuleSet = {
  /** A folder of vendors' modules. */
  readonly set: keyof typeof FETCHED;
  readonly modules: readonly string[];
  /** Features that are switched on, by module; no others are. */
  readonly features?: Readonly<Record<string, readonly string[]>>;
};

/** Vendors' modules where there are any. */
export const vendorModules = (): string | undefined =>
  [process.env.YANG_MODULES, "../shared/yang"].find((folder) => folder !== undefined && existsSync(folder));

/** Why nothing can be judged on this machine, or nothing. */
export function missing(): string | undefined {
  if (spawnSync("yanglint", ["--version"]).status !== 0) return "yanglint is not installed (make setup installs it)";
  if (vendorModules() === undefined) return "no vendors' modules: run scripts/fetch-yang.ts, or set YANG_MODULES";
  return undefined;
}

/** What is wrong with each document, by its name; empty where all are right. */
export function judge(how: ModuleSet, type: Judged, documents: Readonly<Record<string, string>>): string[] {
  const folder = resolve(vendorModules() ?? ".", how.set);
  const scratch = mkdtempSync(join(tmpdir(), "srwan-yang-"));
  try {
    const files = Object.entries(documents).map(([name, text]) => {
      const file = join(scratch, `${name}.xml`);
      writeFileSync(file, text);
      return file;
    });
    const features = Object.entries(how.features ?? {}).flatMap(([module, all]) => [
      "-F",
      `${module}:${all.join(",")}`,
    ]);
    const modules = ["../ietf/ietf-netconf", ...how.modules].map((module) => `${module}.yang`);
    const run = (all: readonly string[]) =>
      spawnSync("yanglint", ["-p", ".", "-p", "../ietf", "-t", type, ...features, ...modules, ...all], {
        cwd: folder,
        encoding: "utf8",
        // Some modules are warned about at length.
        maxBuffer: 1 << 26,
      });
    const together = run(files);
    if (together.status === 0) return [];
    return [complaint(together.stderr)];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const complaint = (text: string): string =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("libyang warn"))
    .join("\n");
