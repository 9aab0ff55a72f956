// Routes as RTM_NEWROUTE, RTM_DELROUTE and RTM_GETROUTE say them (linux/rtnetlink.h), with encapsulation per hop.

import type { Family, Ipv4, Ipv6 } from "../address.ts";
import { readEncap, writeEncap } from "./lwtunnel.ts";
import {
  defaultMetric,
  type Hop,
  type KernelRoute,
  type Links,
  type RouteTarget,
  type WeightedHop,
} from "./objects.ts";
import { FLAG, type Message, type Reader, type Writer } from "./wire.ts";

export const RTM = { newRoute: 24, deleteRoute: 25, getRoute: 26 } as const;
const RTA = {
  dst: 1,
  oif: 4,
  gateway: 5,
  priority: 6,
  multipath: 9,
  table: 15,
  encapType: 21,
  encap: 22,
  nhId: 30,
} as const;
const ENCAP_TYPES = { type: RTA.encapType, encap: RTA.encap };
const ROUTE_HEADER = 12;
const HOP_HEADER = 8;

const AF: Readonly<Record<Family, number>> = { 4: 2, 6: 10 };
const TYPE = { unicast: 1, local: 2, blackhole: 6, unreachable: 7, prohibit: 8, throw: 9 } as const;
const SCOPE = { universe: 0, link: 253, nowhere: 255 } as const;
/** Cached and cloned entries are the kernel's own; dumps should not hold them, and they are nobody's to keep. */
const RTM_F_CLONED = 0x200;

export type RouteChange = "add" | "replace" | "delete";

const CHANGE: Readonly<Record<RouteChange, { type: number; flags: number }>> = {
  add: { type: RTM.newRoute, flags: FLAG.request | FLAG.create | FLAG.exclusive },
  replace: { type: RTM.newRoute, flags: FLAG.request | FLAG.create | FLAG.replace },
  delete: { type: RTM.deleteRoute, flags: FLAG.request },
};

export function writeRoute(
  writer: Writer,
  change: RouteChange,
  route: KernelRoute,
  links: Links,
  sequence: number,
): void {
  const { prefix, table, metric, protocol, target } = route;
  const deleting = change === "delete";
  writer.begin(CHANGE[change].type, CHANGE[change].flags, sequence);
  writer.u8(AF[prefix.family]).u8(prefix.length).u8(0).u8(0);
  writer
    .u8(table < 256 ? table : 0)
    .u8(protocol)
    .u8(scopeOf(route, deleting));
  writer.u8(typeOf(target)).u32(0);
  writer.attributeAddress(RTA.dst, prefix.address, prefix.family === 6 ? 16 : 4);
  if (table > 255) writer.attributeU32(RTA.table, table);
  // A removal that names no metric takes the route of the lowest, which may be another of ours.
  const named = deleting ? keptMetric(prefix.family, metric) : metric;
  if (named !== 0) writer.attributeU32(RTA.priority, named);
  // A route is named by prefix, table, metric and protocol: enough to delete ours and never somebody else's.
  if (!deleting) writeTarget(writer, target, links);
  writer.end();
}

function scopeOf({ prefix, target }: KernelRoute, deleting: boolean): number {
  if (deleting) return SCOPE.nowhere;
  if (prefix.family === 6 || target.kind !== "hops") return SCOPE.universe;
  return target.hops.every((hop) => hop.gateway === undefined) ? SCOPE.link : SCOPE.universe;
}

const typeOf = (target: RouteTarget): number =>
  target.kind === "discard" ? TYPE[target.how] : target.kind === "hops" && target.local ? TYPE.local : TYPE.unicast;

function writeTarget(writer: Writer, target: RouteTarget, links: Links): void {
  if (target.kind === "nexthop") writer.attributeU32(RTA.nhId, target.id);
  if (target.kind !== "hops") return;
  const [only, ...others] = target.hops;
  if (only && others.length === 0) {
    writeHop(writer, only, links);
    if (only.device !== undefined) writer.attributeU32(RTA.oif, links.index(only.device));
    return;
  }
  const all = writer.open(RTA.multipath);
  for (const hop of target.hops) {
    const one = writer.openSized();
    writer
      .u8(0)
      .u8(hop.weight - 1)
      .u32(hop.device === undefined ? 0 : links.index(hop.device));
    writeHop(writer, hop, links);
    writer.close(one);
  }
  writer.close(all);
}

/** Gateway and encapsulation. A gateway's size says its family: no IPv4 gateway reaches 2³². */
function writeHop(writer: Writer, hop: Hop, links: Links): void {
  const { gateway, encap } = hop;
  if (encap) writeEncap(writer, encap, links, ENCAP_TYPES);
  if (gateway !== undefined) writer.attributeAddress(RTA.gateway, gateway, gateway < 2n ** 32n ? 4 : 16);
}

/** A dump of one family's routes, every table. */
export function writeRouteDump(writer: Writer, family: Family, sequence: number): void {
  writer.begin(RTM.getRoute, FLAG.request | FLAG.dump, sequence);
  writer
    .u8(AF[family])
    .bytes(new Uint8Array(ROUTE_HEADER - 1))
    .end();
}

/** A route as the kernel tells it, or nothing where it is of a family or kind that is not ours to read. */
export function readRoute(message: Message, links: Links): KernelRoute | undefined {
  const { payload } = message;
  const family = familyOf(payload.u8(0));
  const type = payload.u8(7);
  if (family === undefined || payload.u32(8) & RTM_F_CLONED) return undefined;
  const found = payload.attributes(ROUTE_HEADER);
  const target = readTarget(type, found, links);
  if (!target) return undefined;
  return {
    kind: "route",
    prefix: { family, address: found.get(RTA.dst)?.address() ?? 0n, length: payload.u8(1) },
    table: found.get(RTA.table)?.u32() ?? payload.u8(4),
    metric: found.get(RTA.priority)?.u32() ?? 0,
    protocol: payload.u8(5),
    target,
  };
}

/** The protocol alone, so that a reader may pass over what is not ours without decoding it. */
export const routeProtocol = (message: Message): number => message.payload.u8(5);

function readTarget(type: number, found: ReadonlyMap<number, Reader>, links: Links): RouteTarget | undefined {
  const how = (["blackhole", "unreachable", "prohibit", "throw"] as const).find((name) => TYPE[name] === type);
  if (how) return { kind: "discard", how };
  if (type !== TYPE.unicast && type !== TYPE.local) return undefined;
  const id = found.get(RTA.nhId)?.u32();
  if (id !== undefined) return { kind: "nexthop", id };
  const multipath = found.get(RTA.multipath);
  const oif = found.get(RTA.oif)?.u32() ?? 0;
  return {
    kind: "hops",
    hops: multipath ? readHops(multipath, links) : [{ ...readHop(found, oif, links), weight: 1 }],
    ...(type === TYPE.local ? { local: true } : {}),
  };
}

function readHops(multipath: Reader, links: Links): WeightedHop[] {
  const hops: WeightedHop[] = [];
  for (let at = 0; at + HOP_HEADER <= multipath.length; ) {
    const length = Math.max(HOP_HEADER, multipath.u16(at));
    const found = multipath.from(at, length).attributes(HOP_HEADER);
    hops.push({ ...readHop(found, multipath.u32(at + 4), links), weight: multipath.u8(at + 3) + 1 });
    at += (length + 3) & ~3;
  }
  return hops;
}

function readHop(found: ReadonlyMap<number, Reader>, oif: number, links: Links): Hop {
  const gateway = found.get(RTA.gateway)?.address() as Ipv6 | Ipv4 | undefined;
  const encap = readEncap(found.get(RTA.encapType), found.get(RTA.encap), links);
  return {
    ...(oif === 0 ? {} : { device: links.name(oif) }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(encap ? { encap } : {}),
  };
}

export const familyOf = (af: number): Family | undefined => (af === AF[6] ? 6 : af === AF[4] ? 4 : undefined);
export const afOf = (family: Family): number => AF[family];

/** A route's metric as the kernel keeps it: IPv6 has none of zero. */
export const keptMetric = (family: Family, metric: number): number => metric || defaultMetric(family);
