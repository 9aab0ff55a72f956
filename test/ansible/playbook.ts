// ansible-playbook as an operator runs it, with the collection of this repository, and what it said of each host.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A folder in which the collection is found under its name. */
export function collections(): string {
  const folder = mkdtempSync(join(tmpdir(), "srwan-collections-"));
  mkdirSync(join(folder, "ansible_collections/srwan"), { recursive: true });
  symlinkSync(resolve("ansible"), join(folder, "ansible_collections/srwan/wan"));
  return folder;
}

export type Said = {
  readonly status: number | null;
  readonly output: string;
  /** Tasks that changed something, by host. */
  readonly changed: ReadonlyMap<string, number>;
};

export function tool(program: string, args: readonly string[], folder: string, cwd = "."): Promise<Said> {
  const env = {
    ...process.env,
    PATH: `/usr/bin:${process.env.PATH ?? ""}:/usr/sbin:/sbin`,
    HOME: folder,
    LC_ALL: "C.UTF-8",
    ANSIBLE_COLLECTIONS_PATH: folder,
    ANSIBLE_HOME: folder,
    ANSIBLE_NOCOLOR: "1",
    NO_COLOR: "1",
    ANSIBLE_PIPELINING: "1",
    ANSIBLE_INTERPRETER_PYTHON: "/usr/bin/python3",
    ANSIBLE_HOST_KEY_CHECKING: "0",
  };
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (more: Buffer) => {
        output += more.toString("utf8");
      });
    }
    child.on("error", failed);
    child.on("close", (status) => {
      const lines = output.matchAll(/^(\S+)\s+: ok=\d+\s+changed=(\d+)/gm);
      done({ status, output, changed: new Map([...lines].map(([, host = "", count]) => [host, Number(count)])) });
    });
  });
}

export const playbook = (name: string, args: readonly string[], folder: string): Promise<Said> =>
  tool("ansible-playbook", [`srwan.wan.${name}`, ...args], folder);

export function well({ status, output }: Said): void {
  if (status !== 0) throw new Error(`ansible-playbook ended with ${status}:\n${output}`);
}

/** The machines on which something was changed. */
export const changes = ({ changed }: Said): string[] =>
  [...changed].filter(([, count]) => count > 0).map(([host]) => host);
