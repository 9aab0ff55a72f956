// A machine's clock that is set under way is told by how much, once; one that only drifts is not.

import { describe, expect, it } from "vitest";
import type { Clock, MonoUs, WallUs } from "../base/clock.ts";
import { StepWatch } from "./step-watch.ts";

class SetClock implements Clock {
  mono = 5_000_000n;
  wall = 1_700_000_000_000_000n;
  monoUs = (): MonoUs => this.mono as MonoUs;
  wallUs = (): WallUs => this.wall as WallUs;
  sleepMs = (): Promise<void> => Promise.resolve();

  pass(us: bigint, setByUs = 0n): void {
    this.mono += us;
    this.wall += us + setByUs;
  }
}

describe("a clock", () => {
  it.for([
    ["forward", 3_600_000_000n, 3_600_000],
    ["back", -250_000n, -250],
  ] as const)("that is set %s is noticed at the next look, and only then", ([, byUs, ms]) => {
    const clock = new SetClock();
    const watch = new StepWatch(clock);
    clock.pass(100_000n, byUs);
    expect(watch.look()).toBe(ms);
    clock.pass(100_000n);
    expect(watch.look()).toBe(0);
  });

  it("that is slewed is none that was set", () => {
    const clock = new SetClock();
    const watch = new StepWatch(clock);
    for (let i = 0; i < 100; i++) {
      clock.pass(100_000n, 50n);
      expect(watch.look()).toBe(0);
    }
  });
});
