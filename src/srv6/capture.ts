// Capture files as tcpdump and Wireshark write them: pcap in both octet orders, and the blocks of pcapng that hold packets.

import { SrwanError } from "../base/errors.ts";
import type { Start } from "./packet.ts";

export type Captured = {
  readonly timestampNs: bigint;
  readonly octets: Uint8Array;
  /** What the octets begin with; undefined for a kind of link that is not read here. */
  readonly start?: Start;
};

const PCAP = { micro: 0xa1b2c3d4, nano: 0xa1b23c4d } as const;
const BLOCK = { section: 0x0a0d0d0a, interface: 1, enhanced: 6 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
/** Link types (tcpdump.org): Ethernet, raw IP under its several numbers, and Linux's cooked form. */
const LINK: Readonly<Record<number, { readonly start: Start; readonly skip: number }>> = {
  1: { start: "ethernet", skip: 0 },
  12: { start: "ip", skip: 0 },
  101: { start: "ip", skip: 0 },
  113: { start: "ip", skip: 16 },
  229: { start: "ip", skip: 0 },
  276: { start: "ip", skip: 20 },
};

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
    if (at + 16 > octets.length) throw malformed(`packet ${packets.length + 1} is cut`);
    const length = view.getUint32(at + 8, little);
    if (at + 16 + length > octets.length) throw malformed(`packet ${packets.length + 1} is cut`);
    const timestampNs =
      BigInt(view.getUint32(at, little)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, little)) * unitNs;
    packets.push(captured(octets.subarray(at + 16, at + 16 + length), link, timestampNs));
    at += 16 + length;
  }
  return packets;
}

function readBlocks(octets: Uint8Array, view: DataView): Captured[] {
  const packets: Captured[] = [];
  let little = true;
  let interfaces: { readonly link: number; readonly unitNs: number }[] = [];
  for (let at = 0; at < octets.length; ) {
    if (at + 12 > octets.length) throw malformed("a block is cut");
    const type = view.getUint32(at, little);
    if (type === BLOCK.section) {
      little = view.getUint32(at + 8, true) === BYTE_ORDER;
      interfaces = [];
    }
    const length = view.getUint32(at + 4, little);
    if (length < 12 || length % 4 !== 0 || at + length > octets.length) throw malformed("a block is cut");
    if (type === BLOCK.interface && length >= 20) {
      const options = view.getUint16(at + 8, little);
      interfaces.push({ link: options, unitNs: resolutionNs(view, at + 16, at + length - 4, little) });
    }
    if (type === BLOCK.enhanced && length >= 32) {
      const from = interfaces[view.getUint32(at + 8, little)];
      const size = view.getUint32(at + 20, little);
      if (!from || 32 + size > length) throw malformed(`packet ${packets.length + 1} is cut`);
      const ticks = (BigInt(view.getUint32(at + 12, little)) << 32n) | BigInt(view.getUint32(at + 16, little));
      const timestampNs = (ticks * BigInt(Math.round(from.unitNs * 1_000))) / 1_000n;
      packets.push(captured(octets.subarray(at + 28, at + 28 + size), from.link, timestampNs));
    }
    at += length;
  }
  return packets;
}

/** The interface's tick: option 9, a power of ten or of two; microseconds where it says nothing. */
function resolutionNs(view: DataView, from: number, to: number, little: boolean): number {
  for (let at = from; at + 4 <= to; ) {
    const [code, length] = [view.getUint16(at, little), view.getUint16(at + 2, little)];
    if (code === 0) break;
    if (code === 9 && length === 1 && at + 5 <= to) {
      const value = view.getUint8(at + 4);
      return 1e9 * (value & 0x80 ? 2 ** -(value & 0x7f) : 10 ** -value);
    }
    at += 4 + ((length + 3) & ~3);
  }
  return 1_000;
}

function captured(octets: Uint8Array, link: number, timestampNs: bigint): Captured {
  const known = LINK[link];
  return known ? { timestampNs, octets: octets.slice(known.skip), start: known.start } : { timestampNs, octets };
}

const viewOf = (octets: Uint8Array): DataView => new DataView(octets.buffer, octets.byteOffset, octets.byteLength);

const malformed = (what: string): SrwanError =>
  new SrwanError("PACKET_MALFORMED", `the capture cannot be read: ${what}`, {
    remedy: "Give a file of tcpdump, tshark or Wireshark: pcap or pcapng.",
  });
