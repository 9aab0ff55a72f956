// `make demo`: the lab's demo, with whatever was given as ARGS, and the dashboard to watch it in.

import { spawnSync } from "node:child_process";
import { buildWeb } from "./web.ts";

await buildWeb({ ifNeeded: true });
const { status } = spawnSync("bin/srwan", ["lab", "demo", ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status ?? 1;
