// Takes a lab down, however far it came: its processes, then its namespaces, and its record last.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { LabFolder } from "./folder.ts";
import { NETNS, probeNamespace } from "./names.ts";
import { endProcesses } from "./processes.ts";
import { runInside } from "./run.ts";

export type DownReport = { readonly processes: number; readonly namespaces: number };

export async function labDown(folder: LabFolder, clock: Clock): Promise<DownReport> {
  const record = folder.read();
  const processes = await endProcesses(folder, record, clock);
  // Those of a lab in a user namespace went with its last process.
  const named =
    record === undefined || record.rootless ? [] : record.namespaces.flatMap((name) => [name, probeNamespace(name)]);
  const left = [...new Set(named)].filter((name) => existsSync(join(NETNS, name)));
  if (left.length) {
    const input = left.map((name) => `netns del ${name}\n`).join("");
    await runInside({ words: ["ip", "-force", "-batch", "-"], input });
  }
  folder.remove();
  return { processes, namespaces: record?.namespaces.length ?? 0 };
}
