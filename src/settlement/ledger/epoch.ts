// An epoch's money: what each path carried, what its consumer signed for, and whose the amount is.

import type { Hop } from "./hops.ts";
import { partition } from "./shares.ts";

export const OCTETS_PER_GB = 1_000_000_000n;
const MILLION = 1_000_000n;

export type Account = `0x${string}`;

export type PathUse = {
  readonly pathId: string;
  readonly consumer: Account;
  /** For 10⁹ octets over the whole path. */
  readonly pricePerGB: bigint;
  /** In the order of the path: who relays onto the hop, and what was matched on it. */
  readonly hops: readonly { readonly provider: Account; readonly hop: Hop }[];
  /** The most that the consumer signed to owe for this path in this epoch. */
  readonly signedAmount: bigint;
};

export type Rules = {
  /** Of every amount, to validators and dividends. */
  readonly feePpm: bigint;
  /** Of what is left, to what all paths use. */
  readonly infrastructurePpm: bigint;
  readonly infrastructure: Account;
};

export type PathAccount = {
  readonly pathId: string;
  readonly consumer: Account;
  /** What the consumer pays, fee and all. */
  readonly amount: bigint;
  readonly fee: bigint;
  readonly credits: readonly { readonly account: Account; readonly amount: bigint }[];
  /** What was carried and is not paid, for nobody signed for it. */
  readonly unsigned: bigint;
};

/**
 * Each hop earns its part of the path's price by what it carried: a path of four hops that lost half of its traffic on the
 * last one owes three and a half quarters. The sum is what is carried, rounded down once, and never more than was signed.
 */
export function accountFor(use: PathUse, rules: Rules): PathAccount {
  const octets = use.hops.map(({ hop }) => hop.octets);
  const carried = octets.reduce((sum, one) => sum + one, 0n);
  const parts = OCTETS_PER_GB * BigInt(Math.max(1, use.hops.length));
  const earned = (use.pricePerGB * carried) / parts;
  const amount = earned < use.signedAmount ? earned : use.signedAmount;
  const fee = (amount * rules.feePpm) / MILLION;
  const infrastructure = ((amount - fee) * rules.infrastructurePpm) / MILLION;
  const relays = amount === 0n ? octets.map(() => 0n) : partition(amount - fee - infrastructure, octets);
  return {
    pathId: use.pathId,
    consumer: use.consumer,
    amount,
    fee,
    credits: [
      ...use.hops.map(({ provider }, i) => ({ account: provider, amount: relays[i] ?? 0n })),
      { account: rules.infrastructure, amount: infrastructure },
    ].filter((credit) => credit.amount > 0n),
    unsigned: earned - amount,
  };
}
