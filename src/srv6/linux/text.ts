// Kernel objects as `ip` would take them: what plans print, goldens hold, and two objects are compared by. Pure.

import { formatIpv4, formatIpv6, formatPrefix, type Ipv4, type Ipv6 } from "../address.ts";
import type { Behavior, Flavors } from "../behavior.ts";
import {
  defaultMetric,
  type Encap,
  type Hop,
  type KernelObject,
  type KernelRoute,
  type KernelRule,
  MAIN_TABLE,
  type RouteTarget,
  type WeightedHop,
} from "./objects.ts";

export type Change = "add" | "replace" | "delete";

/** Which object this is, whatever it says: two objects of one identity cannot both be in a kernel. */
export function identity(object: KernelObject): string {
  switch (object.kind) {
    case "route":
      return routeIdentity(object);
    case "nexthop":
    case "group":
      return `nexthop ${object.id}`;
    case "rule":
      return `rule -${object.family} ${ruleText(object)}`;
    case "vrf":
      return `vrf ${object.name}`;
    case "setting":
      return `setting ${object.name}`;
    case "hmac":
      return `hmac ${object.id}`;
  }
}

export const routeIdentity = (route: Pick<KernelRoute, "prefix" | "table" | "metric">): string =>
  `route ${formatPrefix(route.prefix)} table ${route.table} metric ${route.metric || defaultMetric(route.prefix.family)}`;

/** The command that makes the change; a secret is shown as dots. */
export function commandText(change: Change, object: KernelObject): string {
  switch (object.kind) {
    case "route":
      return `ip -${object.prefix.family} route ${verb(change)} ${change === "delete" ? routeName(object) : routeText(object)}`;
    case "nexthop":
    case "group":
      if (change === "delete") return `ip nexthop del id ${object.id}`;
      return `ip ${object.kind === "nexthop" ? `-${object.family} ` : ""}nexthop ${verb(change)} ${objectText(object)}`;
    case "rule":
      return `ip -${object.family} rule ${verb(change)} ${ruleText(object)}`;
    case "vrf":
      return change === "delete" ? `ip link del ${object.name}` : `ip link add ${objectText(object)}`;
    case "setting":
      return `sysctl -w ${change === "delete" ? `${object.name}=0` : objectText(object)}`;
    case "hmac":
      return change === "delete"
        ? `ip sr hmac set ${object.id} ${object.algorithm} (no secret)`
        : `ip sr hmac set ${objectText(object)}`;
  }
}

const verb = (change: Change): string => (change === "delete" ? "del" : change);

/** All that an object says; equal texts are equal objects. Counters are no part of it. */
export function objectText(object: KernelObject): string {
  switch (object.kind) {
    case "route":
      return routeText(object);
    case "nexthop":
      return `id ${object.id} ${hopText(object.hop)} proto ${protocolText(object.protocol)}`;
    case "group": {
      const members = object.members.map(({ id, weight }) => (weight === 1 ? `${id}` : `${id},${weight}`)).join("/");
      const type = object.resilient ? ` type resilient buckets ${object.resilient.buckets}` : "";
      return `id ${object.id} group ${members}${type} proto ${protocolText(object.protocol)}`;
    }
    case "rule":
      return `-${object.family} ${ruleText(object)}`;
    case "vrf":
      return `${object.name} type vrf table ${object.table}`;
    case "setting":
      return `${object.name}=${object.value}`;
    case "hmac":
      return `${object.id} ${object.algorithm} ········`;
  }
}

/** As `ip` names them, which takes the numbers too. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  2: "kernel",
  3: "boot",
  4: "static",
  9: "ra",
  11: "zebra",
  12: "bird",
  16: "dhcp",
  186: "bgp",
  187: "isis",
  188: "ospf",
};
const protocolText = (protocol: number): string => PROTOCOLS[protocol] ?? String(protocol);

const routeName = (route: KernelRoute): string => `${formatPrefix(route.prefix)}${tail(route)}`;

/** `ip` puts a local route into the table of that name unless told otherwise. */
const tail = ({ table, metric, protocol, prefix, target }: KernelRoute): string =>
  `${table === MAIN_TABLE && !isLocal(target) ? "" : ` table ${table}`} proto ${protocolText(protocol)} metric ${metric || defaultMetric(prefix.family)}`;

function routeText(route: KernelRoute): string {
  const { prefix, target } = route;
  const to = `${isLocal(target) ? "local " : ""}${formatPrefix(prefix)}`;
  if (target.kind === "discard") return `${target.how} ${to}${tail(route)}`;
  if (target.kind === "nexthop") return `${to} nhid ${target.id}${tail(route)}`;
  const [only, ...others] = target.hops;
  if (only && others.length === 0) return `${to} ${hopText(only)}${tail(route)}`;
  return `${to}${tail(route)}${target.hops.map(weightedText).join("")}`;
}

const isLocal = (target: RouteTarget): boolean => target.kind === "hops" && target.local === true;

const weightedText = (hop: WeightedHop): string => ` nexthop ${hopText(hop)} weight ${hop.weight}`;

function hopText({ encap, gateway, device }: Hop): string {
  const parts = [
    ...(encap ? [encapText(encap)] : []),
    ...(gateway === undefined ? [] : [`via ${addressText(gateway)}`]),
    ...(device === undefined ? [] : [`dev ${device}`]),
  ];
  return parts.join(" ");
}

const addressText = (address: Ipv6 | Ipv4): string =>
  address < 2n ** 32n ? formatIpv4(address as Ipv4) : formatIpv6(address as Ipv6);

export function encapText(encap: Encap): string {
  if (encap.kind === "seg6") {
    const hmac = encap.hmacKeyId === undefined ? "" : ` hmac ${encap.hmacKeyId}`;
    return `encap seg6 mode ${encap.mode} segs ${encap.segments.map(formatIpv6).join(",")}${hmac}`;
  }
  return `encap seg6local action ${behaviorText(encap.behavior)}${encap.counted ? " count" : ""}`;
}

/** "End.X nh6 fe80::1 flavors psp": the behavior and its parameters, in `ip`'s words. */
export function behaviorText(behavior: Behavior): string {
  const words: string[] = [behavior.action];
  if ("table" in behavior) words.push(`table ${behavior.table}`);
  if ("vrfTable" in behavior) words.push(`vrftable ${behavior.vrfTable}`);
  if (behavior.action === "End.DX4") words.push(`nh4 ${formatIpv4(behavior.nexthop)}`);
  if (behavior.action === "End.DX6" || behavior.action === "End.X") words.push(`nh6 ${formatIpv6(behavior.nexthop)}`);
  if ("device" in behavior && behavior.device !== undefined) words.push(`oif ${behavior.device}`);
  if (behavior.action === "End.B6.Encaps") words.push(`srh segs ${behavior.segments.map(formatIpv6).join(",")}`);
  if ("flavors" in behavior && behavior.flavors) words.push(...flavorWords(behavior.flavors));
  return words.join(" ");
}

function flavorWords({ psp, nextCsid }: Flavors): string[] {
  const names = [...(psp ? ["psp"] : []), ...(nextCsid ? ["next-csid"] : [])];
  if (names.length === 0) return [];
  return [
    `flavors ${names.join(",")}${nextCsid ? ` lblen ${nextCsid.blockBits} nflen ${nextCsid.nodeFunctionBits}` : ""}`,
  ];
}

function ruleText(rule: KernelRule): string {
  const words = [
    `priority ${rule.priority}`,
    ...(rule.source ? [`from ${formatPrefix(rule.source)}`] : []),
    ...(rule.destination ? [`to ${formatPrefix(rule.destination)}`] : []),
    ...(rule.inputDevice === undefined ? [] : [`iif ${rule.inputDevice}`]),
    ...(rule.mark === undefined
      ? []
      : [`fwmark 0x${rule.mark.toString(16)}/0x${(rule.mask ?? 0xffffffff).toString(16)}`]),
    `table ${rule.table} protocol ${rule.protocol}`,
  ];
  return words.join(" ");
}
