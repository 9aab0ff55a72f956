// What is inside each extension of RFC 8972: what a sender asks, what a reflector fills in, what the sender reads back.

import { concat } from "../base/octets.ts";
import { viewOf } from "./stamp-packet.ts";
import { readTime, type TimestampFormat, writeTime } from "./stamp-time.ts";
import { FLAG, TLV, type Tlv, tlv, walkTlvs } from "./stamp-tlv.ts";

/** An address as its octets: 4 or 16. */
export type AddressOctets = Uint8Array;

/** RFC 8972 §5.4 and §5.5. */
export const SYNC_SOURCE = { ntp: 1, ptp: 2, ssuBits: 3, gnss: 4, local: 5 } as const;
export const STAMP_METHOD = { hardwareAssist: 1, softwareLocal: 2, controlPlane: 3 } as const;

/** Location sub-TLVs (RFC 8972 §4.2.1); a sender asks with the general form, a reflector answers with the exact one. */
const PLACE = {
  sourceMac: 1,
  sourceEui48: 2,
  sourceEui64: 3,
  destinationIp: 4,
  destinationIpv4: 5,
  destinationIpv6: 6,
  sourceIp: 7,
  sourceIpv4: 8,
  sourceIpv6: 9,
} as const;

/** Lengths that RFC 8972 gives; a TLV of another length is malformed. */
const LENGTH: Readonly<Record<number, number>> = {
  [TLV.timestampInformation]: 4,
  [TLV.classOfService]: 4,
  [TLV.directMeasurement]: 12,
  [TLV.accessReport]: 4,
  [TLV.followUpTelemetry]: 16,
  [TLV.hmac]: 16,
};

export function lengthFits({ type, value }: Tlv): boolean {
  if (type === TLV.location) return value.length >= 4;
  if (type === TLV.destinationNodeAddress) return isAddressLength(value.length);
  return LENGTH[type] === undefined || LENGTH[type] === value.length;
}

export const isAddressLength = (octets: number): boolean => octets === 4 || octets === 16;

export const extraPadding = (octets: number): Uint8Array => tlv(TLV.extraPadding, new Uint8Array(octets));
export const askTimestampInformation = (): Uint8Array => tlv(TLV.timestampInformation, new Uint8Array(4));
export const askFollowUp = (): Uint8Array => tlv(TLV.followUpTelemetry, new Uint8Array(16));

/** Asks for the ports and for both addresses as the reflector saw them: what a NAT on the way has changed. */
export function askLocation(): Uint8Array {
  const part = (type: number): Uint8Array => tlv(type, new Uint8Array(16));
  const ports = new Uint8Array(4);
  return tlv(TLV.location, concat([ports, part(PLACE.sourceIp), part(PLACE.destinationIp)]));
}

/** Asks for `dscp` on the way back. */
export const askClassOfService = (dscp: number): Uint8Array =>
  tlv(TLV.classOfService, Uint8Array.of(dscp << 2, 0, 0, 0));

export function directMeasurement(sent: number): Uint8Array {
  const value = new Uint8Array(12);
  viewOf(value).setUint32(0, sent);
  return tlv(TLV.directMeasurement, value);
}

export const accessReport = (network: "3gpp" | "non-3gpp", available: boolean): Uint8Array =>
  tlv(TLV.accessReport, Uint8Array.of((network === "3gpp" ? 1 : 2) << 4, available ? 1 : 2, 0, 0));

/** What a reflector knows of the packet that it answers and of its session. */
export type Seen = {
  readonly source: AddressOctets | undefined;
  readonly destination: AddressOctets | undefined;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** DSCP and ECN of the request; undefined where the socket does not tell. */
  readonly trafficClass: number | undefined;
  readonly syncSource: number;
  readonly method: number;
  /** In-profile packets of the session, this one included; 0 in the stateless mode. */
  readonly received: number;
  readonly sent: number;
  /** The reply before this one, where the reflector keeps state. */
  readonly last: { readonly sequence: number; readonly ns: bigint } | undefined;
  readonly format: TimestampFormat;
  /** Whether the reply may leave with this DSCP. */
  readonly mayUseDscp: (dscp: number) => boolean;
};

/** What the answer asks of the socket. */
export type Wish = { readonly dscp?: number };

/** Fills in a TLV of RFC 8972 in place and gives its flags; undefined for a type that is not of RFC 8972. */
export function answerExtension(one: Tlv, seen: Seen): { readonly flags: number; readonly wish?: Wish } | undefined {
  const view = viewOf(one.value);
  switch (one.type) {
    case TLV.extraPadding:
    case TLV.hmac:
      return { flags: 0 };
    case TLV.location:
      answerLocation(one.value, seen);
      return { flags: 0 };
    case TLV.timestampInformation:
      one.value.set([seen.syncSource, seen.method, seen.syncSource, STAMP_METHOD.softwareLocal]);
      return { flags: 0 };
    case TLV.classOfService:
      return answerClassOfService(view, seen);
    case TLV.directMeasurement:
      view.setUint32(4, seen.received);
      view.setUint32(8, seen.sent);
      return { flags: 0 };
    case TLV.accessReport: {
      const network = view.getUint8(0) >> 4;
      return { flags: network === 1 || network === 2 ? 0 : FLAG.unrecognised };
    }
    case TLV.followUpTelemetry:
      one.value.fill(0);
      if (seen.last === undefined) return { flags: 0 };
      view.setUint32(0, seen.last.sequence);
      writeTime(view, 4, seen.last.ns, seen.format);
      view.setUint8(12, STAMP_METHOD.softwareLocal);
      return { flags: 0 };
    default:
      return undefined;
  }
}

function answerClassOfService(view: DataView, seen: Seen): { flags: number; wish?: Wish } {
  const asked = view.getUint8(0) >> 2;
  const arrived = seen.trafficClass ?? 0;
  const [dscp, ecn] = [arrived >> 2, arrived & 3];
  const may = seen.mayUseDscp(asked);
  view.setUint8(0, (asked << 2) | (dscp >> 4));
  view.setUint8(1, ((dscp & 0xf) << 4) | (ecn << 2) | (may ? 0 : 1));
  return { flags: 0, wish: { dscp: may ? asked : dscp } };
}

function answerLocation(value: Uint8Array, seen: Seen): void {
  const view = viewOf(value);
  view.setUint16(0, seen.destinationPort);
  view.setUint16(2, seen.sourcePort);
  const { tlvs, malformedAt } = walkTlvs(value, 4);
  for (const part of tlvs) {
    const [flags, type] = answerPlace(part, seen);
    value[part.at] = flags;
    value[part.at + 1] = type;
  }
  if (malformedAt !== undefined) value[malformedAt] = FLAG.malformed;
}

/** The flags and the exact type of one sub-TLV, its value filled in. */
function answerPlace({ type, value }: Tlv, seen: Seen): [number, number] {
  const wants = type === PLACE.sourceMac ? 8 : type === PLACE.destinationIp || type === PLACE.sourceIp ? 16 : undefined;
  if (wants === undefined) return [FLAG.unrecognised, type];
  if (value.length !== wants) return [FLAG.malformed, type];
  value.fill(0);
  // A UDP socket never sees the frame: "does not have the Source MAC Address" (RFC 8972 §4.2.2).
  if (type === PLACE.sourceMac) return [0, PLACE.sourceEui64];
  const address = type === PLACE.sourceIp ? seen.source : seen.destination;
  if (address === undefined) return [FLAG.unrecognised, type];
  value.set(address);
  return [0, type + (address.length === 4 ? 1 : 2)];
}

/** A reply's TLV of RFC 8972, for people and programs; undefined for another type, or where nothing is in it. */
export type Told =
  | { readonly kind: "padding"; readonly octets: number }
  | {
      readonly kind: "location";
      readonly sourcePort: number;
      readonly destinationPort: number;
      readonly source?: AddressOctets;
      readonly destination?: AddressOctets;
    }
  | {
      readonly kind: "timestamps";
      readonly syncSourceIn: number;
      readonly methodIn: number;
      readonly syncSourceOut: number;
      readonly methodOut: number;
    }
  | {
      readonly kind: "class-of-service";
      readonly asked: number;
      readonly arrived: number;
      readonly ecn: number;
      readonly refused: boolean;
    }
  | {
      readonly kind: "direct-measurement";
      readonly sent: number;
      readonly received: number;
      readonly reflected: number;
    }
  | { readonly kind: "access-report"; readonly network: number; readonly code: number }
  | { readonly kind: "follow-up"; readonly sequence: number; readonly ns: bigint; readonly method: number };

export function readExtension(one: Tlv, format: TimestampFormat, nearNs: bigint): Told | undefined {
  if (!lengthFits(one)) return undefined;
  const view = viewOf(one.value);
  const octet = (at: number): number => view.getUint8(at);
  switch (one.type) {
    case TLV.extraPadding:
      return { kind: "padding", octets: one.value.length };
    case TLV.location:
      return {
        kind: "location",
        destinationPort: view.getUint16(0),
        sourcePort: view.getUint16(2),
        ...places(one.value),
      };
    case TLV.timestampInformation:
      return {
        kind: "timestamps",
        syncSourceIn: octet(0),
        methodIn: octet(1),
        syncSourceOut: octet(2),
        methodOut: octet(3),
      };
    case TLV.classOfService: {
      const word = view.getUint16(0);
      return {
        kind: "class-of-service",
        asked: word >> 10,
        arrived: (word >> 4) & 0x3f,
        ecn: (word >> 2) & 3,
        refused: (word & 3) !== 0,
      };
    }
    case TLV.directMeasurement:
      return {
        kind: "direct-measurement",
        sent: view.getUint32(0),
        received: view.getUint32(4),
        reflected: view.getUint32(8),
      };
    case TLV.accessReport:
      return { kind: "access-report", network: octet(0) >> 4, code: octet(1) };
    case TLV.followUpTelemetry:
      return octet(12) === 0
        ? undefined
        : { kind: "follow-up", sequence: view.getUint32(0), ns: readTime(view, 4, format, nearNs), method: octet(12) };
    default:
      return undefined;
  }
}

function places(value: Uint8Array): { source?: AddressOctets; destination?: AddressOctets } {
  const { tlvs } = walkTlvs(value, 4);
  const find = (v4: number, v6: number): AddressOctets | undefined => {
    const found = tlvs.find(
      ({ type, flags, value }) => flags === 0 && (type === v4 || type === v6) && value.length === 16,
    );
    return found?.value.slice(0, found.type === v4 ? 4 : 16);
  };
  const source = find(PLACE.sourceIpv4, PLACE.sourceIpv6);
  const destination = find(PLACE.destinationIpv4, PLACE.destinationIpv6);
  return { ...(source && { source }), ...(destination && { destination }) };
}
