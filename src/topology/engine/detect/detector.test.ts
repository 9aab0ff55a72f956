// Segments go UP, DEGRADED and DOWN for what happens to them and for nothing else: not for clocks, not for what is missing.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { between, SeededRng } from "../../../base/rng.ts";
import { Detector, LOST } from "./detector.ts";

const POPS = 4;
const PAIRS = Array.from({ length: POPS * POPS }, (_, i) => [Math.floor(i / POPS), i % POPS] as const).filter(
  ([a, b]) => a !== b,
);
const FROM = Int32Array.from(PAIRS, ([from]) => from);
const TO = Int32Array.from(PAIRS, ([, to]) => to);
const BASE_US = PAIRS.map(([a, b]) => 30_000 + 5_000 * Math.abs(a - b));
const SEGMENTS = [...PAIRS.keys()];

type Change = (tick: number, segment: number, us: number) => number;

/** A full mesh of four POPs with a little noise; `change` does to it what a test is about. */
function run(ticks: number, change: Change = (_t, _s, us) => us, seed = 1) {
  const detector = new Detector({ pops: POPS, from: FROM, to: TO });
  const rng = new SeededRng(seed);
  const states: string[][] = SEGMENTS.map(() => []);
  for (let tick = 0; tick < ticks; tick++) {
    const samples = Float64Array.from(SEGMENTS, (s) =>
      change(tick, s, (BASE_US[s] as number) + between(rng, 0, 1_500)),
    );
    detector.tick(tick * 1_000, samples);
    for (const s of SEGMENTS) states[s]?.push(detector.state(s));
  }
  return { detector, states };
}

const everUp = (states: readonly string[][], but: readonly number[] = []) =>
  SEGMENTS.filter((s) => !but.includes(s) && states[s]?.some((state) => state !== "UP"));

describe("congestion", () => {
  const congested: Change = (tick, s, us) => (s === 0 && tick >= 200 ? us * 1.3 : us);

  it("is seen at the fourth late sample, on the segment that has it alone", () => {
    const { states, detector } = run(230, congested);
    expect(states[0]?.indexOf("DEGRADED")).toBe(203);
    expect(detector.trouble(0)).toBe("delay");
    expect(everUp(states, [0])).toEqual([]);
  });

  it("is seen between two ticks where a POP tells more samples than one, and not in three of them", () => {
    const { detector } = run(200);
    const late = (BASE_US[0] as number) * 1.3;
    const seen = [0, 1, 2].map((i) => detector.more(200_000 + i * 250, 0, late));
    expect([seen, detector.state(0)]).toEqual([[false, false, false], "UP"]);
    expect(detector.more(200_750, 0, late)).toBe(true);
    expect([detector.state(0), detector.trouble(0)]).toEqual(["DEGRADED", "delay"]);
    expect(SEGMENTS.slice(1).every((s) => detector.state(s) === "UP" && detector.isFresh(s))).toBe(true);
  });

  it("is not seen in three late samples, however late", () => {
    const { states } = run(230, (tick, s, us) => (s === 0 && tick >= 200 && tick < 203 ? us * 50 : us));
    expect(everUp(states)).toEqual([]);
  });

  it("is not learnt as normal while it lasts, and is over when the delay is back", () => {
    const { states } = run(1_300, (tick, s, us) => (s === 0 && tick >= 200 && tick < 1_200 ? us * 1.3 : us));
    expect(states[0]?.[1_199]).toBe("DEGRADED");
    expect(states[0]?.slice(1_200, 1_215)).not.toContain("UP");
    expect(states[0]?.[1_299]).toBe("UP");
  });

  it("that eases without being over is still held against what was usual before", () => {
    const { states } = run(2_000, (tick, s, us) => {
      if (s !== 0 || tick < 700) return us;
      return us * (tick < 800 ? 1.3 : 1.15);
    });
    expect(states[0]?.slice(710)).not.toContain("UP");
  });

  it("of all ways to and from a POP is no clock's, for a clock shortens one of them", () => {
    const { states } = run(230, (tick, s, us) => (tick >= 200 && [FROM[s], TO[s]].includes(0) ? us + 15_000 : us));
    for (const s of SEGMENTS) expect(states[s]?.at(-1)).toBe([FROM[s], TO[s]].includes(0) ? "DEGRADED" : "UP");
  });

  it("that stays for an hour without loss or jitter becomes the new normal, and what follows is held against that", () => {
    const { detector, states } = run(200 + 3_700, (tick, s, us) => (s === 0 && tick >= 200 ? us + 12_000 : us));
    expect(states[0]?.at(-1)).toBe("UP");
    expect(detector.regime(0)).toBe(1);
    expect(detector.regime(1)).toBe(0);
  });

  it("needs more samples to count after it was only a burst", () => {
    const burst = (from: number, length: number) => (tick: number) => tick >= from && tick < from + length;
    const [first, second] = [burst(200, 5), burst(400, 5)];
    const { states } = run(450, (tick, s, us) => (s === 0 && (first(tick) || second(tick)) ? us * 1.5 : us));
    expect(states[0]?.slice(200, 206)).toContain("DEGRADED");
    expect(states[0]?.slice(395)).not.toContain("DEGRADED");
  });

  it("is not seen in what a segment does anyway: one sample in ten late, or noise as large as its line", () => {
    const rng = new SeededRng(8);
    const { states } = run(6_000, (tick, s, us) => {
      if (s === 0) return tick > 60 && between(rng, 0, 9) === 0 ? us + 30_000 : us;
      return s === 1 ? us + between(rng, 0, 9_000) : us;
    });
    expect(everUp(states)).toEqual([]);
  });

  it("is seen on such a segment all the same, a few samples later", () => {
    const rng = new SeededRng(8);
    const { states } = run(3_030, (tick, s, us) => {
      if (s !== 0) return us;
      return (tick > 60 && between(rng, 0, 9) === 0 ? us + 30_000 : us) + (tick >= 3_000 ? 15_000 : 0);
    });
    const seen = (states[0] as string[]).indexOf("DEGRADED");
    expect(seen).toBeGreaterThan(3_004);
    expect(seen).toBeLessThan(3_025);
  });

  it("is not seen before it is known what is usual", () => {
    const { detector } = run(20, congested);
    expect(SEGMENTS.some((s) => detector.isFresh(s))).toBe(false);
  });
});

describe("jitter", () => {
  it("degrades a segment whose delay keeps its median", () => {
    const { detector } = run(260, (tick, s, us) => (s === 3 && tick >= 200 ? us + (tick % 2) * 9_000 - 4_500 : us));
    expect([detector.state(3), detector.trouble(3)]).toEqual(["DEGRADED", "jitter"]);
  });
});

describe("loss", () => {
  it("of three in a row is an outage; five that come through again end it, calm makes it UP", () => {
    const { states } = run(340, (tick, s, us) => (s === 2 && tick >= 200 && tick < 220 ? LOST : us));
    expect(states[2]?.indexOf("DOWN")).toBe(202);
    expect(states[2]?.indexOf("DEGRADED")).toBe(224);
    expect(states[2]?.slice(225, 250)).not.toContain("UP");
    expect(states[2]?.at(-1)).toBe("UP");
  });

  it("of one in five degrades, and does not bring down", () => {
    const { states, detector } = run(300, (tick, s, us) => (s === 2 && tick >= 200 && tick % 5 === 0 ? LOST : us));
    expect(states[2]).not.toContain("DOWN");
    expect([detector.state(2), detector.trouble(2)]).toEqual(["DEGRADED", "loss"]);
    expect(detector.lossPpm(2)).toBeGreaterThan(50_000);
  });

  it("of one in 300 is nothing", () => {
    const { states } = run(3_000, (tick, s, us) => ((tick * 7 + s * 31) % 300 === 0 ? LOST : us));
    expect(everUp(states)).toEqual([]);
  });
});

describe("what is missing", () => {
  it("is no trouble, and no quick path: a segment that nobody reports is not fresh", () => {
    for (const nothing of [Number.NaN, 0]) {
      const { states, detector } = run(260, (tick, s, us) => (s === 1 && tick >= 200 ? nothing : us));
      expect(everUp(states)).toEqual([]);
      expect(detector.isFresh(1)).toBe(false);
      expect(detector.isFresh(0)).toBe(true);
      expect(Math.abs((detector.delayUs(1) as number) - (BASE_US[1] as number))).toBeLessThan(2_000);
    }
  });
});

describe("clocks", () => {
  const shown =
    (off: (tick: number, pop: number) => number): Change =>
    (tick, s, us) =>
      us + off(tick, TO[s] as number) - off(tick, FROM[s] as number);

  it("that are off by up to 10 s change no state, whatever happens", () => {
    const event = fc.record({ segment: fc.nat(11), at: fc.integer({ min: 80, max: 300 }), kind: fc.nat(2) });
    const offsets = fc.array(fc.integer({ min: -10_000_000, max: 10_000_000 }), { minLength: POPS, maxLength: POPS });
    fc.assert(
      fc.property(offsets, fc.array(event, { maxLength: 6 }), fc.nat(), (offset, events, seed) => {
        const happens: Change = (tick, s, us) =>
          events.reduce((now, { segment, at, kind }) => {
            if (segment !== s || tick < at || tick > at + 40) return now;
            return kind === 0 ? LOST : kind === 1 ? now + 15_000 : now + (tick % 2) * 20_000;
          }, us);
        const clocks = shown((_tick, pop) => offset[pop] as number);
        const right = run(360, happens, seed);
        const wrong = run(360, (tick, s, us) => clocks(tick, s, happens(tick, s, us)), seed);
        expect(wrong.states).toEqual(right.states);
      }),
      { numRuns: 25 },
    );
  });

  it("that step or drift change no state", () => {
    const step = fc.record({
      pop: fc.nat(POPS - 1),
      at: fc.integer({ min: 60, max: 280 }),
      us: fc.integer({ min: -5_000_000, max: 5_000_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 5 }),
        fc.integer({ min: -50, max: 50 }),
        fc.nat(),
        (steps, drift, seed) => {
          const off = (tick: number, pop: number) =>
            steps.reduce(
              (us, one) => us + (one.pop === pop && tick >= one.at ? one.us : 0),
              pop === 0 ? drift * tick : 0,
            );
          expect(everUp(run(300, shown(off), seed).states)).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("that step do not hide congestion", () => {
    const { states } = run(260, (tick, s, us) => {
      const slow = s === 0 && tick >= 200 ? us * 1.4 : us;
      return shown((now, pop) => (pop === 0 && now >= 200 ? 3_000_000 : 0))(tick, s, slow);
    });
    expect(states[0]?.indexOf("DEGRADED")).toBe(203);
    expect(everUp(states, [0])).toEqual([]);
  });

  it("of two POPs alone fake no congestion either", () => {
    const detector = new Detector({ pops: 2, from: Int32Array.of(0, 1), to: Int32Array.of(1, 0) });
    for (let tick = 0; tick < 300; tick++) {
      const off = tick < 150 ? 0 : 80_000;
      detector.tick(tick * 1_000, Float64Array.of(40_000 + off, 40_000 - off));
      expect([detector.state(0), detector.state(1)]).toEqual(["UP", "UP"]);
    }
  });
});
