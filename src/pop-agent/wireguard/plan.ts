// The devices that a POP's record asks for, and where each one is with the shared key that rotates. Pure.
//
// One device for each peer and transit, with one peer that may send anything: a device of several would choose the peer by
// the inner destination, and SIDs have no place in that table. The shared key is mixed into every handshake beside
// WireGuard's own keys, and a session goes on until the next one, so that a new key never stops traffic.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { WireTunnel } from "../../wire/desired.ts";
import type { PopRecord, SegmentPort } from "../../wire/pop.ts";

export type Device = {
  readonly name: string;
  /** The POP at the other end, and the transit between. */
  readonly to: string;
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
const fitting = ({ mtuOctets, wireguard }: SegmentPort): number | undefined =>
  mtuOctets ?? (wireguard && ETHERNET - OVERHEAD[wireguard.endpoint.includes(":") ? 6 : 4]);

export function devicesOf(record: PopRecord): Device[] {
  checkTunnels(record);
  return record.segments.flatMap((port): Device[] => {
    const { device, to, transit, local, nexthop, wireguard } = port;
    const mtuOctets = fitting(port);
    if (wireguard === undefined || mtuOctets === undefined) return [];
    return [{ name: device, to, transit, listenPort: wireguard.port, local, nexthop, mtuOctets }];
  });
}

/** Refuses a record whose segments inside WireGuard cannot all stand, with the field, its value and what to do. */
export function checkTunnels({ name, platform, segments }: PopRecord, where = `the record of ${name}`): void {
  const refuse = (field: string, what: string, remedy: string): SrwanError =>
    new SrwanError("CONFIG_VALUE_INVALID", `${where}: ${field} ${what}`, { remedy, details: { field } });
  const tunnels = [...segments.entries()].filter(([, { wireguard }]) => wireguard !== undefined);
  const max = LIMITS.wireguardDevicesMax;
  if (tunnels.length > max) {
    const remedy = `Leave wireguard out of ${tunnels.length - max} of them, or divide what this POP reaches between two.`;
    throw refuse("segments", `= ${tunnels.length} inside WireGuard, more than ${max}`, remedy);
  }
  const [ports, devices] = [new Map<number, number>(), new Map<string, number>()];
  for (const [i, { device, wireguard: { port } = { port: 0 } }] of tunnels) {
    const field = `segments[${i}]`;
    if (platform !== "linux") {
      const remedy = "Configure IPsec or MACsec on the router, and say encrypted: true in place of wireguard.";
      throw refuse(`${field}.wireguard`, `is on a POP of platform = ${platform}, which makes no WireGuard`, remedy);
    }
    const [samePort, sameDevice] = [ports.get(port), devices.get(device)];
    if (samePort !== undefined) {
      const remedy = "Give each device a UDP port of its own: WireGuard listens on every address.";
      throw refuse(`${field}.wireguard.port`, `= ${port} is the port of segments[${samePort}] too`, remedy);
    }
    if (sameDevice !== undefined) {
      const remedy = "Give each segment a device of its own: one of several peers cannot carry SIDs.";
      throw refuse(`${field}.device`, `= ${device} is the device of segments[${sameDevice}] too`, remedy);
    }
    ports.set(port, i);
    devices.set(device, i);
  }
}

/** The record as it is told: with this POP's public halves, and with what fits, which paths are measured by. */
export function withKeys(record: PopRecord, publicKey: string, fresh: string): PopRecord {
  const segments = record.segments.map((port) => {
    const mtuOctets = fitting(port);
    if (port.wireguard === undefined || mtuOctets === undefined) return port;
    return { ...port, mtuOctets, wireguard: { ...port.wireguard, publicKey, fresh } };
  });
  return { ...record, segments };
}

/** As `wg` writes it. */
export const endpointText = ({ endpoint, port }: Pick<WireTunnel, "endpoint" | "port">): string =>
  endpoint.includes(":") ? `[${endpoint}]:${port}` : `${endpoint}:${port}`;

export const ANYTHING: readonly string[] = ["::/0", "0.0.0.0/0"];

/** For `wg set`. */
export const peerWords = (peer: WireTunnel): string[] => [
  "peer",
  peer.publicKey,
  "endpoint",
  endpointText(peer),
  "allowed-ips",
  ANYTHING.join(","),
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
