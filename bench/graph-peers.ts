// Python's graph libraries as peers, where they are installed; a goal against one that is not says so in its place.

import { join } from "node:path";
import { askPython, pythonWith } from "../test/support/python.ts";
import { atLeast, type Goal, notMeasured } from "./lib.ts";

/** Runs once: the median milliseconds of its own runs, what its answers add up to, and the megabytes it took. */
export type Peer = () => { readonly ms: number; readonly sum: number; readonly mb: number };

/** Undefined where the library is missing. */
export function pythonPeer(library: "igraph" | "networkx", given: object): Peer | undefined {
  const python = pythonWith(library);
  if (python === undefined) return undefined;
  const script = join(import.meta.dirname, "native", "graphs.py");
  return () => askPython(python, script, { library, ...given }) as ReturnType<Peer>;
}

/** `peerMs` is not a number where the library is missing. */
export function fasterThan(
  library: "igraph" | "networkx",
  what: string,
  peerMs: number,
  oursMs: number,
  times: number,
): Goal {
  const id = `${what}, ${library} against us`;
  if (Number.isNaN(peerMs)) return notMeasured(id, `≥ ${times}`, `${library} is missing: install python3-${library}`);
  return atLeast(id, peerMs / oursMs, "×", times);
}
