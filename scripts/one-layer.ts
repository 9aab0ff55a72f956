// Runs one layer and writes what it counted to a file: `make test` starts one of these for each.

import { readFileSync, writeFileSync } from "node:fs";
import type { Answer } from "./lanes.ts";
import { LAYERS } from "./layers.ts";

const [name = "", answer = ""] = process.argv.slice(2);
const layer = LAYERS.find((one) => one.name === name);
if (layer === undefined) throw new Error(`no layer ${name}`);
const counted = await layer.run();
writeFileSync(answer, JSON.stringify({ ...counted, cpuSeconds: cpuSeconds() } satisfies Answer));

/** User and system time, our own and that of every process that was waited for (proc(5): stat, fields 14 to 17). */
function cpuSeconds(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}
