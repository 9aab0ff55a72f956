// What links can be on this kernel: netem delays each direction by its own amount. And the doctor says of each kind that it
// is there.

import { deepEqual, ok } from "node:assert/strict";
import { before, describe, it } from "node:test";
import { kernelFindings } from "../kernel/needs.ts";
import { coreAddress, openWorld, other, POPS, type Pop, type World } from "./world.ts";

const PORT = 5_000;
/** Far apart, so that a busy machine does not mix them up. */
const DELAY_MS = { west: 1_500, east: 50 } as const;
const TRIES = 3;

describe("the doctor", () => {
  it("finds VRF, netem and WireGuard here", async () => {
    const ids = ["kernel.vrf", "kernel.netem", "kernel.wireguard"];
    const found: (string | undefined)[] = [];
    // One at a time: the doctor's limit is for all that it is asked at once, and this machine is slow.
    for (const id of ids) found.push((await kernelFindings([id])).get(id)?.found);
    deepEqual(found, ["takes End.DT4 End.DT6-vrf End.DT46", "delay put on a link", "WireGuard device made"]);
  });
});

describe("a link between two POPs", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    for (const pop of POPS) await world.pops[pop].ask("listen", PORT);
  });

  /** The quickest of some: what a busy machine adds is left out. */
  async function quickestMs(from: Pop): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < TRIES; i++) {
      const started = performance.now();
      await world.pops[from].ask("send", [{ to: coreAddress(other(from)), port: PORT, text: `${i}` }]);
      deepEqual(await world.pops[other(from)].ask("heard", 1, 30_000), [`${i}`]);
      times.push(performance.now() - started);
    }
    return Math.min(...times);
  }

  it("is delayed by netem in each direction by that direction's amount", async () => {
    for (const pop of POPS) {
      const delay = `${DELAY_MS[pop]}ms`;
      await world.pops[pop].ask("run", ["tc", "qdisc", "add", "dev", "core", "root", "netem", "delay", delay]);
    }
    const [west, east] = [await quickestMs("west"), await quickestMs("east")];
    ok(west >= DELAY_MS.west, `west to east took ${west} ms, less than the link's delay`);
    ok(east >= DELAY_MS.east, `east to west took ${east} ms, less than the link's delay`);
    ok(east < DELAY_MS.west, `east to west took ${east} ms: the other direction's delay is in it`);
    for (const pop of POPS) await world.pops[pop].ask("run", ["tc", "qdisc", "del", "dev", "core", "root"]);
  });
});
