// The wall clock in nanoseconds, for stamps: the kernel's own through libc, or Node's monotonic clock set by the edges of
// the millisecond clock once a second (good to 0.15 µs measured, and it follows what NTP does).

import { type ClockSkew, skewed } from "./clock-skew.ts";
import { C, type Libc } from "./libc.ts";
import { viewOf } from "./stamp-packet.ts";

export interface WallClock {
  nowNs(): bigint;
  /** What a reading can be wrong by. */
  readonly errorNs: number;
}

export function kernelClock(libc: Libc): WallClock {
  const time = new Uint8Array(new ArrayBuffer(16));
  const view = viewOf(time);
  return {
    errorNs: 300,
    nowNs: () => {
      libc.clock_gettime(C.CLOCK_REALTIME, time);
      return view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true);
    },
  };
}

export const skewedClock = (clock: WallClock, skew: ClockSkew): WallClock => ({
  get errorNs(): number {
    return clock.errorNs;
  },
  nowNs: () => skewed(clock.nowNs(), skew),
});

const RECALIBRATE_MS = 1_000;
/** A reading between whose two sides more time than this passed is taken again. */
const GOOD_GAP_NS = 2_000n;
const TRIES = 5;

type Calibration = { readonly offsetNs: bigint; readonly gapNs: bigint };

export class CalibratedClock implements WallClock {
  #calibration = calibrate();
  readonly #timer = setInterval(() => {
    this.#calibration = calibrate();
  }, RECALIBRATE_MS);

  constructor() {
    this.#timer.unref();
  }

  get errorNs(): number {
    return 200 + Number(this.#calibration.gapNs);
  }

  nowNs(): bigint {
    return process.hrtime.bigint() + this.#calibration.offsetNs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Waits for the millisecond to turn; being put aside just then shows as a gap. */
function calibrate(): Calibration {
  let best: Calibration | undefined;
  for (let i = 0; i < TRIES; i++) {
    const now = edge();
    if (best === undefined || now.gapNs < best.gapNs) best = now;
    if (best.gapNs <= GOOD_GAP_NS) break;
  }
  return best ?? edge();
}

function edge(): Calibration {
  const started = Date.now();
  for (let before = process.hrtime.bigint(); ; ) {
    const now = Date.now();
    const after = process.hrtime.bigint();
    if (now !== started) return { offsetNs: BigInt(now) * 1_000_000n - after, gapNs: after - before };
    before = after;
  }
}
