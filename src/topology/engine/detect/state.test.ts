// How long trouble is held against a segment: longer after each repeat, never longer than half of a whole series; and how
// caution comes and goes.

import { describe, expect, it } from "vitest";
import { advance, CAUTION_MAX, cautionAt, type Evidence, type Health, healthy, STATE_TIMES } from "./state.ts";

const CALM: Evidence = { isDown: false, trouble: undefined, isCalm: true, receivedInARow: 600 };
const OUT: Evidence = { isDown: true, trouble: "loss", isCalm: false, receivedInARow: 0 };
const LATE: Evidence = { isDown: false, trouble: "delay", isCalm: false, receivedInARow: 600 };

/** Seconds from `fromS` on until a segment with nothing but good evidence is UP; the first one brings it back to life. */
function calmFor(health: Health, fromS: number): number {
  for (let second = fromS; second < fromS + 7_200; second++) {
    advance(health, CALM, second * 1_000);
    if (health.state === "UP") return second - fromS - 1;
  }
  return Number.POSITIVE_INFINITY;
}

/** Trouble of some seconds again and again; how long after each the segment was UP. */
function series(evidence: Evidence, times: number, lengthS: number, quietS: number): number[] {
  const health = healthy();
  let now = 10_000;
  return Array.from({ length: times }, () => {
    for (let i = 0; i < lengthS; i++) advance(health, evidence, now++ * 1_000);
    const calm = calmFor(health, now);
    now += calm + quietS;
    return calm;
  });
}

describe("a segment that was in trouble", () => {
  it("is UP again after less than a minute the first time, and later each time it repeats", () => {
    const [first = 0, second = 0, third = 0] = series(OUT, 3, 400, 60);
    expect(first).toBe(30);
    expect(second).toBe(120);
    expect(third).toBe(480);
  });

  it("starts again from the least when it was well for ten minutes", () => {
    expect(series(OUT, 3, 400, 601)).toEqual([30, 30, 30]);
  });

  it("is never held back for longer than half of the whole series", () => {
    // Twice 10 s of outage, 30 s of calm and 20 s of being well went by: without the half it would be 120 s.
    const [first = 0, second = 0] = series(OUT, 2, 10, 20);
    expect(first).toBe(30);
    expect(second).toBeGreaterThan(30);
    expect(second).toBeLessThan(80);
  });

  it("waits no more than half an hour", () => {
    expect(Math.max(...series(OUT, 8, 1_000, 60))).toBe(STATE_TIMES.wellAfterMaxMs / 1_000);
  });
});

describe("caution", () => {
  const burst = (health: Health, atS: number): void => {
    for (let i = 0; i < 5; i++) advance(health, LATE, (atS + i) * 1_000);
    calmFor(health, atS + 5);
  };

  it("grows with each burst, not with congestion that lasts, and is taken back every two hours", () => {
    const health = healthy();
    burst(health, 1_000);
    expect(cautionAt(health, 1_100_000)).toBe(1);
    burst(health, 2_000);
    for (let i = 0; i < 5; i++) burst(health, 3_000 + i * 1_000);
    const afterMs = health.lastBurstMs;
    expect(cautionAt(health, afterMs)).toBe(CAUTION_MAX);
    expect(cautionAt(health, afterMs + STATE_TIMES.cautionMs)).toBe(CAUTION_MAX - 1);
    expect(cautionAt(health, afterMs + 3 * STATE_TIMES.cautionMs)).toBe(0);
    const lasting = healthy();
    for (let i = 0; i < 60; i++) advance(lasting, LATE, i * 1_000);
    calmFor(lasting, 60);
    expect(cautionAt(lasting, 300_000)).toBe(0);
  });
});
