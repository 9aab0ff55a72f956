// A packet as its layers: Ethernet, IPv6, SRH, IPv4, and what they carry. Enough to say what happens to SRv6 traffic at a
// hop; what is inside the innermost address header is left as octets.

import { SrwanError } from "../base/errors.ts";
import { bytesToAddress, type Ipv4, type Ipv6 } from "./address.ts";
import { decodeSrh, SRH_ROUTING_TYPE, type Srh } from "./srh.ts";

export type Layer =
  | { readonly kind: "ethernet"; readonly source: string; readonly destination: string; readonly etherType: number }
  | Ipv6Layer
  | { readonly kind: "srh"; readonly srh: Srh }
  | Ipv4Layer
  | { readonly kind: "payload"; readonly protocol: number; readonly octets: Uint8Array };

export type Ipv6Layer = {
  readonly kind: "ipv6";
  readonly source: Ipv6;
  readonly destination: Ipv6;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly payloadOctets: number;
};

export type Ipv4Layer = {
  readonly kind: "ipv4";
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly protocol: number;
  readonly ttl: number;
  readonly dscp: number;
  readonly totalOctets: number;
};

export type Start = "ethernet" | "ip" | "srh";

export const PROTOCOL = {
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  /** Also said of what follows the header of an IPv4 fragment. */
  fragment: 44,
  icmp6: 58,
  ethernet: 143,
} as const;
/** Where a packet says neither IPv4 nor IPv6; no protocol has this number. */
const NOT_IP = -1;
const ETHER = { ipv4: 0x0800, ipv6: 0x86dd } as const;
/** More layers than any packet of ours has; a packet that says more is made to waste time. */
const MAX_LAYERS = 64;

export function decodePacket(octets: Uint8Array, start: Start): Layer[] {
  const layers: Layer[] = [];
  const protocolOf = { ethernet: PROTOCOL.ethernet, srh: PROTOCOL.routing, ip: ipVersion(octets) };
  let protocol: number = protocolOf[start];
  let rest = octets;
  // Called for what it refuses: any other routing header would pass for a payload below.
  if (start === "srh") decodeSrh(octets);
  while (layers.length < MAX_LAYERS) {
    const read = readLayer(rest, protocol);
    layers.push(read.layer);
    if (read.next === undefined) return layers;
    [rest, protocol] = [rest.subarray(read.octets, read.end), read.next];
    if (start === "srh" && layers.length === 1 && rest.length === 0) return layers;
  }
  throw malformed(`more than ${MAX_LAYERS} headers in one packet`);
}

type Read = { readonly layer: Layer; readonly octets: number; readonly end?: number; readonly next?: number };

function readLayer(octets: Uint8Array, protocol: number): Read {
  switch (protocol) {
    case PROTOCOL.ethernet:
      return readEthernet(octets);
    case PROTOCOL.ipv6:
      return readIpv6(octets);
    case PROTOCOL.ipv4:
      return readIpv4(octets);
    case PROTOCOL.routing:
      if (octets[2] === SRH_ROUTING_TYPE) {
        const { srh, octets: length } = decodeSrh(octets);
        return { layer: { kind: "srh", srh }, octets: length, next: srh.nextHeader };
      }
      break;
    case NOT_IP:
      throw malformed(octets.length === 0 ? "it has no octets" : "it begins with neither IPv4 nor IPv6");
  }
  return { layer: { kind: "payload", protocol, octets: octets.slice() }, octets: octets.length };
}

function readEthernet(octets: Uint8Array): Read {
  need(octets, 14, "an Ethernet header");
  const mac = (at: number): string =>
    Array.from(octets.subarray(at, at + 6), (octet) => octet.toString(16).padStart(2, "0")).join(":");
  const etherType = u16(octets, 12);
  const next = etherType === ETHER.ipv6 ? PROTOCOL.ipv6 : etherType === ETHER.ipv4 ? PROTOCOL.ipv4 : undefined;
  return {
    layer: { kind: "ethernet", destination: mac(0), source: mac(6), etherType },
    octets: 14,
    ...(next === undefined ? {} : { next }),
  };
}

function readIpv6(octets: Uint8Array): Read {
  need(octets, 40, "an IPv6 header");
  if (ipVersion(octets) !== PROTOCOL.ipv6) throw malformed(`version ${(octets[0] ?? 0) >> 4} where IPv6 was said`);
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  const [payloadOctets, nextHeader, hopLimit] = [u16(octets, 4), octets[6] ?? 0, octets[7] ?? 0];
  need(octets, 40 + payloadOctets, "an IPv6 packet");
  return {
    layer: {
      kind: "ipv6",
      source: bytesToAddress(octets.subarray(8, 24)) as Ipv6,
      destination: bytesToAddress(octets.subarray(24, 40)) as Ipv6,
      nextHeader,
      hopLimit,
      trafficClass: ((a & 0xf) << 4) | (b >> 4),
      flowLabel: ((b & 0xf) << 16) | (c << 8) | d,
      payloadOctets,
    },
    octets: 40,
    end: 40 + payloadOctets,
    next: nextHeader,
  };
}

function readIpv4(octets: Uint8Array): Read {
  need(octets, 20, "an IPv4 header");
  if (ipVersion(octets) !== PROTOCOL.ipv4) throw malformed(`version ${(octets[0] ?? 0) >> 4} where IPv4 was said`);
  const header = 4 * ((octets[0] ?? 0) & 0xf);
  const totalOctets = u16(octets, 2);
  if (header < 20 || totalOctets < header) throw malformed(`an IPv4 header of ${header} octets in ${totalOctets}`);
  need(octets, totalOctets, "an IPv4 packet");
  const protocol = octets[9] ?? 0;
  // More fragments, or an offset: what follows is not a whole packet, and need not begin with a header.
  const isFragment = (u16(octets, 6) & 0x3fff) !== 0;
  return {
    layer: {
      kind: "ipv4",
      source: bytesToAddress(octets.subarray(12, 16)) as Ipv4,
      destination: bytesToAddress(octets.subarray(16, 20)) as Ipv4,
      protocol,
      ttl: octets[8] ?? 0,
      dscp: (octets[1] ?? 0) >> 2,
      totalOctets,
    },
    octets: header,
    end: totalOctets,
    next: isFragment ? PROTOCOL.fragment : protocol,
  };
}

const u16 = (octets: Uint8Array, at: number): number => ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);

/** The protocol number of the packet's first header. */
function ipVersion(octets: Uint8Array): number {
  const version = (octets[0] ?? 0) >> 4;
  return version === 6 ? PROTOCOL.ipv6 : version === 4 ? PROTOCOL.ipv4 : NOT_IP;
}

function need(octets: Uint8Array, wanted: number, what: string): void {
  if (octets.length < wanted) throw malformed(`${what} of ${wanted} octets ends after ${octets.length}`);
}

const malformed = (what: string): SrwanError =>
  new SrwanError("PACKET_MALFORMED", `the packet cannot be read: ${what}`, {
    remedy: "Give a whole packet, from its Ethernet or IP header on.",
  });
