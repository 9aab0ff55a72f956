// The path engine against networkx, on graphs too large to try every path.

import { join } from "node:path";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { askPython, pythonWith } from "../../../test/support/python.ts";
import { between, SeededRng } from "../../base/rng.ts";
import { AnyRelays } from "./any-relays.ts";
import { DirectReader } from "./direct.ts";
import { Matrix } from "./matrix.ts";
import { findPaths } from "./paths.ts";
import type { Request } from "./request.ts";

const PEER = join(import.meta.dirname, "../../../test/support/networkx-peer.py");

type Given = {
  readonly n: number;
  readonly edges: readonly (readonly [from: number, to: number, delayUs: number, price: number])[];
  readonly ends: readonly (readonly [number, number])[];
  readonly limits: readonly number[];
  readonly all: boolean;
  /** How far each clock is off: what networkx is not told. */
  readonly offsetUs: readonly number[];
};

type Told = {
  readonly order: readonly (readonly number[])[];
  readonly within: readonly (number | null)[];
  readonly pair: readonly (number | null)[];
  readonly all: readonly (readonly (number | null)[])[];
};

/** A ring, so that everything is reached, with chords; delays are few, so that ties are many. */
function graph(seed: number, n: number, chords: number, offsetMostUs = 0): Given {
  const rng = new SeededRng(seed);
  const edges = new Map<string, Given["edges"][number]>();
  for (let i = 0; i < n + chords; i++) {
    const from = i < n ? i : between(rng, 0, n - 1);
    const to = i < n ? (i + 1) % n : between(rng, 0, n - 1);
    if (from !== to) edges.set(`${from} ${to}`, [from, to, between(rng, 1, 60) * 1_000, between(rng, 1, 20)]);
  }
  const ends = Array.from({ length: 6 }, () => {
    const from = between(rng, 0, n - 1);
    return [from, (from + between(rng, 1, n - 1)) % n] as const;
  });
  return {
    ...{ n, edges: [...edges.values()], ends, limits: ends.map(() => between(rng, 25, 60)), all: n <= 120 },
    offsetUs: Array.from({ length: n }, () => between(rng, -offsetMostUs, offsetMostUs)),
  };
}

const GRAPHS = [graph(1, 60, 300), graph(2, 120, 400), graph(3, 120, 400, 10_000_000), graph(4, 300, 900)];

const name = (pop: number): string => `p${String(pop).padStart(4, "0")}`;

/** The delays of paths, and of all pairs, as they are: clocks taken out again. */
class Ours {
  readonly #given: Given;
  readonly #matrix: Matrix;

  constructor(given: Given) {
    const { n, edges, offsetUs } = given;
    const shown = (from: number, to: number, delayUs: number) => delayUs + this.#offset(from, to, offsetUs);
    this.#given = given;
    this.#matrix = new Matrix({
      pops: Array.from({ length: n }, (_, pop) => ({ name: name(pop) })),
      segments: edges.map(([from, to, delayUs, priceMicroPerGB]) => ({
        ...{
          from: name(from),
          transit: "t",
          to: name(to),
          delayUs: shown(from, to, delayUs),
          boundUs: 0,
          priceMicroPerGB,
        },
      })),
    });
  }

  delays(request: Request): number[] {
    const off = this.#offset(request.from, request.to, this.#given.offsetUs);
    return findPaths(this.#matrix, request).paths.map(({ totals }) => (totals.delayUs as number) - off);
  }

  all(): (number | null)[][] {
    const { n, offsetUs } = this.#given;
    const pairs = new AnyRelays(new DirectReader(this.#matrix, {}).read());
    const pops = Array.from({ length: n }, (_, pop) => pop);
    return pops.map((from) =>
      pops.map((to) => {
        const delayUs = pairs.cost(from, to);
        return delayUs === Number.POSITIVE_INFINITY ? null : delayUs - this.#offset(from, to, offsetUs);
      }),
    );
  }

  #offset(from: number, to: number, offsetUs: readonly number[]): number {
    return (offsetUs[to] as number) - (offsetUs[from] as number);
  }
}

describe("on graphs of 60 to 300 POPs, with clocks right and 10 s off, networkx agrees about", () => {
  let told: readonly Told[] | undefined;
  beforeAll(() => {
    const python = pythonWith("networkx");
    if (python !== undefined) told = askPython(python, PEER, GRAPHS) as readonly Told[];
  });

  const each = (ctx: TestContext, compare: (given: Given, ours: Ours, theirs: Told) => void): void => {
    if (!told) ctx.skip("networkx is not installed (Debian package python3-networkx; make setup installs it)");
    for (const [i, given] of GRAPHS.entries()) compare(given, new Ours(given), told[i] as Told);
  };

  it("the five best paths, in order", (ctx) =>
    each(ctx, ({ ends }, ours, theirs) => {
      expect(ends.map(([from, to]) => ours.delays({ from, to, count: 5 }))).toEqual(theirs.order);
    }));

  it("the best path within a price", (ctx) =>
    each(ctx, ({ ends, limits }, ours, theirs) => {
      for (const [i, delayUs] of theirs.within.entries()) {
        const [from, to] = ends[i] as readonly [number, number];
        const [found] = ours.delays({ from, to, maxPriceMicroPerGB: limits[i] as number });
        // Where networkx gave up, it had seen 40 that are quicker than any that fits.
        if (delayUs === null)
          expect(found ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(theirs.order[i]?.at(-1) ?? 0);
        else expect(found).toBe(delayUs);
      }
      expect(theirs.within.filter((one) => one !== null).length).toBeGreaterThan(0);
    }));

  it("what two paths without a common POP take at the least", (ctx) =>
    each(ctx, ({ ends }, ours, theirs) => {
      const pairs = ends.map(([from, to]) => ours.delays({ from, to, intent: "redundant", apart: ["pop"] }));
      for (const [i, least] of theirs.pair.entries()) {
        // Where there are not two, ours share something; that is another question.
        if (least !== null) expect(pairs[i]?.reduce((sum, one) => sum + one, 0)).toBe(least);
      }
      expect(theirs.pair.filter((one) => one !== null).length).toBeGreaterThan(0);
    }));

  it("every pair's delay, over any number of relays", (ctx) =>
    each(ctx, ({ all }, ours, theirs) => {
      if (all) expect(ours.all()).toEqual(theirs.all);
    }));
});
