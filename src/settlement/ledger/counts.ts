// One end's counters of a link, report by report, as what was counted in between. A reboot begins a new count; a counter of
// fewer bits than 64 wraps; a report that comes twice or late changes nothing.

export type LinkCount = {
  readonly linkId: string;
  readonly reporter: string;
  /** When the counters began; another time is another count. */
  readonly bootTime: bigint;
  readonly seq: bigint;
  readonly inOctets: bigint;
  readonly outOctets: bigint;
  readonly inPackets: bigint;
  readonly outPackets: bigint;
};

const FIELDS = ["inOctets", "outOctets", "inPackets", "outPackets"] as const;
export type Traffic = { readonly [F in (typeof FIELDS)[number]]: bigint };

export const NO_TRAFFIC: Traffic = { inOctets: 0n, outOctets: 0n, inPackets: 0n, outPackets: 0n };

/** Why a report counted nothing, or counted less than it might. */
export type CountTrouble = "late" | "backwards" | "rebooted";

export type Counted = { readonly traffic: Traffic; readonly trouble: CountTrouble | undefined };

export const plus = (a: Traffic, b: Traffic): Traffic => ({
  inOctets: a.inOctets + b.inOctets,
  outOctets: a.outOctets + b.outOctets,
  inPackets: a.inPackets + b.inPackets,
  outPackets: a.outPackets + b.outPackets,
});

/**
 * What was counted from one report to the next. `bits` is the width of the counters behind it: a step back by more than
 * half of a narrow one's range is a wrap, any other is no count at all. After a reboot only what the new count shows is
 * known; what went between is lost to the provider, who alone could have told it.
 */
export function countedBetween(before: LinkCount | undefined, now: LinkCount, bits = 64): Counted {
  if (before === undefined) return { traffic: NO_TRAFFIC, trouble: undefined };
  if (now.bootTime < before.bootTime) return { traffic: NO_TRAFFIC, trouble: "late" };
  if (now.bootTime > before.bootTime) return { traffic: trafficOf(now), trouble: "rebooted" };
  if (now.seq <= before.seq) return { traffic: NO_TRAFFIC, trouble: "late" };
  const steps = FIELDS.map((field) => step(before[field], now[field], bits));
  if (steps.includes(undefined)) return { traffic: NO_TRAFFIC, trouble: "backwards" };
  const [inOctets = 0n, outOctets = 0n, inPackets = 0n, outPackets = 0n] = steps;
  return { traffic: { inOctets, outOctets, inPackets, outPackets }, trouble: undefined };
}

const trafficOf = ({ inOctets, outOctets, inPackets, outPackets }: LinkCount): Traffic => ({
  inOctets,
  outOctets,
  inPackets,
  outPackets,
});

function step(before: bigint, now: bigint, bits: number): bigint | undefined {
  if (now >= before) return now - before;
  const range = 1n << BigInt(bits);
  const wrapped = now + range - before;
  return bits < 64 && before < range && wrapped < range / 2n ? wrapped : undefined;
}
