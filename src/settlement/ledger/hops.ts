// One direction of a link, as both its ends counted it. Payable is the lower of the two, without what each link type adds
// to a packet; where they differ by more than may be lost or added, it is in dispute too.

import type { Traffic } from "./counts.ts";

/** What one end of a link adds to the octets it counts, in octets a packet: WireGuard's counters see 60 more over IPv4. */
export type LinkRules = {
  readonly upstreamOverheadOctets: bigint;
  readonly downstreamOverheadOctets: bigint;
  /** Of the packets sent, so many of a million may be lost on the way. */
  readonly lossPpm: bigint;
  /** And so many packets may be on their way when the ends read their counters. */
  readonly underWayPackets: bigint;
};

export const PLAIN_LINK: LinkRules = {
  upstreamOverheadOctets: 0n,
  downstreamOverheadOctets: 0n,
  lossPpm: 20_000n,
  underWayPackets: 1_000n,
};

export type HopDispute = {
  readonly kind: "received more than was sent" | "sent more than was received" | "sizes differ" | "one end is silent";
  readonly sentPackets: bigint;
  readonly receivedPackets: bigint;
  readonly sentOctets: bigint;
  readonly receivedOctets: bigint;
};

export type Hop = {
  /** Without overhead, the lower of both ends. */
  readonly octets: bigint;
  readonly packets: bigint;
  readonly dispute: HopDispute | undefined;
};

const MILLION = 1_000_000n;
/** Packets that were lost were not all of the usual size. */
const SIZE_SLACK_PERMILLE = 50n;

/** `up` is what the sending end counted, `down` the receiving one; who reported nothing is undefined. */
export function matchHop(up: Traffic | undefined, down: Traffic | undefined, rules: LinkRules = PLAIN_LINK): Hop {
  const sentPackets = up?.outPackets ?? 0n;
  const receivedPackets = down?.inPackets ?? 0n;
  const sentOctets = net(up?.outOctets ?? 0n, sentPackets, rules.upstreamOverheadOctets);
  const receivedOctets = net(down?.inOctets ?? 0n, receivedPackets, rules.downstreamOverheadOctets);
  const seen = { sentPackets, receivedPackets, sentOctets, receivedOctets };
  const kind = disputeOf(up, down, seen, rules);
  return {
    octets: least(sentOctets, receivedOctets),
    packets: least(sentPackets, receivedPackets),
    dispute: kind && { kind, ...seen },
  };
}

function disputeOf(
  up: Traffic | undefined,
  down: Traffic | undefined,
  seen: Omit<HopDispute, "kind">,
  { lossPpm, underWayPackets }: LinkRules,
): HopDispute["kind"] | undefined {
  const { sentPackets, receivedPackets, sentOctets, receivedOctets } = seen;
  if (up === undefined || down === undefined) return up === down ? undefined : "one end is silent";
  if (receivedPackets > sentPackets + underWayPackets) return "received more than was sent";
  const mayBeLost = (sentPackets * lossPpm) / MILLION + underWayPackets;
  if (sentPackets > receivedPackets + mayBeLost) return "sent more than was received";
  const packets = sentPackets > receivedPackets ? sentPackets : receivedPackets;
  const apart = magnitude(sentOctets * receivedPackets - receivedOctets * sentPackets);
  // Mean sizes, multiplied out: sent octets a packet against received ones.
  const slack = ((sentOctets > receivedOctets ? sentOctets : receivedOctets) * packets * SIZE_SLACK_PERMILLE) / 1_000n;
  const byFew = underWayPackets * MAX_PACKET_OCTETS * packets;
  return apart > slack + byFew ? "sizes differ" : undefined;
}

const MAX_PACKET_OCTETS = 9_216n;

const net = (octets: bigint, packets: bigint, overhead: bigint): bigint => {
  const left = octets - packets * overhead;
  return left > 0n ? left : 0n;
};
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
