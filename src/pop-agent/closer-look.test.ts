// When a segment is looked at more closely: at the first late pulse, once for all that stay late, and not for ordinary noise.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CloserLook, LOOK } from "./closer-look.ts";

const usual = (look: CloserLook, count = 60): number => {
  for (let i = 0; i < count; i++) look.take(40_000 + (i % 7) * 100, i * 1_000);
  return count * 1_000;
};

describe("a segment", () => {
  it("is looked at from its first late pulse on, for a moment, and once however long it stays late", () => {
    const look = new CloserLook();
    const nowMs = usual(look);
    expect(look.take(60_000, nowMs)).toBe(true);
    expect([look.lasts(nowMs + 1), look.lasts(nowMs + LOOK.forMs)]).toEqual([true, false]);
    for (let i = 1; i < 30; i++) expect(look.take(60_000, nowMs + i * 1_000)).toBe(false);
  });

  it("that is well in between is looked at again, though not at once", () => {
    const look = new CloserLook();
    const nowMs = usual(look);
    expect(look.take(60_000, nowMs)).toBe(true);
    look.take(40_000, nowMs + 1_000);
    expect(look.take(60_000, nowMs + 2_000)).toBe(false);
    look.take(40_000, nowMs + 12_000);
    expect(look.take(60_000, nowMs + 13_000)).toBe(true);
  });

  it("that was late by chance is left alone after two pulses, and looked at again when it is late in earnest", () => {
    const look = new CloserLook();
    const nowMs = usual(look);
    expect(look.take(60_000, nowMs)).toBe(true);
    look.take(40_000, nowMs + 200);
    expect(look.lasts(nowMs + 300)).toBe(true);
    look.take(40_000, nowMs + 400);
    expect(look.lasts(nowMs + 500)).toBe(false);
    expect(look.take(60_000, nowMs + 1_400)).toBe(true);
    for (let i = 1; i < 10; i++) look.take(60_000, nowMs + 1_400 + i * LOOK.everyMs);
    expect(look.lasts(nowMs + 3_300)).toBe(true);
  });

  it("is left alone while nothing is late, however its delays scatter below the line", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_800), { minLength: 20, maxLength: 200 }), (noise) => {
        const look = new CloserLook();
        const begun = noise.filter((us, i) => look.take(40_000 + us, i * 1_000));
        expect(begun).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
