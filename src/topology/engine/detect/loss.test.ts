// Windows of lost pulses to the pulse, and what counts as usual.

import { describe, expect, it } from "vitest";
import { LossRecord } from "./loss.ts";

/** A segment that loses the pulses named, of `pulses`; says of each pulse whether the segment is lossy after it. */
function lossyAfter(lost: readonly number[], pulses: number): boolean[] {
  const record = new LossRecord(1);
  return Array.from({ length: pulses }, (_, pulse) => {
    record.push(0, lost.includes(pulse), true);
    return record.isLossy(0);
  });
}

describe("a segment that rarely loses a pulse", () => {
  it("is lossy with three lost of ten, and not of eleven", () => {
    expect(lossyAfter([100, 105, 109], 112).indexOf(true)).toBe(109);
    expect(lossyAfter([100, 105, 110], 112)).not.toContain(true);
  });

  it("is lossy with four lost of sixty, and not of sixty-one", () => {
    expect(lossyAfter([100, 120, 140, 159], 170).indexOf(true)).toBe(159);
    expect(lossyAfter([100, 120, 140, 160], 170)).not.toContain(true);
  });

  it("is lossy with twelve lost of six hundred, however far apart", () => {
    const every = (gap: number) => Array.from({ length: 12 }, (_, i) => i * gap);
    expect(lossyAfter(every(54), 700).indexOf(true)).toBe(594);
    expect(lossyAfter(every(55), 700)).not.toContain(true);
  });
});

describe("a segment that loses some pulses always", () => {
  it("is down at four in a row instead of three, and lossy at five of ten", () => {
    const record = new LossRecord(1);
    // One in 120, which is less than too many anyway.
    for (let pulse = 0; pulse < 12_000; pulse++) record.push(0, pulse % 120 === 0, true);
    expect([record.isLossy(0), record.isDown(0)]).toEqual([false, false]);
    for (let pulse = 0; pulse < 3; pulse++) record.push(0, true, true);
    expect([record.isLossy(0), record.isDown(0)]).toEqual([false, false]);
    record.push(0, true, true);
    expect([record.isLossy(0), record.isDown(0)]).toEqual([false, true]);
    record.push(0, true, true);
    expect(record.isLossy(0)).toBe(true);
  });
});
