// The manual clock wakes sleepers in time order; the real one obeys its signal.

import { describe, expect, it } from "vitest";
import { ManualClock, RealClock } from "./clock.ts";

describe("ManualClock", () => {
  it("wakes sleepers in order of their time, and those that sleepers start", async () => {
    const clock = new ManualClock();
    const woken: string[] = [];
    const note = (name: string) => () => void woken.push(`${name}@${clock.monoUs() / 1_000n}`);
    void clock.sleepMs(30).then(note("late"));
    void clock
      .sleepMs(10)
      .then(note("early"))
      .then(() => clock.sleepMs(5))
      .then(note("chained"));
    await clock.advanceMs(40);
    expect(woken).toEqual(["early@10", "chained@15", "late@30"]);
    expect(clock.monoUs()).toBe(40_000n);
  });

  it("leaves a sleeper that is not due asleep", async () => {
    const clock = new ManualClock();
    let awake = false;
    void clock.sleepMs(10).then(() => {
      awake = true;
    });
    await clock.advanceMs(9.999);
    expect(awake).toBe(false);
    await clock.advanceMs(0.001);
    await Promise.resolve();
    expect(awake).toBe(true);
  });

  it("steps the wall without moving the monotonic clock", () => {
    const clock = new ManualClock(1_000_000n);
    clock.stepWallUs(-400_000n);
    expect([clock.wallUs(), clock.monoUs()]).toEqual([600_000n, 0n]);
  });
});

describe.each([
  ["ManualClock", () => new ManualClock()],
  ["RealClock", () => new RealClock()],
])("%s", (_name, make) => {
  it("rejects a sleep whose signal is aborted, before or during it, with the signal's reason", async () => {
    const reason = new Error("stopping");
    const controller = new AbortController();
    const during = make().sleepMs(60_000, controller.signal);
    controller.abort(reason);
    await expect(during).rejects.toBe(reason);
    await expect(make().sleepMs(60_000, controller.signal)).rejects.toBe(reason);
  });
});

describe("RealClock", () => {
  it("never runs backwards", async () => {
    const clock = new RealClock();
    const before = clock.monoUs();
    await clock.sleepMs(2);
    expect(clock.monoUs()).toBeGreaterThan(before);
  });
});
