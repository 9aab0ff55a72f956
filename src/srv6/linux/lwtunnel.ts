// Encapsulation attributes of routes and nexthops: seg6 (a SID list put on a packet) and seg6local (what a SID does).
// Layout: linux/lwtunnel.h, seg6_iptunnel.h, seg6_local.h; the routing header is that of RFC 8754 §2.

import { SrwanError } from "../../base/errors.ts";
import type { Ipv4, Ipv6 } from "../address.ts";
import type { Behavior, EncapMode, Flavors } from "../behavior.ts";
import type { Sid } from "../sid.ts";
import type { Counters, Encap, Links, Seg6Encap, Seg6Local } from "./objects.ts";
import { malformed, type Reader, type Writer } from "./wire.ts";

const ENCAP_TYPE = { seg6: 5, seg6local: 7 } as const;
const IPTUNNEL_SRH = 1;
const MODES: readonly EncapMode[] = ["inline", "encap", "l2encap", "encap.red", "l2encap.red"];

const LOCAL = {
  action: 1,
  srh: 2,
  table: 3,
  nh4: 4,
  nh6: 5,
  iif: 6,
  oif: 7,
  vrfTable: 9,
  counters: 10,
  flavors: 11,
} as const;
const COUNTER = { packets: 2, octets: 3, errors: 4 } as const;
const FLAVOR = { operations: 1, blockBits: 2, nodeFunctionBits: 3 } as const;
const OPERATION = { psp: 1 << 1, usp: 1 << 2, usd: 1 << 3, nextCsid: 1 << 4 } as const;

const ACTIONS = {
  1: "End",
  2: "End.X",
  3: "End.T",
  4: "End.DX2",
  5: "End.DX6",
  6: "End.DX4",
  7: "End.DT6",
  8: "End.DT4",
  10: "End.B6.Encaps",
  16: "End.DT46",
} as const;
const ACTION_NUMBER = Object.fromEntries(Object.entries(ACTIONS).map(([number, name]) => [name, Number(number)]));

const ZERO_U64 = new Uint8Array(8);
const SRH_TYPE = 4;
const SRH_FLAG_HMAC = 0x08;
const HMAC_TLV = { type: 5, length: 38, octets: 40 } as const;

/** Writes the pair of attributes that carry an encapsulation, under the numbers the message uses for them. */
export function writeEncap(writer: Writer, encap: Encap, links: Links, types: { type: number; encap: number }): void {
  const nest = writer.openNested(types.encap);
  if (encap.kind === "seg6") writeSeg6(writer, encap);
  else writeLocal(writer, encap, links);
  writer.close(nest).attributeU16(types.type, ENCAP_TYPE[encap.kind]);
}

/** Undefined for an encapsulation that is not ours to read. */
export function readEncap(type: Reader | undefined, payload: Reader | undefined, links: Links): Encap | undefined {
  if (!type || !payload) return undefined;
  const attributes = payload.attributes();
  if (type.u16() === ENCAP_TYPE.seg6) return readSeg6(attributes);
  return type.u16() === ENCAP_TYPE.seg6local ? readLocal(attributes, links) : undefined;
}

function writeSeg6(writer: Writer, { mode, segments, hmacKeyId }: Seg6Encap): void {
  const info = writer.open(IPTUNNEL_SRH);
  writer.u32(MODES.indexOf(mode));
  // Inline leaves room for the packet's own destination, which becomes the last segment.
  writeSrh(writer, segments, mode === "inline", hmacKeyId);
  writer.close(info);
}

/** The header as the kernel wants it: segments in reverse order, an empty HMAC that the kernel fills in. */
function writeSrh(writer: Writer, segments: readonly Sid[], withOwnDestination: boolean, hmacKeyId?: number): void {
  const count = segments.length + (withOwnDestination ? 1 : 0);
  const octets = 8 + 16 * count + (hmacKeyId === undefined ? 0 : HMAC_TLV.octets);
  writer
    .u8(0)
    .u8(octets / 8 - 1)
    .u8(SRH_TYPE)
    .u8(count - 1)
    .u8(count - 1);
  writer.u8(hmacKeyId === undefined ? 0 : SRH_FLAG_HMAC).u16(0);
  if (withOwnDestination) writer.address(0n, 16);
  for (let i = segments.length - 1; i >= 0; i--) writer.address(segments[i] as Sid, 16);
  if (hmacKeyId !== undefined) {
    writer.u8(HMAC_TLV.type).u8(HMAC_TLV.length).u16(0).u32be(hmacKeyId).bytes(new Uint8Array(32));
  }
}

function readSeg6(attributes: ReadonlyMap<number, Reader>): Seg6Encap | undefined {
  const info = attributes.get(IPTUNNEL_SRH);
  if (!info) return undefined;
  const mode = MODES[info.u32()];
  if (mode === undefined) return undefined;
  const { segments, hmacKeyId } = readSrh(info.from(4));
  return {
    kind: "seg6",
    mode,
    segments: mode === "inline" ? segments.slice(0, -1) : segments,
    ...(hmacKeyId === undefined ? {} : { hmacKeyId }),
  };
}

function readSrh(srh: Reader): { segments: Sid[]; hmacKeyId?: number } {
  const count = srh.u8(4) + 1;
  const segments = Array.from({ length: count }, (_, i) => srh.address(8 + 16 * i, 16) as Sid).toReversed();
  const tlv = 8 + 16 * count;
  const hasHmac = (srh.u8(5) & SRH_FLAG_HMAC) !== 0 && srh.length >= tlv + 8 && srh.u8(tlv) === HMAC_TLV.type;
  return { segments, ...(hasHmac ? { hmacKeyId: srh.u32be(tlv + 4) } : {}) };
}

function writeLocal(writer: Writer, { behavior, counted }: Seg6Local, links: Links): void {
  writer.attributeU32(LOCAL.action, ACTION_NUMBER[behavior.action] as number);
  writeParameters(writer, behavior, links);
  if ("flavors" in behavior && behavior.flavors) writeFlavors(writer, behavior.flavors);
  if (counted) {
    const nest = writer.openNested(LOCAL.counters);
    for (const counter of Object.values(COUNTER)) writer.attributeBytes(counter, ZERO_U64);
    writer.close(nest);
  }
}

function writeParameters(writer: Writer, behavior: Behavior, links: Links): void {
  if ("table" in behavior) writer.attributeU32(LOCAL.table, behavior.table);
  if ("vrfTable" in behavior) writer.attributeU32(LOCAL.vrfTable, behavior.vrfTable);
  if (behavior.action === "End.DX4") writer.attributeAddress(LOCAL.nh4, behavior.nexthop, 4);
  if (behavior.action === "End.DX6" || behavior.action === "End.X") {
    writer.attributeAddress(LOCAL.nh6, behavior.nexthop, 16);
  }
  if ("device" in behavior && behavior.device !== undefined)
    writer.attributeU32(LOCAL.oif, links.index(behavior.device));
  if (behavior.action === "End.B6.Encaps") {
    const srh = writer.open(LOCAL.srh);
    writeSrh(writer, behavior.segments, false);
    writer.close(srh);
  }
}

function writeFlavors(writer: Writer, { psp, nextCsid }: Flavors): void {
  const operations = (psp ? OPERATION.psp : 0) | (nextCsid ? OPERATION.nextCsid : 0);
  if (operations === 0) return;
  const nest = writer.openNested(LOCAL.flavors);
  writer.attributeU32(FLAVOR.operations, operations);
  if (nextCsid) {
    writer.attributeU8(FLAVOR.blockBits, nextCsid.blockBits);
    writer.attributeU8(FLAVOR.nodeFunctionBits, nextCsid.nodeFunctionBits);
  }
  writer.close(nest);
}

function readLocal(attributes: ReadonlyMap<number, Reader>, links: Links): Seg6Local | undefined {
  const action = ACTIONS[attributes.get(LOCAL.action)?.u32() as keyof typeof ACTIONS];
  if (action === undefined) return undefined;
  const counters = attributes.get(LOCAL.counters);
  return {
    kind: "seg6local",
    behavior: readBehavior(action, attributes, links),
    counted: counters !== undefined,
    ...(counters ? { counters: readCounters(counters.attributes()) } : {}),
  };
}

function readCounters(found: ReadonlyMap<number, Reader>): Counters {
  return {
    packets: found.get(COUNTER.packets)?.u64() ?? 0n,
    octets: found.get(COUNTER.octets)?.u64() ?? 0n,
    errors: found.get(COUNTER.errors)?.u64() ?? 0n,
  };
}

function readBehavior(action: Behavior["action"], found: ReadonlyMap<number, Reader>, links: Links): Behavior {
  const need = (type: number): Reader => {
    const reader = found.get(type);
    if (!reader) throw malformed(`${action} without its parameter ${type}`);
    return reader;
  };
  const flavors = readFlavors(found.get(LOCAL.flavors));
  const flavored = flavors ? { flavors } : {};
  const oif = found.get(LOCAL.oif);
  const vrf = found.get(LOCAL.vrfTable);
  switch (action) {
    case "End":
      return { action, ...flavored };
    case "End.X":
      return {
        action,
        nexthop: need(LOCAL.nh6).address() as Ipv6,
        ...(oif ? { device: links.name(oif.u32()) } : {}),
        ...flavored,
      };
    case "End.T":
      return { action, table: need(LOCAL.table).u32() };
    case "End.DX2":
      return { action, device: links.name(need(LOCAL.oif).u32()) };
    case "End.DX4":
      return { action, nexthop: need(LOCAL.nh4).address() as Ipv4 };
    case "End.DX6":
      return { action, nexthop: need(LOCAL.nh6).address() as Ipv6 };
    case "End.DT4":
    case "End.DT46":
      return { action, vrfTable: need(LOCAL.vrfTable).u32() };
    case "End.DT6":
      return vrf ? { action, vrfTable: vrf.u32() } : { action, table: need(LOCAL.table).u32() };
    case "End.B6.Encaps":
      return { action, segments: readSrh(need(LOCAL.srh)).segments };
  }
}

function readFlavors(payload: Reader | undefined): Flavors | undefined {
  if (!payload) return undefined;
  const found = payload.attributes();
  const operations = found.get(FLAVOR.operations)?.u32() ?? 0;
  if (operations & ~(OPERATION.psp | OPERATION.nextCsid)) return undefined;
  return {
    ...(operations & OPERATION.psp ? { psp: true } : {}),
    ...(operations & OPERATION.nextCsid
      ? {
          nextCsid: {
            blockBits: found.get(FLAVOR.blockBits)?.u8() ?? 32,
            nodeFunctionBits: found.get(FLAVOR.nodeFunctionBits)?.u8() ?? 16,
          },
        }
      : {}),
  };
}

/** The most segments one header can name: its length field counts eight octets at a time in eight bits. */
export const MAX_SEGMENTS = 126;

export function checkSegments(segments: readonly Sid[], where: string): void {
  if (segments.length >= 1 && segments.length <= MAX_SEGMENTS) return;
  throw new SrwanError("VALUE_INVALID", `${where}: a SID list of ${segments.length}`, {
    remedy: `Give from 1 to ${MAX_SEGMENTS} SIDs.`,
    details: { field: where, value: segments.length },
  });
}
