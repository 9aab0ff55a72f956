// What an all-pairs run starts from: the cheapest segment of each ordered pair of POPs, for one kind of cost.

import type { Matrix, PopId, SegmentId } from "./matrix.ts";

/** Row by row, n × n. */
export type Direct = {
  readonly n: number;
  /** Whole numbers; +Infinity where no segment may be used. */
  readonly cost: Float64Array;
  /** Which segment costs that; −1 where none may be used. */
  readonly segment: Int32Array;
};

/** `costs` has one value a segment: a whole number, or +Infinity where it may not be used. */
export function directCosts(matrix: Matrix, costs: Float64Array): Direct {
  const n = matrix.pops.length;
  const direct: Direct = {
    n,
    cost: new Float64Array(n * n).fill(Number.POSITIVE_INFINITY),
    segment: new Int32Array(n * n).fill(-1),
  };
  for (let from = 0; from < n; from++) fillRow(matrix, costs, from, direct);
  return direct;
}

/** Reads a row anew after segments of `from` have changed. */
export function refreshRow(matrix: Matrix, costs: Float64Array, from: PopId, direct: Direct): void {
  direct.cost.fill(Number.POSITIVE_INFINITY, from * direct.n, (from + 1) * direct.n);
  direct.segment.fill(-1, from * direct.n, (from + 1) * direct.n);
  fillRow(matrix, costs, from, direct);
}

function fillRow({ outStart, columns }: Matrix, costs: Float64Array, from: PopId, { n, cost, segment }: Direct): void {
  const end = outStart[from + 1] as number;
  for (let id: SegmentId = outStart[from] as number; id < end; id++) {
    const at = from * n + (columns.to[id] as number);
    const offered = costs[id] as number;
    if (offered >= (cost[at] as number)) continue;
    cost[at] = offered;
    segment[at] = id;
  }
}
