// The POP's own table of nftables: counters of policies and of segments, what TCP may put into a packet of a policy, and
// how traffic is handed to the Internet. As scripts that change what is there and leave its counters counting. Pure.

import {
  type Family,
  formatIpv4,
  formatIpv6,
  formatPrefix,
  type Ipv4,
  type Ipv6,
  type Prefix,
  parsePrefix,
} from "../../srv6/address.ts";
import { classMarks, MARK_MASK } from "../../srv6/linux/compile.ts";
import type { PopRecord } from "../../wire/pop.ts";
import type { Reading } from "../count.ts";
import { type Goal, PROBE } from "../goal.ts";
import { type Owned, rangesOf } from "./ranges.ts";

export const [METER_TABLE, EXIT_TABLE] = ["inet srwan_meter", "inet srwan_exit"] as const;

/** An interface that leads to another POP; counters are told by the segment's name. */
export type Port = { readonly device: string; readonly segment: string };

const FAMILIES = [4, 6] as const;
const [IP, TCP] = [{ 4: 20, 6: 40 } as const, 20];
const MAIN_TABLE = 254;
const ADDRESS = { 4: "ipv4_addr", 6: "ipv6_addr" } as const;
const HEADER = { 4: "ip", 6: "ip6" } as const;
/** Interfaces whose names nft would take for something else are not counted. */
const DEVICE = /^[A-Za-z0-9_.-]{1,15}$/;

const counterOf = (what: "policy" | "in" | "out", name: string): string => `${what}-${name}`;

/** Every counter that there is to be, with what it is told as. */
export function countersOf(goal: Goal, ports: readonly Port[]): ReadonlyMap<string, Pick<Reading, "what" | "name">> {
  const names = new Map<string, Pick<Reading, "what" | "name">>();
  for (const { policy } of steered(goal)) names.set(counterOf("policy", policy), { what: "policy", name: policy });
  for (const { device, segment } of ports) {
    if (!DEVICE.test(device)) continue;
    for (const way of ["in", "out"] as const) {
      names.set(counterOf(way, device), { what: "peer", name: `${way} ${segment}` });
    }
  }
  return names;
}

const steered = ({ desired }: Goal) => desired.steering.filter(({ policy }) => !policy.startsWith(PROBE));

/** Brings the table to this, whatever it was; `there` are counters that it has, which go where nobody wants them. */
export function meterScript(goal: Goal, ports: readonly Port[], there: readonly string[]): string {
  const counters = [...countersOf(goal, ports).keys()];
  const gone = there.filter((name) => !counters.includes(name));
  const marks = classMarks(goal.desired.steering);
  const main = steered(goal).filter(({ table }) => table === MAIN_TABLE);
  const owned = main.flatMap(({ policy, prefixes }) => prefixes.map((prefix): Owned => ({ prefix, policy })));
  const known = ports.filter(({ device }) => DEVICE.test(device));
  const trusted = ["lo", ...goal.desired.domain.segments].filter((device) => DEVICE.test(device));
  return [
    `table ${METER_TABLE} {`,
    ...counters.map((name) => `  counter ${name} { }`),
    ...FAMILIES.map((f) => `  map policies${f} { type ${ADDRESS[f]} : counter; flags interval; }`),
    ...FAMILIES.map((f) => `  map sizes${f} { typeof ${HEADER[f]} daddr : tcp option maxseg size; flags interval; }`),
    "  map marks { type mark : counter; }",
    "  map arriving { type ifname : counter; }",
    "  map leaving { type ifname : counter; }",
    "  set trusted { type ifname; }",
    "  chain enter { type filter hook prerouting priority -140; policy accept; }",
    "  chain leave { type filter hook postrouting priority 300; policy accept; }",
    "}",
    ...[...FAMILIES.flatMap((f) => [`policies${f}`, `sizes${f}`]), "marks", "arriving", "leaving"].map(
      (name) => `flush map ${METER_TABLE} ${name}`,
    ),
    `flush set ${METER_TABLE} trusted`,
    `flush chain ${METER_TABLE} enter`,
    `flush chain ${METER_TABLE} leave`,
    ...FAMILIES.flatMap((f) => [
      ...elements(
        `policies${f}`,
        rangesOf(owned, f).map((one) => `${rangeText(one, f)} : "${counterOf("policy", one.policy)}"`),
      ),
      ...elements(
        `sizes${f}`,
        rangesOf(owned, f).flatMap((one) => {
          const mtu = goal.mtus.get(one.policy);
          return mtu === undefined ? [] : [`${rangeText(one, f)} : ${mtu - IP[f] - TCP}`];
        }),
      ),
    ]),
    ...elements(
      "marks",
      [...marks]
        .filter(([policy]) => !policy.startsWith(PROBE))
        .map(([policy, mark]) => `${mark} : "${counterOf("policy", policy)}"`),
    ),
    ...elements(
      "arriving",
      known.map(({ device }) => `"${device}" : "${counterOf("in", device)}"`),
    ),
    ...elements(
      "leaving",
      known.map(({ device }) => `"${device}" : "${counterOf("out", device)}"`),
    ),
    ...elements(
      "trusted",
      trusted.map((device) => `"${device}"`),
    ),
    ...goal.desired.domain.blocks.flatMap((block) => [
      `add rule ${METER_TABLE} enter ip6 daddr ${formatPrefix(block)} counter name iifname map @arriving`,
      `add rule ${METER_TABLE} leave ip6 daddr ${formatPrefix(block)} counter name oifname map @leaving`,
    ]),
    ...(marks.size === 0
      ? []
      : [
          `add rule ${METER_TABLE} enter meta mark & ${MARK_MASK} != 0 counter name meta mark & ${MARK_MASK} map @marks accept`,
        ]),
    // TCP that enters a policy is told what fits: the kernel makes a SYN's largest segment smaller, never larger.
    ...FAMILIES.flatMap((f) => [
      `add rule ${METER_TABLE} enter iifname != @trusted counter name ${HEADER[f]} daddr map @policies${f}`,
      `add rule ${METER_TABLE} enter iifname != @trusted tcp flags syn tcp option maxseg size set ${HEADER[f]} daddr map @sizes${f}`,
    ]),
    ...gone.map((name) => `delete counter ${METER_TABLE} ${name}`),
    "",
  ].join("\n");
}

const elements = (name: string, all: readonly string[]): string[] =>
  all.length === 0 ? [] : [`add element ${METER_TABLE} ${name} { ${all.join(", ")} }`];

function rangeText({ first, last }: { first: bigint; last: bigint }, family: Family): string {
  const text = (address: bigint): string => (family === 4 ? formatIpv4(address as Ipv4) : formatIpv6(address as Ipv6));
  return first === last ? text(first) : `${text(first)}-${text(last)}`;
}

/**
 * What leaves for the Internet has a source that its network lets pass (BCP 38): IPv4 is translated, IPv6 where it is not of
 * the POP's own prefix. What the POP itself sends has the address it chose. "" where this POP hands nothing over.
 */
export function exitText({ egress }: Pick<PopRecord, "egress">, blocks: readonly Prefix[]): string {
  if (egress === undefined) return "";
  const { device, source4, source6 } = egress;
  const out = `oifname "${device}" fib saddr type != local`;
  const own = source6 === undefined ? undefined : parsePrefix(source6);
  return [
    `table ${EXIT_TABLE} {`,
    "  chain exit {",
    "    type nat hook postrouting priority 100; policy accept;",
    ...blocks.map((block) => `    oifname "${device}" ip6 daddr ${formatPrefix(block)} accept`),
    ...(source4 === undefined ? [] : [`    ${out} ip saddr != ${source4} snat ip to ${source4}`]),
    ...(own === undefined
      ? []
      : [`    ${out} ip6 saddr != ${formatPrefix(own)} snat ip6 to ${formatIpv6((own.address | 1n) as Ipv6)}`]),
    "  }",
    "}",
    "",
  ].join("\n");
}
