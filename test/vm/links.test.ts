// What links can be on this kernel: netem delays each direction by its own amount, and WireGuard carries segments. And the
// doctor says of each that it is there.

import { deepEqual, match, ok } from "node:assert/strict";
import { before, describe, it } from "node:test";
import { kernelFindings } from "../kernel/needs.ts";
import { desired, ONE_SID } from "./states.ts";
import { coreAddress, locator, openWorld, other, POPS, type Pop, TENANTS, type World, wayToOther } from "./world.ts";

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

  it("carries tenants' segments inside WireGuard", async (t) => {
    const { west } = world.pops;
    const there = await west.ask("run", ["sh", "-c", "command -v wg || true"]);
    if (there === "") return t.skip("wg is not installed (Debian package wireguard-tools; make setup installs it)");
    const keys = { west: "", east: "" };
    for (const pop of POPS) {
      await world.ip(pop, ["link add wg0 type wireguard"]);
      const made = await world.pops[pop].ask("run", [
        "sh",
        "-c",
        "umask 077; wg genkey > /run/$0.key; wg set wg0 listen-port 51820 private-key /run/$0.key; wg show wg0 public-key",
        pop,
      ]);
      keys[pop] = made.trim();
    }
    for (const pop of POPS) {
      const endpoint = `[${coreAddress(other(pop))}]:51820`;
      const peer = ["peer", keys[other(pop)], "endpoint", endpoint, "allowed-ips", "::/0"];
      await world.pops[pop].ask("run", ["wg", "set", "wg0", ...peer]);
      await world.ip(pop, ["link set wg0 up", `route replace ${locator(other(pop))} dev wg0`]);
      await world.pops[pop].ask("apply", desired(pop, ONE_SID));
      await world.connect(pop);
      // Whatever goes over the core outside WireGuard is counted, less neighbour discovery.
      const plain = "meta l4proto != { udp, icmpv6 } iifname core counter";
      const table = `table inet clear {\nchain seen {\ntype filter hook prerouting priority 0\n${plain}\n}\n}\n`;
      await world.pops[pop].ask("run", ["nft", "-f", "-"], table);
    }
    for (const tenant of TENANTS) {
      deepEqual(
        [await world.who(tenant, "west", 4), await world.who(tenant, "east", 6)],
        [`${tenant}-east`, `${tenant}-west`],
      );
    }
    for (const pop of POPS) {
      match(await world.pops[pop].ask("run", ["wg", "show", "wg0", "transfer"]), /\t[1-9]\d*\t[1-9]/);
      match(await world.pops[pop].ask("run", ["nft", "list", "table", "inet", "clear"]), /counter packets 0 /);
    }
    for (const pop of POPS) await world.ip(pop, ["link del wg0", wayToOther(pop)]);
    // Without WireGuard the same traffic is counted.
    deepEqual(await world.who("red", "west", 4), "red-east");
    for (const pop of POPS) {
      match(await world.pops[pop].ask("run", ["nft", "list", "table", "inet", "clear"]), /counter packets [1-9]/);
      await world.pops[pop].ask("run", ["nft", "delete", "table", "inet", "clear"]);
    }
  });
});
