// The lines between chance and trouble: what is promised of false alarms holds when it is tried.

import { describe, expect, it } from "vitest";
import { SeededRng, unit } from "../../../base/rng.ts";
import { ALARMS_PER_PULSE, badNeeded, lateRule, lossRule } from "./chance.ts";

describe("badNeeded", () => {
  it("asks for more where more are bad", () => {
    expect(badNeeded(60, 0.001)).toBe(4);
    expect([0.001, 0.01, 0.05, 0.2].map((p) => badNeeded(60, p))).toEqual(
      [0.001, 0.01, 0.05, 0.2].map((p) => badNeeded(60, p)).toSorted((a, b) => a - b),
    );
  });

  it("says that no window is proof where nearly all are bad", () => {
    expect(badNeeded(5, 0.9)).toBe(6);
  });

  it("never allows more alarms than the bound, tried on independent samples", () => {
    // A window of six with a chance so large that alarms can be counted: the bound must hold for it too.
    const [window, bad, probability, pulses] = [6, 3, 0.03, 400_000];
    const bound = probability * ((5 * 4) / 2) * probability ** 2;
    const rng = new SeededRng(3);
    let [bits, alarms, isAlarm] = [0, 0, false];
    for (let i = 0; i < pulses; i++) {
      bits = ((bits << 1) | (unit(rng) < probability ? 1 : 0)) & ((1 << window) - 1);
      const now = bits.toString(2).replaceAll("0", "").length >= bad;
      if (now && !isAlarm) alarms++;
      isAlarm = now;
    }
    expect(alarms).toBeGreaterThan(0);
    expect(alarms).toBeLessThan(bound * pulses);
  });
});

describe("lossRule", () => {
  it("takes three lost in a row for an outage where one in a thousand is lost, more where more are", () => {
    expect(lossRule(0).inARow).toBe(3);
    expect(lossRule(900).inARow).toBe(3);
    expect(lossRule(10_000).inARow).toBe(4);
    expect(lossRule(100_000).inARow).toBe(8);
    expect(0.1 ** lossRule(100_000).inARow).toBeLessThanOrEqual(ALARMS_PER_PULSE);
  });
});

describe("lateRule", () => {
  it("asks for four of five of a segment that is late once in a hundred, and for all the more the oftener it is", () => {
    expect(lateRule(0.005, 20)).toEqual({ window: 5, bad: 4 });
    expect(lateRule(0.01, 9)).toEqual({ window: 5, bad: 4 });
    const bad = [0.01, 0.02, 0.05, 0.1, 0.2, 0.9].map((share) => lateRule(share, 20).bad);
    expect(bad).toEqual([4, 6, 9, 12, 22, 22]);
    for (const share of [0.01, 0.02, 0.05]) {
      expect(badNeeded(lateRule(share, 20).window, share)).toBeLessThanOrEqual(lateRule(share, 20).bad);
    }
  });

  it("asks for more where the line is near the noise, and for the stricter of the two", () => {
    expect([9, 8, 6, 4, 1].map((away) => lateRule(0, away).bad)).toEqual([4, 6, 9, 12, 22]);
    expect(lateRule(0.04, 8).bad).toBe(9);
    expect(lateRule(0.015, 4).bad).toBe(12);
  });
});
