// Clock differences as upper bounds: `most[i·n + j]` is by how much j's clock can be ahead of i's at the most, in µs,
// Infinity where nothing is known. Bounds along a way add up, so the shortest way is the tightest bound (Floyd–Warshall),
// and a way round that adds up to less than nothing proves that some bound is false.

/** Sums of a hundred µs figures are off by far less; a cycle below this is no rounding. */
const ROUNDING_US = 1e-3;

/** Tightens every bound by every way; false, and of no further use, where a cycle adds up to less than nothing. */
export function close(most: Float64Array, n: number): boolean {
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      const ik = most[i * n + k] as number;
      if (ik === Number.POSITIVE_INFINITY || i === k) continue;
      for (let j = 0, kj = k * n, ij = i * n; j < n; j++, kj++, ij++) {
        const way = ik + (most[kj] as number);
        if (way < (most[ij] as number)) most[ij] = way;
      }
      if ((most[i * n + i] as number) < -ROUNDING_US) return false;
    }
  }
  for (let i = 0; i < n; i++) most[i * n + i] = 0;
  return true;
}

export type Mesh = {
  /** The pairs' own bounds that take part. */
  readonly direct: Float64Array;
  /** Every bound tightened by all that agree. */
  readonly closed: Float64Array;
  /** 1 for both orders of a pair whose own bounds take no part. */
  readonly cut: Uint8Array;
  /** The ways round that add up to less than nothing, as they were found. */
  readonly cycles: readonly (readonly number[])[];
};

/** Ways round over more than three members that are looked for one by one before the mesh is given up. */
const LONG_CYCLES_MAX = 16;

/**
 * The largest part of the bounds that agrees with itself, as far as it is found by leaving out one member after the other:
 * whoever is on most of the triangles that cannot be.
 */
export function reconcile(direct: Float64Array, n: number): Mesh {
  const most = direct.slice();
  const cut = new Uint8Array(n * n);
  const cycles: number[][] = [];
  const cutPair = (i: number, j: number): void => {
    for (const at of [i * n + j, j * n + i]) {
      cut[at] = 1;
      most[at] = Number.POSITIVE_INFINITY;
    }
  };
  for (let i = 0; i < n; i++) {
    most[i * n + i] = 0;
    for (let j = 0; j < i; j++) {
      if ((most[i * n + j] as number) + (most[j * n + i] as number) >= -ROUNDING_US) continue;
      cycles.push([j, i]);
      cutPair(i, j);
    }
  }
  for (let long = 0; ; ) {
    const closed = most.slice();
    if (close(closed, n)) return { direct: most, closed, cut, cycles };
    let triangles = negativeTriangles(most, n);
    cycles.push(...triangles);
    while (triangles.length > 0) {
      const worst = onMost(triangles, n);
      for (let j = 0; j < n; j++) if (j !== worst) cutPair(worst, j);
      triangles = triangles.filter((triangle) => !triangle.includes(worst));
    }
    const cycle = negativeCycle(most, n);
    if (cycle === undefined) continue;
    cycles.push(cycle);
    if (++long <= LONG_CYCLES_MAX)
      for (const [at, i] of cycle.entries()) cutPair(i, cycle[(at + 1) % cycle.length] ?? 0);
    else for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) cutPair(i, j);
  }
}

function negativeTriangles(most: Float64Array, n: number): number[][] {
  const found: number[][] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const ij = most[i * n + j] as number;
      const ji = most[j * n + i] as number;
      for (let k = j + 1; k < n; k++) {
        const there = ij + (most[j * n + k] as number) + (most[k * n + i] as number);
        const back = ji + (most[i * n + k] as number) + (most[k * n + j] as number);
        if (there < -ROUNDING_US) found.push([i, j, k]);
        if (back < -ROUNDING_US) found.push([j, i, k]);
      }
    }
  }
  return found;
}

function onMost(cycles: readonly (readonly number[])[], n: number): number {
  const counts = new Uint32Array(n);
  for (const cycle of cycles) for (const i of cycle) counts[i] = (counts[i] as number) + 1;
  return counts.indexOf(Math.max(...counts));
}

/** One way round that adds up to less than nothing (Bellman–Ford from everywhere at once). */
function negativeCycle(most: Float64Array, n: number): number[] | undefined {
  const least = new Float64Array(n);
  const before = new Int32Array(n).fill(-1);
  let last = -1;
  for (let round = 0; round < n; round++) {
    last = -1;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const way = (least[i] as number) + (most[i * n + j] as number);
        if (i === j || way >= (least[j] as number) - ROUNDING_US / n) continue;
        least[j] = way;
        before[j] = i;
        last = j;
      }
    }
    if (last < 0) return undefined;
  }
  for (let i = 0; i < n; i++) last = before[last] as number;
  const cycle: number[] = [];
  for (let at = last; cycle.length === 0 || at !== last; at = before[at] as number) cycle.unshift(at);
  return cycle;
}

/** How far the bounds along a way round add up. */
export const around = (most: Float64Array, n: number, cycle: readonly number[]): number =>
  cycle.reduce((sum, i, at) => sum + (most[i * n + (cycle[(at + 1) % cycle.length] ?? 0)] as number), 0);

/**
 * Members that follow UTC within so many µs (NaN: does not) are tied to it and so to each other. Claims that what was
 * measured speaks against are not believed: whoever contradicts most others loses its own first. Tightens `closed`;
 * what is left of the claims comes back.
 */
export function tieToUtc(closed: Float64Array, n: number, withinUs: Float64Array): Float64Array {
  const believed = withinUs.slice();
  const apart = (i: number, j: number): boolean =>
    (believed[i] as number) + (closed[i * n + j] as number) + (believed[j] as number) < -ROUNDING_US;
  for (;;) {
    const against = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) if (i !== j && (apart(i, j) || apart(j, i))) against[i] = (against[i] as number) + 1;
    }
    const most = Math.max(...against);
    if (most === 0) break;
    // All that are equally contradicted: of two that differ nobody knows which is right.
    for (let i = 0; i < n; i++) if (against[i] === most) believed[i] = Number.NaN;
  }
  // Where most claims are false, two of them may agree by chance.
  const claims = (of: Float64Array): number => of.reduce((sum, within) => sum + (Number.isNaN(within) ? 0 : 1), 0);
  if (2 * claims(believed) < claims(withinUs)) return believed.fill(Number.NaN);
  const [toUtc, fromUtc] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    let [to, from] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let k = 0; k < n; k++) {
      const within = believed[k] as number;
      if (Number.isNaN(within)) continue;
      to = Math.min(to, (closed[i * n + k] as number) + within);
      from = Math.min(from, within + (closed[k * n + i] as number));
    }
    toUtc[i] = to;
    fromUtc[i] = from;
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const way = (toUtc[i] as number) + (fromUtc[j] as number);
      if (i !== j && way < (closed[i * n + j] as number)) closed[i * n + j] = way;
    }
  }
  return believed;
}
