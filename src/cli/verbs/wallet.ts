// `srwan wallet create|show|balance|transfer` and `srwan escrow deposit|withdraw|status|register`: coins in one's own hands,
// and in the escrow.

import type { Flag, Verb } from "../verb.ts";
import { DEPLOYMENT, URL } from "./chain.ts";

export const KEYSTORE: Flag = { name: "--keystore", value: "file", about: "the wallet's encrypted key" };
export const PASSWORD: Flag = {
  name: "--password-file",
  value: "file",
  about: "the wallet's password: the first line of a file that nobody else can read",
};
/** Of a verb that reads. */
export const LOOK = [URL, DEPLOYMENT] as const;
/** Of a verb that signs. */
export const SIGNED = [KEYSTORE, PASSWORD, ...LOOK] as const;

/** As help shows it. */
export const WALLET = "--keystore me.json --password-file me.pw";
/** An address as help shows one: the second account of every chain for development. */
export const SOMEBODY = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const load = () => import("../money/load.ts");

export const walletCreate: Verb = {
  name: "wallet create",
  summary: "make a key and keep it encrypted",
  about:
    "The key is random and leaves the process only encrypted (Web3 Secret Storage). The password is the first line of a file " +
    "that nobody else can read; it is never taken from the environment or the command line, which others can see. A file " +
    "that is there is never written over.",
  flags: [KEYSTORE, PASSWORD],
  examples: [{ command: `srwan wallet create ${WALLET}`, about: "the file, and its address" }],
  run: async (_context, input) => (await load()).walletCreate(input),
};

export const walletShow: Verb = {
  name: "wallet show",
  summary: "the address of a wallet",
  about: "Read from the file; the password is not needed.",
  flags: [KEYSTORE],
  examples: [{ command: "srwan wallet show --keystore me.json", about: "to be given to others" }],
  run: async (_context, input) => (await load()).walletShow(input),
};

export const walletBalance: Verb = {
  name: "wallet balance",
  summary: "what an address has: in hand, in escrow, earned, votes",
  about: "All of it at one block. Any address can be looked at; nothing on a chain is secret.",
  arguments: [{ name: "address", about: "whose; without it, the wallet's", optional: true }],
  flags: [KEYSTORE, ...LOOK],
  examples: [
    { command: "srwan wallet balance --keystore me.json", about: "one's own" },
    {
      command: `srwan wallet balance ${SOMEBODY} -o json`,
      about: "another's, in units",
    },
  ],
  run: async (_context, input) => (await load()).walletBalance(input),
};

export const walletTransfer: Verb = {
  name: "wallet transfer",
  summary: "send coins to an address",
  about: "Out of one's own hands; what is in the escrow is withdrawn first.",
  arguments: [
    { name: "to", about: "the address that gets them" },
    { name: "amount", about: "coins: 5 or 12.5" },
  ],
  flags: SIGNED,
  examples: [{ command: `srwan wallet transfer ${SOMEBODY} 12.5 ${WALLET}`, about: "12.5 SEG" }],
  run: async (_context, input) => (await load()).walletTransfer(input),
};

export const escrowDeposit: Verb = {
  name: "escrow deposit",
  summary: "put coins into the escrow, to pay out of it",
  about:
    "In one transaction: a signature stands for the allowance. They are then free money, which only you can bind or thaw. " +
    "Batches take nothing of it until you name a cap of an epoch.",
  arguments: [{ name: "amount", about: "coins: 5 or 12.5" }],
  flags: [
    { name: "--cap", value: "amount", about: "the most that batches may take of you in one epoch, from now on" },
    { name: "--for", value: "address", about: "into another's account" },
    ...SIGNED,
  ],
  examples: [{ command: `srwan escrow deposit 100 --cap 5 ${WALLET}`, about: "and up to 5 SEG an epoch for traffic" }],
  run: async (_context, input) => (await load()).escrowDeposit(input),
};

export const escrowWithdraw: Verb = {
  name: "escrow withdraw",
  summary: "take coins out of the escrow",
  about:
    "Free money thaws first, for five epochs and a grace, so that bills on their way are paid: with an amount the thaw " +
    "begins, without one what has thawed is paid out. Earnings go out at once with --earned.",
  arguments: [{ name: "amount", about: "coins; without it, all that is ready", optional: true }],
  flags: [
    { name: "--earned", about: "earnings in place of free money" },
    { name: "--to", value: "address", about: "to this address (default the wallet's own)" },
    { name: "--stop", about: "what thaws is free again" },
    ...SIGNED,
  ],
  examples: [
    { command: `srwan escrow withdraw 50 ${WALLET}`, about: "50 SEG begin to thaw" },
    { command: `srwan escrow withdraw ${WALLET}`, about: "and later they are paid out" },
    { command: `srwan escrow withdraw --earned ${WALLET}`, about: "everything that was earned" },
  ],
  run: async (_context, input) => (await load()).escrowWithdraw(input),
};

export const escrowStatus: Verb = {
  name: "escrow status",
  summary: "what an address has in the escrow, and what of it thaws",
  about: "The same as `srwan wallet balance`.",
  arguments: [{ name: "address", about: "whose; without it, the wallet's", optional: true }],
  flags: [KEYSTORE, ...LOOK],
  examples: [{ command: "srwan escrow status --keystore me.json", about: "one's own" }],
  run: async (_context, input) => (await load()).walletBalance(input),
};

export const escrowRegister: Verb = {
  name: "escrow register",
  summary: "be somebody whom batches may pay",
  about:
    "Once, by each provider. It counts from the epoch after next, so that consumers see a new name before it is paid.",
  flags: SIGNED,
  examples: [{ command: `srwan escrow register ${WALLET}`, about: "before the first traffic" }],
  run: async (_context, input) => (await load()).escrowRegister(input),
};
