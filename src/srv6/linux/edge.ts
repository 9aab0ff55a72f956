// The edge of the SR domain and steering by class, as one nftables table of our own. Pure.
//
// RFC 8754 §5.1: nothing from outside may be addressed to our SIDs. With an SRH or without: seg6local decapsulates a packet
// that has none (tried), and neither seg6_enabled nor seg6_require_hmac stops it.

import { formatPrefix } from "../address.ts";
import type { Desired, Steering, TrafficClass } from "../model.ts";
import { classMarks, MARK_MASK } from "./compile.ts";

export const TABLE = "inet srwan";

/** The table as nft reads it. */
export function edgeText(desired: Desired): string {
  const trusted = [...new Set(["lo", ...desired.domain.segments])].sort();
  const marks = classMarks(desired.steering);
  const classes = desired.steering.flatMap((steering) => classRules(steering, marks.get(steering.policy) ?? 0));
  return [
    `table ${TABLE} {`,
    `\tset trusted {`,
    `\t\ttype ifname`,
    `\t\telements = { ${trusted.map((name) => `"${name}"`).join(`,\n\t\t\t     `)} }`,
    `\t}`,
    ``,
    `\tchain edge {`,
    `\t\ttype filter hook prerouting priority -300; policy accept;`,
    ...desired.domain.blocks.map((block) => `\t\tiifname != @trusted ip6 daddr ${formatPrefix(block)} counter drop`),
    `\t\tiifname != @trusted rt type 4 counter drop`,
    ...(desired.domain.requireHmac
      ? desired.domain.blocks.map((block) => `\t\texthdr rt missing ip6 daddr ${formatPrefix(block)} counter drop`)
      : []),
    `\t}`,
    ...(classes.length
      ? [
          ``,
          `\tchain classes {`,
          `\t\ttype filter hook prerouting priority -150; policy accept;`,
          ...classes.map((rule) => `\t\tiifname != @trusted ${rule}`),
          `\t}`,
        ]
      : []),
    `}`,
    ``,
  ].join("\n");
}

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
