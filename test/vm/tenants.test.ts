// Tenants: VRF devices of our own making, the SIDs that lead into them, what must not be reached from inside, and what is
// put back when somebody meddles. One story: each test begins where the one before ended.

import { deepEqual, equal, match } from "node:assert/strict";
import { before, describe, it } from "node:test";
import { formatIpv6 } from "../../src/srv6/address.ts";
import type { Desired } from "../../src/srv6/model.ts";
import { desired, ONE_SID, TWO_SIDS, tenantSid, type Ways } from "./states.ts";
import {
  coreAddress,
  IDLE,
  openWorld,
  ownAddress,
  POPS,
  type Pop,
  sitePrefix,
  TABLE,
  TENANTS,
  type World,
} from "./world.ts";

describe("tenants", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    for (const pop of POPS) {
      await apply(pop, IDLE);
      await world.pops[pop].ask("sysctl", { "net/vrf/strict_mode": 0 });
    }
  });

  /** Applies, and holds that all is in place and nothing is left to do. */
  async function apply(pop: Pop, state: Desired): Promise<readonly string[]> {
    const { steps, troubles, leftOver } = await world.pops[pop].ask("apply", state);
    deepEqual([...troubles, ...leftOver], []);
    deepEqual(await world.pops[pop].ask("missing", state), []);
    return steps;
  }

  const vrfs = async (pop: Pop): Promise<string[]> => {
    const shown = await world.pops[pop].ask("run", ["ip", "-d", "-o", "link", "show", "type", "vrf"]);
    return [...shown.matchAll(/: (\S+): .* vrf table (\d+) /g)].map((match) => `${match[1]} ${match[2]}`).sort();
  };

  /** Who answers each tenant over both families; the addresses asked are the same for both tenants. */
  const answers = (from: Pop): Promise<string[]> =>
    Promise.all(TENANTS.flatMap((tenant) => [world.who(tenant, from, 4), world.who(tenant, from, 6)]));
  const ALL_OF = {
    east: ["red-east", "red-east", "blue-east", "blue-east"],
    west: ["red-west", "red-west", "blue-west", "blue-west"],
  };

  async function eachIsServed(): Promise<void> {
    deepEqual(await answers("west"), ALL_OF.east);
    deepEqual(await answers("east"), ALL_OF.west);
  }

  /** Packets at each tenant's SID of a POP; errors are none. */
  async function counted(pop: Pop, ways: Ways): Promise<bigint[]> {
    const counts = await world.pops[pop].ask("counts");
    const sids = TENANTS.flatMap((name) =>
      [ways[4], ways[6]].map((way) => `${formatIpv6(tenantSid(pop, name, way))}/128`),
    );
    const found = sids.map((sid) => counts.find(({ at }) => at === sid));
    deepEqual(
      found.map((count) => count?.errors),
      sids.map(() => 0n),
    );
    return found.map((count) => count?.packets ?? 0n);
  }

  it("get a VRF device each, and the switch that their SIDs need", async () => {
    for (const pop of POPS) {
      const steps = await apply(pop, desired(pop, ONE_SID));
      deepEqual(steps.slice(0, 3), [
        "ip link add srwan-red type vrf table 1001",
        "ip link add srwan-blue type vrf table 1002",
        "sysctl -w net.vrf.strict_mode=1",
      ]);
      deepEqual(await vrfs(pop), ["srwan-blue 1002", "srwan-red 1001"]);
      await world.connect(pop);
    }
  });

  it("find nothing to do when they are applied again", async () => {
    for (const pop of POPS) deepEqual(await apply(pop, desired(pop, ONE_SID)), []);
  });

  it("with the same addresses stay apart over End.DT46", async () => {
    await eachIsServed();
    for (const pop of POPS)
      equal(
        (await counted(pop, ONE_SID)).every((packets) => packets > 0n),
        true,
      );
  });

  it("with the same addresses stay apart over End.DT4 and End.DT6 vrftable", async () => {
    for (const pop of POPS) await apply(pop, desired(pop, TWO_SIDS));
    await eachIsServed();
    for (const pop of POPS)
      equal(
        (await counted(pop, TWO_SIDS)).every((packets) => packets > 0n),
        true,
      );
  });

  it("reach nothing outside themselves through the main table", async () => {
    const { east, west } = world.pops;
    const outside = [ownAddress("east", 6), coreAddress("east"), "2001:db8:77::1"];
    await west.ask("run", ["ip", "route", "add", "2001:db8:77::/48", "via", coreAddress("east")]);
    const counters = outside.map((address) => `ip6 daddr ${address} icmpv6 type echo-request counter\n`).join("");
    const table = `table inet probe {\nchain seen {\ntype filter hook prerouting priority 0\n${counters}}\n}\n`;
    await east.ask("run", ["nft", "-f", "-"], table);
    const reached = await Promise.all(outside.map((address) => world.reaches("red", "west", address)));
    deepEqual(reached, [false, false, false]);
    const seen = await east.ask("run", ["nft", "list", "table", "inet", "probe"]);
    deepEqual(
      [...seen.matchAll(/packets (\d+)/g)].map(([, packets]) => packets),
      ["0", "0", "0"],
    );
    // The same packets from outside the tenants do arrive, so what was counted would have been seen.
    await west.ask("run", ["busybox", "ping", "-c", "1", ownAddress("east", 6)]);
    match(await east.ask("run", ["nft", "list", "table", "inet", "probe"]), /packets [1-9]/);
  });

  it("cannot address the domain's SIDs themselves", async () => {
    equal(await world.reaches("red", "west", formatIpv6(tenantSid("east", "blue", "End.DT6"))), false);
    const edge = await world.pops.west.ask("run", ["nft", "list", "table", "inet", "srwan"]);
    match(edge, /counter packets [1-9]\d* bytes \d+ drop comment "other"/);
  });

  it("are put back when a device is removed, and the other tenant does not notice", async () => {
    const { west } = world.pops;
    await west.ask("run", ["ip", "link", "del", "srwan-red"]);
    deepEqual(await vrfs("west"), ["srwan-blue 1002"]);
    deepEqual([await world.who("blue", "west", 4), await world.who("blue", "west", 6)], ["blue-east", "blue-east"]);
    const steps = await apply("west", desired("west", TWO_SIDS));
    equal(steps[0], "ip link add srwan-red type vrf table 1001");
    equal(
      steps.some((step) => step.includes("srwan-blue")),
      false,
    );
    await world.connect("west", ["red"]);
    await eachIsServed();
  });

  it("are put back when somebody takes their SID, their routes or the switch", async () => {
    const { west } = world.pops;
    const sid = formatIpv6(tenantSid("west", "red", "End.DT4"));
    await west.ask("run", ["ip", "-6", "route", "del", sid, "dev", "srwan-red"]);
    await west.ask("run", ["ip", "route", "del", sitePrefix("east", 4), "table", "1001"]);
    await west.ask("sysctl", { "net/vrf/strict_mode": 0 });
    const steps = await apply("west", desired("west", TWO_SIDS));
    equal(steps[0], "sysctl -w net.vrf.strict_mode=1");
    equal(steps.length, 3);
    await eachIsServed();
  });

  it("move to another table with a device made anew", async () => {
    const tables = { ...TABLE, red: 2_001 };
    await apply("west", desired("west", TWO_SIDS, tables));
    deepEqual(await vrfs("west"), ["srwan-blue 1002", "srwan-red 2001"]);
    await world.connect("west", ["red"]);
    await eachIsServed();
  });

  it("leave one by one, and what is not ours stays", async () => {
    await world.ip("west", ["link add theirs type vrf table 3001", "link set theirs up"]);
    await apply("west", desired("west", TWO_SIDS, { blue: TABLE.blue }));
    deepEqual(await vrfs("west"), ["srwan-blue 1002", "theirs 3001"]);
    deepEqual([await world.who("blue", "west", 4), await world.who("blue", "west", 6)], ["blue-east", "blue-east"]);
    await apply("west", IDLE);
    deepEqual(await vrfs("west"), ["theirs 3001"]);
    equal(await world.pops.west.ask("run", ["ip", "-6", "rule", "show", "to", "fcbb:bb00::/32"]), "");
    await world.ip("west", ["link del theirs"]);
  });

  it("are refused by name where two VRF devices share a table", async () => {
    const { west } = world.pops;
    await west.ask("sysctl", { "net/vrf/strict_mode": 0 });
    await world.ip("west", ["link add one type vrf table 3001", "link add two type vrf table 3001"]);
    const { troubles } = await west.ask("apply", desired("west", ONE_SID, { red: TABLE.red }));
    match(troubles[0] ?? "", /net\.vrf\.strict_mode=1: EBUSY: .*share a table/);
    await world.ip("west", ["link del one", "link del two"]);
    await apply("west", desired("west", ONE_SID));
    await apply("east", desired("east", ONE_SID));
    for (const pop of POPS) await world.connect(pop);
    await eachIsServed();
  });
});
