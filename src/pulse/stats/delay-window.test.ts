// The window says what a plain computation over its samples says, whatever came, went and drifted.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DelayWindow } from "./delay-window.ts";

const SPAN_MS = 1_000;
const MAX = 50;
const step = fc.record({
  gapMs: fc.integer({ min: 0, max: 200 }),
  delayUs: fc.integer({ min: -600_000, max: 600_000 }),
  ratePpm: fc.option(fc.integer({ min: -400, max: 400 }), { nil: undefined, freq: 10 }),
});

describe("a window of delays", () => {
  it("has the quantiles, jitter, age and count of its samples", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 150 }),
        fc.integer({ min: 0, max: 1_500 }),
        (steps, wait) => {
          const window = new DelayWindow(SPAN_MS, MAX);
          let [atMs, ratePpm] = [1_800_000_000_000, 0];
          const all: { atMs: number; delayUs: number }[] = [];
          for (const { gapMs, delayUs, ratePpm: newRate } of steps) {
            atMs += gapMs;
            if (newRate !== undefined) {
              ratePpm = newRate;
              window.level(newRate);
            }
            expect(window.add(atMs, delayUs, 5)).toBe(true);
            all.push({ atMs, delayUs });
          }
          const nowMs = atMs + wait;
          const kept = all.slice(-MAX).filter((one) => one.atMs >= nowMs - SPAN_MS);
          const stats = window.stats(nowMs);
          if (kept.length === 0) {
            expect(stats).toBeUndefined();
            return;
          }
          const sorted = kept.map((one) => one.delayUs + (ratePpm * (nowMs - one.atMs)) / 1_000).sort((a, b) => a - b);
          const at = (share: number): number => sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number;
          expect(Math.abs((stats?.minUs ?? 0) - at(0))).toBeLessThanOrEqual(0.51);
          expect(Math.abs((stats?.p5Us ?? 0) - at(0.05))).toBeLessThanOrEqual(0.51);
          expect(Math.abs((stats?.p50Us ?? 0) - at(0.5))).toBeLessThanOrEqual(0.51);
          expect(Math.abs((stats?.p95Us ?? 0) - at(0.95))).toBeLessThanOrEqual(0.51);
          const jitter = all.reduce(
            (j, one, i) => j + (Math.abs(one.delayUs - (all[i - 1] ?? one).delayUs) - j) / (i === 0 ? Infinity : 16),
            0,
          );
          expect(stats).toMatchObject({
            jitterUs: Math.round(jitter),
            samples: kept.length,
            ageMs: nowMs - (kept.at(-1)?.atMs ?? 0),
            stampErrorUs: 5,
          });
        },
      ),
    );
  });

  it("is empty after it was told to forget, and takes up again", () => {
    const window = new DelayWindow(SPAN_MS, MAX);
    for (let i = 0; i < 20; i++) window.add(i, 100 + i, 1);
    window.forget();
    expect(window.stats(20)).toBeUndefined();
    window.add(21, 7, 1);
    expect(window.stats(21)).toMatchObject({ minUs: 7, p50Us: 7, p95Us: 7, jitterUs: 0, samples: 1 });
  });

  it("leaves out a sample whose stamps are far worse than usual, and gets used to bad ones", () => {
    const window = new DelayWindow(100_000, 1_000);
    for (let i = 0; i < 10; i++) window.add(i, 100, 10);
    expect(window.add(10, 900, 3_000)).toBe(false);
    const taken = Array.from({ length: 50 }, (_, i) => window.add(11 + i, 100, 3_000));
    expect(taken.at(-1)).toBe(true);
  });
});
