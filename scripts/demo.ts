// `make demo`: what the finished demo will show, said plainly, and what this machine can do towards it. Each capability
// that is built replaces its line here by the thing itself.

import { spawnSync } from "node:child_process";

const steps = [
  "a WAN of twelve POPs in network namespaces, each with two transits",
  "every directed segment measured, one way, with an error bound",
  "a policy Seattle to Frankfurt, lowest latency, installed as SID lists",
  "congestion on the segment in use: noticed, decided, programmed, proved, moved",
  "recovery: traffic back on the default path, with the packets lost counted",
];

process.stdout.write("srwan demo\n\nWhat it will show, as it is built:\n");
for (const [i, step] of steps.entries()) process.stdout.write(`  ${i + 1}. ${step}\n`);
process.stdout.write("\nWhat this machine can do (srwan doctor):\n\n");
const { status } = spawnSync("bin/srwan", ["doctor"], { stdio: "inherit" });
process.exitCode = status ?? 1;
