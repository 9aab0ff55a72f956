// Runs a program of this machine to its end without holding up the agent: traffic may have to move meanwhile.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { withTools } from "../base/program.ts";

export type Ran = {
  /** Null where a signal ended it or it could not be run. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be run. */
  readonly error?: Error;
};

type Options = {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** "exit": what it leaves running may hold its pipes, and what it prints last is not waited for. */
  readonly until?: "close" | "exit";
};

export async function runProgram(command: string, args: readonly string[], options: Options = {}): Promise<Ran> {
  const { input = "", env = {}, until = "close" } = options;
  const child = spawn(command, args, { env: withTools({ ...process.env, ...env, LC_ALL: "C" }) });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => err.push(part));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  try {
    const [status] = (await once(child, until)) as [number | null];
    return { status, stdout: Buffer.concat(out).toString("utf8"), stderr: Buffer.concat(err).toString("utf8") };
  } catch (thrown) {
    const error = thrown as Error;
    return { status: null, stdout: "", stderr: error.message, error };
  } finally {
    for (const pipe of [child.stdout, child.stderr]) pipe.destroy();
  }
}
