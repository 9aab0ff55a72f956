// What an all-pairs run starts from: the cheapest segment of each ordered pair of POPs, for one kind of traffic.

import { costsOf } from "./field.ts";
import type { Matrix, PopId, SegmentId } from "./matrix.ts";
import type { Request } from "./request.ts";
import { objectiveOf } from "./request.ts";
import { needsOf, Usable } from "./usable.ts";

/** A kind of traffic: all of a request but its ends, and of its constraints those that a segment keeps or breaks alone. */
export type Traffic = Pick<
  Request,
  "intent" | "weights" | "owner" | "atMs" | "isolation" | "never" | "encrypted" | "minBandwidthBps" | "residualBps"
>;

/** Row by row, n × n. */
export type Direct = {
  readonly n: number;
  /** Whole numbers; +Infinity where no segment may be used. */
  readonly cost: Float64Array;
  /** Which segment costs that; −1 where none may be used. */
  readonly segment: Int32Array;
  /** 1 for each POP that may be between two others. */
  readonly relays: Uint8Array;
};

/** Reads rows of a matrix for one kind of traffic. */
export class DirectReader {
  readonly #matrix: Matrix;
  readonly #usable: Usable;
  readonly #costOf: (id: SegmentId) => number;

  constructor(matrix: Matrix, traffic: Traffic) {
    const objective = objectiveOf(traffic);
    const request = { ...traffic, from: -1, to: -1 };
    this.#matrix = matrix;
    this.#usable = new Usable(matrix, request, needsOf(request, objective));
    this.#costOf = costsOf(matrix, objective.weights, (id) => this.#usable.isOwn(id)).of;
  }

  read(): Direct {
    const n = this.#matrix.pops.length;
    const direct: Direct = {
      n,
      cost: new Float64Array(n * n),
      segment: new Int32Array(n * n),
      relays: Uint8Array.from({ length: n }, (_, pop) => (this.#usable.relays(pop) ? 1 : 0)),
    };
    for (let from = 0; from < n; from++) this.readRow(from, direct);
    return direct;
  }

  /** Reads a row again after segments that leave `from` have changed. */
  readRow(from: PopId, { n, cost, segment }: Direct): void {
    const { outStart, columns } = this.#matrix;
    cost.fill(Number.POSITIVE_INFINITY, from * n, (from + 1) * n);
    segment.fill(-1, from * n, (from + 1) * n);
    const end = outStart[from + 1] as number;
    for (let id: SegmentId = outStart[from] as number; id < end; id++) {
      if (this.#usable.refusalAlone(id) !== undefined) continue;
      const at = from * n + (columns.to[id] as number);
      const offered = this.#costOf(id);
      if (offered >= (cost[at] as number)) continue;
      cost[at] = offered;
      segment[at] = id;
    }
  }
}

/** One-way delays between clocks that disagree by seconds: each clock's offset, as far as pairs measured both ways tell. */
export function clockShifts({ n, cost }: Direct): Float64Array {
  const shifts = new Float64Array(n).fill(Number.NaN);
  for (let first = 0; first < n; first++) {
    if (!Number.isNaN(shifts[first] as number)) continue;
    shifts[first] = 0;
    const reached = [first];
    for (const from of reached) {
      for (let to = 0; to < n; to++) {
        const twice = (cost[from * n + to] as number) - (cost[to * n + from] as number);
        if (!Number.isNaN(shifts[to] as number) || !Number.isFinite(twice)) continue;
        shifts[to] = (shifts[from] as number) + Math.round(twice / 2);
        reached.push(to);
      }
    }
  }
  return shifts;
}
