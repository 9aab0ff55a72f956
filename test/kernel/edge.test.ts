// The edge of the domain and steering by class: our nftables table against packets that were meant to get past it.

import { describe, expect } from "vitest";
import { parseIpv6, parsePrefix } from "../../src/srv6/address.ts";
import type { RefusedKind } from "../../src/srv6/linux/edge.ts";
import type { Desired } from "../../src/srv6/model.ts";
import { parseSid } from "../../src/srv6/sid.ts";
import { IDLE, local, MAIN_TABLE, path, policy, steer } from "./build.ts";
import { it } from "./lab.ts";
import { apply, clear, deliver, EXIT, EXIT_SIDS, packetsAt } from "./traffic.ts";
import { addressOn, EAST, eastAddress, type NodeName, PORT, sidAt, type World } from "./world.ts";

const TARGET = sidAt("ingress", 1);
/** Some address of the world beyond, with a routing header on its packets: nobody outside may send us one. */
const STRANGER = parseSid("2001:db8:f::9");
const [PLAIN, GOLD4, GOLD6, BULK] = [1, 4, 6, 9].map((n) => sidAt("relay1", n)) as [Sid, Sid, Sid, Sid];
type Sid = typeof TARGET;

/** What west, outside the domain, puts on its packets to these addresses. */
const ATTACKS = {
  "a SID list": { to: eastAddress(6, 1), path: path("only", [TARGET]) },
  "a bare header to a SID": { to: eastAddress(6, 2), path: path("only", [TARGET], 1, "encap.red") },
  "a SID list to no SID of ours": { to: eastAddress(6, 3), path: path("only", [STRANGER, TARGET]) },
} as const;
const NAMES = Object.keys(ATTACKS) as (keyof typeof ATTACKS)[];

const attacker: Desired = {
  ...IDLE,
  policies: NAMES.map((name, i) => policy(`a${i}`, [ATTACKS[name].path])),
  steering: NAMES.map((name, i) => steer(`a${i}`, [ATTACKS[name].to])),
};

/** The ingress, whose SID takes off headers and whose policy then carries what was inside, wherever it came from. */
const ingress = (segments: readonly string[]): Desired => ({
  ...IDLE,
  domain: { ...IDLE.domain, segments },
  localSids: [local(TARGET, { action: "End.DT6", table: MAIN_TABLE })],
  policies: [policy("p", [path("only", [PLAIN, EXIT[6]])])],
  steering: [steer("p", [EAST[6]])],
});

async function settle(world: World): Promise<void> {
  await clear(world);
  const ends = [PLAIN, GOLD4, GOLD6, BULK].map((sid) => local(sid, { action: "End" }));
  await apply(world, "relay1", { ...IDLE, localSids: ends });
  await apply(world, "egress", { ...IDLE, localSids: EXIT_SIDS });
}

/** Packets refused under this kind. */
async function refused(world: World, node: NodeName, kind: RefusedKind): Promise<number> {
  return Number((await world.at(node).ask("refused")).get(kind) ?? -1n);
}

/** A kernel on a busy machine may take a moment to forward. */
const SOON = { timeout: 10_000 };
const DATAGRAM = { port: PORT, text: "in" } as const;

describe("the edge", () => {
  it("drops and counts what is addressed to SIDs from outside, with a routing header and without", async ({
    world,
  }) => {
    await settle(world);
    await world.at("west").ask("apply", attacker);
    try {
      // Where the host's link is called a segment, the very same packets pass: it is the edge that stops them.
      await apply(world, "ingress", ingress(["in", "core1"]));
      const believed = NAMES.slice(0, 2).map((name) => ({ ...DATAGRAM, to: ATTACKS[name].to }));
      expect(await deliver(world, believed)).toHaveLength(2);
      expect(await packetsAt(world, "ingress", [TARGET])).toEqual([2]);

      await apply(world, "ingress", ingress(["core1"]));
      const all = [...NAMES.map((name) => ATTACKS[name].to), "fcbb:bb00:1000:1::"].map((to) => ({ ...DATAGRAM, to }));
      expect(await deliver(world, all, 0)).toEqual([]);
      const kinds = ["header", "ipv6", "other", "elsewhere"] as const;
      const counts = () => Promise.all(kinds.map((kind) => refused(world, "ingress", kind)));
      await expect.poll(counts, SOON).toEqual([1, 1, 1, 1]);
      expect(await packetsAt(world, "ingress", [TARGET])).toEqual([2]);
    } finally {
      await world.at("west").ask("apply", { ...IDLE, domain: { ...IDLE.domain, segments: ["in"] } });
    }
    expect(await deliver(world, [{ ...DATAGRAM, to: eastAddress(6, 1) }])).toHaveLength(1);
  });

  it("drops and counts, also from a segment, what is not signed where all must be", async ({ world }) => {
    await settle(world);
    const domain = { ...IDLE.domain, segments: ["core2"], requireHmac: true };
    await apply(world, "egress", { ...IDLE, domain, localSids: EXIT_SIDS });
    const modes = { 1: "encap", 2: "encap.red" } as const;
    await apply(world, "ingress", {
      ...IDLE,
      policies: ([1, 2] as const).map((n) => policy(`p${n}`, [path("only", [EXIT[6]], 1, modes[n])])),
      steering: ([1, 2] as const).map((n) => steer(`p${n}`, [eastAddress(6, n)])),
    });
    const sent = [1, 2].map((n) => ({ port: PORT, to: eastAddress(6, n), text: `${n}` }));
    expect(await deliver(world, sent, 0)).toEqual([]);
    const counts = () => Promise.all((["bare", "unsigned"] as const).map((kind) => refused(world, "egress", kind)));
    await expect.poll(counts, SOON).toEqual([1, 1]);
    expect(await packetsAt(world, "egress", [EXIT[6]])).toEqual([0]);
    // The kernel's own switch, for headers that only say that they are signed, goes back with it.
    const required = () => world.at("egress").ask("run", ["sysctl", "-n", "net/ipv6/conf/core2/seg6_require_hmac"]);
    expect(await required()).toBe("1\n");
    await apply(world, "egress", { ...IDLE, localSids: EXIT_SIDS });
    expect(await required()).toBe("0\n");
    expect(await deliver(world, sent)).toHaveLength(2);
  });
});

describe("steering by class", () => {
  const EF = 46;
  /** Gold's lists begin with the segment they leave by: its neighbour is looked up while the packet still has its mark. */
  const ADJACENCY = sidAt("ingress", 2);
  const state: Desired = {
    ...IDLE,
    localSids: [
      local(ADJACENCY, { action: "End.X", nexthop: parseIpv6(addressOn("core1", "relay1")), device: "core1" }),
    ],
    policies: [
      policy("plain4", [path("only", [PLAIN, EXIT[4]])]),
      policy("plain6", [path("only", [PLAIN, EXIT[6]])]),
      policy("gold4", [path("only", [ADJACENCY, GOLD4, EXIT[4]])]),
      policy("gold6", [path("only", [ADJACENCY, GOLD6, EXIT[6]])]),
      policy("bulk", [path("only", [BULK, EXIT[6]])]),
    ],
    steering: [
      steer("plain4", [EAST[4]]),
      steer("plain6", [EAST[6]]),
      steer("gold4", [], [{ dscp: EF, destination: parsePrefix(EAST[4]) }]),
      steer("gold6", [], [{ dscp: EF, destination: parsePrefix(EAST[6]) }]),
      steer("bulk", [], [{ protocol: "udp", destinationPort: PORT + 1 }]),
    ],
  };
  /** West marks what it sends from this port as expedited. */
  const EF_PORT = 46_046;
  const marking = [
    "table inet marking {",
    "chain out { type filter hook output priority 0;",
    `meta nfproto ipv4 udp sport ${EF_PORT} ip dscp set ef`,
    `meta nfproto ipv6 udp sport ${EF_PORT} ip6 dscp set ef`,
    "}",
    "}",
  ].join("\n");

  it("takes DSCP and ports of IPv4 and IPv6 alike, and leaves the rest on its way", async ({ world }) => {
    await settle(world);
    await apply(world, "ingress", state);
    await world.at("west").ask("run", ["nft", "-f", "-"], marking);
    const to = ([4, 6] as const).map((family) => ({ to: eastAddress(family, 1), text: `${family}` }));
    const counts = () => packetsAt(world, "relay1", [PLAIN, GOLD4, GOLD6, BULK]);

    expect(
      await deliver(
        world,
        to.map((one) => ({ ...one, port: PORT })),
      ),
    ).toHaveLength(2);
    expect(await counts()).toEqual([2, 0, 0, 0]);
    expect(
      (
        await deliver(
          world,
          to.map((one) => ({ ...one, port: PORT, fromPort: EF_PORT })),
        )
      ).toSorted(),
    ).toEqual(["4", "6"]);
    expect(await counts()).toEqual([2, 1, 1, 0]);
    await deliver(
      world,
      to.map((one) => ({ ...one, port: PORT + 1 })),
      0,
    );
    await expect.poll(counts, SOON).toEqual([2, 1, 1, 2]);
    await world.at("west").ask("run", ["nft", "delete", "table", "inet", "marking"]);
  });
});
