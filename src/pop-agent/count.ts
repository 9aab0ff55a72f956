// Counters that never go back: what the kernel shows starts anew with a reboot or a replaced object, what is told goes on.
// What was missed is stated as time in which nothing was counted. Pure.

import type { COUNTED } from "../wire/report.ts";

/** As the machine shows it now. */
export type Reading = {
  readonly what: (typeof COUNTED)[number];
  readonly name: string;
  readonly packets: bigint;
  readonly octets: bigint;
};

export type Count = {
  /** What had been counted before the machine's own count began. */
  readonly basePackets: bigint;
  readonly baseOctets: bigint;
  readonly packets: bigint;
  readonly octets: bigint;
  readonly epoch: number;
  readonly gapMs: number;
  readonly readMs: number;
};

/** One run of the machine: the kernel's own name of it, which no setting of a clock changes, and when it began. */
export type Boot = { readonly id: string; readonly ms: number };

export type Counts = { readonly boot: Boot; readonly counts: ReadonlyMap<string, Count> };

export const countKey = ({ what, name }: Pick<Reading, "what" | "name">): string => `${what} ${name}`;

export type Gap = { readonly name: string; readonly gapMs: number };

/**
 * Takes readings of one moment. A count that is below its last one began anew since: what it had reached stays, and the
 * time since it was last read is a gap. `final` readings are of objects that are gone now: their next count begins at 0.
 */
export function takeReadings(
  before: Counts,
  readings: readonly Reading[],
  nowMs: number,
  boot: Boot,
): { readonly counts: Counts; readonly gaps: readonly Gap[] } {
  const rebooted = before.counts.size > 0 && boot.id !== before.boot.id;
  const gaps: Gap[] = [];
  const counts = new Map(before.counts);
  for (const reading of readings) {
    const key = countKey(reading);
    const last = before.counts.get(key);
    const began = last !== undefined && (rebooted || reading.packets < last.packets || reading.octets < last.octets);
    const missedMs = began ? Math.max(0, nowMs - last.readMs) : 0;
    if (began) gaps.push({ name: key, gapMs: missedMs });
    counts.set(key, {
      basePackets: (last?.basePackets ?? 0n) + (began ? last.packets : 0n),
      baseOctets: (last?.baseOctets ?? 0n) + (began ? last.octets : 0n),
      packets: reading.packets,
      octets: reading.octets,
      epoch: last?.epoch ?? nowMs,
      gapMs: (last?.gapMs ?? 0) + missedMs,
      readMs: nowMs,
    });
  }
  return { counts: { boot, counts }, gaps };
}

/** Readings taken right before their objects went or were put in anew: the next count of each begins at nothing. */
export function takeFinals(before: Counts, finals: readonly Reading[], nowMs: number): Counts {
  const counts = new Map(before.counts);
  for (const final of finals) {
    const last = before.counts.get(countKey(final));
    counts.set(countKey(final), {
      basePackets: (last?.basePackets ?? 0n) + final.packets,
      baseOctets: (last?.baseOctets ?? 0n) + final.octets,
      packets: 0n,
      octets: 0n,
      epoch: last?.epoch ?? nowMs,
      gapMs: last?.gapMs ?? 0,
      readMs: nowMs,
    });
  }
  return { ...before, counts };
}

export const totals = (count: Count): { readonly packets: bigint; readonly octets: bigint } => ({
  packets: count.basePackets + count.packets,
  octets: count.baseOctets + count.octets,
});
