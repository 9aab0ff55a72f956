// A POP that the service cannot reach, a change that cuts a POP off, and objects that a POP refuses, with the real service
// at the other end: what it says is what there is, and nothing else suffers.

import { afterAll, describe, expect, it } from "vitest";
import { whyNoNamespace } from "../support/namespace.ts";
import { partitioned } from "./partition.ts";
import { HUB, hubSide, policy, UPPER } from "./wan.ts";
import { World } from "./world.ts";

const why = whyNoNamespace();
let opened: Promise<World> | undefined;
const world = (): Promise<World> => (opened ??= World.open());
afterAll(async () => (await opened)?.close());

/** What is put into force for a while; then all is as it was. */
async function withPolicy(w: World, spec: object, body: () => Promise<void>): Promise<void> {
  const named = { ...policy("odd", "2001:db8:77::/64", UPPER), ...spec };
  await w.controller.put(named);
  await w.controller.commit("an odd one");
  try {
    await body();
  } finally {
    await w.controller.drop("odd");
    await w.controller.commit("without it");
  }
}

describe.skipIf(why !== undefined)("an object that a POP refuses", () => {
  it("because a foreign route is in its way leaves its policy REFUSED with object and remedy, and others alone", async () => {
    const w = await world();
    await w.run("pop1", "ip -6 route add 2001:db8:77::/64 dev lo metric 64 proto static");
    const lost = await w.lostDuring(() =>
      withPolicy(w, {}, async () => {
        await w.becomes("odd", ({ state }) => state === "REFUSED");
        const status = await w.controller.status("odd");
        expect(status?.why).toMatch(/2001:db8:77::\/64/);
        expect(status?.trouble).toMatchObject([
          {
            object: expect.stringMatching(/2001:db8:77::\/64/),
            error: { message: expect.stringMatching(/2001:db8:77::/), remedy: expect.stringMatching(/\w/) },
          },
        ]);
        for (const name of ["gold", "side"]) expect((await w.controller.status(name))?.state).toBe("PROGRAMMED");
        expect(await w.run("pop1", "ip -6 route show 2001:db8:77::/64")).toMatch(/proto static/);
        // As soon as whoever owns it took it away, the policy stands.
        await w.run("pop1", "ip -6 route del 2001:db8:77::/64 proto static");
        await w.becomes("odd", ({ state }) => state === "PROGRAMMED", 20_000);
      }),
    );
    expect(lost).toEqual({ gold: 0, side: 0 });
    await w.agrees();
  });

  it("because the kernel has no VRF leaves its policy REFUSED with the VRF and the remedy, and others alone", async (ctx) => {
    const w = await world();
    const has = await w.run(
      "pop2",
      "ip link add cx-vrf type vrf table 77 2>/dev/null && ip link del cx-vrf && echo yes || true",
    );
    if (has.includes("yes")) ctx.skip("this kernel has VRFs: nothing is refused");
    const lost = await w.lostDuring(() =>
      withPolicy(w, { tenant: "red" }, async () => {
        await w.becomes("odd", ({ state }) => state === "REFUSED");
        const status = await w.controller.status("odd");
        expect(JSON.stringify(status?.trouble)).toMatch(/vrf/i);
        for (const { error } of status?.trouble ?? []) expect(error.remedy).toMatch(/\w/);
        for (const name of ["gold", "side"]) expect((await w.controller.status(name))?.state).toBe("PROGRAMMED");
      }),
    );
    expect(lost).toEqual({ gold: 0, side: 0 });
    await w.agrees();
  });
});

describe.skipIf(why !== undefined)("a POP that is cut off from the service", () => {
  it("while a segment it uses dies fails over, and once it is back the service says where the traffic is", async () => {
    const w = await world();
    const seen = await partitioned(w, 2_000);
    expect(seen).toMatchObject({ lostBeside: 0, lostMoved: 0, unknown: "POP-AWAY" });
    expect(["FAILED-OVER", "PROGRAMMED"]).toContain(seen.told);
    // And home again, once the segment lives.
    await w.becomes(
      "gold",
      ({ state, paths }) => state === "PROGRAMMED" && paths[0]?.segments.join() === UPPER.join(),
      60_000,
    );
  });

  it("by a change of its own comes back by itself, and the change is gone", async () => {
    const w = await world();
    // Who comes from elsewhere than their own link is not let in, as BCP-38 asks.
    await w.run(
      "hub",
      `nft 'add table inet bcp; add chain inet bcp in { type filter hook prerouting priority -300; }; add rule inet bcp in iifname != "to-pop1" ip6 saddr ${hubSide("pop1")} drop'`,
    );
    const lost = await w.lostDuring(async () => {
      await w.controller.put(policy("odd", HUB.prefix, UPPER));
      await w.controller.commit("the way to the service goes over the WAN", 5_000);
      await w.until(
        "pop1 is cut off",
        async () => ((await w.agent("pop1")).service.connected ? "it is not" : undefined),
        20_000,
      );
      await w.agrees(60_000);
    });
    expect(lost).toEqual({ gold: 0, side: 0 });
    const names = (await w.controller.policies()).map(({ spec }) => spec.name);
    expect(names).toEqual(["gold", "side"]);
    const [event] = await w.controller.all<{ text: string }>("/api/v1/events?type=commit-returned");
    expect(event?.text).toMatch(/was not confirmed in time/);
    expect(await w.run("pop1", `ip -6 route get ${HUB.address}`)).toMatch(/dev to-hub/);
  });
});
