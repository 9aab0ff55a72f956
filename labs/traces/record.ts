// Records noise: `node labs/traces/record.ts MINUTES > labs/traces/noise.jsonl`. Three POPs pulse each other on this
// machine's loopback, ten times a second. What a pulse took above the least that its way ever took, fifty times over, is
// put on top of a delay as it would be between cities: bursts, tails and what comes together are real, the size is not.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { LOST } from "../../src/topology/engine/detect/detector.ts";
import { tickLine, traceHeadLine } from "../../src/topology/engine/sim/trace.ts";
import { HEAD, WAYS } from "./atlantic.ts";

const INTERVAL_MS = 100;
const TIMES = 50;
const PORT = 18_620;
const SRWAN = join(import.meta.dirname, "..", "..", "bin", "srwan");

const count = Math.round((Number(process.argv[2] ?? 10) * 60_000) / INTERVAL_MS);

/** Out and back of each pulse of a session; LOST where no answer came. */
async function session(port: number): Promise<readonly [out: Float64Array, back: Float64Array]> {
  const samples = [new Float64Array(count).fill(LOST), new Float64Array(count).fill(LOST)] as const;
  const words = ["--port", String(port), "--count", String(count), "--interval", `${INTERVAL_MS}ms`, "-o", "wide"];
  const sender = spawn(SRWAN, ["pulse", "send", "127.0.0.1", ...words], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: sender.stdout })) {
    const told = /^(\d+) .* out (\S+ \S+) +back (\S+ \S+)/.exec(line);
    if (!told) continue;
    for (const [way, text] of [told[2], told[3]].entries())
      (samples[way] as Float64Array)[Number(told[1])] = usOf(text ?? "");
  }
  return samples;
}

function usOf(text: string): number {
  const [number, unit] = text.split(" ");
  return Number(number) * (unit === "s" ? 1e6 : unit === "ms" ? 1e3 : 1);
}

const reflectors: ChildProcess[] = [];
try {
  for (let i = 0; i < 3; i++) {
    const words = ["pulse", "reflect", "--listen", "127.0.0.1", "--port", String(PORT + i)];
    reflectors.push(spawn(SRWAN, words, { stdio: "ignore" }));
  }
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const startMs = Date.now();
  // Two ways of a session are two segments: HEAD has there and back beside each other.
  const seen = (await Promise.all([0, 1, 2].map((i) => session(PORT + i)))).flat();
  const least = seen.map((samples) => samples.reduce((a, b) => Math.min(a, b), LOST));
  process.stdout.write(traceHeadLine({ ...HEAD, startMs, intervalMs: INTERVAL_MS, graceMs: INTERVAL_MS / 2 }));
  for (let tick = 0; tick < count; tick++) {
    const samples = seen.map((way, s) => {
      const us = way[tick] as number;
      return us === LOST ? LOST : Math.round((WAYS[s]?.[2] ?? 0) + TIMES * (us - (least[s] as number)));
    });
    process.stdout.write(tickLine(Float64Array.from(samples)));
  }
} finally {
  for (const reflector of reflectors) {
    reflector.kill();
    await once(reflector, "close");
  }
}
