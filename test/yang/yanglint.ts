// yanglint as a judge: modules and data in, what it complains of out.

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
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

/** What is wrong with the documents, by the name of the first that is; empty where all are right. */
export const judge = (how: ModuleSet, type: Judged, documents: Readonly<Record<string, string>>): string[] =>
  run(how, type, documents, [], ({ status, stderr }) => (status === 0 ? [] : [complaint(stderr)]));

/** A configuration as yanglint writes it in JSON. */
export const asJson = (how: ModuleSet, document: string): unknown =>
  run(how, "config", { document }, ["-f", "json"], ({ stdout }) => JSON.parse(stdout));

function run<T>(
  how: ModuleSet,
  type: Judged,
  documents: Readonly<Record<string, string>>,
  more: readonly string[],
  then: (ended: SpawnSyncReturns<string>) => T,
): T {
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
    const words = ["-p", ".", "-p", "../ietf", "-t", type, ...more, ...features, ...modules, ...files];
    // Some modules are warned about at length.
    return then(spawnSync("yanglint", words, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 }));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const complaint = (text: string): string =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("libyang warn"))
    .join("\n");
