// Seeds repeat; ranges are kept and fair.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RealRng } from "./real-rng.ts";
import { between, type Rng, SeededRng, unit } from "./rng.ts";

const draw = (rng: Rng, count: number): number[] => Array.from({ length: count }, () => rng.uint32());

describe("SeededRng", () => {
  it("gives the same sequence for the same seed, on every machine and version", () => {
    expect(draw(new SeededRng(1), 3)).toEqual(draw(new SeededRng(1), 3));
    expect(draw(new SeededRng(1), 4)).toEqual([52107484, 3520520, 3760476048, 677231255]);
  });

  it("gives different sequences for different seeds", () => {
    expect(draw(new SeededRng(1), 3)).not.toEqual(draw(new SeededRng(2), 3));
  });
});

describe("between", () => {
  it("stays within its bounds", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -1e6, max: 1e6 }), fc.nat(1e6), (seed, low, span) => {
        const value = between(new SeededRng(seed), low, low + span);
        return value >= low && value <= low + span && Number.isInteger(value);
      }),
    );
  });

  it("gives each of six sides about a sixth of 60,000 throws", () => {
    const rng = new SeededRng(7);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 60_000; i++) {
      const side = between(rng, 0, 5);
      counts[side] = (counts[side] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(20.5);
  });

  it("refuses an empty range", () => {
    expect(() => between(new SeededRng(1), 2, 1)).toThrow(RangeError);
  });
});

it("the real one fills its whole range and unit stays below 1", () => {
  const rng = new RealRng();
  const values = draw(rng, 1_000);
  expect(Math.max(...values)).toBeGreaterThan(2 ** 31);
  expect(Math.min(...values)).toBeLessThan(2 ** 31);
  expect(unit({ uint32: () => 2 ** 32 - 1 })).toBeLessThan(1);
});
