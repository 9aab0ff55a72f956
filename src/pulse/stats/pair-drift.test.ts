// The gain of one clock on another, found under queues, losses and clocks that are set, against what it is.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeededRng, unit } from "../../base/rng.ts";
import { ANY_RATE, PairDrift } from "./pair-drift.ts";

const BASE_US = 20_000;
const ERROR_US = 20;

type World = {
  readonly seed: number;
  readonly ppm: number;
  readonly queueUs: number;
  readonly stepAtS?: number;
  readonly stepUs?: number;
};

/** Two minutes of pulses, one a second; a step that nobody tells. */
function watched(seconds: number, { seed, ppm, queueUs, stepAtS = seconds, stepUs = 0 }: World): PairDrift {
  const rng = new SeededRng(seed);
  const drift = new PairDrift();
  const queue = (): number => -queueUs * Math.log(1 - unit(rng)) + ERROR_US * unit(rng);
  for (let s = 0; s < seconds; s++) {
    const atMs = 1_000 * (s + unit(rng));
    const ahead = (ppm * atMs) / 1_000 + (s >= stepAtS ? stepUs : 0);
    drift.add(atMs, BASE_US + ahead + queue(), BASE_US - ahead + queue(), ERROR_US);
    drift.range(atMs);
  }
  return drift;
}

const worlds = fc.record({
  seed: fc.integer(),
  ppm: fc.integer({ min: -100, max: 100 }),
  queueUs: fc.constantFrom(10, 300, 3_000),
});

describe("the gain of one clock on another", () => {
  it("lies in the range, and the range is narrow after two minutes", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { ppm, lowPpm, highPpm } = watched(120, world).range(120_000);
        expect(lowPpm).toBeLessThanOrEqual(world.ppm);
        expect(highPpm).toBeGreaterThanOrEqual(world.ppm);
        expect(highPpm - lowPpm).toBeLessThan(2 + world.queueUs / 15);
        expect(Math.abs(ppm - world.ppm)).toBeLessThan(2 + world.queueUs / 40);
      }),
      { numRuns: 60 },
    );
  });

  it("lies in it, but for two millionths at the worst, when a clock was set and nobody told, at any time and by anything", () => {
    const step = fc.record({
      stepAtS: fc.integer({ min: 0, max: 119 }),
      stepUs: fc.integer({ min: -500_000, max: 500_000 }),
    });
    fc.assert(
      fc.property(worlds, step, (world, set) => {
        const { lowPpm, highPpm } = watched(120, { ...world, ...set }).range(120_000);
        expect(lowPpm - 2).toBeLessThanOrEqual(world.ppm);
        expect(highPpm + 2).toBeGreaterThanOrEqual(world.ppm);
      }),
      { numRuns: 60 },
    );
  });

  it("is not guessed from a few pulses, and is remembered when a clock is set", () => {
    expect(watched(8, { seed: 1, ppm: 40, queueUs: 300 }).range(8_000)).toEqual(ANY_RATE);
    const drift = watched(120, { seed: 1, ppm: 40, queueUs: 300 });
    drift.stepped(120_000);
    const { lowPpm, highPpm } = drift.range(121_000);
    expect(highPpm - lowPpm).toBeLessThan(20);
    expect(Math.abs((lowPpm + highPpm) / 2 - 40)).toBeLessThan(10);
  });

  it("is forgotten where what comes later cannot be so", () => {
    const drift = watched(120, { seed: 1, ppm: 40, queueUs: 10 });
    drift.stepped(120_000);
    for (let s = 121; s < 181; s++) {
      drift.add(1_000 * s, BASE_US - 60 * s, BASE_US + 60 * s, ERROR_US);
      drift.range(1_000 * s);
    }
    expect(Math.abs(drift.range(181_000).ppm + 60)).toBeLessThan(3);
  });
});
