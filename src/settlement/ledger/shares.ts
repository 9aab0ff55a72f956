// An amount parted by weights in whole numbers: nobody is off by as much as one, and nothing is left over.

/**
 * Largest remainder (Hamilton): each gets the whole part of its exact share, and what is left goes one by one to the
 * largest fractions. Of equal fractions the earlier comes first, so the order of weights has to mean something.
 */
export function partition(amount: bigint, weights: readonly bigint[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (amount < 0n || weights.some((weight) => weight < 0n))
    throw new RangeError("amounts and weights are not negative");
  if (total === 0n) {
    if (amount === 0n) return weights.map(() => 0n);
    throw new RangeError("an amount cannot be parted among nobody");
  }
  const parts = weights.map((weight) => (amount * weight) / total);
  const rest = amount - parts.reduce((sum, part) => sum + part, 0n);
  const byFraction = weights
    .map((weight, i) => ({ i, fraction: (amount * weight) % total }))
    .sort((a, b) => (a.fraction === b.fraction ? a.i - b.i : a.fraction > b.fraction ? -1 : 1));
  for (const { i } of byFraction.slice(0, Number(rest))) parts[i] = (parts[i] as bigint) + 1n;
  return parts;
}
