// Nexthop objects and groups as RTM_NEWNEXTHOP, RTM_DELNEXTHOP and RTM_GETNEXTHOP say them (linux/nexthop.h).

import type { Ipv4, Ipv6 } from "../address.ts";
import { readEncap, writeEncap } from "./lwtunnel.ts";
import type { GroupMember, KernelGroup, KernelNexthop, Links } from "./objects.ts";
import { afOf, familyOf } from "./route-codec.ts";
import { FLAG, type Message, type Reader, type Writer } from "./wire.ts";

export const NHM = { newNexthop: 104, deleteNexthop: 105, getNexthop: 106 } as const;
const NHA = { id: 1, group: 2, groupType: 3, oif: 5, gateway: 6, encapType: 7, encap: 8, resilient: 12 } as const;
const RESILIENT = { buckets: 1 } as const;
const GROUP_TYPE = { weighted: 0, resilient: 1 } as const;
const NEXTHOP_HEADER = 8;
const MEMBER_OCTETS = 8;

export type NexthopChange = "add" | "replace" | "delete";

const CHANGE: Readonly<Record<NexthopChange, { type: number; flags: number }>> = {
  add: { type: NHM.newNexthop, flags: FLAG.request | FLAG.create | FLAG.exclusive },
  replace: { type: NHM.newNexthop, flags: FLAG.request | FLAG.create | FLAG.replace },
  delete: { type: NHM.deleteNexthop, flags: FLAG.request },
};

export function writeNexthop(
  writer: Writer,
  change: NexthopChange,
  object: KernelNexthop | KernelGroup,
  links: Links,
  sequence: number,
): void {
  const deleting = change === "delete";
  writer.begin(CHANGE[change].type, CHANGE[change].flags, sequence);
  writer.u8(object.kind === "nexthop" && !deleting ? afOf(object.family) : 0).u8(0);
  writer
    .u8(deleting ? 0 : object.protocol)
    .u8(0)
    .u32(0);
  writer.attributeU32(NHA.id, object.id);
  if (!deleting && object.kind === "group") writeGroup(writer, object);
  if (!deleting && object.kind === "nexthop") writeHop(writer, object, links);
  writer.end();
}

function writeGroup(writer: Writer, { members, resilient }: KernelGroup): void {
  const list = writer.open(NHA.group);
  for (const { id, weight } of members) {
    // The weight less one in sixteen bits, its low half first; kernels before 6.13 know the low half only.
    writer
      .u32(id)
      .u8((weight - 1) & 0xff)
      .u8((weight - 1) >> 8)
      .u16(0);
  }
  writer.close(list);
  if (!resilient) return;
  writer.attributeU16(NHA.groupType, GROUP_TYPE.resilient);
  const nest = writer.openNested(NHA.resilient);
  writer.attributeU16(RESILIENT.buckets, resilient.buckets).close(nest);
}

function writeHop(writer: Writer, { hop }: KernelNexthop, links: Links): void {
  const { device, gateway, encap } = hop;
  if (gateway !== undefined) writer.attributeAddress(NHA.gateway, gateway, gateway < 2n ** 32n ? 4 : 16);
  if (device !== undefined) writer.attributeU32(NHA.oif, links.index(device));
  if (encap) writeEncap(writer, encap, links, { type: NHA.encapType, encap: NHA.encap });
}

export function writeNexthopDump(writer: Writer, sequence: number): void {
  writer
    .begin(NHM.getNexthop, FLAG.request | FLAG.dump, sequence)
    .bytes(new Uint8Array(NEXTHOP_HEADER))
    .end();
}

export function writeNexthopGet(writer: Writer, id: number, sequence: number): void {
  writer.begin(NHM.getNexthop, FLAG.request, sequence).bytes(new Uint8Array(NEXTHOP_HEADER));
  writer.attributeU32(NHA.id, id);
  writer.end();
}

/** A nexthop or group as the kernel tells it, or nothing where it is of a kind that is not ours (MPLS, bridge). */
export function readNexthop(message: Message, links: Links): KernelNexthop | KernelGroup | undefined {
  const { payload } = message;
  const found = payload.attributes(NEXTHOP_HEADER);
  const id = found.get(NHA.id)?.u32() ?? 0;
  const protocol = payload.u8(2);
  const group = found.get(NHA.group);
  if (group) return readGroup(id, protocol, group, found);
  const family = familyOf(payload.u8(0));
  if (family === undefined) return undefined;
  const gateway = found.get(NHA.gateway)?.address() as Ipv6 | Ipv4 | undefined;
  const oif = found.get(NHA.oif)?.u32();
  const encap = readEncap(found.get(NHA.encapType), found.get(NHA.encap), links);
  return {
    kind: "nexthop",
    id,
    family,
    protocol,
    hop: {
      ...(oif === undefined ? {} : { device: links.name(oif) }),
      ...(gateway === undefined ? {} : { gateway }),
      ...(encap ? { encap } : {}),
    },
  };
}

function readGroup(id: number, protocol: number, group: Reader, found: ReadonlyMap<number, Reader>): KernelGroup {
  const members: GroupMember[] = [];
  for (let at = 0; at + MEMBER_OCTETS <= group.length; at += MEMBER_OCTETS) {
    members.push({ id: group.u32(at), weight: group.u16(at + 4) + 1 });
  }
  const isResilient = found.get(NHA.groupType)?.u16() === GROUP_TYPE.resilient;
  const buckets = found.get(NHA.resilient)?.attributes().get(RESILIENT.buckets)?.u16() ?? 0;
  return { kind: "group", id, protocol, members, ...(isResilient ? { resilient: { buckets } } : {}) };
}
