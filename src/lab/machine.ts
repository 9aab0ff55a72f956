// What the lab's time-keeping processes ask of the machine: to be run first, and to say what it dropped at their sockets.

import { readFileSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";

/**
 * A process that waits for its turn delays what it carries; without root it has to. Where the kernel groups processes by
 * session (sched(7), autogroup) a priority counts inside the group alone, so the group's own is raised too: only that of
 * a session that this process leads.
 */
export function raisePriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST);
    const session = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ")[3];
    if (Number(session) === process.pid) writeFileSync("/proc/self/autogroup", "-20");
  } catch {
    // Only root may, and not every kernel has groups.
  }
}

/** Datagrams that found no room in the sockets bound to this port: the last column of proc_net_udp(5). */
export function socketDrops(family: "udp" | "udp6", port: number): number {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync(`/proc/self/net/${family}`, "utf8").split("\n").slice(1);
  const words = rows.map((row) => row.trim().split(/\s+/)).filter(([, local]) => local?.endsWith(end));
  return words.reduce((sum, row) => sum + Number(row.at(-1)), 0);
}
