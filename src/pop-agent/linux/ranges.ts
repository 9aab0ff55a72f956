// Prefixes of many policies as ranges that do not overlap, each with the policy of its longest prefix: what one look-up in
// nftables needs. Pure.

import { BITS, type Family, formatPrefix, type Prefix } from "../../srv6/address.ts";

export type Owned = { readonly prefix: Prefix; readonly policy: string };
export type Range = { readonly first: bigint; readonly last: bigint; readonly policy: string };

const lastOf = ({ family, address, length }: Prefix): bigint => address | ((1n << BigInt(BITS[family] - length)) - 1n);

/** Shorter prefixes fill what longer ones leave; of two that are equal the first stands. */
export function rangesOf(all: readonly Owned[], family: Family): Range[] {
  const own = all.filter(({ prefix }) => prefix.family === family).toReversed();
  const sorted = [...new Map(own.map((one) => [formatPrefix(one.prefix), one])).values()].sort((a, b) =>
    a.prefix.address === b.prefix.address
      ? a.prefix.length - b.prefix.length
      : a.prefix.address < b.prefix.address
        ? -1
        : 1,
  );
  const ranges: Range[] = [];
  const open: { readonly last: bigint; readonly policy: string }[] = [];
  let next = 0n;
  const put = (first: bigint, last: bigint, policy: string): void => {
    if (first > last) return;
    const before = ranges.at(-1);
    if (before?.policy === policy && before.last + 1n === first) ranges[ranges.length - 1] = { ...before, last };
    else ranges.push({ first, last, policy });
  };
  const closeUpTo = (limit: bigint): void => {
    for (let top = open.at(-1); top !== undefined && top.last < limit; top = open.at(-1)) {
      put(next, top.last, top.policy);
      next = top.last + 1n > next ? top.last + 1n : next;
      open.pop();
    }
  };
  for (const { prefix, policy } of sorted) {
    closeUpTo(prefix.address);
    const top = open.at(-1);
    const last = lastOf(prefix);
    if (top !== undefined) put(next, prefix.address - 1n, top.policy);
    if (top === undefined || prefix.address > next) next = prefix.address;
    open.push({ last, policy });
  }
  closeUpTo(1n << BigInt(BITS[family] + 1));
  return ranges;
}
