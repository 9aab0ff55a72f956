// The edge of the SR domain and steering by class, as one nftables table of our own. Pure.
//
// RFC 8754 §5.1: nothing from outside may be addressed to our SIDs. With an SRH or without: seg6local decapsulates a packet
// that has none (tried), and neither seg6_enabled nor seg6_require_hmac stops it. Every refusal counts under a kind.

import { LIMITS } from "../../base/limits.ts";
import { covers, formatIpv6, formatPrefix, hostPrefix } from "../address.ts";
import type { Desired, Steering, TrafficClass } from "../model.ts";
import { classMarks, MARK_MASK } from "./compile.ts";

export const TABLE = "inet srwan";
/** STAMP (RFC 8762); pulses on another port are not held back. */
const PULSE_PORT = 862;

/** What is refused, by the name that its rule counts under: to a SID from outside first, then the rest. */
export const REFUSED = {
  fragment: "a fragment to a SID",
  signed: "a routing header to a SID that says it is signed",
  header: "a routing header to a SID",
  ipv6: "IPv6 in IPv6 to a SID",
  ipv4: "IPv4 in IPv6 to a SID",
  other: "anything else to a SID",
  elsewhere: "a segment routing header to any other address",
  source: "a source that is ours",
  hidden: "fragments that may hide a routing header",
  bare: "a packet to a SID without a header, where all must be signed",
  unsigned: "a header without a signature, where all must be signed",
  icmp: "echo requests to this machine past their rate",
  pulse: "pulses to this machine past their rate",
} as const;
export type RefusedKind = keyof typeof REFUSED;

/** IANA protocol numbers: hop-by-hop options, routing, fragment, destination options. Whole packets have none of them here. */
const HIDING = "0, 43, 44, 60";
/** The flag by which Linux knows a signed header (RFC 8754 has none; its TLV says it). */
const SIGNED = "srh flags & 0x08";

/** The table as nft reads it. */
export function edgeText(desired: Desired): string {
  const { domain, tunnelSource, steering } = desired;
  const trusted = [...new Set(["lo", ...domain.segments])].sort();
  const marks = classMarks(steering);
  const classes = steering.flatMap((one) => classRules(one, marks.get(one.policy) ?? 0));
  const blocks = domain.blocks.map(formatPrefix);
  const covered = tunnelSource === undefined || domain.blocks.some((block) => covers(block, hostPrefix(tunnelSource)));
  const sources = covered ? blocks : [...blocks, formatIpv6(tunnelSource)];
  return [
    `table ${TABLE} {`,
    `\tset trusted {`,
    `\t\ttype ifname`,
    `\t\telements = { ${trusted.map((name) => `"${name}"`).join(`,\n\t\t\t     `)} }`,
    `\t}`,
    ``,
    ...chain("to_sid", [
      ["exthdr frag exists", "fragment"],
      [`${SIGNED} == 0x08`, "signed"],
      ["rt type 4", "header"],
      ["meta l4proto 41", "ipv6"],
      ["meta l4proto 4", "ipv4"],
      ["", "other"],
    ]),
    ...chain("outside", [
      ...blocks.map((block) => `ip6 daddr ${block} goto to_sid`),
      ["rt type 4", "elsewhere"],
      ...sources.map((source): Refusal => [`ip6 saddr ${source}`, "source"]),
      [`frag nexthdr { ${HIDING} }`, "hidden"],
    ]),
    ...chain(
      "edge",
      [
        `iifname != @trusted jump outside`,
        ...(domain.requireHmac
          ? blocks.flatMap((block): Refusal[] => [
              [`exthdr rt missing ip6 daddr ${block}`, "bare"],
              [`iifname != "lo" ip6 daddr ${block} ${SIGNED} != 0x08`, "unsigned"],
            ])
          : []),
      ],
      "prerouting priority -300",
    ),
    ...chain(
      "own",
      [
        [`icmp type echo-request ${over(LIMITS.edgeEchoesPerSecond)}`, "icmp"],
        [`icmpv6 type echo-request ${over(LIMITS.edgeEchoesPerSecond)}`, "icmp"],
        [`udp dport ${PULSE_PORT} ${over(LIMITS.edgePulsesPerSecond)}`, "pulse"],
      ].map(([match = "", kind]): Refusal => [`iifname != @trusted ${match}`, kind as RefusedKind]),
      "input priority -150",
    ),
    ...(classes.length
      ? chain(
          "classes",
          classes.map((rule) => `iifname != @trusted ${rule}`),
          "prerouting priority -150",
        )
      : []),
    `}`,
    ``,
  ]
    .flatMap((line, i, all) => (line === "" && all[i + 1] === "}" ? [] : [line]))
    .join("\n");
}

/** What a rule matches, and the name it counts under. */
type Refusal = readonly [match: string, kind: RefusedKind];

const chain = (name: string, rules: readonly (string | Refusal)[], hook?: string): string[] => [
  `\tchain ${name} {`,
  ...(hook === undefined ? [] : [`\t\ttype filter hook ${hook}; policy accept;`]),
  ...rules.map((rule) => (typeof rule === "string" ? `\t\t${rule}` : `\t\t${refusal(rule)}`)),
  `\t}`,
  ``,
];

const refusal = ([match, kind]: Refusal): string => `${match} counter drop comment "${kind}"`.trim();

const over = (perSecond: number): string => `limit rate over ${perSecond}/second burst ${perSecond} packets`;

/** The whole as one transaction: the old table goes and the new one comes in the same instant. */
export const edgeScript = (text: string): string => `table ${TABLE}\ndelete table ${TABLE}\n${text}`;
export const edgeRemoval = `table ${TABLE}\ndelete table ${TABLE}\n`;

function classRules({ classes, family: only }: Steering, mark: number): string[] {
  const keep = `0x${(~MARK_MASK >>> 0).toString(16).padStart(8, "0")}`;
  const set = `meta mark set meta mark & ${keep} | 0x${mark.toString(16).padStart(8, "0")}`;
  return classes.flatMap((one) => {
    const families = familiesOf(one).filter((family) => only === undefined || family === only);
    return families.map((family) => `${matches(one, family).join(" ")} ${set}`);
  });
}

const familiesOf = ({ source, destination }: TrafficClass): readonly (4 | 6)[] => {
  const named = source?.family ?? destination?.family;
  if (named === undefined) return [4, 6];
  return source && destination && source.family !== destination.family ? [] : [named];
};

function matches(one: TrafficClass, family: 4 | 6): string[] {
  const ip = family === 6 ? "ip6" : "ip";
  const words = [
    ...(one.source ? [`${ip} saddr ${formatPrefix(one.source)}`] : []),
    ...(one.destination ? [`${ip} daddr ${formatPrefix(one.destination)}`] : []),
    ...(one.dscp === undefined ? [] : [`${ip} dscp 0x${one.dscp.toString(16).padStart(2, "0")}`]),
    ...(one.destinationPort === undefined ? [] : [`${one.protocol} dport ${one.destinationPort}`]),
    ...(one.protocol !== undefined && one.destinationPort === undefined
      ? [`meta l4proto ${one.protocol === "tcp" ? 6 : 17}`]
      : []),
  ];
  const saysFamily = words.some((word) => word.startsWith(`${ip} `));
  return saysFamily ? words : [`meta nfproto ipv${family}`, ...words];
}
