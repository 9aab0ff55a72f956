// The entry inside the virtual machine: runs the test files beside it in this one process, for a start of Node takes
// seconds there, and tells each result on the console.

import { readdirSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { inspect } from "node:util";
import { type Told, tellLine } from "../../scripts/vm/console.ts";

const tell = (told: Told): void => void process.stdout.write(tellLine(told));

tell({ vm: "phase", name: "Node started", upS: uptime() });
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(import.meta.dirname, name));

let tests = 0;
/** The names of the suites and the test that are running, outermost first. */
const path: string[] = [];
for await (const { type, data } of run({ files, isolation: "none" })) {
  if (type === "test:start") path.splice(data.nesting, Infinity, data.name);
  if (type !== "test:pass" && type !== "test:fail") continue;
  const test = [...path.slice(0, data.nesting), data.name].join(" ");
  const ms = Math.round(data.details.duration_ms);
  if (type === "test:fail") {
    const { error } = data.details;
    // A suite fails again for each test that failed in it; one that fails for a reason of its own kept its tests from running.
    if ("failureType" in error && error.failureType === "subtestsFailed") continue;
    tell({ vm: "fail", test, ms, why: inspect(error.cause ?? error, { depth: 4 }) });
  } else if (data.details.type === "suite") continue;
  else if (data.skip !== undefined) tell({ vm: "skip", test, why: `${data.skip}` });
  else tell({ vm: "pass", test, ms });
  tests++;
}
tell({ vm: "end", tests });
