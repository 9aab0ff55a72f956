// Python's graph libraries as peers, where they are installed; a line on stderr says which one is not.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { atLeast, type Goal } from "./lib.ts";

/** Runs once: the median milliseconds of its own runs, and what its answers add up to. */
export type Peer = () => { readonly ms: number; readonly sum: number };

/** Undefined where the library is missing. */
export function pythonPeer(library: "igraph" | "networkx", given: object): Peer | undefined {
  if (spawnSync("python3", ["-c", `import ${library}`]).status !== 0) {
    process.stderr.write(`skipped: ${library} (install python3-${library} to compare with it)\n`);
    return undefined;
  }
  const input = JSON.stringify({ library, ...given });
  return () => {
    const script = join(import.meta.dirname, "native", "graphs.py");
    const { status, stdout, stderr } = spawnSync("python3", [script], { input, encoding: "utf8", maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`${library} ended with ${status}: ${stderr.slice(-400)}`);
    return JSON.parse(stdout);
  };
}

/** A goal where the peer was there to be compared with; its time is not a number where it was not. */
export const fasterThan = (id: string, peerMs: number, oursMs: number, times: number): Goal[] =>
  Number.isNaN(peerMs) ? [] : [atLeast(id, peerMs / oursMs, "×", times)];
