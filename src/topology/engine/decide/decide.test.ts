// One decision: what makes a policy move, what holds it, and what can never win.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "./decide.ts";
import { DEFAULTS, type Input, type SegmentView } from "./schema.ts";

const segment = (name: string, delayUs: number | null, more: Partial<SegmentView> = {}): SegmentView => ({
  segment: name,
  state: "UP",
  trouble: null,
  fresh: true,
  delayUs,
  scaleUs: delayUs,
  errorUs: 300,
  lossPpm: 0,
  regime: 0,
  foreseenUs: null,
  roomBps: null,
  arrivals: 0,
  closed: null,
  ...more,
});

const degraded = (trouble: "delay" | "jitter" | "loss") => ({ state: "DEGRADED", trouble }) as const;
const DOWN = { state: "DOWN", trouble: "loss" } as const;

/** A default of one segment, and detours of two. */
const input = (straight: SegmentView, detours: readonly SegmentView[], more: Partial<Input> = {}): Input => ({
  atMs: 10_000_000,
  policy: "a-b",
  demandBps: 1_000,
  improve: false,
  pin: null,
  current: 0,
  flipsMs: [],
  wishSinceMs: null,
  leftRegime: null,
  paths: [[0], ...detours.map((_, i) => [i + 1, detours.length + i + 1])],
  segments: [straight, ...detours, ...detours.map((_, i) => segment(`d${i}>b`, 10_000))],
  ...more,
});

const decided = (one: Input) => {
  const { path, reason } = decide(one, DEFAULTS);
  return [path, reason];
};

describe("a policy on its default path", () => {
  const quick = segment("a>d", 10_000);

  it("passes through while the default is well, although another is quicker", () => {
    expect(decided(input(segment("a>b", 40_000), [quick]))).toEqual([0, "well"]);
  });

  it("leaves it for delay only with an absolute and a relative gain together, and beyond the error", () => {
    const late = (us: number, errorUs = 300) => segment("a>b", us, { ...degraded("delay"), scaleUs: us, errorUs });
    expect(decided(input(late(40_000), [quick]))).toEqual([1, "delay"]);
    expect(decided(input(late(12_400), [segment("a>d", 500)]))).toEqual([0, "no better"]);
    expect(decided(input(late(12_600), [segment("a>d", 500)]))).toEqual([1, "delay"]);
    expect(decided(input(late(200_000), [segment("a>d", 181_000)]))).toEqual([0, "no better"]);
    expect(decided(input(late(40_000, 30_000), [quick]))).toEqual([0, "no better"]);
  });

  it("leaves it for loss whatever the detour costs in delay, and not for a detour that loses too", () => {
    const lossy = segment("a>b", 40_000, { ...degraded("loss"), lossPpm: 80_000 });
    expect(decided(input(lossy, [segment("a>d", 90_000)]))).toEqual([1, "loss"]);
    expect(decided(input(lossy, [segment("a>d", 90_000, degraded("loss"))]))).toEqual([0, "no better"]);
  });

  it("leaves it for jitter only where that costs no clear delay", () => {
    const rough = segment("a>b", 40_000, degraded("jitter"));
    expect(decided(input(rough, [segment("a>d", 31_000)]))).toEqual([1, "jitter"]);
    expect(decided(input(rough, [segment("a>d", 90_000)]))).toEqual([0, "no better"]);
  });

  it("goes to the healthiest when it is down, then to the quickest, and stays where nothing is alive", () => {
    const ways = [segment("a>d", 10_000, degraded("delay")), segment("a>e", 60_000), segment("a>f", 50_000)];
    expect(decided(input(segment("a>b", 40_000, DOWN), ways))).toEqual([3, "down"]);
    expect(decided(input(segment("a>b", 40_000, DOWN), [segment("a>d", 1, DOWN)]))).toEqual([0, "no way"]);
  });

  it("takes of two that measure alike the one that is listed first", () => {
    const ways = [segment("a>d", 10_400), segment("a>e", 10_000)];
    expect(decided(input(segment("a>b", 40_000, DOWN), ways))).toEqual([1, "down"]);
  });

  it("makes way for a drain at once, and for a quarantine", () => {
    for (const closed of ["drain", "quarantine"] as const) {
      const one = input(segment("a>b", 40_000, { closed }), [segment("a>d", 90_000)], { flipsMs: [9_999_000] });
      expect(decided(one)).toEqual([1, "drain"]);
    }
  });

  it("goes before a bad hour that is foreseen, once that has been wished for long enough", () => {
    const before = segment("a>b", 25_000, { foreseenUs: 20_000 });
    expect(decided(input(before, [quick]))).toEqual([0, "persistence"]);
    expect(decided(input(before, [quick], { wishSinceMs: 9_985_000 }))).toEqual([1, "forecast"]);
    const bothBad = segment("a>d", 16_000, { foreseenUs: 20_000 });
    expect(decided(input(before, [bothBad], { wishSinceMs: 9_985_000 }))).toEqual([0, "well"]);
  });

  it("that improves takes what is clearly better without trouble, once that has lasted", () => {
    const improve = { improve: true, wishSinceMs: 9_985_000 };
    expect(decided(input(segment("a>b", 40_000), [quick], improve))).toEqual([1, "better"]);
    expect(decided(input(segment("a>b", 21_000), [quick], improve))).toEqual([0, "well"]);
  });
});

describe("a policy away from its default path", () => {
  const away = (straight: SegmentView, detour: SegmentView, more: Partial<Input> = {}) =>
    input(straight, [detour], { current: 1, leftRegime: 0, flipsMs: [9_000_000], ...more });

  it("returns when the default is well, although it is the slower", () => {
    expect(decided(away(segment("a>b", 40_000), segment("a>d", 10_000)))).toEqual([0, "return"]);
    expect(decided(away(segment("a>b", 40_000, degraded("delay")), segment("a>d", 31_000)))).toEqual([1, "away"]);
  });

  it("does not return to a default that has become worse for good", () => {
    const worse = (us: number) => segment("a>b", us, { regime: 1 });
    expect(decided(away(worse(60_000), segment("a>d", 10_000)))).toEqual([1, "away"]);
    expect(decided(away(worse(21_000), segment("a>d", 10_000)))).toEqual([0, "return"]);
  });

  it("does not return into a bad hour", () => {
    const before = segment("a>b", 25_000, { foreseenUs: 20_000 });
    expect(decided(away(before, segment("a>d", 15_000)))).toEqual([1, "away"]);
  });

  it("takes what is clearly better than where it is, once that has lasted, and be it a default that is still late", () => {
    const late = segment("a>b", 40_000, degraded("delay"));
    const long = { wishSinceMs: 9_985_000 };
    expect(decided(away(late, segment("a>d", 50_000)))).toEqual([1, "persistence"]);
    expect(decided(away(late, segment("a>d", 50_000), long))).toEqual([0, "better"]);
    expect(decided(away(late, segment("a>d", 31_000), long))).toEqual([1, "away"]);
    expect(decided(away({ ...late, lossPpm: 20_000 }, segment("a>d", 50_000), long))).toEqual([1, "away"]);
    expect(decided(away(segment("a>b", 40_000, degraded("loss")), segment("a>d", 50_000), long))).toEqual([1, "away"]);
  });

  it("stays for the least time after a move, except where traffic is lost", () => {
    const just = { flipsMs: [9_999_000] };
    expect(decided(away(segment("a>b", 40_000), segment("a>d", 10_000), just))).toEqual([1, "dwell"]);
    expect(decided(away(segment("a>b", 40_000), segment("a>d", 10_000, DOWN), just))).toEqual([0, "down"]);
  });
});

describe("limits", () => {
  const flips = (count: number) => Array.from({ length: count }, (_, i) => 9_000_000 + i * 1_000);
  const late = segment("a>b", 60_000, degraded("delay"));
  const dead = segment("a>b", 60_000, DOWN);
  const quick = segment("a>d", 10_000);

  it("leave the last moves of an hour to outages, and none beyond the cap to anything", () => {
    const cap = DEFAULTS.flipsPerHour;
    expect(decided(input(late, [quick], { flipsMs: flips(cap - 4) }))).toEqual([1, "delay"]);
    expect(decided(input(late, [quick], { flipsMs: flips(cap - 3) }))).toEqual([0, "cap"]);
    expect(decided(input(dead, [quick], { flipsMs: flips(cap - 1) }))).toEqual([1, "down"]);
    expect(decided(input(dead, [quick], { flipsMs: flips(cap) }))).toEqual([0, "cap"]);
    expect(decided(input(dead, [quick], { flipsMs: flips(cap), pin: 1 }))).toEqual([0, "cap"]);
  });

  it("count the moves of the last hour, to the millisecond", () => {
    const full = (firstMs: number) => [firstMs, ...flips(DEFAULTS.flipsPerHour - 1)];
    expect(decided(input(dead, [quick], { flipsMs: full(10_000_000 - 3_599_999) }))).toEqual([0, "cap"]);
    expect(decided(input(dead, [quick], { flipsMs: full(10_000_000 - 3_600_000) }))).toEqual([1, "down"]);
  });

  it("keep policies from moving where there is no room, or where too many just went", () => {
    expect(decided(input(late, [{ ...quick, roomBps: 999 }]))).toEqual([0, "herd"]);
    expect(decided(input(late, [{ ...quick, roomBps: 1_000 }]))).toEqual([1, "delay"]);
    expect(decided(input(late, [{ ...quick, arrivals: DEFAULTS.herdMoves }]))).toEqual([0, "herd"]);
    expect(decided(input(dead, [{ ...quick, arrivals: DEFAULTS.herdMoves }]))).toEqual([1, "down"]);
    const next = segment("a>e", 20_000);
    expect(decided(input(late, [{ ...quick, roomBps: 0 }, next]))).toEqual([2, "delay"]);
  });
});

describe("a pin", () => {
  it("holds in trouble, moves at once, and lets go of what is down", () => {
    const well = segment("a>b", 40_000);
    expect(decided(input(well, [segment("a>d", 90_000)], { pin: 1 }))).toEqual([1, "pin"]);
    expect(decided(input({ ...well, ...degraded("loss") }, [segment("a>d", 10_000)], { pin: 0 }))).toEqual([
      0,
      "pinned",
    ]);
    expect(decided(input({ ...well, ...DOWN }, [segment("a>d", 10_000)], { pin: 0 }))).toEqual([1, "down"]);
    expect(decided(input(well, [segment("a>d", 10_000, DOWN)], { pin: 1 }))).toEqual([0, "well"]);
  });
});

const anySegment = fc.record({
  segment: fc.constant("x>y"),
  state: fc.constantFrom("UP" as const, "DEGRADED" as const, "DOWN" as const),
  trouble: fc.constantFrom("delay" as const, "jitter" as const, "loss" as const, null),
  fresh: fc.boolean(),
  delayUs: fc.option(fc.integer({ min: -20_000_000, max: 20_000_000 })),
  scaleUs: fc.option(fc.nat(200_000)),
  errorUs: fc.nat(3_000),
  lossPpm: fc.nat(1_000_000),
  regime: fc.nat(2),
  foreseenUs: fc.option(fc.nat(50_000)),
  roomBps: fc.option(fc.nat(2_000)),
  arrivals: fc.nat(100),
  closed: fc.constantFrom(null, null, "drain" as const, "quarantine" as const),
});

const anyInput: fc.Arbitrary<Input> = fc
  .tuple(
    fc.array(anySegment, { minLength: 6, maxLength: 6 }),
    fc.boolean(),
    fc.option(fc.nat(3)),
    fc.nat(3),
    fc.nat(13),
  )
  .map(([segments, improve, pin, current, flips]) => ({
    ...input(segments[0] as SegmentView, []),
    improve,
    pin,
    current,
    flipsMs: Array.from({ length: flips }, (_, i) => 6_450_000 + i * 250_000),
    wishSinceMs: 9_000_000,
    paths: [[0], [1, 2], [3, 4], [1, 5]],
    segments,
  }));

describe("whatever the input", () => {
  it("nothing that is missing, stale, closed or down is moved onto; only a pin overrides what is closed or stale", () => {
    fc.assert(
      fc.property(anyInput, (one) => {
        const { path, reason } = decide(one, DEFAULTS);
        if (path === one.current) return;
        for (const at of one.paths[path] as number[]) {
          const { state, fresh, delayUs, closed } = one.segments[at] as SegmentView;
          expect(state).not.toBe("DOWN");
          if (reason !== "pin") expect([fresh, delayUs === null, closed]).toEqual([true, false, null]);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("clocks that are off change no decision", () => {
    // a>b, a>c c>b, a>d d>b, a>c again by another way to b.
    const ends = ["ab", "ac", "cb", "ad", "db", "cb"];
    const offset = fc.integer({ min: -10_000_000, max: 10_000_000 });
    fc.assert(
      fc.property(anyInput, fc.record({ a: offset, b: offset, c: offset, d: offset }), (one, clocks) => {
        const off = (at: number): number => {
          const [from, to] = [...(ends[at] as string)] as ["a" | "b" | "c" | "d", "a" | "b" | "c" | "d"];
          return clocks[to] - clocks[from];
        };
        const shown = one.segments.map((s, at) => (s.delayUs === null ? s : { ...s, delayUs: s.delayUs + off(at) }));
        expect(decide({ ...one, segments: shown }, DEFAULTS)).toEqual(decide(one, DEFAULTS));
      }),
      { numRuns: 3_000 },
    );
  });
});
