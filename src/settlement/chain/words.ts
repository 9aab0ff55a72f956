// What a contract's refusal means to the person who asked, and what to do about it.

import { formatCoins } from "./coins.ts";

type Values = Readonly<Record<string, unknown>>;
export type RefusalWords = { readonly what: string; readonly remedy: string };

const coins = (value: unknown): string => formatCoins(BigInt(value as bigint));
const when = (value: unknown): string => formatSeconds(BigInt(value as bigint));

/** "2026-11-21 16:40:05Z", or the number where no calendar has it. */
export function formatSeconds(seconds: bigint): string {
  if (seconds > 253_402_300_799n) return `second ${seconds}`;
  return new Date(Number(seconds) * 1_000).toISOString().replace("T", " ").replace(".000", "");
}

const again = (v: Values): string => `Try again after ${when(v.end)}.`;

const WORDS: Readonly<Record<string, (v: Values) => RefusalWords>> = {
  ERC20InsufficientBalance: (v) => ({
    what: `${v.sender} has ${coins(v.balance)}; ${coins(v.needed)} are wanted`,
    remedy: "Ask for less, or have coins sent to that address.",
  }),
  FreeTooLow: (v) => ({
    what: `${v.consumer} has ${coins(v.has)} free in the escrow; ${coins(v.wanted)} are wanted`,
    remedy:
      "Deposit more with `srwan escrow deposit`. What thaws and the caps of three epochs are not free for orders.",
  }),
  EarnedTooLow: (v) => ({
    what: `${v.provider} has earned ${coins(v.has)}; ${coins(v.wanted)} are wanted`,
    remedy: "Ask for no more than that.",
  }),
  ThawNotReady: (v) => ({
    what: `what thaws is not ready before ${when(v.readyAt)}`,
    remedy: `Run it again after ${when(v.readyAt)}: bills that are on their way come first.`,
  }),
  AmountZero: () => ({ what: "there is nothing to move", remedy: "Give an amount above zero." }),
  AlreadyRegistered: (v) => ({
    what: `this address may be paid since epoch ${v.activeFrom}`,
    remedy: "Nothing is left to do.",
  }),
  NotActive: (v) => ({
    what: `${v.provider} is not registered to be paid`,
    remedy: "Have it register with `srwan escrow register`, and wait two epochs.",
  }),
  PriceInfinite: () => ({
    what: "the quote has no price: its segment is measured and sold to nobody",
    remedy: "Choose another segment.",
  }),
  PriceTooHigh: (v) => ({
    what: `the quote asks ${coins(v.price)} a GB; ${coins(v.most)} is the most you would pay`,
    remedy: "Give a higher --most, or take another quote.",
  }),
  QuoteExpired: (v) => ({ what: `the quote expired at ${when(v.expiry)}`, remedy: "Ask the seller for a new one." }),
  QuoteVoid: (v) => ({
    what: `the quote's nonce ${v.nonce} was sold or cancelled`,
    remedy: "Ask the seller for a new one.",
  }),
  HoursSold: (v) => ({
    what: `an hour of that window of segment ${v.segmentId} is sold already`,
    remedy: "Take a quote for other hours.",
  }),
  WindowWrong: (v) => ({
    what: `the window from ${when(v.start)} to ${when(v.end)} is past, or not of whole hours, or longer than 31 days`,
    remedy: "Ask the seller for a quote with another window.",
  }),
  AmountWrong: (v) => ({
    what: `the whole would cost ${coins(v.amount)}`,
    remedy: "Buy at least 1 GB, and less in all.",
  }),
  DealClosed: () => ({ what: "this deal was paid or voided, or there is none", remedy: "See `srwan market list`." }),
  NotSeller: (v) => ({ what: `${v.caller} is not the seller`, remedy: "Only the seller gives the money back." }),
  Early: (v) => ({ what: `it is too early before ${when(v.end)}`, remedy: again(v) }),
  Late: (v) => ({ what: `it is too late since ${when(v.end)}`, remedy: "Time has decided: ask for its status." }),
  StateWrong: (v) => ({
    what: `order ${v.orderId} is ${["not there", "open", "released", "refunded"][Number(v.state)] ?? "elsewhere"}`,
    remedy: "See `srwan qos status`.",
  }),
  TermsWrong: () => ({
    what: "the terms of the order do not fit together",
    remedy: "Give a deadline to come, an end after it, and hold back no more than the price.",
  }),
  KeyNotProviders: (v) => ({
    what: `the router key ${v.routerKey} is not registered by ${v.provider}`,
    remedy: "Ask the provider which key its router has; it registers it with `srwan qos register`.",
  }),
  KeyTaken: (v) => ({ what: `the router key ${v.routerKey} is registered already`, remedy: "Nothing is left to do." }),
  NominationOver: (v) => ({
    what: `wallets of round ${v.round} could be named in the quarter of a round after it, which is over`,
    remedy: "Name it for the next round.",
  }),
  NominationRuns: (v) => ({
    what: `round ${v.round} is drawn when naming is over`,
    remedy: "Try again a quarter of a round after its end.",
  }),
  RoundRuns: (v) => ({ what: `round ${v.round} still runs`, remedy: "Try again when it is over." }),
  NominatedAlready: (v) => ({ what: `${v.wallet} is on the list already`, remedy: "Nothing is left to do." }),
  WeightTooLow: (v) => ({
    what: `${v.wallet} has ${coins(v.weight)} in votes, too few for the list`,
    remedy: "Votes count that were there at both of the round's two seconds.",
  }),
  NoWeight: (v) => ({
    what: `nothing of round ${v.round} is yours`,
    remedy: "Only votes count that were there at both of the round's two seconds.",
  }),
  NotDrawn: (v) => ({ what: `round ${v.round} was not drawn`, remedy: "See `srwan dividends`." }),
  NotInTop: (v) => ({ what: `place ${v.place} of round ${v.round} is empty`, remedy: "See `srwan dividends`." }),
  ClaimedAlready: (v) => ({
    what: `${v.claimant} has had its part of round ${v.round}`,
    remedy: "Nothing is left to do.",
  }),
  ClaimOver: (v) => ({
    what: `round ${v.round} can be claimed no more: eight rounds have passed`,
    remedy: "What was left goes into later rounds.",
  }),
};

export const refusalWords = (name: string, values: Values): RefusalWords | undefined => WORDS[name]?.(values);
