// An echo request inside a SID list, as octets, and what comes back: the far end's answer, or a node on the way that says
// why it went no further, quoting the packet as it saw it (RFC 4443, RFC 9259 §3). Pure.

import { concat } from "../../base/octets.ts";
import { bytesToAddress, type Ipv6, ipv6ToBytes } from "../../srv6/address.ts";
import type { EncapMode } from "../../srv6/behavior.ts";
import type { Sid } from "../../srv6/sid.ts";
import { encodeSrh, SRH_FLAG_HMAC, type Srh, signedOctets } from "../../srv6/srh.ts";
import { checksum } from "../linux/too-big.ts";

/** The key that this POP signs SID lists with. */
export type Signature = { readonly keyId: number; readonly hmac: (octets: Uint8Array) => Uint8Array };

export type Sounding = {
  /** This end, of the outer header and the inner one alike: whoever refuses either tells us. */
  readonly source: Ipv6;
  readonly target: Ipv6;
  readonly sids: readonly Sid[];
  readonly mode: EncapMode;
  /** Undefined: nobody signs. */
  readonly signature?: Signature | undefined;
  readonly hopLimit: number;
  readonly id: number;
  readonly sequence: number;
};

export const HEARD = ["reply", "expired", "unreachable", "too-big", "bad"] as const;

export type Heard = {
  readonly what: (typeof HEARD)[number];
  readonly sequence: number;
  /** Where the packet was bound for when it went no further: a SID, or the target behind the last one. */
  readonly towards: Ipv6 | undefined;
};

const [IPV6_HEADER, ICMP_HEADER] = [40, 8];
const NEXT = { ipv6: 41, routing: 43, icmp6: 58 } as const;
const [ECHO_REQUEST, ECHO_REPLY] = [128, 129];
const ERRORS: Readonly<Record<number, Heard["what"]>> = { 1: "unreachable", 2: "too-big", 3: "expired", 4: "bad" };
const INNER_HOPS = 64;
const HMAC_OCTETS = 32;

/** The whole packet, outer header first. */
export function soundingOctets(sounding: Sounding): Uint8Array {
  const { source, target, sids, mode, signature, hopLimit, id, sequence } = sounding;
  const inner = concat([
    header(source, target, NEXT.icmp6, INNER_HOPS, ICMP_HEADER),
    echo(source, target, id, sequence),
  ]);
  const [first, ...rest] = sids;
  if (first === undefined)
    return concat([header(source, target, NEXT.icmp6, hopLimit, ICMP_HEADER), inner.subarray(IPV6_HEADER)]);
  // What is signed has a header, also for a single SID: without one it is dropped where all has to be signed.
  const listed = mode === "encap.red" && signature === undefined ? rest : sids;
  const routing =
    listed.length === 0
      ? new Uint8Array()
      : encodeSrh(
          signed(source, signature, {
            nextHeader: NEXT.ipv6,
            segmentsLeft: rest.length,
            flags: 0,
            tag: 0,
            segments: listed,
            tlvs: [],
          }),
        );
  const next = routing.length === 0 ? NEXT.ipv6 : NEXT.routing;
  return concat([header(source, first, next, hopLimit, routing.length + inner.length), routing, inner]);
}

function signed(source: Ipv6, signature: Signature | undefined, srh: Srh): Srh {
  if (signature === undefined) return srh;
  const { keyId, hmac } = signature;
  const flags = srh.flags | SRH_FLAG_HMAC;
  const digest = new Uint8Array(HMAC_OCTETS);
  // SHA-1 leaves the rest of its room empty.
  digest.set(hmac(signedOctets(source, { ...srh, flags }, keyId)));
  return { ...srh, flags, tlvs: [{ kind: "hmac", bareDestination: false, keyId, digest }] };
}

/** `octets` from the ICMPv6 header on; undefined for what is no answer to a sounding with this id. */
export function heardIn(octets: Uint8Array, id: number): Heard | undefined {
  const [type = 0] = octets;
  if (type === ECHO_REPLY) {
    const sequence = sequenceOf(octets, id);
    return sequence === undefined ? undefined : { what: "reply", sequence, towards: undefined };
  }
  const what = ERRORS[type];
  const quoted = octets.subarray(ICMP_HEADER);
  if (what === undefined || quoted.length < IPV6_HEADER) return undefined;
  const request = requestIn(quoted);
  const sequence = request === undefined ? undefined : sequenceOf(request, id);
  if (sequence === undefined) return undefined;
  return { what, sequence, towards: bytesToAddress(quoted.subarray(24, 40)) as Ipv6 };
}

/** The echo request in a quoted packet, with or without its encapsulation. */
function requestIn(quoted: Uint8Array): Uint8Array | undefined {
  let [next, at] = [quoted[6], IPV6_HEADER];
  if (next === NEXT.routing) {
    next = quoted[at];
    at += ((quoted[at + 1] ?? 0) + 1) * 8;
  }
  if (next === NEXT.ipv6) {
    next = quoted[at + 6];
    at += IPV6_HEADER;
  }
  const request = quoted.subarray(at);
  return next === NEXT.icmp6 && request[0] === ECHO_REQUEST ? request : undefined;
}

function sequenceOf(message: Uint8Array, id: number): number | undefined {
  if (message.length < ICMP_HEADER) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return view.getUint16(4) === id ? view.getUint16(6) : undefined;
}

function echo(source: Ipv6, target: Ipv6, id: number, sequence: number): Uint8Array {
  const message = new Uint8Array(ICMP_HEADER);
  const view = new DataView(message.buffer);
  message[0] = ECHO_REQUEST;
  view.setUint16(4, id);
  view.setUint16(6, sequence);
  // RFC 8200 §8.1: with the addresses, the length and the protocol.
  const pseudo = concat([
    ipv6ToBytes(source),
    ipv6ToBytes(target),
    Uint8Array.of(0, 0, 0, ICMP_HEADER, 0, 0, 0, NEXT.icmp6),
  ]);
  view.setUint16(2, checksum(concat([pseudo, message])));
  return message;
}

function header(source: Ipv6, destination: Ipv6, next: number, hopLimit: number, octets: number): Uint8Array {
  const made = new Uint8Array(IPV6_HEADER);
  made.set([0x60, 0, 0, 0, octets >> 8, octets & 0xff, next, hopLimit]);
  made.set(ipv6ToBytes(source), 8);
  made.set(ipv6ToBytes(destination), 24);
  return made;
}
