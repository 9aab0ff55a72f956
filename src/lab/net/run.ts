// Runs one command of a lab to its end, in this process's namespaces or in a node's; what fails says which and why.

import { spawn } from "node:child_process";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { withTools } from "../../base/program.ts";
import { NETNS } from "./names.ts";

export type Command = {
  /** A named network namespace. */
  readonly namespace?: string;
  readonly words: readonly [string, ...string[]];
  readonly input: string;
  readonly env?: NodeJS.ProcessEnv;
};

/** Gives what it wrote to stdout. */
export type RunInside = (command: Command) => Promise<string>;

/** Not `ip netns exec`: that mounts a /sys of its own, which a container does not allow. */
export const inNamespace = (namespace: string): string[] => ["nsenter", `--net=${NETNS}/${namespace}`, "--"];

export const runInside: RunInside = ({ namespace, words, input, env = {} }) =>
  new Promise((resolve, reject) => {
    const [program, ...args] = namespace === undefined ? words : [...inNamespace(namespace), ...words];
    const child = spawn(program as string, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: withTools({ ...process.env, ...env, LC_ALL: "C" }),
    });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (more: Buffer) => {
        said[stream] = (said[stream] + more.toString("utf8")).slice(0, LIMITS.labOutputMaxOctets);
      });
    }
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const failed = (why: string): SrwanError =>
      new SrwanError("LAB_FAILED", `${namespace ?? "lab"}: \`${words.join(" ")}\` ${why}`, {
        remedy: "See `srwan doctor` for what this kernel and this user may do.",
      });
    child.on("error", (error) => reject(failed(`cannot be run: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(said.stdout);
      const why = said.stderr.trim().split("\n").slice(0, 3).join("; ");
      reject(failed(`ended with ${code ?? signal}: ${why || "no word why"}`));
    });
  });
