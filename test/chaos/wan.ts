// The WAN that is shaken: who is where, over which addresses, and how the service is reached.
//
//   west ── pop1 ══ r1 ══ pop2 ── east        hub: the service; a link to each of the four POPs
//                ══ r2 ══

import type { PopRecord, SegmentPort } from "../../src/wire/pop.ts";

export const POPS = ["pop1", "pop2", "r1", "r2"] as const;
export type Pop = (typeof POPS)[number];
export const NODES = ["west", ...POPS, "east", "hub"] as const;
export type Node = (typeof NODES)[number];

/** A link's subnet and its ends, first ::1 and second ::2; an interface is named by where it leads. */
export const LINKS: readonly (readonly [Node, Node, string])[] = [
  ["west", "pop1", "2001:db8:a1::"],
  ["pop2", "east", "2001:db8:a2::"],
  ["pop1", "r1", "2001:db8:11::"],
  ["pop2", "r1", "2001:db8:12::"],
  ["pop1", "r2", "2001:db8:21::"],
  ["pop2", "r2", "2001:db8:22::"],
  ...POPS.map((pop, i) => ["hub", pop, `2001:db8:900:${i + 1}::`] as const),
];

/** Where the service is, for those who come over the network. */
export const HUB = { prefix: "2001:db8:9::/64", address: "2001:db8:9::1", port: 7_177 } as const;

/** What a POP comes from when it speaks to the service. */
export const hubSide = (pop: Pop): string => `2001:db8:900:${POPS.indexOf(pop) + 1}::/64`;

/** Networks behind pop2: each is carried by a policy of its own. */
export const GOLD = { prefix: "2001:db8:a2::/64", host: "2001:db8:a2::2" } as const;
export const SIDE = { prefix: "2001:db8:b2::/64", host: "2001:db8:b2::2" } as const;

export const UPPER = ["pop1/t>r1", "r1/t>pop2"];
export const LOWER = ["pop1/t>r2", "r2/t>pop2"];

type End = { readonly other: Node; readonly own: string; readonly far: string };

const endsOf = (node: Node): End[] =>
  LINKS.flatMap(([a, b, net]) => {
    if (a === node) return [{ other: b, own: `${net}1`, far: `${net}2` }];
    return b === node ? [{ other: a, own: `${net}2`, far: `${net}1` }] : [];
  });

const isPop = (node: Node): node is Pop => (POPS as readonly Node[]).includes(node);

/** Addresses, and the routes that an underlay would give. */
export function setupLines(node: Node): string[] {
  return [
    ...endsOf(node).map(({ other, own }) => `ip addr add ${own}/64 dev to-${other} nodad`),
    ...endsOf(node).map(({ other }) => upLine(other)),
    ...routesOf(node),
  ];
}

const upLine = (other: Node): string =>
  `for f in /proc/sys/net/ipv6/conf/to-${other}; do echo 1 > $f/seg6_enabled; echo 0 > $f/accept_dad; echo 1 > $f/keep_addr_on_down; done; ip link set to-${other} up`;

function routesOf(node: Node): string[] {
  if (node === "west") return ["ip -6 route add default via 2001:db8:a1::2"];
  if (node === "east") return ["ip -6 route add default via 2001:db8:a2::1", `ip addr add ${SIDE.host}/128 dev lo`];
  if (node === "hub") return [`ip addr add ${HUB.address}/128 dev lo`];
  const hub = endsOf(node).find(({ other }) => other === "hub")?.far;
  const side = node === "pop2" ? [`ip -6 route add ${SIDE.prefix} via ${GOLD.host}`] : [];
  return [`ip -6 route add ${HUB.prefix} via ${hub}`, ...side];
}

export function recordOf(pop: Pop): PopRecord {
  const segments = endsOf(pop).filter(({ other }) => isPop(other));
  return {
    name: pop,
    platform: "linux",
    transits: [{ name: "t" }],
    segments: segments.map(
      ({ other, own, far }): SegmentPort => ({
        transit: "t",
        to: other,
        device: `to-${other}`,
        nexthop: far,
        local: own,
      }),
    ),
    address: segments[0]?.own ?? "",
  };
}

/** Of the same POP, the way over the upper relay inside WireGuard. */
export function encryptedRecordOf(pop: Pop): PopRecord {
  const plain = recordOf(pop);
  const segments = plain.segments.map((port, i): SegmentPort => {
    if (pop !== "r1" && port.to !== "r1") return port;
    const [local, nexthop] = [port.local, port.nexthop].map((one) => one.replace("2001:db8:", "fd00:"));
    const inside = { device: tunnelTo(pop, port.to), local: local ?? "", nexthop: nexthop ?? "" };
    return { ...port, ...inside, wireguard: { endpoint: port.local, port: WIREGUARD_PORT + i } };
  });
  return { ...plain, segments };
}

/** All of the WAN's are sockets in one folder where wireguard-go makes them: no two have the same name. */
export const tunnelTo = (pop: Pop, other: string): string => `wg-${pop}-${other}`;
const WIREGUARD_PORT = 51_820;

export const policy = (name: string, prefix: string, pin: readonly string[]) => ({
  name,
  from: "pop1",
  to: "pop2",
  prefixes: [prefix],
  pin: [...pin],
});
