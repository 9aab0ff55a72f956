// Losses, overtaken and doubled packets of each leg, found from sequence numbers, against what a simulated path did.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeardCount } from "./heard-count.ts";
import { type LegCount, ReplyCount } from "./reply-count.ts";

const GAP_MS = 100;
const OVERDUE_MS = 300;
const leg = fc.constantFrom("ok", "ok", "ok", "lost", "late", "double");
const pulse = fc.record({ out: leg, back: leg });
type Fate = "ok" | "lost" | "late" | "double";

/** What arrives at the other end, in order: a late packet is overtaken by the next one. */
function through<T>(packets: readonly T[], fateOf: (packet: T) => Fate): T[] {
  const arrivals = packets.flatMap((packet, i) => {
    const fate = fateOf(packet);
    const at = { packet, at: fate === "late" ? i + 1.5 : i };
    return fate === "lost" ? [] : fate === "double" ? [at, { ...at, at: i + 0.1 }] : [at];
  });
  return arrivals.sort((a, b) => a.at - b.at).map((one) => one.packet);
}

const overtaken = (numbers: readonly number[]): number =>
  new Set(numbers.filter((number, i) => numbers.slice(0, i).some((before) => before > number))).size;

describe("the count of replies", () => {
  it("tells the legs apart as the path did, between the first and the last answer", () => {
    fc.assert(
      fc.property(fc.array(pulse, { minLength: 3, maxLength: 60 }), (middle) => {
        // Quiet ends: what lies beyond the first and the last answer nobody can tell.
        const quiet = { out: "ok", back: "ok" } as const;
        const pulses = [quiet, ...middle.slice(0, -1).map((one) => one), quiet, quiet];
        const count = new ReplyCount(1e9, 1_000);
        for (const i of pulses.keys()) count.sent(i, i * GAP_MS);
        const atReflector = through([...pulses.keys()], (i) => pulses[i]?.out ?? "ok");
        const replies = atReflector.map((sequence, reflected) => ({ sequence, reflected }));
        const arrived = through(replies, ({ sequence }) => pulses[sequence]?.back ?? "ok");
        const firsts = arrived.filter(({ sequence, reflected }) => count.answered(sequence, reflected));
        const { out, back, unanswered } = count.counts(pulses.length * GAP_MS, -1e9);
        const [lowest, highest] = [
          Math.min(...firsts.map((r) => r.sequence)),
          Math.max(...firsts.map((r) => r.sequence)),
        ];
        expect(unanswered).toBe(pulses.length - 1 - highest);
        const outLost = pulses.filter((one, i) => one.out === "lost" && i >= lowest && i <= highest).length;
        const unseenDoubles = atReflector.length - new Set(atReflector).size - (out?.duplicated ?? 0);
        // A double that nobody answered looks like a pulse that was not lost, and only then may the count be lower.
        expect(out?.packets).toBe(highest - lowest + 1);
        expect(out?.lost).toBeLessThanOrEqual(outLost);
        expect(out?.lost).toBeGreaterThanOrEqual(outLost - unseenDoubles);
        expect((out?.lost ?? 0) + (back?.lost ?? 0)).toBeGreaterThanOrEqual(highest - lowest + 1 - firsts.length);
      }),
    );
  });

  it("is exact where nothing is doubled", () => {
    const plain = fc.record({
      out: fc.constantFrom("ok", "ok", "lost", "late"),
      back: fc.constantFrom("ok", "ok", "lost", "late"),
    });
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 60 }), (middle) => {
        const quiet = { out: "ok", back: "ok" } as const;
        const pulses = [quiet, quiet, ...middle, quiet, quiet, quiet];
        const count = new ReplyCount(1e9, 1_000);
        for (const i of pulses.keys()) count.sent(i, i * GAP_MS);
        const atReflector = through([...pulses.keys()], (i) => pulses[i]?.out ?? "ok");
        const arrived = through(
          atReflector.map((sequence, reflected) => ({ sequence, reflected })),
          ({ sequence }) => pulses[sequence]?.back ?? "ok",
        );
        for (const { sequence, reflected } of arrived) count.answered(sequence, reflected);
        const { out, back } = count.counts(pulses.length * GAP_MS, OVERDUE_MS);
        const lost = (which: "out" | "back"): number => pulses.filter((one) => one[which] === "lost").length;
        const backLost = pulses.filter((one) => one.out !== "lost" && one.back === "lost").length;
        expect(out).toMatchObject({ packets: pulses.length, lost: lost("out"), duplicated: 0 });
        expect(back).toMatchObject({ packets: atReflector.length, lost: backLost, duplicated: 0 });
        expect(back?.reordered).toBe(overtaken(arrived.map(({ reflected }) => reflected)));
        // Pulses that overtook and were not answered are not seen.
        expect(out?.reordered).toBeLessThanOrEqual(overtaken(atReflector));
        if (backLost === 0) expect(out?.reordered).toBe(overtaken(atReflector));
      }),
    );
  });

  it("leaves what nobody answered open, and settles it with the next answer", () => {
    const count = new ReplyCount(10_000, 1_000);
    for (let i = 0; i <= 10; i++) count.sent(i, i * GAP_MS);
    for (let i = 0; i <= 5; i++) count.answered(i, i);
    expect(count.counts(1_500, OVERDUE_MS)).toMatchObject({
      unanswered: 5,
      out: { packets: 6, lost: 0 },
      back: { lost: 0 },
    });
    count.answered(10, 8);
    expect(count.counts(1_500, OVERDUE_MS)).toMatchObject({
      unanswered: 0,
      out: { packets: 11, lost: 2 },
      back: { packets: 9, lost: 2 },
    });
  });

  it("books a gap that began before the window by the share of it that lies within", () => {
    const count = new ReplyCount(1_000, 1_000);
    count.sent(0, 0);
    count.answered(0, 0);
    for (let i = 1; i <= 30; i++) count.sent(i, i * GAP_MS);
    for (let i = 25; i <= 30; i++) count.answered(i, i - 12);
    // Of 24 pulses without an answer half arrived there; five of the 24 lie in the window.
    const { out, back } = count.counts(3_000, OVERDUE_MS);
    expect([out, back]).toMatchObject([
      { packets: 11, lost: 2.5 },
      { packets: 8.5, lost: 2.5 },
    ]);
  });

  it("says nothing of the legs where the reflector keeps no count", () => {
    const count = new ReplyCount(10_000, 100);
    for (let i = 0; i < 10; i++) count.sent(i, i * GAP_MS);
    for (let i = 0; i < 8; i++) count.answered(i, undefined);
    expect(count.counts(2_000, OVERDUE_MS)).toEqual({ out: undefined, back: undefined, unanswered: 2 });
  });

  it("starts anew when the reflector or the sender does", () => {
    const count = new ReplyCount(100_000, 1_000);
    for (let i = 0; i < 300; i++) count.sent(i, i * GAP_MS);
    for (let i = 0; i < 200; i++) count.answered(i, i);
    for (let i = 200; i < 300; i++) count.answered(i, i - 200);
    expect(count.counts(30_000, OVERDUE_MS)).toMatchObject({ out: { packets: 100, lost: 0 }, back: { lost: 0 } });
    count.sent(0, 30_000);
    expect(count.answered(0, 100)).toBe(true);
    expect(count.counts(30_000, OVERDUE_MS)).toMatchObject({ out: { packets: 1, lost: 0 } });
  });
});

describe("the count of what was heard", () => {
  it("counts as the path did", () => {
    fc.assert(
      fc.property(fc.array(leg, { maxLength: 60 }), (middle) => {
        const fates: Fate[] = ["ok", ...middle, "ok", "ok"];
        const count = new HeardCount(1e9, 1_000);
        const arrived = through([...fates.keys()], (i) => fates[i] as Fate);
        for (const [i, number] of arrived.entries()) count.add(number, i);
        expect(count.count(0, OVERDUE_MS, 0)).toEqual({
          packets: fates.length,
          lost: fates.filter((fate) => fate === "lost").length,
          reordered: overtaken(arrived),
          duplicated: fates.filter((fate) => fate === "double").length,
        } satisfies LegCount);
      }),
    );
  });

  it("takes silence for loss once pulses are overdue, and a whole window of it for all lost", () => {
    const count = new HeardCount(3_000, 1_000);
    for (let i = 0; i < 30; i++) count.add(i, i * GAP_MS);
    expect(count.count(3_000, OVERDUE_MS, 100)).toMatchObject({ lost: 0 });
    expect(count.count(3_900, OVERDUE_MS, 1_000)).toMatchObject({ lost: 7 });
    expect(count.count(9_000, OVERDUE_MS, 6_100)).toMatchObject({ packets: 27, lost: 27 });
  });

  it("knows nothing of a peer that was never heard", () => {
    expect(new HeardCount(3_000, 10).count(1_000, OVERDUE_MS, 1_000)).toBeUndefined();
  });
});
