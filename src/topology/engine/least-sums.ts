// From one POP to every other: the least sum of one measure along any path. Seen backwards from the end of a search it is
// what each POP has before it at the least, which is what the search prunes by.

import { SrwanError } from "../../base/errors.ts";
import { Heap } from "./heap.ts";
import type { PopId } from "./matrix.ts";

/** Edges in order of the POP they leave. */
export type Edges = { readonly start: Int32Array; readonly to: Int32Array; readonly value: Float64Array };

/** +Infinity where nothing leads. Values may be negative as long as no way around is. */
export function leastSums(edges: Edges, root: PopId): Float64Array {
  let most = 0;
  let least = 0;
  let total = 0;
  for (let edge = 0; edge < edges.value.length; edge++) {
    const value = edges.value[edge] as number;
    if (value > most) most = value;
    if (value < least) least = value;
    total += value;
  }
  if (least < 0) return byCorrecting(edges, root);
  return most * edges.value.length <= total * BUCKETS_FROM_MEAN ? byBuckets(edges, root, most) : byHeap(edges, root);
}

const BUCKETS = 1_024;
/** A bucket is then at most a sixteenth of the mean value wide, and POPs rarely improve within theirs. */
const BUCKETS_FROM_MEAN = 64;

/** Dijkstra's rule on buckets of sums instead of a heap (Dial; Meyer and Sanders where a bucket is wider than a value). */
function byBuckets({ start, to, value }: Edges, root: PopId, most: number): Float64Array {
  const n = start.length - 1;
  const perUnit = most === 0 ? 0 : (BUCKETS - 2) / most;
  const sums = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  // Each bucket is a ring of POPs through its own entry n + bucket, left at the front and joined at the back.
  const next = new Int32Array(n + BUCKETS);
  for (let ring = n; ring < next.length; ring++) next[ring] = ring;
  const before = next.slice();
  const bucketOf = new Int32Array(n).fill(-1);
  const join = (pop: PopId, bucket: number): void => {
    const ring = n + bucket;
    const last = before[ring] as number;
    next[last] = pop;
    before[pop] = last;
    next[pop] = ring;
    before[ring] = pop;
    bucketOf[pop] = bucket;
  };
  const leave = (pop: PopId): void => {
    next[before[pop] as number] = next[pop] as number;
    before[next[pop] as number] = before[pop] as number;
    bucketOf[pop] = -1;
  };
  sums[root] = 0;
  join(root, 0);
  let waiting = 1;
  for (let bucket = 0; waiting > 0; bucket = (bucket + 1) % BUCKETS) {
    const ring = n + bucket;
    for (let pop = next[ring] as number; pop !== ring; pop = next[ring] as number) {
      leave(pop);
      waiting--;
      const sum = sums[pop] as number;
      const end = start[pop + 1] as number;
      for (let edge = start[pop] as number; edge < end; edge++) {
        const other = to[edge] as number;
        const offered = sum + (value[edge] as number);
        if (offered >= (sums[other] as number)) continue;
        sums[other] = offered;
        const wanted = Math.floor(offered * perUnit) & (BUCKETS - 1);
        const has = bucketOf[other] as number;
        if (has === wanted) continue;
        if (has < 0) waiting++;
        else leave(other);
        join(other, wanted);
      }
    }
  }
  return sums;
}

/** Dijkstra: the nearest POP not yet left is final. For values so uneven that buckets would be too wide. */
function byHeap({ start, to, value }: Edges, root: PopId): Float64Array {
  const sums = new Float64Array(start.length - 1).fill(Number.POSITIVE_INFINITY);
  const heap = new Heap();
  sums[root] = 0;
  heap.push(0, 0, root);
  while (heap.size > 0) {
    const sum = heap.least;
    const pop = heap.pop();
    if (sum > (sums[pop] as number)) continue;
    const end = start[pop + 1] as number;
    for (let edge = start[pop] as number; edge < end; edge++) {
      const next = to[edge] as number;
      const offered = sum + (value[edge] as number);
      if (offered >= (sums[next] as number)) continue;
      sums[next] = offered;
      heap.push(offered, 0, next);
    }
  }
  return sums;
}

/** Bellman and Ford with a queue: a POP is looked at again whenever something less has reached it. */
function byCorrecting({ start, to, value }: Edges, root: PopId): Float64Array {
  const n = start.length - 1;
  const sums = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const hops = new Int32Array(n);
  const isQueued = new Uint8Array(n);
  sums[root] = 0;
  let queue = [root];
  while (queue.length > 0) {
    const next: PopId[] = [];
    for (const pop of queue) {
      isQueued[pop] = 0;
      const end = start[pop + 1] as number;
      for (let edge = start[pop] as number; edge < end; edge++) {
        const other = to[edge] as number;
        const offered = (sums[pop] as number) + (value[edge] as number);
        if (offered >= (sums[other] as number)) continue;
        sums[other] = offered;
        hops[other] = (hops[pop] as number) + 1;
        if ((hops[other] as number) >= n) throw goesBackInTime(other);
        if (isQueued[other] === 0) next.push(other);
        isQueued[other] = 1;
      }
    }
    queue = next;
  }
  return sums;
}

/** Delays around any cycle are free of clock offsets and cannot be less than nothing: a clock stepped, or a stamp lies. */
const goesBackInTime = (pop: PopId): SrwanError =>
  new SrwanError("MATRIX_INVALID", `the delays around a cycle by POP ${pop} add up to less than nothing`, {
    remedy: "A clock stepped between the measurements, or one of them is wrong: measure again.",
    details: { pop },
  });
