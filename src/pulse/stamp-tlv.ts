// The frame of STAMP's extensions (RFC 8972 §4): walking them without trusting their lengths, their flags, and the HMAC
// that guards them. What is inside each is in stamp-extensions.ts.

import { MAC_OCTETS, type Mac, sameOctets } from "./stamp-packet.ts";

export const TLV = {
  reserved: 0,
  extraPadding: 1,
  location: 2,
  timestampInformation: 3,
  classOfService: 4,
  directMeasurement: 5,
  accessReport: 6,
  followUpTelemetry: 7,
  hmac: 8,
  destinationNodeAddress: 9,
  returnPath: 10,
  /** Ours, from the range for experiments (240 to 251): the sender's latest row. */
  row: 251,
} as const;

/** U: not understood. M: malformed. I: the HMAC did not fit. */
export const FLAG = { unrecognised: 0x80, malformed: 0x40, integrity: 0x20 } as const;

export const TLV_HEADER_OCTETS = 4;

/** A TLV in place: `value` is a window on the packet. */
export type Tlv = {
  readonly at: number;
  readonly flags: number;
  readonly type: number;
  readonly value: Uint8Array;
};

export type Walk = {
  readonly tlvs: readonly Tlv[];
  /** Where a TLV begins that runs past the end; nothing after it is read. */
  readonly malformedAt: number | undefined;
};

/**
 * Reads what follows the base packet. A type of 0 at the very beginning is no TLV but the padding of a TWAMP-Light peer,
 * which is left alone.
 */
export function walkTlvs(octets: Uint8Array, base: number): Walk {
  const tlvs: Tlv[] = [];
  let at = base;
  if (octets.length > base && isPadding(octets, base)) return { tlvs, malformedAt: undefined };
  while (at < octets.length) {
    const end = at + TLV_HEADER_OCTETS + (((octets[at + 2] ?? 0) << 8) | (octets[at + 3] ?? 0));
    if (at + TLV_HEADER_OCTETS > octets.length || end > octets.length) return { tlvs, malformedAt: at };
    tlvs.push({
      at,
      flags: octets[at] ?? 0,
      type: octets[at + 1] ?? 0,
      value: octets.subarray(at + TLV_HEADER_OCTETS, end),
    });
    at = end;
  }
  return { tlvs, malformedAt: undefined };
}

const isPadding = (octets: Uint8Array, base: number): boolean => octets[base] === 0 && octets[base + 1] === 0;

/** A sender sets U, so that a reflector that knows no extensions leaves the mark of that (RFC 8972 §4). */
export function tlv(type: number, value: Uint8Array, flags: number = FLAG.unrecognised): Uint8Array {
  const octets = new Uint8Array(TLV_HEADER_OCTETS + value.length);
  octets.set([flags, type, value.length >> 8, value.length & 0xff]);
  octets.set(value, TLV_HEADER_OCTETS);
  return octets;
}

export type Integrity = "none" | "genuine" | "failed";

/**
 * RFC 8972 §4.8: the HMAC is over the base packet's sequence number and all TLVs before it; only extra padding may follow
 * it. In the authenticated mode it may be missing only where there is nothing but one extra padding.
 */
export function checkIntegrity(
  octets: Uint8Array,
  { tlvs }: Walk,
  base: number,
  mac: Mac | undefined,
  required: boolean,
): Integrity {
  const index = tlvs.findIndex(({ type }) => type === TLV.hmac);
  const guard = tlvs[index];
  if (guard === undefined) {
    const onlyPadding = tlvs.length === 1 && tlvs[0]?.type === TLV.extraPadding;
    return required && tlvs.length > 0 && !onlyPadding ? "failed" : "none";
  }
  const inPlace = tlvs.slice(index + 1).every(({ type }) => type === TLV.extraPadding);
  if (!inPlace || guard.value.length !== MAC_OCTETS || mac === undefined) return "failed";
  const expected = mac(octets.subarray(0, 4), octets.subarray(base, guard.at));
  return sameOctets(expected, guard.value) ? "genuine" : "failed";
}

/** Writes the HMAC of a packet whose HMAC TLV stands at `at`. */
export function signTlvs(octets: Uint8Array, base: number, at: number, mac: Mac): void {
  octets.set(mac(octets.subarray(0, 4), octets.subarray(base, at)), at + TLV_HEADER_OCTETS);
}

export const hmacTlv = (): Uint8Array => tlv(TLV.hmac, new Uint8Array(MAC_OCTETS));

export type ReplyTlvs =
  | { readonly kind: "usable"; readonly tlvs: readonly Tlv[] }
  | { readonly kind: "refused"; readonly why: "malformed" | "integrity" };

/**
 * What a sender may use of a reply (RFC 8972 §4): I on any TLV discards all, M ends the reading, U skips one.
 */
export function usableTlvs(walk: Walk, integrity: Integrity): ReplyTlvs {
  if (integrity === "failed" || walk.tlvs.some(({ flags }) => (flags & FLAG.integrity) !== 0)) {
    return { kind: "refused", why: "integrity" };
  }
  const bad = walk.tlvs.findIndex(({ flags }) => (flags & FLAG.malformed) !== 0);
  const read = bad < 0 ? walk.tlvs : walk.tlvs.slice(0, bad);
  if (read.length === 0 && (bad >= 0 || walk.malformedAt !== undefined)) return { kind: "refused", why: "malformed" };
  return { kind: "usable", tlvs: read.filter(({ flags }) => (flags & FLAG.unrecognised) === 0) };
}
