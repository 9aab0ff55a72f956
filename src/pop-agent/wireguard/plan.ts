// The devices that a POP's record asks for, and where each one is with the shared key that rotates. Pure.
//
// One device for each peer and transit, with one peer that may send anything: a device of several would choose the peer by
// the inner destination, and SIDs have no place in that table. The shared key is mixed into every handshake beside
// WireGuard's own keys, and a session goes on until the next one, so that a new key never stops traffic.

import type { WireTunnel } from "../../wire/desired.ts";
import type { PopRecord } from "../../wire/pop.ts";

export type Device = {
  readonly name: string;
  readonly transit: string;
  readonly listenPort: number;
  readonly local: string;
  readonly nexthop: string;
  readonly mtuOctets: number;
};

/** IP and UDP headers, and WireGuard's own 32 octets. */
const OVERHEAD = { 4: 60, 6: 80 } as const;
const ETHERNET = 1_500;

/** Where the record does not say what fits, an underlay of 1,500 octets is taken. */
export function devicesOf({ segments }: PopRecord): Device[] {
  return segments.flatMap(({ device, transit, local, nexthop, mtuOctets, wireguard }): Device[] => {
    if (wireguard === undefined) return [];
    const fits = ETHERNET - OVERHEAD[wireguard.endpoint.includes(":") ? 6 : 4];
    return [{ name: device, transit, listenPort: wireguard.port, local, nexthop, mtuOctets: mtuOctets ?? fits }];
  });
}

/** The record as it is told: with this POP's public halves. */
export function withKeys(record: PopRecord, publicKey: string, fresh: string): PopRecord {
  const segments = record.segments.map((port) =>
    port.wireguard === undefined ? port : { ...port, wireguard: { ...port.wireguard, publicKey, fresh } },
  );
  return { ...record, segments };
}

/** For `wg set`. */
export const peerWords = ({ publicKey, endpoint, port }: WireTunnel): string[] => [
  "peer",
  publicKey,
  "endpoint",
  endpoint.includes(":") ? `[${endpoint}]:${port}` : `${endpoint}:${port}`,
  "allowed-ips",
  "::/0,0.0.0.0/0",
];

/** Which halves a shared key is made of: the newest first, and what either end may still be at. */
export type Pair = { readonly own: number; readonly theirs: number };
export const pairsOf = (own: number, theirs: number): Pair[] =>
  Array.from({ length: own * theirs }, (_, i) => ({ own: Math.floor(i / theirs), theirs: i % theirs }));

/** WireGuard shakes hands anew every 120 s while traffic flows, and gives a session up after 180. */
const STALE_MS = 135_000;
/** A handshake is tried every 5 s. One end tries its pairs quickly and the other slowly, so that they meet. */
const TRY_MS = { quick: 6_000, slow: 25_000 } as const;

export type Standing = {
  /** Since when it is at this pair. */
  readonly sinceMs: number;
  /** Undefined: never. */
  readonly handshakeMs: number | undefined;
  readonly pairs: number;
  readonly at: number;
};

/**
 * The pair to be at now. One end may have missed the other's newest half: without a handshake for too long, each tries what
 * the other may be at, before the session ends.
 */
export function nextPair({ sinceMs, handshakeMs, pairs, at }: Standing, nowMs: number, quick: boolean): number {
  if (pairs < 2) return 0;
  const isFresh = handshakeMs !== undefined && nowMs - handshakeMs < STALE_MS;
  const waitMs = quick ? TRY_MS.quick : TRY_MS.slow;
  return isFresh || nowMs - sinceMs < waitMs ? at : (at + 1) % pairs;
}
