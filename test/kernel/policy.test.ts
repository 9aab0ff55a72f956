// Policies on the kernel: weights, binding SIDs, and a policy that moves.

import { describe, expect } from "vitest";
import type { Desired } from "../../src/srv6/model.ts";
import { IDLE, local, MAIN_TABLE, path, policy, steer } from "./build.ts";
import { it } from "./lab.ts";
import { apply, captured, clear, deliver, EXIT, EXIT_SIDS, flows, outerDestination, packetsAt } from "./traffic.ts";
import { eastAddress, PORT, sidAt, type World } from "./world.ts";

const FLOWS = 400;
/** Five standard deviations about 3 of 4: chance leaves it once in two million runs. */
const WITHIN = Math.ceil(5 * Math.sqrt(FLOWS * 0.75 * 0.25));
const THREE_QUARTERS = FLOWS * 0.75;
const FAMILIES = [4, 6] as const;

const End = { action: "End" } as const;
const [HEAVY, LIGHT] = [sidAt("relay1", 3), sidAt("relay1", 1)];
const [BOUND_HEAVY, BOUND_LIGHT] = [sidAt("relay2", 3), sidAt("relay2", 1)];
const BINDING = sidAt("relay1", 0xb000);
/** Ends the bound list and gives the packet back to the list that named the binding SID. */
const UNBOUND = sidAt("egress", 0xb000);

async function settle(world: World): Promise<void> {
  await clear(world);
  await apply(world, "relay1", { ...IDLE, localSids: [local(HEAVY, End), local(LIGHT, End)] });
  await apply(world, "relay2", { ...IDLE, localSids: [local(BOUND_HEAVY, End), local(BOUND_LIGHT, End)] });
  const unbound = local(UNBOUND, { action: "End.DT6", table: MAIN_TABLE });
  await apply(world, "egress", { ...IDLE, localSids: [...EXIT_SIDS, unbound] });
}

describe("a weighted group", () => {
  const spread: Desired = {
    ...IDLE,
    policies: FAMILIES.map((f) =>
      policy(`p${f}`, [path("heavy", [HEAVY, EXIT[f]], 3), path("light", [LIGHT, EXIT[f]])]),
    ),
    steering: FAMILIES.map((f) => steer(`p${f}`, [eastAddress(f, 1)])),
  };

  it.for(FAMILIES)("3:1 carries 400 flows of IPv%i 3:1, each flow on one path", async (family, { world }) => {
    await settle(world);
    await apply(world, "ingress", spread);
    const sent = [...flows(family, FLOWS), ...flows(family, FLOWS)];
    const { frames, result: heard } = await captured(world, () => deliver(world, sent), ["core1"]);
    expect(heard).toHaveLength(sent.length);
    const [heavy = 0, light = 0] = await packetsAt(world, "relay1", [HEAVY, LIGHT]);
    expect(heavy + light).toBe(sent.length);
    expect(Math.abs(heavy / 2 - THREE_QUARTERS)).toBeLessThanOrEqual(WITHIN);
    const pathsOf = Map.groupBy(frames.core1, ({ fromPort }) => fromPort);
    expect(pathsOf.size).toBe(FLOWS);
    expect([...pathsOf.values()].filter((all) => new Set(all.map(outerDestination)).size !== 1)).toEqual([]);
  });
});

describe("a binding SID", () => {
  const toBinding: Desired = {
    ...IDLE,
    policies: FAMILIES.map((f) => policy(`p${f}`, [path("only", [BINDING, EXIT[f]])])),
    steering: FAMILIES.map((f) => steer(`p${f}`, [eastAddress(f, 1)])),
  };
  const relay1: Desired = {
    ...IDLE,
    policies: [
      policy("bound", [path("heavy", [BOUND_HEAVY, UNBOUND], 3), path("light", [BOUND_LIGHT, UNBOUND])], {
        bindingSid: BINDING,
      }),
    ],
  };

  it.for(FAMILIES)("splits 400 flows of IPv%i 3:1 over the lists it is bound to", async (family, { world }) => {
    await settle(world);
    await apply(world, "ingress", toBinding);
    await apply(world, "relay1", relay1);
    // The relay sees one outer source and destination: only the flow label tells it flows apart (RFC 6438).
    await world.at("ingress").ask("sysctl", { "net/ipv6/seg6_flowlabel": 1 });
    expect(await deliver(world, flows(family, FLOWS))).toHaveLength(FLOWS);
    const counts = await world.at("relay1").ask("counts");
    const members = ["fcbb:bb00:3000:3::", "fcbb:bb00:3000:1::"].map((next) =>
      Number(counts.find(({ encap }) => encap.includes(`segs ${next},`))?.packets),
    );
    // What a member of the group counted is what the first SID of its list has seen.
    expect(await packetsAt(world, "relay2", [BOUND_HEAVY, BOUND_LIGHT])).toEqual(members);
    const [heavy = 0, light = 0] = members;
    expect(heavy + light).toBe(FLOWS);
    expect(Math.abs(heavy - THREE_QUARTERS)).toBeLessThanOrEqual(WITHIN);
  });

  it("is no plain list of SIDs put on its address, though the kernel takes one", async ({ world }) => {
    await settle(world);
    await apply(world, "ingress", toBinding);
    const plain = policy("plain", [path("only", [BOUND_HEAVY, UNBOUND])]);
    await apply(world, "relay1", { ...IDLE, policies: [plain], steering: [steer("plain", ["fcbb:bb00:2000:b000::"])] });
    expect(await deliver(world, flows(6, 4), 0)).toEqual([]);
    // They were carried to the end of the list: the segment that named the address was never used up.
    expect((await packetsAt(world, "relay2", [BOUND_HEAVY]))[0]).toBeGreaterThanOrEqual(4);
  });
});

describe("routes with lists of their own", () => {
  it("carry IPv4 and IPv6 where there are no nexthop objects", async ({ world }) => {
    await settle(world);
    const state: Desired = {
      ...IDLE,
      policies: FAMILIES.map((f) => policy(`p${f}`, [path("only", [HEAVY, EXIT[f]])])),
      steering: FAMILIES.map((f) => steer(`p${f}`, [eastAddress(f, 1)])),
    };
    const { steps, troubles } = await world.at("ingress").ask("apply", state, false);
    expect([steps.filter((step) => step.includes("nexthop")), troubles]).toEqual([[], []]);
    expect(await deliver(world, [...flows(4, 2), ...flows(6, 2)])).toHaveLength(4);
    expect(await packetsAt(world, "relay1", [HEAVY])).toEqual([4]);
  });
});

describe("a policy that moves", () => {
  const many = Array.from({ length: 200 }, (_, i) => eastAddress(6, 1_000 + i));
  const through = (sid: typeof HEAVY): Desired => ({
    ...IDLE,
    policies: [policy("p", [path("only", [sid, EXIT[6]])])],
    steering: [steer("p", many)],
  });

  it("takes all its prefixes along with one message", async ({ world }) => {
    await settle(world);
    await apply(world, "ingress", through(HEAVY));
    const steps = await apply(world, "ingress", through(LIGHT));
    expect(steps).toEqual([expect.stringMatching(/^ip -6 nexthop replace .* segs fcbb:bb00:2000:1::,/)]);
    const [_heavy = 0, _light = 0] = await packetsAt(world, "relay1", [HEAVY, LIGHT]);
    expect(
      await deliver(
        world,
        many.map((to) => ({ to, port: PORT, text: "moved" })),
      ),
    ).toHaveLength(many.length);
    expect(await packetsAt(world, "relay1", [HEAVY, LIGHT])).toEqual([0, many.length]);
  });
});
