// The lab of the kernel tests: two hosts and four SR nodes in namespaces of their own, linked by veth pairs, with a static
// underlay that leads to every node's SIDs and, outside the policies under test, to nothing else.
//
//   west ──in── ingress ──core1── relay1 ══upper══ relay2 ──core2── egress ──out── east
//                                        ══lower══

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sid } from "../../src/srv6/sid.ts";
import { parseSid } from "../../src/srv6/sid.ts";
import { Namespace } from "./namespace.ts";

export const NODES = ["west", "ingress", "relay1", "relay2", "egress", "east"] as const;
export type NodeName = (typeof NODES)[number];

/** West end first. A link is a device of its own name at both ends, and a subnet of its number. */
export const LINKS = {
  in: { number: 1, ends: ["west", "ingress"] },
  core1: { number: 2, ends: ["ingress", "relay1"] },
  upper: { number: 3, ends: ["relay1", "relay2"] },
  lower: { number: 4, ends: ["relay1", "relay2"] },
  core2: { number: 5, ends: ["relay2", "egress"] },
  out: { number: 6, ends: ["egress", "east"] },
} as const;
export type LinkName = keyof typeof LINKS;
export const LINK_NAMES = Object.keys(LINKS) as LinkName[];

/** Each SR node owns the SIDs fcbb:bb00:N000::/36, whole SIDs and compressed ones alike. */
export const LOCATOR: Readonly<Record<Exclude<NodeName, "west" | "east">, number>> = {
  ingress: 1,
  relay1: 2,
  relay2: 3,
  egress: 4,
};
export type SrNode = keyof typeof LOCATOR;
export const BLOCK = "fcbb:bb00::/32";
export const BLOCK_BITS = 32;
export const CSID_BITS = 16;

/** A whole SID: node, function. */
export const sidAt = (node: SrNode, function_: number): Sid =>
  parseSid(`fcbb:bb00:${LOCATOR[node]}000:${function_.toString(16)}::`);
/** A compressed SID: all of the node's sixteen bits, nothing after. */
export const csidAt = (node: SrNode, number: number): Sid =>
  parseSid(`fcbb:bb00:${((LOCATOR[node] << 12) | number).toString(16)}::`);

export const addressOn = (link: LinkName, node: NodeName): string =>
  `2001:db8:${LINKS[link].number}::${(LINKS[link].ends as readonly NodeName[]).indexOf(node) + 1}`;
/** What lies behind the egress; east answers for all of it. */
export const EAST = { 4: "203.0.113.0/24", 6: "2001:db8:f::/64" } as const;
export const eastAddress = (family: 4 | 6, number: number): string =>
  family === 4 ? `203.0.113.${number}` : `2001:db8:f::${number.toString(16)}`;
export const EAST_GATEWAY = { 4: "198.51.100.2", 6: addressOn("out", "east") } as const;
/** A table of relay1 in which the lower link leads east. */
export const LOWER_TABLE = 100;
/** A tenant's table of the egress; it leads east too. */
export const VRF_TABLE = 1_001;
export const PORT = 5_000;

/** Equal, so that a frame that was sent to the ingress is taken by east when End.DX2 gives it out there. */
const SHARED_MAC = "02:00:00:00:00:05";

const SYSCTLS = {
  "net/ipv4/ip_forward": 1,
  "net/ipv4/conf/all/rp_filter": 0,
  "net/ipv4/conf/default/rp_filter": 0,
  "net/ipv4/fib_multipath_hash_policy": 1,
  "net/ipv6/conf/all/forwarding": 1,
  "net/ipv6/conf/default/accept_dad": 0,
  "net/ipv6/conf/default/seg6_enabled": 1,
  "net/ipv6/conf/all/seg6_enabled": 1,
  "net/ipv6/fib_multipath_hash_policy": 1,
};

export class World {
  readonly #nodes: ReadonlyMap<NodeName, Namespace>;
  readonly folder = mkdtempSync(join(tmpdir(), "srwan-kernel-"));

  private constructor(nodes: ReadonlyMap<NodeName, Namespace>) {
    this.#nodes = nodes;
  }

  static async open(): Promise<World> {
    const world = new World(new Map(NODES.map((name) => [name, new Namespace(name)])));
    try {
      await Promise.all(NODES.map((name) => world.at(name).ask("sysctl", SYSCTLS)));
      for (const name of NODES) await world.at(name).ask("run", ["ip", "link", "set", "lo", "up"]);
      for (const link of LINK_NAMES) await world.make(link);
      await Promise.all(NODES.map((name) => world.underlay(name)));
      await world.at("east").ask("listen", PORT);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  at(name: NodeName): Namespace {
    return this.#nodes.get(name) as Namespace;
  }

  /** A link, up, with checksums finished by the sender: what is captured is what would be on a wire. */
  async make(link: LinkName): Promise<void> {
    const [west, east] = LINKS[link].ends;
    const peer = ["peer", "name", link, "netns", `${this.at(east).pid}`];
    await this.at(west).ask("run", ["ip", "link", "add", link, "type", "veth", ...peer]);
    for (const end of [west, east]) {
      await this.at(end).ask("run", ["ethtool", "-K", link, "tx", "off"]);
      const shared = (link === "in" && end === "ingress") || (link === "out" && end === "east");
      if (shared) await this.at(end).ask("run", ["ip", "link", "set", link, "address", SHARED_MAC]);
      await this.at(end).ask("run", ["ip", "link", "set", link, "up"]);
    }
  }

  /** Addresses and static routes, those that can be: also after a link was away, as a routing protocol would. */
  async underlay(name: NodeName): Promise<void> {
    const lines = [
      ...linksOf(name).map((link) => `addr replace ${addressOn(link, name)}/64 dev ${link}`),
      ...ROUTES[name],
      "",
    ];
    await this.at(name).ask("run", ["sh", "-c", "ip -force -batch - 2>/dev/null || :"], lines.join("\n"));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.close()));
    rmSync(this.folder, { recursive: true });
  }
}

export const linksOf = (name: NodeName): LinkName[] =>
  LINK_NAMES.filter((link) => (LINKS[link].ends as readonly NodeName[]).includes(name));

function toLocator(node: SrNode, from: SrNode, link: LinkName, table = 254): string {
  const [west, east] = LINKS[link].ends;
  const via = addressOn(link, west === from ? east : west);
  return `route replace fcbb:bb00:${LOCATOR[node]}000::/36 via ${via} dev ${link} table ${table}`;
}

const ROUTES: Readonly<Record<NodeName, readonly string[]>> = {
  west: [
    "addr replace 192.0.2.2/24 dev in",
    "route replace default via 192.0.2.1",
    `route replace default via ${addressOn("in", "ingress")}`,
  ],
  ingress: [
    "addr replace 192.0.2.1/24 dev in",
    ...(["relay1", "relay2", "egress"] as const).map((node) => toLocator(node, "ingress", "core1")),
  ],
  relay1: [
    toLocator("ingress", "relay1", "core1"),
    toLocator("relay2", "relay1", "upper"),
    toLocator("egress", "relay1", "upper"),
    toLocator("relay2", "relay1", "lower", LOWER_TABLE),
    toLocator("egress", "relay1", "lower", LOWER_TABLE),
  ],
  relay2: [
    toLocator("ingress", "relay2", "upper"),
    toLocator("relay1", "relay2", "upper"),
    toLocator("egress", "relay2", "core2"),
  ],
  egress: [
    "addr replace 198.51.100.1/24 dev out",
    ...(["ingress", "relay1", "relay2"] as const).map((node) => toLocator(node, "egress", "core2")),
    `route replace ${EAST[4]} via ${EAST_GATEWAY[4]}`,
    `route replace ${EAST[6]} via ${EAST_GATEWAY[6]}`,
    `route replace ${EAST[4]} via ${EAST_GATEWAY[4]} dev out table ${VRF_TABLE}`,
    `route replace ${EAST[6]} via ${EAST_GATEWAY[6]} dev out table ${VRF_TABLE}`,
  ],
  east: [
    "addr replace 198.51.100.2/24 dev out",
    "route replace default via 198.51.100.1",
    `route replace default via ${addressOn("out", "egress")}`,
    `route replace local ${EAST[4]} dev lo`,
    `route replace local ${EAST[6]} dev lo`,
  ],
};
