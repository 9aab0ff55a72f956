// Segments inside the kernel's own WireGuard, made, joined and put right by the agent's code: tenants' traffic is carried in
// them, and nothing of it is in the clear.

import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { PopRecord } from "../../src/wire/pop.ts";
import { tunnelRecord, tunnelTo } from "../kernel/tunnel-records.ts";
import { desired, ONE_SID } from "./states.ts";
import { coreAddress, locator, openWorld, other, POPS, type Pop, TENANTS, type World, wayToOther } from "./world.ts";

const DEVICE = "wg0";
const inside = (pop: Pop): string => `fd00::${POPS.indexOf(pop) + 1}`;
const recordOf = (name: Pop): PopRecord => {
  const [local, nexthop] = [inside(name), inside(other(name))];
  return tunnelRecord({ name, to: other(name), device: DEVICE, endpoint: coreAddress(name), local, nexthop });
};

describe("a segment inside the kernel's WireGuard", () => {
  let world: World;
  let why: string | undefined;
  const records = new Map<Pop, PopRecord>();
  const run = (pop: Pop, line: string) => world.pops[pop].ask("run", ["sh", "-c", line]);
  /** As the service does: each learns of the other's newest record. */
  const exchange = async () => {
    for (const pop of POPS) {
      await world.pops[other(pop)].ask("joinTunnels", [tunnelTo(records.get(pop) as PopRecord, DEVICE)]);
    }
  };
  const sharedKeys = async () => {
    const [west = "", east = ""] = await Promise.all(POPS.map((pop) => run(pop, `wg show ${DEVICE} preshared-keys`)));
    return [west, east].map((line) => line.trim().split("\t")[1]);
  };

  before(async () => {
    world = await openWorld();
    const there = await run("west", "command -v wg || true");
    if (there === "") why = "wg is not installed (Debian package wireguard-tools; make setup installs it)";
    if (why !== undefined) return;
    for (const pop of POPS)
      records.set(pop, await world.pops[pop].ask("tunnel", recordOf(pop), `/run/wireguard-${pop}`));
    await exchange();
  });

  it("is a device of the kernel's, at the size that fits, and known as ours", async (t) => {
    if (why !== undefined) return t.skip(why);
    for (const pop of POPS) {
      const shown = await run(pop, `ip -d link show dev ${DEVICE}`);
      match(shown, /mtu 1420/);
      match(shown, /\n\s+wireguard /);
      match(shown, /alias srwan-agent/);
    }
  });

  it("carries tenants' traffic, and nothing is in the clear", async (t) => {
    if (why !== undefined) return t.skip(why);
    for (const pop of POPS) {
      await world.ip(pop, [`route replace ${locator(other(pop))} dev ${DEVICE}`]);
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
      match(await run(pop, `wg show ${DEVICE} transfer`), /\t[1-9]\d*\t[1-9]/);
      match(await run(pop, "nft list table inet clear"), /counter packets 0 /);
    }
  });

  it("gets a new shared key, and what somebody changed is put right", async (t) => {
    if (why !== undefined) return t.skip(why);
    const [was] = await sharedKeys();
    await run("west", `ip link set ${DEVICE} mtu 1300; wg set ${DEVICE} peer $(wg show ${DEVICE} peers) remove`);
    for (const pop of POPS) records.set(pop, (await world.pops[pop].ask("later")) as PopRecord);
    await exchange();
    const [west, east] = await sharedKeys();
    equal(west, east);
    notEqual(west, was);
    match(await run("west", `ip link show dev ${DEVICE}`), /mtu 1420/);
    deepEqual(await world.who("red", "west", 4), "red-east");
  });

  it("goes as it came, and then the same traffic is in the clear", async (t) => {
    if (why !== undefined) return t.skip(why);
    for (const pop of POPS) await world.ip(pop, [`link del ${DEVICE}`, wayToOther(pop)]);
    deepEqual(await world.who("red", "west", 4), "red-east");
    for (const pop of POPS) {
      match(await run(pop, "nft list table inet clear"), /counter packets [1-9]/);
      await run(pop, "nft delete table inet clear");
    }
  });
});
