// Processor time of a process, as the kernel counts it.

import { readFileSync } from "node:fs";

/** A tick is 10 ms wherever Linux runs Node. */
const TICK_MS = 10;

/** User and system time: its own with all its threads, and that of those that it waited for (proc(5): stat, fields 14 to 17). */
export function cpuOf(pid: number | "self"): { readonly ownMs: number; readonly waitedForMs: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const ms = (from: number): number => (Number(fields[from]) + Number(fields[from + 1])) * TICK_MS;
  return { ownMs: ms(11), waitedForMs: ms(13) };
}
