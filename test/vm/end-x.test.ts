// End.X through an interface, on a kernel that may forget it: what an agent asks for stands and leads there.

import { deepEqual, match } from "node:assert/strict";
import { before, describe, it } from "node:test";
import { parseIpv6 } from "../../src/srv6/address.ts";
import { coreAddress, IDLE, openWorld, other, sidAt, type World } from "./world.ts";

describe("End.X through an interface", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });

  it("stands as the agent asks for it, and nothing is left to do", async () => {
    const { west } = world.pops;
    const behavior = { action: "End.X", nexthop: parseIpv6(coreAddress(other("west"))), device: "core" } as const;
    const prefix = { family: 6, address: sidAt("west", 0xe000), length: 128 } as const;
    const desired = { ...IDLE, localSids: [{ prefix, behavior, counted: true }] };
    const { troubles, leftOver } = await west.ask("applyAsAgent", desired);
    deepEqual([troubles, leftOver], [[], []]);
    deepEqual((await west.ask("applyAsAgent", desired)).steps, []);
    match(await west.ask("run", ["ip", "-6", "route", "show", "table", "all"]), /action End[.]X nh6 2001:db8:c::2/);
    await west.ask("apply", IDLE);
  });
});
