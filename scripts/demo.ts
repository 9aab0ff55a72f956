// `make demo`: the lab's demo, with whatever was given as ARGS.

import { spawnSync } from "node:child_process";

const { status } = spawnSync("bin/srwan", ["lab", "demo", ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status ?? 1;
