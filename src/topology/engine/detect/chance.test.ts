// The lines between chance and trouble: what is promised of false alarms holds when it is tried.

import { describe, expect, it } from "vitest";
import { SeededRng, unit } from "../../../base/rng.ts";
import { ALARMS_PER_PULSE, badNeeded, lossRule } from "./chance.ts";

describe("badNeeded", () => {
  it("asks for four of five where one sample in a hundred is bad, and for more where more are", () => {
    expect(badNeeded(5, 0.01)).toBe(4);
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
