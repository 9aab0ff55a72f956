// The segment routing header as octets (RFC 8754 §2), with its TLVs. Encoding what was decoded gives the same octets.

import { SrwanError } from "../base/errors.ts";
import { bytesToAddress, type Ipv6, ipv6ToBytes } from "./address.ts";
import type { Sid } from "./sid.ts";

export type Srh = {
  readonly nextHeader: number;
  /** Index of the active segment, counted from the end of the path. */
  readonly segmentsLeft: number;
  readonly flags: number;
  readonly tag: number;
  /** In path order; a reduced header lacks the first segment, which is the destination address from the start. */
  readonly segments: readonly Sid[];
  readonly tlvs: readonly Tlv[];
};

export type Tlv =
  | { readonly kind: "pad1" }
  /** Padding of two octets and more: `octets` counts the zeros. */
  | { readonly kind: "padN"; readonly octets: number }
  /** RFC 8754 §2.1.2. With `bareDestination`, the D bit: the destination address is not verified. */
  | { readonly kind: "hmac"; readonly bareDestination: boolean; readonly keyId: number; readonly digest: Uint8Array }
  | { readonly kind: "other"; readonly type: number; readonly value: Uint8Array };

export const SRH_ROUTING_TYPE = 4;
export const SRH_FIXED_OCTETS = 8;
export const SID_OCTETS = 16;
/** The length field counts units of eight octets after the first, in one octet. */
export const SRH_MAX_OCTETS = 2_048;
/** An HMAC TLV as Linux writes it: type, length, flags, key, 32 octets of digest. */
export const HMAC_TLV_OCTETS = 40;

const TYPE = { pad1: 0, padN: 4, hmac: 5 } as const;
const HMAC_DIGEST_AT = 6;

export function encodeSrh(srh: Srh): Uint8Array {
  const tlvs = srh.tlvs.map(encodeTlv);
  const length = SRH_FIXED_OCTETS + SID_OCTETS * srh.segments.length + tlvs.reduce((sum, tlv) => sum + tlv.length, 0);
  const last = srh.segments.length - 1;
  if (length % 8 !== 0 || length > SRH_MAX_OCTETS || last < 0 || srh.segmentsLeft > last + 1) {
    throw malformed(
      `${srh.segments.length} segments, ${srh.segmentsLeft} left and ${length} octets make no header`,
      "Give 1 to 127 segments and TLVs that fill whole units of eight octets.",
    );
  }
  const { nextHeader, segmentsLeft, flags, tag } = srh;
  for (const [field, value] of Object.entries({ nextHeader, segmentsLeft, flags })) need(field, value, 8);
  need("tag", tag, 16);
  const octets = new Uint8Array(length);
  octets.set([nextHeader, length / 8 - 1, SRH_ROUTING_TYPE, segmentsLeft, last, flags, tag >> 8, tag & 0xff]);
  srh.segments.forEach((segment, i) => {
    octets.set(ipv6ToBytes(segment), SRH_FIXED_OCTETS + SID_OCTETS * (last - i));
  });
  let at = SRH_FIXED_OCTETS + SID_OCTETS * srh.segments.length;
  for (const tlv of tlvs) {
    octets.set(tlv, at);
    at += tlv.length;
  }
  return octets;
}

/** Reads a header at the start of `octets`; what follows it is not looked at. */
export function decodeSrh(octets: Uint8Array): { readonly srh: Srh; readonly octets: number } {
  const [nextHeader = 0, extension = 0, routingType, segmentsLeft = 0, last = 0, flags = 0, high = 0, low = 0] = octets;
  const length = 8 * (extension + 1);
  const listEnd = SRH_FIXED_OCTETS + SID_OCTETS * (last + 1);
  if (octets.length < SRH_FIXED_OCTETS) throw malformed(`${octets.length} octets are no routing header`);
  if (routingType !== SRH_ROUTING_TYPE) throw malformed(`routing type ${routingType} is not 4`);
  if (octets.length < length) throw malformed(`a header of ${length} octets ends after ${octets.length}`);
  if (listEnd > length) throw malformed(`${last + 1} segments do not fit a header of ${length} octets`);
  // A reduced header may say one more than it holds: the first segment is in the destination address only.
  if (segmentsLeft > last + 1) throw malformed(`${segmentsLeft} segments left of ${last + 1}`);
  const segment = (i: number): Sid => {
    const at = SRH_FIXED_OCTETS + SID_OCTETS * (last - i);
    return bytesToAddress(octets.subarray(at, at + SID_OCTETS)) as Sid;
  };
  const segments = Array.from({ length: last + 1 }, (_, i) => segment(i));
  const tlvs = decodeTlvs(octets.subarray(listEnd, length));
  return { srh: { nextHeader, segmentsLeft, flags, tag: (high << 8) | low, segments, tlvs }, octets: length };
}

/** The segment a packet is on its way to, as the header says it; undefined where only the destination address has it. */
export const activeSegment = ({ segments, segmentsLeft }: Srh): Sid | undefined =>
  segments[segments.length - 1 - segmentsLeft];

/** By which Linux knows that the last TLV is an HMAC. */
export const SRH_FLAG_HMAC = 0x08;

/** What an HMAC is of (RFC 8754 §2.1.2.1): the source address, the index of the last segment, flags, key, all segments. */
export function signedOctets(
  source: Ipv6,
  { segments, flags }: Pick<Srh, "segments" | "flags">,
  keyId: number,
): Uint8Array {
  const octets = new Uint8Array(SID_OCTETS + 6 + SID_OCTETS * segments.length);
  octets.set(ipv6ToBytes(source));
  octets.set([segments.length - 1, flags], SID_OCTETS);
  new DataView(octets.buffer).setUint32(SID_OCTETS + 2, keyId);
  segments.toReversed().forEach((segment, i) => {
    octets.set(ipv6ToBytes(segment), SID_OCTETS + 6 + SID_OCTETS * i);
  });
  return octets;
}

function encodeTlv(tlv: Tlv): Uint8Array {
  switch (tlv.kind) {
    case "pad1":
      return Uint8Array.of(TYPE.pad1);
    case "padN":
      need("padding octets", tlv.octets, 8);
      return tlvOctets(TYPE.padN, new Uint8Array(tlv.octets));
    case "hmac": {
      need("HMAC key", tlv.keyId, 32);
      const key = [24, 16, 8, 0].map((shift) => (tlv.keyId >>> shift) & 0xff);
      return tlvOctets(TYPE.hmac, Uint8Array.of(tlv.bareDestination ? 0x80 : 0, 0, ...key, ...tlv.digest));
    }
    case "other":
      return tlvOctets(tlv.type, tlv.value);
  }
}

function tlvOctets(type: number, value: Uint8Array): Uint8Array {
  need("TLV length", value.length, 8);
  need("TLV type", type, 8);
  if (type === TYPE.pad1) throw malformed("a TLV of type 0 is Pad1 and holds nothing", "Use the kind pad1.");
  return Uint8Array.of(type, value.length, ...value);
}

/** A number that its field cannot hold would be cut without a word. */
function need(field: string, value: number, bits: number): void {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** bits) return;
  throw malformed(`${field} ${value} does not fit ${bits} bits`, `Use a ${field} below 2^${bits}.`);
}

function decodeTlvs(octets: Uint8Array): Tlv[] {
  const tlvs: Tlv[] = [];
  for (let at = 0; at < octets.length; ) {
    const type = octets[at] ?? 0;
    if (type === TYPE.pad1) {
      tlvs.push({ kind: "pad1" });
      at++;
      continue;
    }
    const length = octets[at + 1];
    if (length === undefined || at + 2 + length > octets.length) throw malformed(`TLV ${type} runs past the header`);
    tlvs.push(decodeTlv(type, octets.slice(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return tlvs;
}

/** What does not fit the form of its type, or would not be written back the same, stays as it came. */
function decodeTlv(type: number, value: Uint8Array): Tlv {
  if (type === TYPE.padN && value.every((octet) => octet === 0)) return { kind: "padN", octets: value.length };
  const [flags = 0, reserved, a = 0, b = 0, c = 0, d = 0] = value;
  if (type === TYPE.hmac && value.length >= HMAC_DIGEST_AT && (flags & 0x7f) === 0 && reserved === 0) {
    const keyId = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    return { kind: "hmac", bareDestination: flags !== 0, keyId, digest: value.slice(HMAC_DIGEST_AT) };
  }
  return { kind: "other", type, value };
}

const malformed = (what: string, remedy = "Give the octets of a whole SRH, RFC 8754 §2."): SrwanError =>
  new SrwanError("PACKET_MALFORMED", `no segment routing header: ${what}`, { remedy });
