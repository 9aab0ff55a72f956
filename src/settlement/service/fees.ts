// What a transaction offers for its gas, and what the one that replaces it offers. Pure.

export type Fees = {
  /** For a unit of gas, all in all; only what the block asks is taken. */
  readonly most: bigint;
  /** Of that, to whoever makes the block. */
  readonly tip: bigint;
};

/** Nodes take a replacement for a tenth more of both; an eighth is safely that. */
const MORE = { numerator: 9n, denominator: 8n } as const;
/** Where so many times what the chain asks moved nothing, the fee is not the reason. */
const TIMES_MAX = 8n;

/** For a transaction that was replaced so often already; undefined where a higher fee would be money for nothing. */
export function higherFees(offered: Fees, asked: Fees, replacements: number): Fees | undefined {
  if (replacements > 0 && offered.most > asked.most * TIMES_MAX) return undefined;
  const raised = (fee: bigint): bigint => (fee * MORE.numerator) / MORE.denominator + 1n;
  const tip = larger(raised(offered.tip), asked.tip);
  return { most: larger(larger(raised(offered.most), asked.most), tip), tip };
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
