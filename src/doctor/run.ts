// Runs another program for a check: bounded in time and in what it may print, never through a shell unless the program
// is one, never throwing. What is missing is a finding, not an error.

import { spawn } from "node:child_process";
import { LIMITS } from "../base/limits.ts";
import { withTools } from "../base/program.ts";

export type Ran = {
  /** The exit code; "absent": no such program; "timeout": ended by us; "killed": ended by a signal. */
  readonly code: number | "absent" | "timeout" | "killed";
  readonly stdout: string;
  readonly stderr: string;
};

export type Run = (command: string, args: readonly string[], input?: string) => Promise<Ran>;

export const run: Run = (command, args, input = "") =>
  new Promise((resolve) => {
    // A session of its own: no terminal for a tool to ask at (iproute2 asks for HMAC secrets there), and one group to end.
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: withTools({ ...process.env, LC_ALL: "C" }),
      detached: true,
    });
    let [stdout, stderr, late] = ["", "", false];
    const timer = setTimeout(() => {
      late = true;
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    }, LIMITS.doctorCheckTimeoutMs);
    const capped = (text: string, more: Buffer): string =>
      (text + more.toString("utf8")).slice(0, LIMITS.doctorOutputMaxOctets);
    child.stdout.on("data", (more: Buffer) => {
      stdout = capped(stdout, more);
    });
    child.stderr.on("data", (more: Buffer) => {
      stderr = capped(stderr, more);
    });
    child.stdin.on("error", () => undefined);
    const end = (code: Ran["code"]) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    };
    child.on("error", () => end("absent"));
    child.on("close", (code) => end(late ? "timeout" : (code ?? "killed")));
    child.stdin.end(input);
  });
