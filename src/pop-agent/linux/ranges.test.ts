// Every address belongs to the policy of its longest prefix, and to one range at most.

import fc from "fast-check";
import { expect, it } from "vitest";
import { formatPrefix, type Prefix } from "../../srv6/address.ts";
import { rangesOf } from "./ranges.ts";

/** Prefixes of a small world, so that they overlap often: the last six bits. */
const prefix = fc.tuple(fc.nat(63), fc.integer({ min: 26, max: 32 })).map(([host, length]): Prefix => {
  const bits = BigInt(32 - length);
  return { family: 4, address: ((0x0a000000n | BigInt(host)) >> bits) << bits, length };
});
const owned = fc.record({ prefix, policy: fc.constantFrom("a", "b", "c", "d") });

it("ranges say of every address what the longest prefix says", () => {
  fc.assert(
    fc.property(fc.uniqueArray(owned, { selector: (one) => formatPrefix(one.prefix), maxLength: 12 }), (all) => {
      const ranges = rangesOf(all, 4);
      for (const [i, { first, last }] of ranges.entries()) {
        expect(first <= last).toBe(true);
        expect(first > (ranges[i - 1]?.last ?? -1n)).toBe(true);
      }
      for (let host = 0n; host < 64n; host++) {
        const address = 0x0a000000n | host;
        const longest = all
          .filter(({ prefix: p }) => address >> BigInt(32 - p.length) === p.address >> BigInt(32 - p.length))
          .sort((a, b) => b.prefix.length - a.prefix.length)[0];
        const found = ranges.filter(({ first, last }) => first <= address && address <= last);
        expect(found.map(({ policy }) => policy)).toEqual(longest === undefined ? [] : [longest.policy]);
      }
      expect(rangesOf(all, 6)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
