// A packet that was too big for the underlay is refused to whoever put the outer header on it: this POP. The one who sent
// what is inside must hear of it, with what fits inside. Reading such a refusal (RFC 4443 §3.2) and writing the one for
// the inner sender, in either family (RFC 792, RFC 1191). Pure.

import { bytesToAddress, type Ipv6, type Prefix } from "../../srv6/address.ts";

export type TooBig = {
  readonly family: 4 | 6;
  /** Who sent what is inside. */
  readonly sender: Uint8Array;
  /** An ICMP message of the sender's family; that of ICMPv6 without its checksum, which the kernel makes. */
  readonly message: Uint8Array;
  readonly mtuOctets: number;
};

const [ICMP_HEADER, IPV6_HEADER, IPV4_HEADER_MIN] = [8, 40, 20];
const [PACKET_TOO_BIG, ROUTING, IPV6, IPV4, SRH_TYPE] = [2, 43, 41, 4, 4];
const [UNREACHABLE, FRAGMENTATION_NEEDED] = [3, 4];
const LEAST_MTU = { 4: 576, 6: 1_280 } as const;
/** RFC 4443: no larger than the least MTU of IPv6; RFC 1812: no larger than 576. */
const MOST_QUOTED = { 4: 576 - IPV4_HEADER_MIN - ICMP_HEADER, 6: 1_280 - IPV6_HEADER - ICMP_HEADER } as const;

/** `octets` from the ICMPv6 header on; undefined for anything else than a refusal of a packet with our SIDs. */
export function relayedTooBig(octets: Uint8Array, blocks: readonly Prefix[]): TooBig | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (octets.length < ICMP_HEADER + IPV6_HEADER || octets[0] !== PACKET_TOO_BIG) return undefined;
  const outer = octets.subarray(ICMP_HEADER);
  const destination = bytesToAddress(outer.subarray(24, 40)) as Ipv6;
  if (!blocks.some((block) => holds(block, destination))) return undefined;
  const found = innerOf(outer);
  if (found === undefined) return undefined;
  const { inner, at } = found;
  const family = ((inner[0] ?? 0) >> 4) as 4 | 6;
  if (family === 6 ? inner.length < IPV6_HEADER : inner.length < IPV4_HEADER_MIN) return undefined;
  const mtuOctets = Math.max(LEAST_MTU[family], view.getUint32(4) - at);
  const sender = family === 6 ? inner.slice(8, 24) : inner.slice(12, 16);
  return { family, sender, mtuOctets, message: family === 6 ? message6(inner, mtuOctets) : message4(inner, mtuOctets) };
}

const holds = ({ family, address, length }: Prefix, host: bigint): boolean =>
  family === 6 && host >> BigInt(128 - length) === address >> BigInt(128 - length);

/** What the outer header carries, right after it or after a segment routing header. */
function innerOf(outer: Uint8Array): { readonly inner: Uint8Array; readonly at: number } | undefined {
  let [next, at] = [outer[6], IPV6_HEADER];
  if (next === ROUTING) {
    if (outer[at + 2] !== SRH_TYPE) return undefined;
    next = outer[at];
    at += ((outer[at + 1] ?? 0) + 1) * 8;
  }
  const inner = outer.subarray(at);
  const isWhole = (next === IPV6 && (inner[0] ?? 0) >> 4 === 6) || (next === IPV4 && (inner[0] ?? 0) >> 4 === 4);
  return isWhole ? { inner, at } : undefined;
}

function message6(inner: Uint8Array, mtu: number): Uint8Array {
  const quoted = inner.subarray(0, MOST_QUOTED[6]);
  const message = new Uint8Array(ICMP_HEADER + quoted.length);
  message[0] = PACKET_TOO_BIG;
  new DataView(message.buffer).setUint32(4, mtu);
  message.set(quoted, ICMP_HEADER);
  return message;
}

function message4(inner: Uint8Array, mtu: number): Uint8Array {
  const quoted = inner.subarray(0, MOST_QUOTED[4]);
  const message = new Uint8Array(ICMP_HEADER + quoted.length);
  message.set([UNREACHABLE, FRAGMENTATION_NEEDED]);
  const view = new DataView(message.buffer);
  view.setUint16(6, mtu);
  message.set(quoted, ICMP_HEADER);
  view.setUint16(2, checksum(message));
  return message;
}

/** RFC 1071. */
export function checksum(octets: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < octets.length; i += 2) sum += ((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
