// STAMP in segment-routed networks (RFC 9503): which node a probe is meant for, and on which way its answer shall come.

import { concat } from "../base/octets.ts";
import { type AddressOctets, isAddressLength } from "./stamp-extensions.ts";
import { FLAG, TLV, type Tlv, tlv, walkTlvs } from "./stamp-tlv.ts";

/** Return Path sub-TLVs (RFC 9503 §4.1). */
const PATH = { controlCode: 1, returnAddress: 2, mplsLabels: 3, srv6Segments: 4 } as const;
const SID_OCTETS = 16;

export const destinationNode = (address: AddressOctets): Uint8Array => tlv(TLV.destinationNodeAddress, address);

/** What a sender asks of the way back. A control code stands alone; an address and a SID list may stand together. */
export type ReturnPath =
  | { readonly kind: "none" }
  | { readonly kind: "same-link" }
  | { readonly kind: "path"; readonly address?: AddressOctets; readonly sids?: readonly AddressOctets[] };

export function returnPath(path: ReturnPath): Uint8Array {
  if (path.kind !== "path") {
    const code = Uint8Array.of(0, 0, 0, path.kind === "same-link" ? 1 : 0);
    return tlv(TLV.returnPath, tlv(PATH.controlCode, code));
  }
  const address = path.address === undefined ? [] : [tlv(PATH.returnAddress, path.address)];
  const sids = path.sids === undefined ? [] : [tlv(PATH.srv6Segments, concat(path.sids))];
  return tlv(TLV.returnPath, concat([...address, ...sids]));
}

/** Undefined where it asks for nothing that we know, or asks wrongly: the U flag then says so. */
export function readReturnPath(value: Uint8Array): ReturnPath | undefined {
  const { tlvs, malformedAt } = walkTlvs(value, 0);
  if (malformedAt !== undefined) return undefined;
  const first = (type: number): Uint8Array | undefined => tlvs.find((one) => one.type === type)?.value;
  const code = first(PATH.controlCode);
  if (code !== undefined) {
    if (code.length !== 4) return undefined;
    return { kind: ((code[3] ?? 0) & 1) === 1 ? "same-link" : "none" };
  }
  const [address, segments] = [first(PATH.returnAddress), first(PATH.srv6Segments)];
  if (address === undefined && segments === undefined) return undefined;
  if (address !== undefined && !isAddressLength(address.length)) return undefined;
  if (segments !== undefined && (segments.length === 0 || segments.length % SID_OCTETS !== 0)) return undefined;
  return {
    kind: "path",
    ...(address && { address: address.slice() }),
    ...(segments && { sids: sidsOf(segments) }),
  };
}

const sidsOf = (octets: Uint8Array): AddressOctets[] =>
  Array.from({ length: octets.length / SID_OCTETS }, (_, i) => octets.slice(i * SID_OCTETS, (i + 1) * SID_OCTETS));

/** What a reflector is allowed to do for a sender. */
export type ReturnPolicy = {
  readonly own: (address: AddressOctets) => boolean;
  /** Answering elsewhere than to the sender makes a reflector a tool against others: nothing is allowed by default. */
  readonly mayReturnTo: (address: AddressOctets) => boolean;
  readonly maySteer: (sids: readonly AddressOctets[]) => boolean;
};

export const NO_RETURN_PATHS: ReturnPolicy = {
  own: () => false,
  mayReturnTo: () => false,
  maySteer: () => false,
};

/** Judges a TLV of RFC 9503: its flags in the reply, and what the way back shall be. Undefined for another type. */
export function answerSegmentRouting(
  one: Tlv,
  policy: ReturnPolicy,
): { readonly flags: number; readonly path?: ReturnPath } | undefined {
  if (one.type === TLV.destinationNodeAddress) return { flags: policy.own(one.value) ? 0 : FLAG.unrecognised };
  if (one.type !== TLV.returnPath) return undefined;
  const path = readReturnPath(one.value);
  if (path === undefined) return { flags: FLAG.unrecognised };
  if (path.kind !== "path") return { flags: 0, path };
  const allowed =
    (path.address === undefined || policy.mayReturnTo(path.address)) &&
    (path.sids === undefined || policy.maySteer(path.sids));
  return allowed ? { flags: 0, path } : { flags: FLAG.unrecognised };
}

/**
 * A routing header of type 4 (RFC 8754 §2) that takes a reply over `sids` to `destination`: the list is stored last
 * segment first, and the destination is its last.
 */
export function returnHeader(sids: readonly AddressOctets[], destination: AddressOctets): Uint8Array {
  const list = [...sids, destination].toReversed();
  const header = new Uint8Array(8 + SID_OCTETS * list.length);
  const last = list.length - 1;
  // Next header (the kernel's to fill), length in 8 octets without the first, type, segments left, last entry, flags, tag.
  header.set([0, list.length * 2, 4, last, last, 0, 0, 0]);
  header.set(concat(list), 8);
  return header;
}
