// Tenants on the in-memory kernel: what is made for them, in which order, and what is put back. Packets of tenants cross a
// real kernel in test/vm.

import { describe, expect, it } from "vitest";
import { idleClock } from "../../../test/support/idle-clock.ts";
import { parsePrefix } from "../address.ts";
import type { Desired } from "../model.ts";
import { parseSid } from "../sid.ts";
import { apply, type Machine } from "./apply.ts";
import { compile } from "./compile.ts";
import { memoryJournal } from "./journal.ts";
import { Kernel } from "./kernel.ts";
import { planCommands } from "./plan.ts";
import { Twin } from "./twin.ts";

const state = (table: number): Desired => ({
  domain: { blocks: [parsePrefix("fcbb:bb00::/32")], segments: [], management: [], requireHmac: false },
  hmacKeys: [],
  tenants: [{ name: "red", table }],
  localSids: [
    {
      prefix: { family: 6, address: parseSid("fcbb:bb00:1:10::"), length: 128 },
      behavior: { action: "End.DT46", vrfTable: table },
      counted: true,
    },
  ],
  policies: [],
  steering: [],
});
const wantedOf = (desired: Desired) => ({ objects: compile(desired, { nexthopEncap: true }), edge: "" });

function machine(vrf = true): { readonly world: Twin; readonly machine: Machine } {
  const world = new Twin({ later: queueMicrotask, vrf });
  const ports = { route: world.routePort(), generic: world.genericPort(), settings: world.settings() };
  const kernel = new Kernel(ports, idleClock());
  return {
    world,
    machine: { kernel, edge: { read: () => "", replace: () => undefined }, journal: memoryJournal() },
  };
}

describe("a tenant", () => {
  it("gets its device, then the switch its SIDs need, a table that leads nowhere else, and SIDs found from inside", async () => {
    const report = await apply(machine().machine, wantedOf(state(1_001)));
    expect(planCommands(report.steps)).toEqual([
      "ip link add srwan-red type vrf table 1001",
      "sysctl -w net.vrf.strict_mode=1",
      "ip -4 route add unreachable 0.0.0.0/0 table 1001 proto 196 metric 4278198272",
      "ip -6 route add unreachable ::/0 table 1001 proto 196 metric 4278198272",
      "ip -6 route add fcbb:bb00:1:10::/128 encap seg6local action End.DT46 vrftable 1001 count dev srwan-red proto 196 metric 1024",
      "ip -6 rule add priority 960 to fcbb:bb00::/32 table 254 protocol 196",
    ]);
    expect([report.troubles, report.leftOver]).toEqual([[], []]);
  });

  it("has nothing left to do after", async () => {
    const { machine: one } = machine();
    await apply(one, wantedOf(state(1_001)));
    expect((await apply(one, wantedOf(state(1_001)))).steps).toEqual([]);
  });

  it("gets the switch back that somebody turned off", async () => {
    const { machine: one, world } = machine();
    await apply(one, wantedOf(state(1_001)));
    world.strictVrf = 0;
    const { steps } = await apply(one, wantedOf(state(1_001)));
    expect(planCommands(steps)).toEqual(["sysctl -w net.vrf.strict_mode=1"]);
  });

  it("moves to another table with a new device, and its SID follows", async () => {
    const { machine: one, world } = machine();
    await apply(one, wantedOf(state(1_001)));
    const report = await apply(one, wantedOf(state(2_002)));
    expect([report.troubles, report.leftOver]).toEqual([[], []]);
    expect(world.links.find(({ name }) => name === "srwan-red")?.vrfTable).toBe(2_002);
    expect(planCommands(report.steps).slice(0, 2)).toEqual([
      "ip link del srwan-red",
      "ip link add srwan-red type vrf table 2002",
    ]);
  });

  it("goes whole, and the switch stays as it is", async () => {
    const { machine: one, world } = machine();
    await apply(one, wantedOf(state(1_001)));
    const report = await apply(one, wantedOf({ ...state(1_001), tenants: [], localSids: [] }));
    expect([report.troubles, report.leftOver, world.objects]).toEqual([[], [], []]);
    expect(world.links.map(({ name }) => name)).toEqual(["lo"]);
    expect(world.strictVrf).toBe(1);
  });

  it("is reported object by object where the kernel has no VRF devices", async () => {
    const report = await apply(machine(false).machine, wantedOf(state(1_001)));
    expect(report.troubles.map(({ object, ...rest }) => [object.kind, "why" in rest ? rest.why : ""])).toEqual([
      ["vrf", expect.stringContaining("EOPNOTSUPP")],
      ["setting", expect.stringContaining("ENOENT")],
      ["route", expect.stringContaining("ENODEV")],
    ]);
  });
});
