// A clock for worlds that answer at once: a sleep ends as soon as nobody has anything more to say.

import { type Clock, ManualClock } from "../../src/base/clock.ts";

export function idleClock(): Clock {
  const clock = new ManualClock();
  return {
    wallUs: () => clock.wallUs(),
    monoUs: () => clock.monoUs(),
    sleepMs: (_ms, signal) =>
      new Promise((resolve, reject) => setImmediate(() => (signal?.aborted ? reject(signal.reason) : resolve()))),
  };
}
