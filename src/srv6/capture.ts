// Capture files as tcpdump and Wireshark write them: pcap in both octet orders, and the blocks of pcapng that hold packets.

import { SrwanError } from "../base/errors.ts";
import type { Start } from "./packet.ts";

export type Captured = {
  /** Zero where the file says no time. */
  readonly timestampNs: bigint;
  readonly octets: Uint8Array;
  /** What the octets begin with; undefined for a kind of link or of frame that is not read here. */
  readonly start?: Start;
};

const PCAP = { micro: 0xa1b2c3d4, nano: 0xa1b23c4d } as const;
const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 2, simple: 3, enhanced: 6 } as const;
const OPTION = { end: 0, resolution: 9, offset: 14 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
const NS_PER_SECOND = 1_000_000_000n;

/** `etherTypeAt`: Linux's cooked headers hold any protocol, ARP as well as IP. */
type Link = { readonly start: Start; readonly skip: number; readonly etherTypeAt?: number };
/** Link types (tcpdump.org): Ethernet, raw IP under its several numbers, and Linux's cooked forms. */
const LINK: Readonly<Record<number, Link>> = {
  1: { start: "ethernet", skip: 0 },
  12: { start: "ip", skip: 0 },
  101: { start: "ip", skip: 0 },
  113: { start: "ip", skip: 16, etherTypeAt: 14 },
  228: { start: "ip", skip: 0 },
  229: { start: "ip", skip: 0 },
  276: { start: "ip", skip: 20, etherTypeAt: 0 },
};
const IP_ETHER_TYPES = [0x0800, 0x86dd];

export function isCapture(octets: Uint8Array): boolean {
  if (octets.length < 12) return false;
  const view = viewOf(octets);
  const magics = [view.getUint32(0, true), view.getUint32(0, false)];
  return magics.some((magic) => magic === PCAP.micro || magic === PCAP.nano || magic === BLOCK.section);
}

export function readCapture(octets: Uint8Array): Captured[] {
  if (!isCapture(octets)) throw malformed("it begins like neither pcap nor pcapng");
  const view = viewOf(octets);
  return view.getUint32(0, true) === BLOCK.section ? readBlocks(octets, view) : readRecords(octets, view);
}

function readRecords(octets: Uint8Array, view: DataView): Captured[] {
  const little = [PCAP.micro, PCAP.nano].includes(view.getUint32(0, true) as never);
  const unitNs = view.getUint32(0, little) === PCAP.nano ? 1n : 1_000n;
  if (octets.length < 24) throw malformed("its header is cut");
  const link = view.getUint32(20, little) & 0xffff;
  const packets: Captured[] = [];
  for (let at = 24; at < octets.length; ) {
    if (at + 16 > octets.length) throw cut(packets);
    const length = view.getUint32(at + 8, little);
    if (at + 16 + length > octets.length) throw cut(packets);
    const timestampNs =
      BigInt(view.getUint32(at, little)) * NS_PER_SECOND + BigInt(view.getUint32(at + 4, little)) * unitNs;
    packets.push(captured(octets.subarray(at + 16, at + 16 + length), link, timestampNs));
    at += 16 + length;
  }
  return packets;
}

/** An interface of a pcapng section. */
type Interface = {
  readonly link: number;
  readonly snapOctets: number;
  readonly ticksPerSecond: bigint;
  readonly offsetSeconds: bigint;
};

function readBlocks(octets: Uint8Array, view: DataView): Captured[] {
  const packets: Captured[] = [];
  let little = true;
  let interfaces: Interface[] = [];
  for (let at = 0; at < octets.length; ) {
    if (at + 12 > octets.length) throw malformed("a block is cut");
    const type = view.getUint32(at, little);
    if (type === BLOCK.section) {
      little = view.getUint32(at + 8, true) === BYTE_ORDER;
      if (view.getUint32(at + 8, little) !== BYTE_ORDER) throw malformed("a section says no octet order");
      interfaces = [];
    }
    const length = view.getUint32(at + 4, little);
    if (length < 12 || length % 4 !== 0 || at + length > octets.length) throw malformed("a block is cut");
    const block = new DataView(octets.buffer, octets.byteOffset + at, length);
    if (type === BLOCK.interface) interfaces.push(readInterface(block, little));
    const body = packetBody(type, block, little);
    if (body) {
      const from = interfaces[body.interface];
      if (!from)
        throw malformed(`packet ${packets.length + 1} was caught on interface ${body.interface}, not described`);
      const size = Math.min(body.octets, type === BLOCK.simple && from.snapOctets > 0 ? from.snapOctets : body.octets);
      if (body.at + size > length - 4) throw cut(packets);
      const timestampNs = (body.ticks * NS_PER_SECOND) / from.ticksPerSecond + from.offsetSeconds * NS_PER_SECOND;
      packets.push(captured(octets.subarray(at + body.at, at + body.at + size), from.link, timestampNs));
    }
    at += length;
  }
  return packets;
}

function readInterface(block: DataView, little: boolean): Interface {
  if (block.byteLength < 20) throw malformed("a block is too short for its kind");
  let ticksPerSecond = 1_000_000n;
  let offsetSeconds = 0n;
  for (let at = 16; at + 8 <= block.byteLength; ) {
    const [code, length] = [block.getUint16(at, little), block.getUint16(at + 2, little)];
    if (code === OPTION.end || at + 4 + length > block.byteLength - 4) break;
    // A power of ten, or of two where the first bit is set.
    const exponent = block.getUint8(at + 4);
    if (code === OPTION.resolution && length === 1) {
      ticksPerSecond = exponent & 0x80 ? 2n ** BigInt(exponent & 0x7f) : 10n ** BigInt(exponent);
    }
    if (code === OPTION.offset && length === 8) offsetSeconds = block.getBigInt64(at + 4, little);
    at += 4 + ((length + 3) & ~3);
  }
  const [link, snapOctets] = [block.getUint16(8, little), block.getUint32(12, little)];
  return { link, snapOctets, ticksPerSecond, offsetSeconds };
}

type Body = { readonly interface: number; readonly ticks: bigint; readonly octets: number; readonly at: number };

/** Where a block's packet is; undefined for a block of another kind. */
function packetBody(type: number, block: DataView, little: boolean): Body | undefined {
  const isSimple = type === BLOCK.simple;
  if (!isSimple && type !== BLOCK.enhanced && type !== BLOCK.packet) return undefined;
  if (block.byteLength < (isSimple ? 16 : 32)) throw malformed("a block is too short for its kind");
  if (isSimple) return { interface: 0, ticks: 0n, octets: block.getUint32(8, little), at: 12 };
  return {
    interface: type === BLOCK.enhanced ? block.getUint32(8, little) : block.getUint16(8, little),
    ticks: (BigInt(block.getUint32(12, little)) << 32n) | BigInt(block.getUint32(16, little)),
    octets: block.getUint32(20, little),
    at: 28,
  };
}

function captured(octets: Uint8Array, link: number, timestampNs: bigint): Captured {
  const known = LINK[link];
  if (!known) return { timestampNs, octets: octets.slice() };
  const at = known.etherTypeAt;
  const isIp = at === undefined || IP_ETHER_TYPES.includes(((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0));
  return { timestampNs, octets: octets.slice(known.skip), ...(isIp ? { start: known.start } : {}) };
}

const viewOf = (octets: Uint8Array): DataView => new DataView(octets.buffer, octets.byteOffset, octets.byteLength);

const cut = (before: readonly Captured[]): SrwanError => malformed(`packet ${before.length + 1} is cut`);

const malformed = (what: string): SrwanError =>
  new SrwanError("PACKET_MALFORMED", `the capture cannot be read: ${what}`, {
    remedy: "Give a file of tcpdump, tshark or Wireshark: pcap or pcapng.",
  });
