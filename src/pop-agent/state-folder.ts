// The agent's folder: what outlives a restart. Each file is replaced as a whole, so that a crash leaves the old one or the
// new one.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../base/limits.ts";
import { privateFolder } from "../base/private.ts";

export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    privateFolder(path, "Name a folder of its own, that this user may write and others may not (agent setting state).");
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Undefined where there is none, or where it holds no JSON: then it is as if it had never been written. */
  read(name: string): unknown {
    const path = this.file(name);
    if (!existsSync(path) || statSync(path).size > LIMITS.agentStateMaxOctets) return undefined;
    try {
      return JSON.parse(readFileSync(path, "utf8"));
    } catch {
      return undefined;
    }
  }

  write(name: string, value: unknown): void {
    this.writeText(name, JSON.stringify(value));
  }

  writeText(name: string, text: string): void {
    const fresh = `${this.file(name)}.new`;
    writeFileSync(fresh, text, { mode: 0o600 });
    sync(fresh);
    renameSync(fresh, this.file(name));
    sync(this.path);
  }
}

export function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
