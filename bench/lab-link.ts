// What one link of the lab carries at 20 ms each way: test traffic of 100 Mbit/s, one way, counted packet by packet; and
// as much again as the generator can give. The link is the kind this kernel has; `srwan lab up` says which.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atLeast, atMost, type Figure, median } from "./lib.ts";

/** Ethernet, IPv6 and UDP around a payload: frames of 1,400 octets, 8,930 of them a second are 100 Mbit/s. */
const FRAME_OCTETS = 1_400;
const PAYLOAD_OCTETS = FRAME_OCTETS - 14 - 40 - 8;
const SECONDS = 4;

type Played = {
  readonly flows: readonly [{ readonly sent: number; readonly lost: number; readonly latency: Latency | null }];
  readonly ownLoss: number;
};
type Latency = { readonly p50Us: number; readonly p95Us: number };

export const labLink: Figure = {
  name: "lab-link",
  about: "one direction of a lab's link at 20 ms: what it delivers, what it loses by itself, how exactly it delays",
  measure: async (rounds) => {
    const folder = mkdtempSync(join(tmpdir(), "srwan-bench-"));
    const file = join(folder, "benchlink.clab.yml");
    const link = '{endpoints: ["a:eth1", "b:eth1"], vars: {srwan.delay: 20ms}}';
    writeFileSync(
      file,
      `name: benchlink\ntopology:\n  defaults: {kind: linux}\n  nodes: {a: {}, b: {}}\n  links: [${link}]\n`,
    );
    const srwan = (...words: string[]): string => execFileSync("bin/srwan", ["lab", ...words], { encoding: "utf8" });
    const play = (pps: number): Played => {
      const scenario = join(folder, "flood.yml");
      const flow = `{name: flood, from: a, to: b, pps: ${pps}, size: ${PAYLOAD_OCTETS}, at: 500ms}`;
      writeFileSync(scenario, `version: 1\nseed: 1\nduration: ${SECONDS + 0.5}s\ntraffic: [${flow}]\n`);
      return JSON.parse(srwan("run", file, "--scenario", scenario, "-o", "json"));
    };
    srwan("up", file, ...(process.getuid?.() === 0 ? [] : ["--rootless"]));
    try {
      const at = (pps: number) => {
        const played = Array.from({ length: rounds }, () => play(pps));
        const of = (pick: (one: Played) => number): number => median(played.map(pick));
        return {
          mbitPerSecond: of(({ flows: [{ sent, lost }] }) => ((sent - lost) * FRAME_OCTETS * 8) / SECONDS / 1e6),
          lost: Math.max(...played.map(({ flows: [{ lost }] }) => lost)),
          ownLoss: Math.max(...played.map(({ ownLoss }) => ownLoss)),
          p50Ms: of(({ flows: [{ latency }] }) => (latency?.p50Us ?? Number.NaN) / 1_000),
          p95Ms: of(({ flows: [{ latency }] }) => (latency?.p95Us ?? Number.NaN) / 1_000),
        };
      };
      const [calm, flood] = [at(9_000), at(18_000)];
      return {
        figures: {
          mbitPerSecond: calm.mbitPerSecond,
          lostFrames: calm.lost,
          ofItsOwn: calm.ownLoss,
          delayP50Ms: calm.p50Ms,
          delayP95Ms: calm.p95Ms,
          twiceMbitPerSecond: flood.mbitPerSecond,
          twiceLostFrames: flood.lost,
          twiceDelayP50Ms: flood.p50Ms,
        },
        goals: [
          atLeast("throughput", calm.mbitPerSecond, "Mbit/s", 100),
          atMost("loss", calm.lost, "frames", 0),
          atMost("delay-error", Math.abs(calm.p50Ms - 20), "ms", 1),
        ],
      };
    } finally {
      srwan("down", file);
      rmSync(folder, { recursive: true });
    }
  },
};
