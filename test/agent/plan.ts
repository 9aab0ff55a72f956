// The world's numbers: who is where, which SIDs lead where, and the documents that say so.

import type { PopDesired, WirePath, WirePeer, WirePolicy } from "../../src/wire/desired.ts";
import { segmentName } from "../../src/wire/parts.ts";
import type { PopRecord } from "../../src/wire/pop.ts";

export const NODES = ["west", "pop1", "r1", "r2", "pop2", "east"] as const;
export type NodeName = (typeof NODES)[number];
export type PopName = "pop1" | "pop2";
export type RelayName = "r1" | "r2";

/** A link's subnet, its ends, first .1 and second .2; a device is named by where it leads. */
export const LINKS = [
  ["west", "pop1", "a1"],
  ["pop2", "east", "a2"],
  ["pop1", "r1", "11"],
  ["pop2", "r1", "12"],
  ["pop1", "r2", "21"],
  ["pop2", "r2", "22"],
] as const;

const LOCATOR = { pop1: "fcbb:bb00:1", r1: "fcbb:bb00:2", r2: "fcbb:bb00:3", pop2: "fcbb:bb00:4" } as const;
export const NEAR: Readonly<Record<PopName, string>> = { pop1: "fcbb:bb00:1:ffff::/64", pop2: "fcbb:bb00:4:ffff::/64" };
const FAR = { pop1: "pop2", pop2: "pop1" } as const;
const VIA = { upper: "r1", lower: "r2" } as const;
export type PathName = keyof typeof VIA;

const addressOn = (net: string, end: 0 | 1): string => `2001:db8:${net}::${end + 1}`;
const netOf = (pop: PopName, relay: RelayName): string => LINKS.find(([a, b]) => a === pop && b === relay)?.[2] ?? "";

export const SETTINGS = [
  "ip link set lo up",
  "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0",
  "sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.seg6_enabled=1 net.ipv6.conf.default.seg6_enabled=1",
  "sysctl -qw net.ipv6.conf.lo.seg6_enabled=1 net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0",
].join("\n");

/** Addresses, and the routes that an underlay would give. */
export function setupLines(node: NodeName): string[] {
  const own = LINKS.flatMap(([a, b, net]): { net: string; end: 0 | 1; other: NodeName }[] =>
    a === node ? [{ net, end: 0, other: b }] : b === node ? [{ net, end: 1, other: a }] : [],
  );
  const addresses = own.flatMap(({ net, end, other }) => [
    `ip addr add ${addressOn(net, end)}/64 dev to-${other} nodad`,
    ...(net.startsWith("a") ? [`ip addr add 10.0.${net.slice(1)}.${end + 1}/24 dev to-${other}`] : []),
    `for f in /proc/sys/net/ipv6/conf/to-${other}; do echo 1 > $f/seg6_enabled; echo 0 > $f/accept_dad; done`,
    `ip link set to-${other} up`,
  ]);
  return [...addresses, ...routesOf(node)];
}

function routesOf(node: NodeName): string[] {
  if (node === "west") return ["ip -6 route add default via 2001:db8:a1::2", "ip route add default via 10.0.1.2"];
  if (node === "east") return ["ip -6 route add default via 2001:db8:a2::1", "ip route add default via 10.0.2.1"];
  if (node === "r1" || node === "r2") {
    return (["pop1", "pop2"] as const).flatMap((pop, i) => {
      const gateway = addressOn(netOf(pop, node), 0);
      const sid = `${LOCATOR[node]}:e00${i + 1}::`;
      return [
        `ip -6 route add ${LOCATOR[pop]}::/48 via ${gateway}`,
        `ip -6 route add ${sid} encap seg6local action End.X nh6 ${gateway} count dev to-${pop}`,
      ];
    });
  }
  const pop = node as PopName;
  const relays = ["r1", "r2"] as const;
  return [
    ...relays.map((relay) => `ip -6 route add ${LOCATOR[relay]}::/48 via ${addressOn(netOf(pop, relay), 1)}`),
    // What is not steered goes over the lower relay.
    `ip -6 route add ${LOCATOR[FAR[pop]]}::/48 via ${addressOn(netOf(pop, "r2"), 1)}`,
  ];
}

/** Hosts behind a POP reach others as if they were on its own network. */
export const EXIT = { device: "to-east", source4: "10.0.2.1", source6: "2001:db8:a2::/64" } as const;

export const recordOf = (pop: PopName): PopRecord => ({
  name: pop,
  platform: "linux",
  transits: [{ name: "t" }],
  segments: (["r1", "r2"] as const).map((relay) => ({
    transit: "t",
    to: relay,
    device: `to-${relay}`,
    nexthop: addressOn(netOf(pop, relay), 1),
    local: addressOn(netOf(pop, relay), 0),
  })),
  address: addressOn(netOf(pop, "r1"), 0),
  ...(pop === "pop2" ? { egress: EXIT } : {}),
});

/** The same policy for IPv4, which the far end takes by a SID of its own. */
export function policy4(name: string, path: PathName, pop: PopName = "pop1"): WirePolicy {
  const four = (one: WirePath): WirePath => ({
    ...one,
    sids: [...one.sids.slice(0, -1), `${LOCATOR[FAR[pop]]}:d004::`],
    probeSids: one.sids,
  });
  const six = policy(pop, name, path);
  return {
    ...six,
    paths: six.paths.map(four),
    ...(six.backup === undefined ? {} : { backup: four(six.backup) }),
    prefixes: [pop === "pop1" ? "10.0.2.0/24" : "10.0.1.0/24"],
  };
}

export function pathOver(pop: PopName, name: PathName, more: Partial<WirePath> = {}): WirePath {
  const [far, relay] = [FAR[pop], VIA[name]];
  const port = relay === "r1" ? 1 : 2;
  const towards = { pop1: 1, pop2: 2 } as const;
  return {
    name,
    segments: [
      segmentName({ from: pop, transit: "t", to: relay }),
      segmentName({ from: relay, transit: "t", to: far }),
    ],
    sids: [`${LOCATOR[pop]}:e00${port}::`, `${LOCATOR[relay]}:e00${towards[far]}::`, `${LOCATOR[far]}:d006::`],
    back: [`${LOCATOR[far]}:e00${port}::`, `${LOCATOR[relay]}:e00${towards[pop]}::`],
    weight: 1,
    mode: "encap.red",
    ...more,
  };
}

export function policy(pop: PopName, name: string, path: PathName, more: Partial<WirePolicy> = {}): WirePolicy {
  const backup = path === "upper" ? "lower" : "upper";
  return {
    name,
    to: FAR[pop],
    far: NEAR[FAR[pop]],
    paths: [pathOver(pop, path)],
    backup: pathOver(pop, backup),
    prefixes: pop === "pop1" ? ["2001:db8:a2::/64"] : ["2001:db8:a1::/64"],
    classes: [],
    ...more,
  };
}

/** Both relays, over the segments that lead there. */
export const peersOf = (pop: PopName, intervalMs: number): WirePeer[] =>
  (["r1", "r2"] as const).map((relay) => ({
    segment: segmentName({ from: pop, transit: "t", to: relay }),
    address: addressOn(netOf(pop, relay), 1),
    from: addressOn(netOf(pop, relay), 0),
    port: 862,
    intervalMs,
    floorUs: 0,
  }));

export function documentOf(pop: PopName, version: number, policies: readonly WirePolicy[]): PopDesired {
  const relays = ["r1", "r2"] as const;
  return {
    version,
    settings: {
      pop,
      group: "core",
      blocks: ["fcbb:bb00::/32"],
      segments: ["to-r1", "to-r2"],
      tunnelSource: addressOn(netOf(pop, "r1"), 0),
      near: NEAR[pop],
      reportMs: 1_000,
      drained: false,
    },
    tenants: [],
    hmacKeys: [],
    localSids: [
      ...relays.map((relay, i) => ({
        sid: `${LOCATOR[pop]}:e00${i + 1}::`,
        behavior: "End.X" as const,
        device: `to-${relay}`,
        nexthop: addressOn(netOf(pop, relay), 1),
      })),
      { sid: `${LOCATOR[pop]}:d006::`, behavior: "End.DT6", table: 254 },
      { sid: `${LOCATOR[pop]}:d004::`, behavior: "End.DT4", table: 254 },
    ],
    policies: [...policies],
    peers: [],
  };
}
