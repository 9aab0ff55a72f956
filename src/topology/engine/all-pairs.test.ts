// All pairs with up to two relays: the same as trying every relay, in WebAssembly, in plain JavaScript, in wide numbers
// and on threads; and a changed row mended gives what a full run gives.

import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { sceneKeys, sceneOf } from "../../../test/support/matrices.ts";
import { between, SeededRng } from "../../base/rng.ts";
import { AllPairs } from "./all-pairs.ts";
import { AnyRelays } from "./any-relays.ts";
import { openCrew } from "./crew.ts";
import { type Direct, DirectReader, type Traffic } from "./direct.ts";
import { fieldOf } from "./field.ts";
import { costOf } from "./in-order.ts";
import { type Engine, PackedPairs } from "./packed-pairs.ts";
import { Search } from "./search.ts";
import { WidePairs } from "./wide-pairs.ts";

const NONE = Number.POSITIVE_INFINITY;

function random(n: number, seed: number, low = 1, high = 300_000, holes = 10): Direct {
  const rng = new SeededRng(seed);
  const isWay = (pair: number) => Math.floor(pair / n) !== pair % n && between(rng, 0, 99) >= holes;
  const cost = Float64Array.from({ length: n * n }, (_, pair) => (isWay(pair) ? between(rng, low, high) : NONE));
  const relays = Uint8Array.from({ length: n }, () => (between(rng, 0, 99) < 90 ? 1 : 0));
  return { n, cost, segment: new Int32Array(n * n).fill(-1), relays };
}

/** Clocks that are off by up to 10 s each, as one-way delays show them. */
function offClocks(direct: Direct, seed: number): Direct {
  const rng = new SeededRng(seed);
  const offset = Array.from({ length: direct.n }, () => between(rng, -10_000_000, 10_000_000));
  const shifted = direct.cost.map(
    (cost, pair) => cost + (offset[pair % direct.n] ?? 0) - (offset[Math.floor(pair / direct.n)] ?? 0),
  );
  return { ...direct, cost: shifted };
}

/** By trying: the direct way, every relay, every two relays. */
function tried({ n, cost, relays }: Direct, from: number, to: number): number | undefined {
  const hop = (a: number, b: number) => (a === b ? NONE : (cost[a * n + b] ?? NONE));
  let best = hop(from, to);
  for (let m = 0; m < n; m++) {
    if (relays[m] === 0) continue;
    best = Math.min(best, hop(from, m) + hop(m, to));
    for (let k = 0; k < n; k++) if (relays[k] === 1) best = Math.min(best, hop(from, m) + hop(m, k) + hop(k, to));
  }
  return best === NONE ? undefined : best;
}

type Answers = {
  cost(from: number, to: number): number | undefined;
  relays(from: number, to: number): readonly number[];
};

const everyPair = (n: number): [number, number][] =>
  Array.from({ length: n * n }, (_, pair): [number, number] => [Math.floor(pair / n), pair % n]).filter(
    ([a, b]) => a !== b,
  );

const answers = (pairs: Answers, n: number) =>
  everyPair(n).map(([from, to]) => ({ from, to, cost: pairs.cost(from, to), relays: pairs.relays(from, to) }));

const ENGINES: readonly Engine[] = ["wasm", "js"];
const crews: { close(): void }[] = [];
afterEach(() => {
  for (const crew of crews.splice(0)) crew.close();
});

describe("all pairs with up to two relays", () => {
  it.each(ENGINES)("are those found by trying every relay (%s)", (engine) => {
    for (const n of [1, 2, 3, 8, 9, 21]) {
      for (const holes of [0, 60]) {
        const direct = random(n, n + holes, 1, 1_000, holes);
        const pairs = new AllPairs(direct, { engine });
        for (const { from, to, cost, relays } of answers(pairs, n)) {
          expect(cost, `${from} to ${to} of ${n}`).toBe(tried(direct, from, to));
          const way = [from, ...relays, to];
          const sum = way.slice(1).reduce((total, hop, i) => total + (direct.cost[(way[i] ?? 0) * n + hop] ?? NONE), 0);
          if (cost !== undefined) expect(sum).toBe(cost);
        }
      }
    }
  });

  it("are the same in words and in wide numbers, relays too, also where many ways cost alike", () => {
    for (const [n, high] of [
      [40, 300_000],
      [40, 12],
      [130, 100_000],
    ] as const) {
      const direct = random(n, high, 1, high);
      const wide = answers(new WidePairs(direct), n);
      for (const engine of ENGINES) {
        const packed = PackedPairs.of(direct, engine);
        packed?.compute();
        expect(packed && answers(packed, n)).toEqual(wide);
      }
    }
  });

  it("do not depend on clocks, whatever these are off by", () => {
    const direct = random(60, 7, 5_000, 250_000);
    const choices = (given: Direct) => answers(new AllPairs(given), 60).map(({ relays }) => relays);
    const off = offClocks(direct, 8);
    expect(PackedPairs.of(off)).toBeDefined();
    expect(choices(off)).toEqual(choices(direct));
  });

  it("still answer where costs have no room in a word", () => {
    const direct = random(20, 3, 1, 2 ** 31);
    expect(PackedPairs.of(direct)).toBeUndefined();
    const pairs = new AllPairs(direct);
    for (const [from, to] of everyPair(20)) expect(pairs.cost(from, to)).toBe(tried(direct, from, to));
  });

  it.each(ENGINES)("are after a mended row what a full run gives, and name the pairs that changed (%s)", (engine) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 30 }),
        fc.integer(),
        fc.integer({ min: 2, max: 2_000 }),
        (n, seed, high) => {
          const direct = random(n, seed, 1, high, 20);
          const pairs = new AllPairs(direct, { engine });
          const rng = new SeededRng(seed + 1);
          for (let turn = 0; turn < 3; turn++) {
            const before = answers(pairs, n);
            const row = between(rng, 0, n - 1);
            direct.cost.set(random(n, seed + turn + 2, 1, high, 20).cost.subarray(row * n, (row + 1) * n), row * n);
            direct.cost[row * n + row] = NONE;
            const changed = new Set(pairs.update(row));
            const after = answers(pairs, n);
            expect(after).toEqual(answers(new AllPairs(direct, { engine }), n));
            for (const [i, answer] of after.entries()) {
              if (JSON.stringify(answer) !== JSON.stringify(before[i])) {
                expect(changed).toContain(answer.from * n + answer.to);
              }
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("move to wide numbers when a new row has no room, and on with the right answers", () => {
    const direct = random(20, 5, 1, 1_000);
    const pairs = new AllPairs(direct);
    direct.cost.fill(2 ** 40, 3 * 20, 4 * 20);
    direct.cost[3 * 20 + 3] = NONE;
    expect(pairs.update(3)).toHaveLength(400);
    for (const [from, to] of everyPair(20)) expect(pairs.cost(from, to)).toBe(tried(direct, from, to));
  });

  it("are the same on two threads as on one, run after run", () => {
    const direct = random(100, 11);
    const threaded = new AllPairs(direct, { crew: (tables) => openCrew(tables, 2) });
    crews.push(threaded);
    for (let run = 0; run < 3; run++) {
      direct.cost.set(random(100, 12 + run).cost);
      threaded.recompute();
      expect(answers(threaded, 100)).toEqual(answers(new AllPairs(direct), 100));
    }
  });

  it("are what the path engine finds within three hops, on any matrix, and better where relays are", () => {
    fc.assert(
      fc.property(sceneKeys(6), (key) => {
        const { matrix, request } = sceneOf(...key);
        const { owner, atMs, isolation, never, minBandwidthBps, weights } = request;
        const given = { owner, atMs, isolation, never, minBandwidthBps, weights };
        const traffic: Traffic = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const direct = new DirectReader(matrix, traffic).read();
        const pairs = new AllPairs(direct);
        const better = pairs.better();
        for (const [from, to] of everyPair(matrix.pops.length)) {
          const field = fieldOf(matrix, { ...traffic, from, to, maxHops: 3 });
          const edges = new Search(field).best({ prefix: [] });
          expect(pairs.cost(from, to)).toBe(edges && Math.floor(costOf(field, edges) / field.fold));
          const gain = (direct.cost[from * direct.n + to] ?? NONE) - (pairs.cost(from, to) ?? NONE);
          const told = better.find((one) => one.from === from && one.to === to);
          expect(told?.gain).toBe(gain > 0 ? gain : undefined);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("are, over any number of relays, what looking on until nothing improves finds", () => {
    for (const [n, high] of [
      [2, 9],
      [9, 9],
      [40, 500],
      [40, 2 ** 31],
    ] as const) {
      const direct = random(n, n + high, 1, high, 70);
      for (const given of [direct, offClocks(direct, n)]) {
        const found = ENGINES.map((engine) => {
          const pairs = new AnyRelays(given, engine);
          return Array.from(given.cost, (_, pair) => pairs.cost(Math.floor(pair / n), pair % n));
        });
        expect(found).toEqual(ENGINES.map(() => untilNothingImproves(given)));
      }
    }
  });
});

function untilNothingImproves({ n, cost, relays }: Direct): number[] {
  const best = Array.from(cost, (one, pair) => (Math.floor(pair / n) === pair % n ? 0 : one));
  for (let isBetter = true; isBetter; ) {
    isBetter = false;
    for (const [from, over] of everyPair(n).filter(([, pop]) => relays[pop] === 1)) {
      for (let to = 0; to < n; to++) {
        const offered = (best[from * n + over] ?? NONE) + (cost[over * n + to] ?? NONE);
        if (from === to || over === to || offered >= (best[from * n + to] ?? NONE)) continue;
        best[from * n + to] = offered;
        isBetter = true;
      }
    }
  }
  return best;
}
