// Packets that somebody outside of the SR domain might send to get into it, or to be taken for one of us: twelve kinds, as
// octets. Pure.

import { concat } from "../../base/octets.ts";
import { type Ipv4, type Ipv6, ipv4ToBytes, ipv6ToBytes } from "../../srv6/address.ts";
import type { RefusedKind } from "../../srv6/linux/edge.ts";
import type { Sid } from "../../srv6/sid.ts";
import { encodeSrh, SRH_FLAG_HMAC, type Tlv } from "../../srv6/srh.ts";
import { checksum } from "../linux/too-big.ts";

export type Targets = {
  /** Local SIDs of the POP: one that goes by a routing header, a policy's, one that takes the header off, a carrier. */
  readonly sid: Ipv6;
  readonly binding: Ipv6;
  readonly exit: Ipv6;
  readonly carrier: Ipv6;
  /** An address of the POP that is no SID, and the one it sends from. */
  readonly pop: Ipv6;
  readonly source: Ipv6;
  /** The intruder's own, and where what gets in would come out again. */
  readonly us: Ipv6;
  readonly back: Ipv6;
};

type Kind = {
  readonly about: string;
  /** What the edge should count it as. */
  readonly counts: RefusedKind;
  readonly target: (targets: Targets) => Ipv6;
  readonly octets: (targets: Targets, number: number) => Uint8Array;
};

const NEXT = { hop: 0, ipv4: 4, udp: 17, ipv6: 41, routing: 43, fragment: 44, options: 60 } as const;
const [IPV6_HEADER, HOPS, DISCARD, FROM] = [40, 64, 9, 40_000];
const [UDP_HEADER, IPV4_HEADER] = [8, 20];
/** Documentation addresses (RFC 5737): nothing answers there. */
const [US4, BACK4] = [0xc6336464n as Ipv4, 0xcb007164n as Ipv4];

export const FORGED = {
  "header-sid": {
    about: "a routing header to a SID",
    counts: "header",
    target: ({ sid }) => sid,
    octets: (t, n) => routed(t, t.sid, [t.sid, t.back], n),
  },
  "header-binding": {
    about: "a routing header to a binding SID",
    counts: "header",
    target: ({ binding }) => binding,
    octets: (t, n) => routed(t, t.binding, [t.binding, t.back], n),
  },
  "header-address": {
    about: "one to the POP's address, a SID next",
    counts: "elsewhere",
    target: ({ pop }) => pop,
    octets: (t, n) => routed(t, t.pop, [t.pop, t.exit], n),
  },
  "hmac-wrong": {
    about: "a routing header with a made-up HMAC",
    counts: "signed",
    target: ({ sid }) => sid,
    octets: (t, n) => routed(t, t.sid, [t.sid, t.back], n, SRH_FLAG_HMAC, [madeUp(n)]),
  },
  "hmac-missing": {
    about: "one that says signed, and is not",
    counts: "signed",
    target: ({ sid }) => sid,
    octets: (t, n) => routed(t, t.sid, [t.sid, t.back], n, SRH_FLAG_HMAC),
  },
  "ipv6-exit": {
    about: "IPv6 in IPv6, no header, to a DT/DX SID",
    counts: "ipv6",
    target: ({ exit }) => exit,
    octets: (t, n) => outer(t.us, t.exit, NEXT.ipv6, inner6(t, n)),
  },
  "ipv4-exit": {
    about: "IPv4 in IPv6, no header, to a DT/DX SID",
    counts: "ipv4",
    target: ({ exit }) => exit,
    octets: (t, n) => outer(t.us, t.exit, NEXT.ipv4, inner4(n)),
  },
  "ipv6-carrier": {
    about: "IPv6 in IPv6 to a NEXT-CSID carrier",
    counts: "ipv6",
    target: ({ carrier }) => carrier,
    octets: (t, n) => outer(t.us, t.carrier, NEXT.ipv6, inner6(t, n)),
  },
  "ipv4-carrier": {
    about: "IPv4 in IPv6 to a NEXT-CSID carrier",
    counts: "ipv4",
    target: ({ carrier }) => carrier,
    octets: (t, n) => outer(t.us, t.carrier, NEXT.ipv4, inner4(n)),
  },
  source: {
    about: "from the POP's own source",
    counts: "source",
    target: ({ source }) => source,
    octets: (t, n) => datagram(t.source, t.back, n),
  },
  fragment: {
    about: "fragments to a DT/DX SID",
    counts: "fragment",
    target: ({ exit }) => exit,
    octets: (t, n) => piece(t.us, t.exit, NEXT.ipv6, inner6(t, n), n),
  },
  hidden: {
    about: "a routing header in a second fragment",
    counts: "hidden",
    target: ({ pop }) => pop,
    octets: (t, n) => piece(t.us, t.pop, NEXT.options, concat([NO_OPTIONS, srh([t.pop, t.exit], n), inner6(t, n)]), n),
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type ForgedKind = keyof typeof FORGED;
export const FORGED_KINDS = Object.keys(FORGED) as ForgedKind[];

/** The `number`-th packet of a kind; no two are the same. */
export const forge = (kind: ForgedKind, targets: Targets, number: number): Uint8Array =>
  FORGED[kind].octets(targets, number);

/** What any host may send: it has to pass, or nothing that is refused proves anything. */
export const honest = ({ us, back }: Targets, number: number): Uint8Array => datagram(us, back, number);

export const destinationOf = (packet: Uint8Array): Uint8Array => packet.subarray(24, IPV6_HEADER);

/** Destination options that say nothing (RFC 8200 §4.2): a whole fragment of them, and the routing header comes in the next. */
const NO_OPTIONS = Uint8Array.of(NEXT.routing, 0, 1, 4, 0, 0, 0, 0);

function routed(
  targets: Targets,
  to: Ipv6,
  segments: readonly Ipv6[],
  number: number,
  flags = 0,
  tlvs: readonly Tlv[] = [],
): Uint8Array {
  return outer(targets.us, to, NEXT.routing, concat([srh(segments, number, flags, tlvs), inner6(targets, number)]));
}

const srh = (segments: readonly Ipv6[], number: number, flags = 0, tlvs: readonly Tlv[] = []): Uint8Array =>
  encodeSrh({
    nextHeader: NEXT.ipv6,
    segmentsLeft: segments.length - 1,
    flags,
    tag: number & 0xffff,
    segments: segments as readonly bigint[] as readonly Sid[],
    tlvs,
  });

const madeUp = (number: number): Tlv => ({
  kind: "hmac",
  bareDestination: false,
  keyId: 1 + (number % 8),
  digest: Uint8Array.from({ length: 32 }, (_, i) => (number * 31 + i * 7) & 0xff),
});

/** One half of a packet, by turns the first eight octets and the rest (RFC 8200 §4.5). */
function piece(from: Ipv6, to: Ipv6, next: number, whole: Uint8Array, number: number): Uint8Array {
  const isFirst = number % 2 === 0;
  const header = new Uint8Array(8);
  const view = new DataView(header.buffer);
  header[0] = next;
  view.setUint16(2, isFirst ? 1 : 1 << 3);
  view.setUint32(4, number >> 1);
  return outer(from, to, NEXT.fragment, concat([header, isFirst ? whole.subarray(0, 8) : whole.subarray(8)]));
}

const inner6 = ({ us, back }: Targets, number: number): Uint8Array => datagram(us, back, number);

const datagram = (from: Ipv6, to: Ipv6, number: number): Uint8Array => {
  const udp = udpOctets(number);
  const pseudo = concat([ipv6ToBytes(from), ipv6ToBytes(to), Uint8Array.of(0, 0, 0, udp.length, 0, 0, 0, NEXT.udp)]);
  new DataView(udp.buffer).setUint16(6, checksum(concat([pseudo, udp])));
  return outer(from, to, NEXT.udp, udp);
};

/** Without a checksum over UDP, which IPv4 allows. */
function inner4(number: number): Uint8Array {
  const udp = udpOctets(number);
  const header = new Uint8Array(IPV4_HEADER);
  const view = new DataView(header.buffer);
  header.set([0x45, 0, 0, IPV4_HEADER + udp.length, 0, 0, 0, 0, HOPS, NEXT.udp]);
  header.set(ipv4ToBytes(US4), 12);
  header.set(ipv4ToBytes(BACK4), 16);
  view.setUint16(4, number & 0xffff);
  view.setUint16(10, checksum(header));
  return concat([header, udp]);
}

function udpOctets(number: number): Uint8Array {
  const octets = new Uint8Array(UDP_HEADER + 8);
  const view = new DataView(octets.buffer);
  view.setUint16(0, FROM + (number % 20_000));
  view.setUint16(2, DISCARD);
  view.setUint16(4, octets.length);
  view.setUint32(UDP_HEADER, number);
  return octets;
}

function outer(from: Ipv6, to: Ipv6, next: number, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(IPV6_HEADER);
  header.set([0x60, 0, 0, 0, payload.length >> 8, payload.length & 0xff, next, HOPS]);
  header.set(ipv6ToBytes(from), 8);
  header.set(ipv6ToBytes(to), 24);
  return concat([header, payload]);
}
