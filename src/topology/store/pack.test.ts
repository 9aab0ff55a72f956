// Whatever was reported comes back from its octets as it was; a usual report is small; damage is told, never guessed over.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SegmentReport } from "../../wire/report.ts";
import { packCells, unpackCells } from "./pack.ts";
import { rollUp } from "./rollup.ts";

const whole = fc.oneof(fc.nat(300), fc.nat(1_000_000), fc.constantFrom(0, 127, 128, 2 ** 31, 2 ** 40));
const signed = fc.oneof(fc.integer(), fc.constantFrom(-1e12, 1e12, 0, -1));
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const cell = (segment: string): fc.Arbitrary<SegmentReport> =>
  fc.record({
    segment: fc.constant(segment),
    sampleUs: fc.oneof(signed, fc.constant("lost" as const), fc.constant(null)),
    p5Us: maybe(signed),
    p50Us: maybe(signed),
    p95Us: maybe(signed),
    delayUs: maybe(whole),
    lowUs: maybe(whole),
    highUs: maybe(whole),
    roundTripUs: maybe(whole),
    errorUs: whole,
    jitterUs: maybe(whole),
    lossPpm: maybe(fc.nat(1_000_000)),
    reorderedPpm: maybe(fc.nat(1_000_000)),
    duplicatedPpm: maybe(fc.nat(1_000_000)),
    ageMs: whole,
    samples: whole,
  });
const report = fc
  .array(fc.nat(), { maxLength: 20 })
  .chain((places) => fc.tuple(...places.map((_, i) => cell(`sea/t${i}>fra`))));

const usual = (i: number): SegmentReport => ({
  segment: `sea/alder>p${i}`,
  sampleUs: 71_240 + i,
  p5Us: 70_980 + i,
  p50Us: 71_230 + i,
  p95Us: 72_410 + i,
  delayUs: 70_100 + i,
  lowUs: 69_000 + i,
  highUs: 71_200 + i,
  roundTripUs: 141_900 + i,
  errorUs: 1_100,
  jitterUs: 180,
  lossPpm: 0,
  reorderedPpm: 0,
  duplicatedPpm: 0,
  ageMs: 640,
  samples: 30,
});

describe("a packed report", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(report, (cells) => {
        const segments = cells.map(({ segment }) => segment);
        expect(unpackCells(packCells(cells), segments)).toEqual(cells);
      }),
    );
  });

  it("takes less than 32 octets for a usual cell", () => {
    const cells = Array.from({ length: 99 }, (_, i) => usual(i));
    expect(packCells(cells).length).toBeLessThan(99 * 32);
  });

  it("that was cut or has more than it should is refused", () => {
    fc.assert(
      fc.property(report, fc.nat(), (cells, at) => {
        const segments = cells.map(({ segment }) => segment);
        const octets = packCells(cells);
        expect(() => unpackCells(octets.subarray(0, at % octets.length), segments)).toThrow(/damaged/);
        expect(() => unpackCells(Buffer.concat([octets, Buffer.of(0)]), segments)).toThrow(/damaged/);
      }),
    );
  });
});

describe("reports rolled up", () => {
  const paths = [{ policy: "gold", path: "a", actualUs: 10, lossPpm: 0, samples: 5 }];

  it("of one are that one", () => {
    fc.assert(
      fc.property(report, (cells) => {
        expect(rollUp([{ cells, paths }])).toEqual({ cells, paths });
      }),
    );
  });

  it("keep the extremes, take the middle, and weigh shares by samples", () => {
    const [a, b, c] = [
      usual(0),
      { ...usual(0), p50Us: 90_000, p95Us: 99_000, lossPpm: 100_000, samples: 10 },
      usual(0),
    ];
    const cells = rollUp([a, b, c].map((one) => ({ cells: [one], paths: [] }))).cells;
    expect(cells).toEqual([{ ...a, p95Us: 99_000, lossPpm: 14_286, samples: 70 }]);
  });

  it("never make a number of what nobody measured", () => {
    const dark = { ...usual(0), sampleUs: "lost" as const, p50Us: null, p5Us: null, p95Us: null, roundTripUs: null };
    expect(rollUp([{ cells: [dark, { ...dark, sampleUs: null }], paths: [] }]).cells).toMatchObject([
      { sampleUs: "lost", p50Us: null, p5Us: null, p95Us: null, roundTripUs: null },
    ]);
  });
});
