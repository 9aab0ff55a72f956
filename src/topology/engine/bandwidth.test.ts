// Bandwidth: reservations that push weaker ones out and nobody else, and load over several paths by weight.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Matrix } from "./matrix.ts";
import type { SegmentSpec } from "./matrix-schema.ts";
import { type Book, type Reservation, release, reserve } from "./reservations.ts";
import { spread } from "./spread.ts";

const segment = (from: string, to: string, delayUs: number, availableBps: number): SegmentSpec => ({
  ...{ from, transit: "t", to, delayUs, boundUs: 0, availableBps },
});

/** ams to gru: 10 over bom in 20 µs, 6 over cdg in 30. */
const matrix = new Matrix({
  pops: ["ams", "bom", "cdg", "gru"].map((name) => ({ name })),
  segments: [
    ...[segment("ams", "bom", 10, 10), segment("bom", "gru", 10, 10)],
    ...[segment("ams", "cdg", 15, 6), segment("cdg", "gru", 15, 6)],
  ],
});
const request = { from: 0, to: 3 };
const over = (segments: readonly number[]): string => matrix.pops[matrix.to(segments[0] ?? 0)]?.name ?? "";

function booked(...wanted: (readonly [id: string, bps: number, priority: number])[]) {
  let book: Book = [];
  let last: ReturnType<typeof reserve>;
  for (const [id, bps, priority] of wanted) {
    last = reserve(matrix, book, { id, bps, setup: priority, hold: priority }, request);
    book = last?.book ?? book;
  }
  return { book: book.map(({ id, segments }) => `${id} ${over(segments)}`), last };
}

describe("reservations", () => {
  it("take what others have left, and the next best path when that is too little", () => {
    expect(booked(["a", 7, 4], ["b", 4, 4], ["c", 3, 4], ["d", 3, 4]).book).toEqual(["a bom", "b cdg", "c bom"]);
  });

  it("disturb nobody where there is another path", () => {
    expect(booked(["weak", 8, 7], ["strong", 6, 0])).toMatchObject({
      book: ["weak bom", "strong cdg"],
      last: { pushedOut: [] },
    });
  });

  it("push out the weakest, and no more than must go", () => {
    const { book, last } = booked(["a", 5, 6], ["b", 5, 7], ["c", 6, 5], ["strong", 5, 1]);
    expect(last?.pushedOut.map(({ id }) => id)).toEqual(["b"]);
    expect(book).toEqual(["a bom", "c cdg", "strong bom"]);
  });

  it("never push out who is held as strongly", () => {
    expect(booked(["a", 10, 3], ["b", 6, 3], ["c", 1, 3]).last).toBeUndefined();
  });

  it("never promise more than there is, whatever comes and goes", () => {
    const step = fc.record({
      bps: fc.integer({ min: 1, max: 8 }),
      setup: fc.integer({ min: 0, max: 7 }),
      hold: fc.integer({ min: 0, max: 7 }),
      leaves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let book: Book = [];
        for (const [i, { bps, setup, hold, leaves }] of steps.entries()) {
          const before = book;
          const made = reserve(matrix, book, { id: `r${i}`, bps, setup, hold: Math.min(setup, hold) }, request);
          book = made?.book ?? book;
          for (const one of made?.pushedOut ?? []) expect(one.hold).toBeGreaterThan(setup);
          const kept = (one: Reservation) => book.includes(one) || made?.pushedOut.includes(one);
          expect(before.every(kept)).toBe(true);
          const used = new Map<number, number>();
          for (const one of book) for (const id of one.segments) used.set(id, (used.get(id) ?? 0) + one.bps);
          for (const [id, sum] of used) expect(sum).toBeLessThanOrEqual(matrix.availableBps(id) ?? 0);
          if (leaves && book[0]) book = release(book, book[0].id);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("refuses to hold more weakly than it sets up", () => {
    expect(() => reserve(matrix, [], { id: "a", bps: 1, setup: 2, hold: 3 }, request)).toThrow(/hold 3 is weaker/);
  });
});

describe("load over several paths", () => {
  it("fills the best first and weighs by what each carries", () => {
    const { shares, unplacedBps } = spread(matrix, request, 4, 15);
    expect(shares.map(({ path, bps, weight }) => [over(path.segments), bps, weight])).toEqual([
      ["bom", 10, 2],
      ["cdg", 5, 1],
    ]);
    expect(unplacedBps).toBe(0);
  });

  it("says what it could not place", () => {
    expect(spread(matrix, request, 4, 20).unplacedBps).toBe(4);
    expect(spread(matrix, request, 1, 15).unplacedBps).toBe(5);
  });

  it("without a demand weighs by what is left on each", () => {
    const { shares } = spread(matrix, request, 2);
    expect(shares.map(({ bps, weight }) => [bps, weight])).toEqual([
      [10, 5],
      [6, 3],
    ]);
  });
});
