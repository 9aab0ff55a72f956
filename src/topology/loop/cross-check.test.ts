// What is a contradiction and what is not: noise, clocks, changes that one end sees first, and silence.

import fc from "fast-check";
import { expect, it } from "vitest";
import type { SegmentReport } from "../../wire/report.ts";
import { CrossCheck, type Side } from "./cross-check.ts";

type Seen = { readonly thereUs: number; readonly backUs: number; readonly roundUs: number };

const side = (from: string, to: string, us: number | null, roundTripUs: number | null): Side => ({
  pop: from,
  cell: { segment: `${from}/t>${to}`, sampleUs: us, p50Us: us, roundTripUs } as SegmentReport,
});

/** A second after another: what the ends say of the way between them. */
function judged(seconds: readonly Seen[]): { readonly disputed: boolean; readonly accused: readonly string[] } {
  const check = new CrossCheck();
  let last: readonly [Side, Side] | undefined;
  for (const [i, { thereUs, backUs, roundUs }] of seconds.entries()) {
    last = [side("a", "b", thereUs, roundUs), side("b", "a", backUs, roundUs)];
    check.look(...last, i * 1_000);
  }
  const now = (seconds.length - 1) * 1_000;
  return {
    disputed: last !== undefined && check.isDisputed(...last, now),
    accused: check.accused(now).map(({ accuser, against }) => `${accuser} ${against.member}`),
  };
}

const times = <T>(count: number, value: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => value(i));

it("nobody is accused for noise, whatever the clocks show", () => {
  const noise = fc.integer({ min: -4_000, max: 4_000 });
  const second = fc.tuple(noise, noise, noise);
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 150_000 }),
      fc.integer({ min: -9_000_000, max: 9_000_000 }),
      fc.array(second, { minLength: 30, maxLength: 60 }),
      (us, clockUs, all) => {
        const seconds = all.map(([a, b, c]) => ({
          thereUs: us + clockUs + a / 4,
          backUs: us - clockUs + b / 4,
          roundUs: 2 * us + c / 2,
        }));
        expect(judged(seconds)).toEqual({ disputed: false, accused: [] });
      },
    ),
    { numRuns: 100 },
  );
});

it("a change that one end sees a second before the other disputes nothing", () => {
  const seconds = times(30, (i) => ({
    thereUs: i < 20 ? 10_000 : 90_000,
    backUs: 10_000,
    roundUs: i < 21 ? 20_000 : 100_000,
  }));
  for (let n = 20; n <= 30; n++) expect(judged(seconds.slice(0, n))).toEqual({ disputed: false, accused: [] });
});

it("a delay made up is not used from the third second on, and accuses both ends after ten", () => {
  const seconds = times(40, (i) => ({ thereUs: i < 10 ? 70_000 : 20_000, backUs: 70_000, roundUs: 140_000 }));
  expect(judged(seconds.slice(0, 12)).disputed).toBe(false);
  expect(judged(seconds.slice(0, 13))).toEqual({ disputed: true, accused: [] });
  expect(judged(seconds)).toEqual({ disputed: true, accused: ["a b", "b a"] });
});

it("whoever lies now and then is accused as well", () => {
  const seconds = times(90, (i) => ({ thereUs: i % 16 < 8 ? 20_000 : 70_000, backUs: 70_000, roundUs: 140_000 }));
  expect(judged(seconds).accused).toEqual(["a b", "b a"]);
});

it("a pair of which one end is silent is not judged by what it said long ago", () => {
  const check = new CrossCheck();
  const old = side("b", "a", 70_000, 140_000);
  for (let i = 0; i < 20; i++) check.look(side("a", "b", 20_000, 140_000), old, i * 1_000);
  expect(check.isDisputed(side("a", "b", 20_000, 140_000), old, 20_000)).toBe(false);
  expect(check.accused(20_000)).toEqual([]);
});
