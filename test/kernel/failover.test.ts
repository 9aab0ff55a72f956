// Failing over: a resilient group loses a member and gets it back; a policy goes to its backup and returns.

import { describe, expect } from "vitest";
import type { Desired } from "../../src/srv6/model.ts";
import { IDLE, local, path, policy, steer } from "./build.ts";
import { it } from "./lab.ts";
import { apply, captured, clear, deliver, EXIT, EXIT_SIDS, flows, outerDestination, packetsAt } from "./traffic.ts";
import { eastAddress, sidAt, type World } from "./world.ts";

const FLOWS = 120;
const FAMILIES = [4, 6] as const;
const NAMES = ["a", "b", "c"] as const;
const SIDS = NAMES.map((_, i) => sidAt("relay1", i + 1));
const sidOf = (name: (typeof NAMES)[number]) => SIDS[NAMES.indexOf(name)] as (typeof SIDS)[number];

async function settle(world: World): Promise<void> {
  await clear(world);
  await apply(world, "relay1", { ...IDLE, localSids: SIDS.map((sid) => local(sid, { action: "End" })) });
  await apply(world, "egress", { ...IDLE, localSids: EXIT_SIDS });
}

/** Which SID each flow goes to first. */
async function placesOf(world: World, family: 4 | 6): Promise<ReadonlyMap<number, bigint>> {
  const { frames, result } = await captured(world, () => deliver(world, flows(family, FLOWS)), ["core1"]);
  expect(result).toHaveLength(FLOWS);
  return new Map(frames.core1.map((frame) => [frame.fromPort, outerDestination(frame)]));
}

describe("a resilient group", () => {
  const over = (family: 4 | 6, names: readonly (typeof NAMES)[number][]): Desired => ({
    ...IDLE,
    policies: [
      policy(
        "p",
        names.map((name) => path(name, [sidOf(name), EXIT[family]])),
        { resilientBuckets: 96 },
      ),
    ],
    steering: [steer("p", [eastAddress(family, 1)])],
  });

  it.for(FAMILIES)(
    "of IPv%i moves the flows of a member that is gone, and no others, also when it is back",
    async (family, { world }) => {
      await settle(world);
      await apply(world, "ingress", over(family, ["a", "b", "c"]));
      const before = await placesOf(world, family);
      expect(new Set(before.values())).toEqual(new Set(SIDS));

      const steps = await apply(world, "ingress", over(family, ["a", "b"]));
      expect(steps).toEqual([
        expect.stringMatching(/^ip nexthop replace id \d+ group /),
        expect.stringMatching(/^ip nexthop del id \d+$/),
      ]);
      const after = await placesOf(world, family);
      const moved = [...before].filter(([port, sid]) => after.get(port) !== sid);
      expect(new Set(moved.map(([, sid]) => sid))).toEqual(new Set([sidOf("c")]));
      expect(new Set(after.values())).toEqual(new Set([sidOf("a"), sidOf("b")]));

      await apply(world, "ingress", over(family, ["a", "b", "c"]));
      expect(await placesOf(world, family)).toEqual(after);
    },
  );
});

describe("a backup", () => {
  const with_ = (active: "paths" | "backup"): Desired => ({
    ...IDLE,
    policies: FAMILIES.map((family) =>
      policy(`p${family}`, [path("a", [sidOf("a"), EXIT[family]])], {
        active,
        backup: path("c", [sidOf("c"), EXIT[family]]),
      }),
    ),
    steering: FAMILIES.map((family) => steer(`p${family}`, [eastAddress(family, 1)])),
  });
  const both = [...flows(4, 10), ...flows(6, 10)];

  it("takes over with one message a policy, and gives back with another", async ({ world }) => {
    await settle(world);
    await apply(world, "ingress", with_("paths"));
    expect(await deliver(world, both)).toHaveLength(20);
    for (const [active, counted] of [
      ["backup", [20, 0, 20]],
      ["paths", [40, 0, 20]],
    ] as const) {
      const steps = await apply(world, "ingress", with_(active));
      expect(steps).toEqual([0, 1].map(() => expect.stringMatching(/^ip nexthop replace id \d+ group \d+ /)));
      expect(await deliver(world, both)).toHaveLength(20);
      expect(await packetsAt(world, "relay1", SIDS)).toEqual(counted);
    }
  });
});
