// Lists of amounts as the contracts take them: 32 octets an entry, rising by account.

import { concat, getAddress, keccak256 } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import type { Hex } from "../typed.ts";

export type Entry = { readonly account: Hex; readonly amount: bigint };

const AMOUNT_BITS = 96n;
const AMOUNT_MAX = 2n ** AMOUNT_BITS - 1n;

const invalid = (message: string): SrwanError =>
  new SrwanError("VALUE_INVALID", message, { remedy: "Give each account once, with an amount below 2^96." });

/** Sorts and packs; an account that stands twice or an amount that has no room is refused. */
export function encodeEntries(entries: readonly Entry[]): Hex {
  const words = entries.map(({ account, amount }) => {
    if (amount < 0n || amount > AMOUNT_MAX) throw invalid(`${account}: an amount of ${amount} has no room in an entry`);
    return (BigInt(account) << AMOUNT_BITS) | amount;
  });
  words.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const twice = words.find((word, i) => i > 0 && word >> AMOUNT_BITS === (words[i - 1] ?? 0n) >> AMOUNT_BITS);
  if (twice !== undefined) throw invalid(`${accountOf(twice)} stands twice in one list`);
  return `0x${words.map((word) => word.toString(16).padStart(64, "0")).join("")}`;
}

export const decodeEntries = (packed: string): Entry[] =>
  (packed.slice(2).match(/.{64}/g) ?? []).map((hex) => {
    const word = BigInt(`0x${hex}`);
    return { account: accountOf(word), amount: word & AMOUNT_MAX };
  });

/** The same without checksums, for sums over thousands of lists. */
export const plainEntries = (packed: string): Entry[] =>
  (packed.slice(2).match(/.{64}/g) ?? []).map((hex) => ({
    account: `0x${hex.slice(0, 40).toLowerCase()}`,
    amount: BigInt(`0x${hex.slice(40)}`),
  }));

const accountOf = (word: bigint): Hex => getAddress(`0x${(word >> AMOUNT_BITS).toString(16).padStart(40, "0")}`) as Hex;

/** What a batch signs of its lists. */
export const entriesHash = (debits: Hex, credits: Hex): Hex =>
  keccak256(concat([keccak256(debits), keccak256(credits)])) as Hex;

/** What a voucher signs of the providers it is for: each with its weight. */
export const splitRoot = (split: Hex): Hex => keccak256(split) as Hex;
