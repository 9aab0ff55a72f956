// Our octets against those that `ip` itself sends for the same object (golden/messages.txt, taken by golden/capture.sh):
// the same header and the same attributes, whatever their order; and `ip`'s octets read back as the object.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Ipv4, type Ipv6, parseIpv4, parseIpv6, parsePrefix } from "../address.ts";
import type { Behavior, EncapMode } from "../behavior.ts";
import type { Sid } from "../sid.ts";
import { linksOf, RTM_LINK, writeVrf } from "./link-codec.ts";
import { NHM, readNexthop, writeNexthop } from "./nexthop-codec.ts";
import type { Encap, Hop, KernelRoute, KernelRule, RouteTarget } from "./objects.ts";
import { RTM, readRoute, writeRoute } from "./route-codec.ts";
import { FRM, readRule, writeRule } from "./rule-codec.ts";
import { readHmacKey, writeHmacKey, writeTunnelSource } from "./seg6-genl.ts";
import { FLAG, type Message, messages, type Reader, Writer } from "./wire.ts";

const SEG6_FAMILY = 29;
const BOOT = 3;
const links = linksOf([
  { index: 1, name: "lo", up: true, carrier: true, mtu: 65536 },
  { index: 3, name: "a0", up: true, carrier: true, mtu: 1500 },
]);

const golden = new Map(
  readFileSync(new URL("golden/messages.txt", import.meta.url), "utf8")
    .split(/^ip /m)
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const [command = "", ...hex] = part.split("\n");
      return [
        command,
        Uint8Array.from(hex.join(" ").trim().split(/\s+/), (byte) => Number.parseInt(byte, 16)),
      ] as const;
    }),
);

const sid = (text: string): Sid => parseIpv6(text) as Sid;
const v6 = (text: string): Ipv6 => parseIpv6(text);
const v4 = (text: string): Ipv4 => parseIpv4(text);
const seg6 = (mode: EncapMode, ...segments: string[]): Encap => ({ kind: "seg6", mode, segments: segments.map(sid) });
const local = (behavior: Behavior, counted = false): Encap => ({ kind: "seg6local", behavior, counted });
const hops = (hop: Hop): RouteTarget => ({ kind: "hops", hops: [{ ...hop, weight: 1 }] });
const route = (prefix: string, target: RouteTarget, more: Partial<KernelRoute> = {}): KernelRoute => ({
  kind: "route",
  prefix: parsePrefix(prefix),
  table: 254,
  metric: 0,
  protocol: BOOT,
  target,
  ...more,
});
const on = (encap: Encap, device = "lo"): KernelRoute =>
  route(encap.kind === "seg6" ? "fc00::/64" : "fc00::1/128", hops({ device, encap }));
const csid = { nextCsid: { blockBits: 32, nodeFunctionBits: 16 } };

const ROUTES: readonly [string, KernelRoute][] = [
  ["-6 route add fc00::/64 encap seg6 mode encap segs fc00::1,fc00::2 dev lo", on(seg6("encap", "fc00::1", "fc00::2"))],
  [
    "-6 route add fc00::/64 encap seg6 mode encap.red segs fc00::1,fc00::2,fc00::3 dev lo table 1000",
    { ...on(seg6("encap.red", "fc00::1", "fc00::2", "fc00::3")), table: 1000 },
  ],
  [
    "-6 route add fc00::/64 encap seg6 mode inline segs fc00::1 dev lo metric 77",
    { ...on(seg6("inline", "fc00::1")), metric: 77 },
  ],
  ["-6 route add fc00::/64 encap seg6 mode l2encap segs fc00::1 dev lo", on(seg6("l2encap", "fc00::1"))],
  [
    "-6 route add fc00::/64 encap seg6 mode l2encap.red segs fc00::1,fc00::2 dev lo",
    on(seg6("l2encap.red", "fc00::1", "fc00::2")),
  ],
  [
    "-6 route add fc00::/64 encap seg6 mode encap segs fc00::1 hmac 17 dev lo",
    on({ kind: "seg6", mode: "encap", segments: [sid("fc00::1")], hmacKeyId: 17 }),
  ],
  [
    "-4 route add 192.0.2.0/24 encap seg6 mode encap segs fc00::1 dev lo protocol 196",
    route("192.0.2.0/24", hops({ device: "lo", encap: seg6("encap", "fc00::1") }), { protocol: 196 }),
  ],
  ["-6 route add fc00::1/128 encap seg6local action End dev lo", on(local({ action: "End" }))],
  ["-6 route add fc00::1/128 encap seg6local action End count dev lo", on(local({ action: "End" }, true))],
  [
    "-6 route add local fc00::1/128 encap seg6local action End count dev lo table 254",
    route("fc00::1/128", {
      kind: "hops",
      hops: [{ device: "lo", encap: local({ action: "End" }, true), weight: 1 }],
      local: true,
    }),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End flavors psp dev lo",
    on(local({ action: "End", flavors: { psp: true } })),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End flavors next-csid lblen 32 nflen 16 dev lo",
    on(local({ action: "End", flavors: csid })),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.X nh6 fe80::1 dev a0",
    on(local({ action: "End.X", nexthop: v6("fe80::1") }), "a0"),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.X nh6 fe80::1 flavors next-csid lblen 32 nflen 16 dev a0",
    on(local({ action: "End.X", nexthop: v6("fe80::1"), flavors: csid }), "a0"),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.T table 100 dev lo",
    on(local({ action: "End.T", table: 100 })),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.DX2 oif a0 dev lo",
    on(local({ action: "End.DX2", device: "a0" })),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.DX4 nh4 192.0.2.1 dev lo",
    on(local({ action: "End.DX4", nexthop: v4("192.0.2.1") })),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.DX6 nh6 fc00::9 dev lo",
    on(local({ action: "End.DX6", nexthop: v6("fc00::9") })),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.DT6 table 254 count dev lo",
    on(local({ action: "End.DT6", table: 254 }, true)),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.DT4 vrftable 1001 dev lo",
    on(local({ action: "End.DT4", vrfTable: 1001 })),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.DT6 vrftable 1001 dev lo",
    on(local({ action: "End.DT6", vrfTable: 1001 })),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.DT46 vrftable 1001 dev lo",
    on(local({ action: "End.DT46", vrfTable: 1001 })),
  ],
  [
    "-6 route add fc00::1/128 encap seg6local action End.B6.Encaps srh segs fc00::7,fc00::8 dev lo",
    on(local({ action: "End.B6.Encaps", segments: [sid("fc00::7"), sid("fc00::8")] })),
  ],
  [
    "-6 route add fc00::/64 proto 196 nexthop encap seg6 mode encap segs fc00::1 via fe80::1 dev a0 weight 3 nexthop encap seg6 mode encap segs fc00::2 via fe80::2 dev a0 weight 1",
    route(
      "fc00::/64",
      {
        kind: "hops",
        hops: [
          { device: "a0", gateway: v6("fe80::1"), encap: seg6("encap", "fc00::1"), weight: 3 },
          { device: "a0", gateway: v6("fe80::2"), encap: seg6("encap", "fc00::2"), weight: 1 },
        ],
      },
      { protocol: 196 },
    ),
  ],
  ["-6 route add fc00::/64 nhid 20", route("fc00::/64", { kind: "nexthop", id: 20 })],
  ["-6 route add throw fc00::/64 table 1000", route("fc00::/64", { kind: "discard", how: "throw" }, { table: 1000 })],
  [
    "-6 route add blackhole fc00::/64 table 1000",
    route("fc00::/64", { kind: "discard", how: "blackhole" }, { table: 1000 }),
  ],
];

/** Header and attributes in order of type, so that two spellings of one message are equal. `ip` always asks for an ack. */
function normal(octets: Uint8Array): unknown {
  const [message] = [...messages(octets)];
  if (!message) throw new Error("no message");
  const size = headerSize(message.type);
  return {
    type: message.type,
    flags: message.flags & ~FLAG.ack,
    header: Buffer.from(message.payload.bytes.subarray(0, size)).toString("hex"),
    attributes: sorted(message.payload, size).map(([type, value]) => `${type}: ${content(type, value)}`),
  };
}

const ENCAP = 22;
const FLAVORS = 11;
const sorted = (reader: Reader, at = 0) => [...reader.attributes(at)].toSorted(([a], [b]) => a - b);

/** Octets in hex; opened where `ip` leaves whatever was in its memory as padding between attributes. */
function content(type: number, value: Reader): string {
  if (type !== ENCAP && type !== FLAVORS) return Buffer.from(value.bytes).toString("hex");
  return `{${sorted(value).map(([inner, part]) => `${inner}: ${content(inner, part)}`)}}`;
}

function headerSize(type: number): number {
  if (type === RTM_LINK.newLink) return 16;
  if (type === SEG6_FAMILY) return 4;
  return type === NHM.newNexthop || type === NHM.deleteNexthop ? 8 : 12;
}

const taken = (command: string): Uint8Array => {
  const found = golden.get(command);
  if (!found) throw new Error(`golden/messages.txt has no "ip ${command}"; run golden/capture.sh`);
  return found;
};
const first = (octets: Uint8Array): Message => [...messages(octets)][0] as Message;
const written = (write: (writer: Writer) => void): Uint8Array => {
  const writer = new Writer();
  write(writer);
  return writer.take();
};

describe("routes", () => {
  it.each(ROUTES)("ip %s", (command, object) => {
    expect(normal(written((w) => writeRoute(w, "add", object, links, 1)))).toEqual(normal(taken(command)));
    const read = readRoute(first(taken(command)), links);
    expect(uncounted(read)).toEqual(object);
  });

  it("ip -6 route del fc00::/64 table 1000 proto 196 metric 50", () => {
    const object = route("fc00::/64", { kind: "nexthop", id: 20 }, { table: 1000, metric: 50, protocol: 196 });
    const ours = normal(written((w) => writeRoute(w, "delete", object, links, 1)));
    expect(ours).toMatchObject({ type: RTM.deleteRoute });
    const { attributes } = normal(taken("-6 route del fc00::/64 table 1000 proto 196 metric 50")) as {
      attributes: string[];
    };
    expect(ours).toMatchObject({ attributes });
  });
});

/** What the kernel counts is no part of what was asked for. */
const uncounted = (object: unknown): unknown =>
  JSON.parse(
    JSON.stringify(object, (key, value) => (key === "counters" ? undefined : bigText(value))),
    bigValue,
  );
const bigText = (value: unknown): unknown => (typeof value === "bigint" ? `${value}n` : value);
const bigValue = (_key: string, value: unknown): unknown =>
  typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;

describe("nexthops", () => {
  const hop = (id: number, more: Hop, protocol = 0) =>
    ({ kind: "nexthop", id, family: 6, protocol, hop: more }) as const;
  it.each([
    [
      "-6 nexthop add id 10 dev lo encap seg6 mode encap.red segs fc00::1,fc00::2 protocol 196",
      "add",
      hop(10, { device: "lo", encap: seg6("encap.red", "fc00::1", "fc00::2") }, 196),
    ],
    [
      "-6 nexthop add id 11 encap seg6local action End.B6.Encaps srh segs fc00::7 via fe80::1 dev a0",
      "add",
      hop(11, {
        device: "a0",
        gateway: v6("fe80::1"),
        encap: local({ action: "End.B6.Encaps", segments: [sid("fc00::7")] }),
      }),
    ],
    [
      "nexthop add id 20 group 10,3/11,1",
      "add",
      {
        kind: "group",
        id: 20,
        protocol: 0,
        members: [
          { id: 10, weight: 3 },
          { id: 11, weight: 1 },
        ],
      },
    ],
    [
      "nexthop add id 21 group 10/11 type resilient buckets 32",
      "add",
      {
        kind: "group",
        id: 21,
        protocol: 0,
        members: [
          { id: 10, weight: 1 },
          { id: 11, weight: 1 },
        ],
        resilient: { buckets: 32 },
      },
    ],
  ] as const)("ip %s", (command, change, object) => {
    expect(normal(written((w) => writeNexthop(w, change, object, links, 1)))).toEqual(normal(taken(command)));
    expect(readNexthop(first(taken(command)), links)).toEqual(object);
  });

  it("ip nexthop del id 10", () => {
    const ours = written((w) => writeNexthop(w, "delete", hop(10, {}), links, 1));
    expect(normal(ours)).toEqual(normal(taken("nexthop del id 10")));
  });

  it("keeps a weight past 256 in both octets", () => {
    const group = { kind: "group", id: 1, protocol: 196, members: [{ id: 2, weight: 1000 }] } as const;
    expect(readNexthop(first(written((w) => writeNexthop(w, "add", group, links, 1))), links)).toEqual(group);
  });
});

describe("rules, links, keys", () => {
  const marked: KernelRule = {
    kind: "rule",
    family: 6,
    priority: 1000,
    table: 1000,
    protocol: 196,
    mark: 0x100,
    mask: 0xff00,
  };

  it("ip -6 rule add fwmark 0x100/0xff00 table 1000 priority 1000 protocol 196", () => {
    const command = "-6 rule add fwmark 0x100/0xff00 table 1000 priority 1000 protocol 196";
    expect(normal(written((w) => writeRule(w, "add", marked, 1)))).toEqual(normal(taken(command)));
    expect(readRule(first(taken(command)))).toEqual(marked);
  });

  it("ip -4 rule add from 192.0.2.0/24 table 100 priority 900", () => {
    expect(readRule(first(taken("-4 rule add from 192.0.2.0/24 table 100 priority 900")))).toEqual({
      kind: "rule",
      family: 4,
      priority: 900,
      table: 100,
      protocol: 0,
      source: parsePrefix("192.0.2.0/24"),
    });
  });

  it("a rule's removal names all that its addition named", () => {
    const ours = normal(written((w) => writeRule(w, "delete", marked, 1))) as { attributes: unknown };
    const theirs = normal(
      taken("-6 rule del fwmark 0x100/0xff00 table 1000 priority 1000 protocol 196"),
    ) as typeof ours;
    expect([
      ours.attributes,
      first(taken("-6 rule del fwmark 0x100/0xff00 table 1000 priority 1000 protocol 196")).type,
    ]).toEqual([theirs.attributes, FRM.deleteRule]);
  });

  it("ip link add srwan-red type vrf table 1001, made up at once", () => {
    const { attributes } = normal(taken("link add srwan-red type vrf table 1001")) as { attributes: unknown };
    const ours = normal(written((w) => writeVrf(w, "add", { kind: "vrf", name: "srwan-red", table: 1001 }, 1)));
    // `ip` leaves out the closing zero of "vrf" and the flag of nesting; the kernel takes both.
    expect(
      JSON.stringify(ours).replaceAll("0800010076726600", "0700010076726600").replaceAll("0c000280", "0c000200"),
    ).toContain((attributes as string[])[0] as string);
  });

  it("ip sr hmac set 17 sha256; ip sr tunsrc set fc00::99", () => {
    const key = { kind: "hmac", id: 17, algorithm: "sha256", secret: "secret" } as const;
    const ours = written((w) => writeHmacKey(w, "add", key, SEG6_FAMILY, 1));
    expect(normal(ours)).toEqual(normal(taken("sr hmac set 17 sha256")));
    expect(readHmacKey(first(ours))).toEqual(key);
    const source = written((w) => writeTunnelSource(w, v6("fc00::99"), SEG6_FAMILY, 1));
    expect(normal(source)).toEqual(normal(taken("sr tunsrc set fc00::99")));
  });
});

it("every command captured is held by a test above", () => {
  const tested = readFileSync(new URL(import.meta.url), "utf8");
  const untested = [...golden.keys()].filter((command) => !tested.includes(command));
  expect(untested).toEqual([]);
});
