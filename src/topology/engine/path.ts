// A path as it is given: its segments, what is measured along it, and how far two paths can be told apart.

import { type Field, lossNano, ppmOfNano } from "./field.ts";
import { costOf } from "./in-order.ts";
import type { Matrix, PopId, SegmentId } from "./matrix.ts";
import type { Request } from "./request.ts";

/** Undefined where a segment's measure is missing: a sum with a hole is no sum. */
export type Totals = {
  readonly delayUs: number | undefined;
  readonly boundUs: number | undefined;
  readonly jitterUs: number | undefined;
  readonly lossPpm: number | undefined;
  readonly priceMicroPerGB: number | undefined;
  readonly narrowestBps: number | undefined;
  readonly hops: number;
  readonly sids: number;
};

export type Path = {
  readonly segments: readonly SegmentId[];
  readonly pops: readonly PopId[];
  readonly totals: Totals;
};

export function pathOf(matrix: Matrix, request: Request, segments: readonly SegmentId[]): Path {
  const first = segments[0];
  const pops = first === undefined ? [] : [matrix.from(first), ...segments.map((id) => matrix.to(id))];
  return { segments, pops, totals: totalsOf(matrix, request, segments) };
}

function totalsOf(matrix: Matrix, request: Request, segments: readonly SegmentId[]): Totals {
  const sum = (value: (id: SegmentId) => number | undefined): number | undefined =>
    segments.reduce<number | undefined>((total, id) => {
      const one = value(id);
      return total === undefined || one === undefined ? undefined : total + one;
    }, 0);
  const nano = sum((id) => {
    const ppm = matrix.lossPpm(id);
    return ppm === undefined ? undefined : lossNano(ppm);
  });
  const left = segments.map((id) => (request.residualBps ? request.residualBps[id] : matrix.residualBps(id)));
  return {
    delayUs: sum((id) => matrix.delayUs(id)),
    boundUs: sum((id) => matrix.boundUs(id)),
    jitterUs: sum((id) => matrix.jitterUs(id)),
    lossPpm: nano === undefined ? undefined : ppmOfNano(nano),
    priceMicroPerGB: sum((id) => priceFor(matrix, request.owner, id)),
    narrowestBps: left.reduce((least, one) =>
      least === undefined || one === undefined || Number.isNaN(one) ? undefined : Math.min(least, one),
    ),
    hops: segments.length,
    sids: segments.length + 1,
  };
}

/** One's own segments cost nothing; a price of infinity is no sum of money. */
function priceFor(matrix: Matrix, owner: string | undefined, id: SegmentId): number | undefined {
  if (owner !== undefined && matrix.traitsOf(id).owner === owner) return 0;
  const price = matrix.priceMicroPerGB(id);
  return price === "infinity" ? undefined : price;
}

/**
 * How far the difference of two paths' delays may be off: the bounds of the segments that only one of them has, for what
 * they share cancels. Infinite where a bound is not known.
 */
export function differenceBoundUs(matrix: Matrix, a: readonly SegmentId[], b: readonly SegmentId[]): number {
  const onlyIn = (one: readonly SegmentId[], other: readonly SegmentId[]) => one.filter((id) => !other.includes(id));
  return [...onlyIn(a, b), ...onlyIn(b, a)].reduce(
    (sum, id) => sum + (matrix.boundUs(id) ?? Number.POSITIVE_INFINITY),
    0,
  );
}

/** The edges of a path in a field, if the path may be used there: connected, without coming back, within every limit. */
export function edgesIn(field: Field, segments: readonly SegmentId[]): readonly number[] | undefined {
  const edges = segments.map((id) => placeOf(field.segment, id));
  if (edges.length === 0 || edges.includes(-1)) return undefined;
  const pops = [field.from, ...edges.map((edge) => field.edgeTo[edge] as PopId)];
  const isConnected = edges.every((edge, i) => field.edgeFrom[edge] === pops[i]) && pops.at(-1) === field.to;
  if (!isConnected || new Set(pops).size < pops.length) return undefined;
  const sum = (value: Float64Array): number => edges.reduce((total, edge) => total + (value[edge] as number), 0);
  if (field.limits.some(({ value, limit }) => sum(value) > limit)) return undefined;
  const missing = edges.reduce((left, edge) => left & ~(field.meets[edge] as number), field.missing);
  return missing === 0 ? edges : undefined;
}

/** What the weighted sum of a path is, in units of the objective. */
export const objectiveCost = (field: Field, edges: readonly number[]): number =>
  Math.floor(costOf(field, edges) / field.fold) / field.scale;

/** Where a segment stands among the sorted ones of a field; −1 where it may not be used. */
function placeOf(sorted: Int32Array, id: SegmentId): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < id) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === id ? low : -1;
}
