// STAMP's base packets (RFC 8762 §4.2 and §4.3 with the session identifier of RFC 8972 §3): the same fields at other
// places in the open and in the authenticated mode.

import {
  decodeErrorEstimate,
  type ErrorEstimate,
  encodeErrorEstimate,
  readTime,
  type TimestampFormat,
  writeTime,
} from "./stamp-time.ts";

export type StampMode = "open" | "authenticated";

/** HMAC-SHA-256 over the parts, truncated to its first 16 octets (RFC 8762 §4.4). */
export type Mac = (...parts: readonly Uint8Array[]) => Uint8Array;

export const MAC_OCTETS = 16;

type Layout = {
  readonly octets: number;
  readonly timestamp: number;
  readonly error: number;
  readonly ssid: number;
  readonly received: number;
  readonly senderSequence: number;
  readonly senderTimestamp: number;
  readonly senderError: number;
  readonly senderTtl: number;
  /** What a TWAMP-Light peer sends at least: its fields end here (RFC 5357 §4.1.2, §4.2.1). */
  readonly leastRequest: number;
  readonly leastReply: number;
};

const LAYOUT: Readonly<Record<StampMode, Layout>> = {
  open: {
    octets: 44,
    timestamp: 4,
    error: 12,
    ssid: 14,
    received: 16,
    senderSequence: 24,
    senderTimestamp: 28,
    senderError: 36,
    senderTtl: 40,
    leastRequest: 14,
    leastReply: 38,
  },
  authenticated: {
    octets: 112,
    timestamp: 16,
    error: 24,
    ssid: 26,
    received: 32,
    senderSequence: 48,
    senderTimestamp: 64,
    senderError: 72,
    senderTtl: 80,
    leastRequest: 112,
    leastReply: 112,
  },
};
/** The HMAC covers the first six blocks and follows them. */
const COVERED = 96;

export const baseOctets = (mode: StampMode): number => LAYOUT[mode].octets;

/** Gives so many octets of any content to write a packet into. */
export type Room = (octets: number) => Uint8Array;
export const newRoom: Room = (octets) => new Uint8Array(octets);

/** The same memory each time, for packets that leave before the next is made: thousands a second are much to collect. */
export function oneRoom(most: number): Room {
  const memory = new Uint8Array(most);
  return (octets) => (octets <= most ? memory.subarray(0, octets) : new Uint8Array(octets));
}

export type Request = {
  readonly sequence: number;
  readonly ssid: number;
  readonly error: ErrorEstimate;
};

/** Writes a sender's packet; its timestamp is `ns`. What must be zero is made zero. */
export function writeRequest(octets: Uint8Array, mode: StampMode, request: Request, ns: bigint): void {
  const layout = LAYOUT[mode];
  const view = viewOf(octets);
  octets.fill(0, 0, layout.octets);
  view.setUint32(0, request.sequence);
  writeTime(view, layout.timestamp, ns, request.error.format);
  view.setUint16(layout.error, encodeErrorEstimate(request.error));
  view.setUint16(layout.ssid, request.ssid);
}

export type ReadRequest = Request & { readonly t1Ns: bigint };

/** Undefined where the packet is too short to be one. */
export function readRequest(octets: Uint8Array, mode: StampMode, nearNs: bigint): ReadRequest | undefined {
  const layout = LAYOUT[mode];
  if (octets.length < layout.leastRequest) return undefined;
  const view = viewOf(octets);
  const error = decodeErrorEstimate(view.getUint16(layout.error));
  return {
    sequence: view.getUint32(0),
    ssid: octets.length < layout.ssid + 2 ? 0 : view.getUint16(layout.ssid),
    error,
    t1Ns: readTime(view, layout.timestamp, error.format, nearNs),
  };
}

export type ReplyFields = {
  readonly sequence: number;
  readonly error: ErrorEstimate;
  readonly receivedNs: bigint;
  /** TTL or Hop Limit of the request; 0 where it is not known. */
  readonly senderTtl: number;
};

/** Writes the reflector's base packet over a copy of the request it answers; its own timestamp comes by `stampReply`. */
export function writeReply(octets: Uint8Array, mode: StampMode, request: Uint8Array, reply: ReplyFields): void {
  const layout = LAYOUT[mode];
  const view = viewOf(octets);
  const from = viewOf(request);
  const within = (end: number): boolean => request.length >= end;
  octets.fill(0, 0, layout.octets);
  view.setUint32(0, reply.sequence);
  view.setUint16(layout.error, encodeErrorEstimate(reply.error));
  if (within(layout.ssid + 2)) view.setUint16(layout.ssid, from.getUint16(layout.ssid));
  writeTime(view, layout.received, reply.receivedNs, reply.error.format);
  view.setUint32(layout.senderSequence, from.getUint32(0));
  octets.set(request.subarray(layout.timestamp, layout.timestamp + 8), layout.senderTimestamp);
  view.setUint16(layout.senderError, from.getUint16(layout.error));
  octets[layout.senderTtl] = reply.senderTtl;
}

/** The last thing written before a packet leaves, in a request and in a reply. */
export function stampPacket(octets: Uint8Array, mode: StampMode, ns: bigint, format: TimestampFormat): void {
  writeTime(viewOf(octets), LAYOUT[mode].timestamp, ns, format);
}

export type ReadReply = {
  readonly sequence: number;
  readonly ssid: number;
  readonly error: ErrorEstimate;
  readonly t2Ns: bigint;
  readonly t3Ns: bigint;
  readonly senderSequence: number;
  /** Undefined where a TWAMP-Light reflector leaves it out. */
  readonly senderTtl: number | undefined;
};

/** Undefined where the packet is too short to be one. */
export function readReply(octets: Uint8Array, mode: StampMode, nearNs: bigint): ReadReply | undefined {
  const layout = LAYOUT[mode];
  if (octets.length < layout.leastReply) return undefined;
  const view = viewOf(octets);
  const error = decodeErrorEstimate(view.getUint16(layout.error));
  return {
    sequence: view.getUint32(0),
    ssid: view.getUint16(layout.ssid),
    error,
    t2Ns: readTime(view, layout.received, error.format, nearNs),
    t3Ns: readTime(view, layout.timestamp, error.format, nearNs),
    senderSequence: view.getUint32(layout.senderSequence),
    senderTtl: octets.length > layout.senderTtl ? octets[layout.senderTtl] : undefined,
  };
}

/** A reflector that computes with floating point loses the last microsecond of what it should only copy. */
const ECHO_SLACK = 2 ** 32 / 1e6;

/** A sender's timestamp as it stands in its packet, both halves. */
export function writtenTime(request: Uint8Array, mode: StampMode): readonly [number, number] {
  const view = viewOf(request);
  const { timestamp } = LAYOUT[mode];
  return [view.getUint32(timestamp), view.getUint32(timestamp + 4)];
}

/** Whether a reply carries the timestamp that we wrote: the proof that it answers us and nothing else. */
export function echoes(reply: Uint8Array, written: readonly [number, number], mode: StampMode): boolean {
  const { senderTimestamp } = LAYOUT[mode];
  const view = viewOf(reply);
  const high = view.getUint32(senderTimestamp) - written[0];
  const low = view.getUint32(senderTimestamp + 4) - written[1];
  return Math.abs(high * 2 ** 32 + low) <= ECHO_SLACK;
}

export function signPacket(octets: Uint8Array, mac: Mac): void {
  octets.set(mac(octets.subarray(0, COVERED)), COVERED);
}

export function packetIsGenuine(octets: Uint8Array, mac: Mac): boolean {
  if (octets.length < COVERED + MAC_OCTETS) return false;
  return sameOctets(mac(octets.subarray(0, COVERED)), octets.subarray(COVERED, COVERED + MAC_OCTETS));
}

/** In a time that does not depend on where they differ. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let differs = 0;
  for (let i = 0; i < a.length; i++) differs |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return differs === 0;
}

export const viewOf = (octets: Uint8Array): DataView =>
  new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
