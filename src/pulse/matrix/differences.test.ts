// Bounds on clock differences against plain computations over every way, and against clocks that were made up.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { around, close, reconcile, tieToUtc } from "./differences.ts";
import { potentials } from "./potentials.ts";

const SIZE = 6;
const nobody = new Float64Array(SIZE).fill(Number.NaN);

/** Clocks, and bounds that are true of them; some pairs know nothing. */
const world = fc.record({
  clocks: fc.array(fc.integer({ min: -500_000, max: 500_000 }), { minLength: SIZE, maxLength: SIZE }),
  slack: fc.array(fc.option(fc.integer({ min: 0, max: 50_000 }), { nil: Number.POSITIVE_INFINITY, freq: 5 }), {
    minLength: SIZE * SIZE,
    maxLength: SIZE * SIZE,
  }),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

const boundsOf = ({ clocks, slack }: World): Float64Array =>
  Float64Array.from(slack, (more, at) => {
    const [i, j] = [Math.floor(at / SIZE), at % SIZE];
    return i === j ? 0 : (clocks[j] ?? 0) - (clocks[i] ?? 0) + more;
  });
const ahead = ({ clocks }: World, i: number, j: number): number => (clocks[j] ?? 0) - (clocks[i] ?? 0);
const eachPair = (check: (i: number, j: number) => void): void => {
  for (let at = 0; at < SIZE * SIZE; at++) {
    if (Math.floor(at / SIZE) !== at % SIZE) check(Math.floor(at / SIZE), at % SIZE);
  }
};

/** The tightest bound over all ways that visit nobody twice. */
function leastOverWays(bounds: Float64Array, from: number, to: number, seen: readonly number[] = [from]): number {
  let least = bounds[from * SIZE + to] ?? 0;
  for (let via = 0; via < SIZE; via++) {
    if (via === to || seen.includes(via)) continue;
    const rest = leastOverWays(bounds, via, to, [...seen, via]);
    least = Math.min(least, (bounds[from * SIZE + via] ?? 0) + rest);
  }
  return least;
}

describe("bounds that agree", () => {
  it("are tightened to what the tightest of all ways says, and always hold the truth", () => {
    fc.assert(
      fc.property(world, (made) => {
        const bounds = boundsOf(made);
        const closed = Float64Array.from(bounds);
        expect(close(closed, SIZE)).toBe(true);
        eachPair((i, j) => {
          expect(closed[i * SIZE + j]).toBeCloseTo(leastOverWays(bounds, i, j), 3);
          expect(closed[i * SIZE + j]).toBeGreaterThanOrEqual(ahead(made, i, j) - 1e-3);
        });
        expect(reconcile(bounds, SIZE)).toMatchObject({ closed, cycles: [] });
      }),
      { numRuns: 60 },
    );
  });

  it("leave room for an estimate that breaks none of them", () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 0, max: SIZE - 1 }), (made, first) => {
        const { direct, closed } = reconcile(boundsOf(made), SIZE);
        const reads = potentials(direct, closed, SIZE, nobody, first);
        eachPair((i, j) => {
          expect((reads[j] ?? 0) - (reads[i] ?? 0)).toBeLessThanOrEqual((closed[i * SIZE + j] ?? 0) + 1e-3);
        });
      }),
      { numRuns: 100 },
    );
  });

  it("give an estimate that averages over the mesh what one pair alone gets wrong", () => {
    // Every path has its own asymmetry, up to ± 5 ms; the group is large.
    const n = 60;
    let seed = 1;
    const chance = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const clocks = Array.from({ length: n }, () => 1e6 * chance());
    const one = (i: number, j: number): number =>
      i === j ? 0 : (clocks[j] ?? 0) - (clocks[i] ?? 0) + 10_000 * chance();
    const bounds = Float64Array.from({ length: n * n }, (_, at) => one(Math.floor(at / n), at % n));
    const { direct, closed } = reconcile(bounds, n);
    const reads = potentials(direct, closed, n, new Float64Array(n).fill(Number.NaN), 0);
    const rms = (errors: readonly number[]): number =>
      Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
    const others = [...clocks.keys()].slice(1);
    const truth = (i: number): number => (clocks[i] ?? 0) - (clocks[0] ?? 0);
    const byPair = others.map((i) => ((bounds[i] ?? 0) - (bounds[i * n] ?? 0)) / 2 - truth(i));
    const byMesh = others.map((i) => (reads[i] ?? 0) - (reads[0] ?? 0) - truth(i));
    expect(rms(byMesh)).toBeLessThan(rms(byPair) / 2);
  });
});

describe("a bound that is false", () => {
  it("is found out, and what is left agrees and is true", () => {
    // One member's bounds are all false, each by an amount of its own.
    fc.assert(
      fc.property(
        world,
        fc.integer({ min: 0, max: SIZE - 1 }),
        fc.array(fc.integer({ min: -200_000, max: 200_000 }), { minLength: SIZE, maxLength: SIZE }),
        (made, liar, lies) => {
          const bounds = boundsOf(made);
          const lied = bounds.map((bound, at) => {
            const [i, j] = [Math.floor(at / SIZE), at % SIZE];
            return i === j ? 0 : bound + (i === liar ? (lies[j] ?? 0) : j === liar ? -(lies[i] ?? 0) : 0);
          });
          const isFit = close(Float64Array.from(lied), SIZE);
          const mesh = reconcile(lied, SIZE);
          expect(mesh.cycles.length > 0).toBe(!isFit);
          for (const cycle of mesh.cycles) {
            expect(cycle).toContain(liar);
            expect(around(lied, SIZE, cycle)).toBeLessThan(0);
          }
          if (isFit) return;
          eachPair((i, j) => {
            const way = (mesh.closed[i * SIZE + j] ?? 0) + (mesh.closed[j * SIZE + i] ?? 0);
            expect(way).toBeGreaterThanOrEqual(-1e-3);
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  it("is found over a long way round as well", () => {
    const bounds = new Float64Array(SIZE * SIZE).fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < SIZE; i++) {
      bounds[i * SIZE + i] = 0;
      bounds[i * SIZE + ((i + 1) % SIZE)] = -1;
      bounds[((i + 1) % SIZE) * SIZE + i] = 10;
    }
    const { cycles } = reconcile(bounds, SIZE);
    expect(cycles).toHaveLength(1);
    expect(cycles[0]).toHaveLength(SIZE);
    expect(around(bounds, SIZE, cycles[0] ?? [])).toBe(-SIZE);
  });
});

describe("members that follow UTC", () => {
  const loose = (): Float64Array =>
    Float64Array.from({ length: SIZE * SIZE }, (_, at) => (at % (SIZE + 1) === 0 ? 0 : 9_000));

  it("are known against each other as well as each is known, and narrow the others", () => {
    const closed = loose();
    closed[0 * SIZE + 5] = 100;
    closed[5 * SIZE + 0] = 200;
    const believed = tieToUtc(closed, SIZE, Float64Array.of(500, 400, Number.NaN, Number.NaN, Number.NaN, Number.NaN));
    expect([...believed.slice(0, 3)]).toEqual([500, 400, Number.NaN]);
    expect([closed[0 * SIZE + 1], closed[1 * SIZE + 0]]).toEqual([900, 900]);
    expect(closed[1 * SIZE + 5]).toBe(1_000);
    expect(closed[2 * SIZE + 3]).toBe(9_000);
  });

  it("are not believed against what was measured: who contradicts most goes first, of two that differ both", () => {
    const closed = loose();
    for (const j of [0, 1, 2]) {
      closed[3 * SIZE + j] = -5_000;
      closed[j * SIZE + 3] = 6_000;
    }
    const four = tieToUtc(closed, SIZE, Float64Array.of(500, 500, 500, 500, Number.NaN, Number.NaN));
    expect([...four.slice(0, 4)]).toEqual([500, 500, 500, Number.NaN]);
    const pair = tieToUtc(closed, SIZE, Float64Array.of(500, Number.NaN, Number.NaN, 500, Number.NaN, Number.NaN));
    expect([...pair].every(Number.isNaN)).toBe(true);
  });
});
