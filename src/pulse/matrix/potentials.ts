// One clock reading for each member that fits all pairs best (weighted least squares over the whole mesh) and breaks none
// of the bounds. Independent asymmetries of the paths average out: with N members by √(2/N).

/**
 * `direct`: the pairs' own bounds; `closed`: the same tightened; `withinUs`: who follows UTC (NaN: does not). What comes
 * back differs between any two members by no more than `closed` allows.
 */
export function potentials(
  direct: Float64Array,
  closed: Float64Array,
  n: number,
  withinUs: Float64Array,
  first: number,
): Float64Array {
  return intoBounds(leastSquares(direct, n, withinUs), closed, n, first);
}

function leastSquares(direct: Float64Array, n: number, withinUs: Float64Array): Float64Array {
  // The last one is UTC.
  const size = n + 1;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  const part = Int32Array.from({ length: size }, (_, i) => i);
  const tie = (i: number, j: number, aheadUs: number, halfUs: number): void => {
    const weight = 1 / Math.max(1, halfUs) ** 2;
    add(matrix, i * size + i, weight);
    add(matrix, j * size + j, weight);
    add(matrix, i * size + j, -weight);
    add(matrix, j * size + i, -weight);
    add(right, j, weight * aheadUs);
    add(right, i, -weight * aheadUs);
    const [one, other] = [part[i] as number, part[j] as number];
    if (one !== other) for (let k = 0; k < size; k++) if (part[k] === other) part[k] = one;
  };
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const [up, down] = [direct[i * n + j] as number, direct[j * n + i] as number];
      if (up + down < Number.POSITIVE_INFINITY) tie(i, j, (up - down) / 2, (up + down) / 2);
    }
    const within = withinUs[i] as number;
    if (!Number.isNaN(within)) tie(i, n, 0, within);
  }
  // Each part of the group that hangs together has one clock that stands for zero.
  for (let i = 0; i < size; i++) {
    if (part.indexOf(part[i] as number) === i) matrix[i * size + i] = 2 * (matrix[i * size + i] as number) || 1;
  }
  return cholesky(matrix, right, size).slice(0, n);
}

const add = (values: Float64Array, at: number, more: number): void => {
  values[at] = (values[at] as number) + more;
};

/** Solves a symmetric positive definite system in place. */
function cholesky(matrix: Float64Array, right: Float64Array, size: number): Float64Array {
  const rowTimes = (i: number, j: number, upTo: number): number => {
    let sum = 0;
    for (let k = 0; k < upTo; k++) sum += (matrix[i * size + k] as number) * (matrix[j * size + k] as number);
    return sum;
  };
  for (let j = 0; j < size; j++) {
    const root = Math.sqrt(Math.max((matrix[j * size + j] as number) - rowTimes(j, j, j), Number.MIN_VALUE));
    matrix[j * size + j] = root;
    for (let i = j + 1; i < size; i++) {
      matrix[i * size + j] = ((matrix[i * size + j] as number) - rowTimes(i, j, j)) / root;
    }
  }
  for (let i = 0; i < size; i++) {
    let sum = right[i] as number;
    for (let k = 0; k < i; k++) sum -= (matrix[i * size + k] as number) * (right[k] as number);
    right[i] = sum / (matrix[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = right[i] as number;
    for (let k = i + 1; k < size; k++) sum -= (matrix[k * size + i] as number) * (right[k] as number);
    right[i] = sum / (matrix[i * size + i] as number);
  }
  return right;
}

/** One after the other is moved to where those before it allow; bounds that are closed always leave a place. */
function intoBounds(wanted: Float64Array, closed: Float64Array, n: number, first: number): Float64Array {
  const placed = [first];
  for (let i = 0; i < n; i++) {
    if (i === first) continue;
    let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const k of placed) {
      high = Math.min(high, (wanted[k] as number) + (closed[k * n + i] as number));
      low = Math.max(low, (wanted[k] as number) - (closed[i * n + k] as number));
    }
    wanted[i] = Math.max(low, Math.min(high, wanted[i] as number));
    placed.push(i);
  }
  return wanted;
}
