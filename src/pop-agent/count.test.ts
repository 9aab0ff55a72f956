// Totals never go back, whatever the machine's own counters do, and what was missed is told as time.

import fc from "fast-check";
import { expect, it } from "vitest";
import { type Boot, type Counts, type Reading, takeFinals, takeReadings, totals } from "./count.ts";

const BOOT: Boot = { id: "first", ms: 500 };
const EMPTY: Counts = { boot: { id: "", ms: 0 }, counts: new Map() };
const reading = (packets: bigint): Reading => ({ what: "sid", name: "fc00::1", packets, octets: packets * 100n });
const KEY = "sid fc00::1";
const total = (counts: Counts): bigint =>
  totals(counts.counts.get(KEY) as NonNullable<ReturnType<Counts["counts"]["get"]>>).packets;

it("goes on where a counter began anew, and states the time that may be missing", () => {
  const first = takeReadings(EMPTY, [reading(10n)], 1_000, BOOT).counts;
  const { counts, gaps } = takeReadings(first, [reading(3n)], 4_000, BOOT);
  expect(total(counts)).toBe(13n);
  expect(gaps).toEqual([{ name: KEY, gapMs: 3_000 }]);
  expect(counts.counts.get(KEY)?.gapMs).toBe(3_000);
});

it("takes a reboot for a new beginning even where the counter is already past its old mark", () => {
  const first = takeReadings(EMPTY, [reading(10n)], 1_000, BOOT).counts;
  expect(total(takeReadings(first, [reading(12n)], 900_000, { id: "second", ms: 800_000 }).counts)).toBe(22n);
});

it("takes a clock that was set by hours for no reboot: nothing is counted twice", () => {
  const first = takeReadings(EMPTY, [reading(10n)], 1_000, BOOT).counts;
  const { counts, gaps } = takeReadings(first, [reading(12n)], 7_202_000, { id: "first", ms: 7_200_500 });
  expect([total(counts), gaps]).toEqual([12n, []]);
  const back = takeReadings(counts, [reading(15n)], 3_000, BOOT);
  expect([total(back.counts), back.gaps]).toEqual([15n, []]);
});

it("loses nothing and states no gap when an object is read right before it is replaced", () => {
  const first = takeReadings(EMPTY, [reading(10n)], 1_000, BOOT).counts;
  const replaced = takeFinals(takeReadings(first, [reading(15n)], 2_000, BOOT).counts, [reading(15n)], 2_000);
  const { counts, gaps } = takeReadings(replaced, [reading(4n)], 3_000, BOOT);
  expect([total(counts), gaps]).toEqual([19n, []]);
});

it("never goes back, over any sequence of readings, resets and reboots", () => {
  const step = fc.record({ adds: fc.nat(1_000), resets: fc.boolean(), final: fc.boolean(), reboots: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let [counts, raw, boot, last] = [EMPTY, 0n, BOOT, 0n];
      for (const [i, { adds, resets, final, reboots }] of steps.entries()) {
        const nowMs = (i + 1) * 100_000;
        if (resets || reboots) raw = 0n;
        if (reboots) boot = { id: `boot ${i}`, ms: nowMs - 1_000 };
        raw += BigInt(adds);
        counts = takeReadings(counts, [reading(raw)], nowMs, boot).counts;
        expect(total(counts)).toBeGreaterThanOrEqual(last);
        last = total(counts);
        if (!final) continue;
        counts = takeFinals(counts, [reading(raw)], nowMs);
        raw = 0n;
        expect(total(counts)).toBe(last);
      }
    }),
    { numRuns: 300 },
  );
});
