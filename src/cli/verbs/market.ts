// `srwan market list|quote|buy|pay|cancel`: windows of capacity, by signed quotes.

import type { Flag, Verb } from "../verb.ts";
import { LOOK, SIGNED, WALLET } from "./wallet.ts";

const QUOTES: Flag = { name: "--quotes", value: "folder", about: "where quotes lie as files (default srwan-quotes)" };
const QUOTE = { name: "quote", about: "a quote's file" } as const;
const load = () => import("../money/load.ts");

export const marketList: Verb = {
  name: "market list",
  summary: "quotes that can be bought, and what became of the others",
  about:
    "Quotes are signed files: a price costs nothing to change, and only what is bought is written on the chain. Each file is " +
    "held to its seller's signature, and the chain is asked whether it was sold, cancelled or paid.",
  flags: [QUOTES, { name: "--all", about: "those that cannot be bought, too" }, ...LOOK],
  examples: [
    { command: "srwan market list", about: "what is open" },
    { command: "srwan market list --all -o json", about: "everything, for a program" },
  ],
  run: async (_context, input) => (await load()).marketList(input),
};

export const marketQuote: Verb = {
  name: "market quote",
  summary: "sign an offer of a segment's hours",
  about:
    "A window of whole hours at a price a GB. With the price infinity the segment takes part in measurement and is sold to " +
    "nobody. Of several quotes of one --nonce only one can be sold.",
  arguments: [{ name: "segment", about: "its name; a seller's hours of it are sold once" }],
  flags: [
    { name: "--price", value: "coins", about: "a GB, or infinity" },
    { name: "--from", value: "time", about: "first hour: 2h from now, or 2027-01-31T18:00Z" },
    { name: "--until", value: "time", about: "end of the last hour" },
    { name: "--expires", value: "time", about: "no buyer can take it later (default the window's end)" },
    { name: "--nonce", value: "number", about: "what `cancel` voids (default the time)" },
    QUOTES,
    ...SIGNED,
  ],
  examples: [
    { command: `srwan market quote sea-fra --price 0.02 --from 2h --until 8h ${WALLET}`, about: "six hours or so" },
    { command: `srwan market quote sea-nrt --price infinity --from 1h --until 30d ${WALLET}`, about: "not for sale" },
  ],
  run: async (_context, input) => (await load()).marketQuote(input),
};

export const marketBuy: Verb = {
  name: "market buy",
  summary: "buy a quote whole, for so many GB",
  about:
    "Out of free money in the escrow, where it waits until the window is over. The quote's hash and the most you would pay " +
    "go with it, so that neither can change under your hands.",
  arguments: [QUOTE],
  flags: [
    { name: "--gb", value: "number", about: "how much" },
    { name: "--most", value: "coins", about: "the most you would pay a GB" },
    ...SIGNED,
  ],
  examples: [{ command: `srwan market buy sea-fra.json --gb 500 --most 0.02 ${WALLET}`, about: "for 10 SEG" }],
  run: async (_context, input) => (await load()).marketBuy(input),
};

export const marketPay: Verb = {
  name: "market pay",
  summary: "pay the seller of a deal whose window is over",
  about:
    "Anybody may ask for it, when the window and a grace are over and nobody showed that the capacity was missing.",
  arguments: [QUOTE],
  flags: SIGNED,
  examples: [{ command: `srwan market pay sea-fra.json ${WALLET}`, about: "as a rule by the seller" }],
  run: async (_context, input) => (await load()).marketPay(input),
};

export const marketCancel: Verb = {
  name: "market cancel",
  summary: "make a quote void, or give a buyer's money back",
  about: "By the seller. A quote that was sold asks for --give-back.",
  arguments: [QUOTE],
  flags: [{ name: "--give-back", about: "of a quote that was sold: the buyer gets the money back" }, ...SIGNED],
  examples: [{ command: `srwan market cancel sea-fra.json ${WALLET}`, about: "nobody can buy it now" }],
  run: async (_context, input) => (await load()).marketCancel(input),
};
