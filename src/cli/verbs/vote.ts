// `srwan vote` and `srwan dividends list|name|claim`: who shares in the fees, and what of it is one's own.

import type { Flag, Verb } from "../verb.ts";
import { KEYSTORE, LOOK, SIGNED, SOMEBODY, WALLET } from "./wallet.ts";

const ROUND: Flag = { name: "--round", value: "number", about: "of this round (default the latest that it can be)" };
const load = () => import("../money/load.ts");

export const voteVerb: Verb = {
  name: "vote",
  summary: "give a wallet the votes of one's coins",
  about:
    "All coins in hand count, now and later, until another vote. A vote moves no coin. Three quarters of the fees go to the " +
    "ten wallets with most votes and to those who voted for them.",
  arguments: [{ name: "wallet", about: "an address; self, or nobody" }],
  flags: SIGNED,
  examples: [
    { command: `srwan vote ${SOMEBODY} ${WALLET}`, about: "for a wallet" },
    { command: `srwan vote nobody ${WALLET}`, about: "no longer" },
  ],
  run: async (_context, input) => (await load()).vote(input),
};

export const dividendsListVerb: Verb = {
  name: "dividends list",
  summary: "the rounds: who is on the list, and what is yours",
  about: "The running round and the eight before it, which can still be claimed.",
  arguments: [{ name: "address", about: "whose part to show; without it, the wallet's", optional: true }],
  flags: [KEYSTORE, ...LOOK],
  examples: [{ command: "srwan dividends list --keystore me.json", about: "with one's own part" }],
  run: async (_context, input) => (await load()).dividendsList(input),
};

export const dividendsNameVerb: Verb = {
  name: "dividends name",
  summary: "put a wallet on the list of the round that has just ended",
  about: "In the quarter of a round after it. Anybody may name anybody; the ten with most votes stay.",
  arguments: [{ name: "wallet", about: "an address, or self", optional: true }],
  flags: [ROUND, ...SIGNED],
  examples: [{ command: `srwan dividends name self ${WALLET}`, about: "one's own" }],
  run: async (_context, input) => (await load()).dividendsName(input),
};

export const dividendsClaimVerb: Verb = {
  name: "dividends claim",
  summary: "take one's part of every round that can be claimed",
  about:
    "As a voter and as a wallet. Rounds that nobody drew yet are drawn first. The coins are then earned, in the escrow.",
  flags: [ROUND, ...SIGNED],
  examples: [{ command: `srwan dividends claim ${WALLET}`, about: "whatever there is" }],
  run: async (_context, input) => (await load()).dividendsClaim(input),
};
