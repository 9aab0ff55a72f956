// What package-lock.json holds, and what of it is shipped: the ground of the Debian package and of the bill of materials.

import { readFileSync } from "node:fs";

type Entry = {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

export type Lock = {
  readonly name: string;
  readonly version: string;
  readonly packages: Readonly<Record<string, Entry>>;
};

/** Where a package goes: to every user, to users of one kind of machine, or to nobody. */
export type Use = "shipped" | "one-platform" | "not-shipped";

export type Locked = {
  /** "node_modules/ethers/node_modules/ws" */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string | undefined;
  readonly integrity: string | undefined;
  readonly use: Use;
  /** The paths of those it needs. */
  readonly needs: readonly string[];
};

/** Where a manifest says it in an old way that npm does not take over, or misspells it: as its own LICENSE has it. */
const LICENCES: Readonly<Record<string, string>> = {
  ssh2: "MIT",
  "cpu-features": "MIT",
  buildcheck: "MIT",
  "Apache 2.0": "Apache-2.0",
};

export const readLock = (path = "package-lock.json"): Lock => JSON.parse(readFileSync(path, "utf8")) as Lock;

/** All packages, in the order of their paths. */
export function lockedPackages(lock: Lock): readonly Locked[] {
  // The manifest that is shipped leaves these away: the chain of the lab, and Node itself.
  const root = lock.packages[""];
  const left = new Set(Object.keys(root?.optionalDependencies ?? {}).map((name) => `node_modules/${name}`));
  return Object.entries(lock.packages)
    .filter(([path]) => path !== "")
    .map(([path, entry]) => ({
      path,
      name: nameOf(path),
      version: entry.version ?? "",
      licence: LICENCES[entry.license ?? nameOf(path)] ?? entry.license,
      integrity: entry.integrity,
      use:
        left.has(path) || entry.dev || entry.devOptional ? "not-shipped" : entry.optional ? "one-platform" : "shipped",
      needs: needsOf(lock, path),
    }));
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

/** Looked for as Node does: beside its own packages first, then one folder up after the other. */
export function needsOf(lock: Lock, path: string): readonly string[] {
  const entry = lock.packages[path];
  const kinds = [entry?.dependencies, entry?.optionalDependencies, entry?.peerDependencies];
  const names = kinds.flatMap((kind) => Object.keys(kind ?? {}));
  return [...new Set(names)].flatMap((name) => {
    for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
      const found = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
      if (found in lock.packages) return [found];
      if (at === "") return [];
    }
  });
}

/** Whether a package of one platform is for this one. */
export function fits(lock: Lock, path: string, { os, cpu }: { readonly os: string; readonly cpu: string }): boolean {
  const entry = lock.packages[path];
  return (entry?.os?.includes(os) ?? true) && (entry?.cpu?.includes(cpu) ?? true);
}
