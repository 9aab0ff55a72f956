// Every link set down and up, and one made anew: what is read back, what an apply repairs, and what is forwarded, right
// after each.

import { describe, expect } from "vitest";
import { parseIpv6 } from "../../src/srv6/address.ts";
import type { Desired } from "../../src/srv6/model.ts";
import { IDLE, local, path, policy, steer } from "./build.ts";
import { it } from "./lab.ts";
import { apply, clear, deliver, EXIT, EXIT_SIDS, onEach, packetsAt, SR_NODES } from "./traffic.ts";
import {
  addressOn,
  eastAddress,
  LINK_NAMES,
  LINKS,
  type LinkName,
  NODES,
  PORT,
  type SrNode,
  sidAt,
  type World,
} from "./world.ts";

const FAMILIES = [4, 6] as const;
const [PLAIN, ACROSS] = [sidAt("relay1", 1), sidAt("relay1", 2)];
const BEYOND = sidAt("relay2", 1);
/** Two ways between the relays: as routed, and by the adjacency of the lower link. */
const WAYS = { upper: [PLAIN, BEYOND], lower: [ACROSS, BEYOND] } as const;
type Way = keyof typeof WAYS;
const WAY_NAMES = Object.keys(WAYS) as Way[];
const addressOf = (way: Way, family: 4 | 6): string => eastAddress(family, 1 + WAY_NAMES.indexOf(way));

const STATES: Readonly<Record<SrNode, Desired>> = {
  ingress: {
    ...IDLE,
    policies: WAY_NAMES.flatMap((way) =>
      FAMILIES.map((f) => policy(`${way}${f}`, [path("only", [...WAYS[way], EXIT[f]])])),
    ),
    steering: WAY_NAMES.flatMap((way) => FAMILIES.map((f) => steer(`${way}${f}`, [addressOf(way, f)]))),
  },
  relay1: {
    ...IDLE,
    localSids: [
      local(PLAIN, { action: "End" }),
      local(ACROSS, { action: "End.X", nexthop: parseIpv6(addressOn("lower", "relay2")), device: "lower" }),
    ],
  },
  relay2: { ...IDLE, localSids: [local(BEYOND, { action: "End" })] },
  egress: { ...IDLE, localSids: EXIT_SIDS },
};

/** The ways that do not need a link. */
const left = (link: LinkName): Way[] => (link === "upper" ? ["lower"] : link === "lower" ? ["upper"] : []);

async function settle(world: World): Promise<void> {
  await clear(world);
  await onEach(SR_NODES, (node) => apply(world, node, STATES[node]));
  expect(await arriving(world)).toEqual(ALL);
}

const ofWays = (ways: readonly Way[]): string[] => ways.flatMap((way) => FAMILIES.map((f) => `${way} ${f}`)).toSorted();
const ALL = ofWays(WAY_NAMES);

/** One packet of each family each way: those that east heard. */
async function arriving(world: World, ways: readonly Way[] = WAY_NAMES): Promise<string[]> {
  const sent = WAY_NAMES.flatMap((way) =>
    FAMILIES.map((f) => ({ to: addressOf(way, f), port: PORT, text: `${way} ${f}` })),
  );
  return (await deliver(world, sent, ways.length * FAMILIES.length)).toSorted();
}

const missing = async (world: World): Promise<string[]> =>
  Object.values(await onEach(SR_NODES, (node) => world.at(node).ask("missing", STATES[node]))).flat();

const restore = (world: World): Promise<unknown> => Promise.all(NODES.map((name) => world.underlay(name)));

describe("a link", () => {
  it.for(LINK_NAMES)("%s that goes down and up takes nothing of ours along", async (link, { world }) => {
    await settle(world);
    const set = (state: "up" | "down") => world.at(LINKS[link].ends[0]).ask("run", ["ip", "link", "set", link, state]);
    let before: readonly number[] = [];
    await set("down");
    try {
      expect(await missing(world)).toEqual([]);
      expect(await arriving(world, left(link))).toEqual(ofWays(left(link)));
      expect(Object.values(await onEach(SR_NODES, (node) => apply(world, node, STATES[node]))).flat()).toEqual([]);
      before = await packetsAt(world, "egress", [EXIT[4], EXIT[6]]);
    } finally {
      await set("up");
      await restore(world);
    }
    expect(await missing(world)).toEqual([]);
    expect(await arriving(world)).toEqual(ALL);
    expect(await packetsAt(world, "egress", [EXIT[4], EXIT[6]])).toEqual(before.map((n) => n + WAY_NAMES.length));
  });

  it("that is made anew is found by read-back, and an apply puts its adjacency on the new one", async ({ world }) => {
    await settle(world);
    await world.at("relay1").ask("run", ["ip", "link", "del", "lower"]);
    expect(await arriving(world, ["upper"])).toEqual(["upper 4", "upper 6"]);
    const gone = await world.at("relay1").ask("apply", STATES.relay1);
    expect(gone.troubles).toEqual([expect.stringContaining("ENODEV")]);

    await world.make("lower");
    await restore(world);
    expect(await missing(world)).toHaveLength(2);
    await apply(world, "relay1", STATES.relay1);
    expect(await missing(world)).toEqual([]);
    expect(await arriving(world)).toEqual(ALL);
  });
});
