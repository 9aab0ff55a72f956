// `srwan wallet …` and `srwan escrow …` at work.

import { type Account, deposit, readAccount } from "../../settlement/chain/account.ts";
import { formatCoins } from "../../settlement/chain/coins.ts";
import { send } from "../../settlement/chain/contracts.ts";
import { addressInKeystore, createKeystore } from "../../settlement/chain/keystore.ts";
import { formatSeconds } from "../../settlement/chain/words.ts";
import { textOf, usage } from "../flags.ts";
import { paint } from "../output.ts";
import type { Input, Screen, View } from "../verb.ts";
import { addressFrom, coinsFrom, keyFlags, whose, withChain, withPurse } from "./options.ts";

const PERMIT_SECONDS = 3_600n;

export async function walletCreate({ flags }: Input): Promise<View> {
  const { keystore, passwordFile } = keyFlags(flags);
  const address = await createKeystore(keystore, passwordFile);
  return {
    data: { address, keystore },
    text: () => `${address}\nIts key is in ${keystore}, encrypted. Keep the file and its password apart, and both.`,
  };
}

export function walletShow({ flags }: Input): View {
  const keystore = textOf(flags.keystore);
  if (keystore === undefined) throw usage("--keystore is missing", "Name the wallet: --keystore FILE.");
  const address = addressInKeystore(keystore);
  return { data: { address, keystore }, text: () => address };
}

export function walletBalance(input: Input): Promise<View> {
  return withChain(input, async ({ provider, deployment }) => {
    const account = await readAccount(provider, deployment, whose(input.arguments[0], input.flags));
    return { data: account, text: (_wide, screen) => accountText(account, screen) };
  });
}

function accountText(account: Account, screen: Screen): string {
  const { nowSeconds, thawReadyAt, votesFor } = account;
  const ready = thawReadyAt <= nowSeconds ? "ready" : `ready at ${formatSeconds(thawReadyAt)}`;
  const rows: (readonly [string, string])[] = [
    ["in hand", formatCoins(account.coins)],
    ["free in escrow", formatCoins(account.free)],
    ...(account.thawing > 0n ? [["thawing", `${formatCoins(account.thawing)}, ${ready}`] as const] : []),
    ["cap of an epoch", account.cap === 0n ? "none: batches take nothing" : formatCoins(account.cap)],
    ["earned", formatCoins(account.earned)],
    ["votes held", formatCoins(account.votes)],
    ["votes for", votesFor === undefined ? "nobody" : votesFor === account.address ? "itself" : votesFor],
  ];
  const poor = account.gas === 0n ? `\n${paint("It has nothing to pay for gas with.", "warn", screen)}` : "";
  return `${account.address}\n${rows.map(([name, value]) => `  ${name.padEnd(16)}${value}`).join("\n")}${poor}`;
}

export function walletTransfer(input: Input): Promise<View> {
  const [to = "", amountText] = input.arguments;
  const [receiver, amount] = [addressFrom("TO", to), coinsFrom("AMOUNT", amountText)];
  return withPurse(input, async ({ contracts, address }) => {
    const { hash } = await send(contracts, "SegmentCoin", "transfer", receiver, amount);
    return {
      data: { from: address, to: receiver, amount, transaction: hash },
      text: () => `${formatCoins(amount)} went to ${receiver}.`,
    };
  });
}

export function escrowDeposit(input: Input): Promise<View> {
  const amount = coinsFrom("AMOUNT", input.arguments[0]);
  const cap = input.flags.cap === undefined ? undefined : coinsFrom("--cap", textOf(input.flags.cap));
  const given = textOf(input.flags.for);
  const consumer = given === undefined ? undefined : addressFrom("--for", given);
  return withPurse(input, async ({ contracts, deployment, signer, address, nowSeconds, provider }) => {
    const whom = consumer ?? address;
    const { hash } = await deposit(contracts, deployment, signer, whom, amount, nowSeconds + PERMIT_SECONDS);
    if (cap !== undefined) await send(contracts, "Escrow", "setCap", cap);
    const account = await readAccount(provider, deployment, whom);
    return {
      data: { transaction: hash, ...account },
      text: (_wide, screen) => `${formatCoins(amount)} are in the escrow.\n${accountText(account, screen)}`,
    };
  });
}

/** Free money thaws first; earnings go out at once. */
export function escrowWithdraw(input: Input): Promise<View> {
  const { flags } = input;
  const [amountText] = input.arguments;
  const amount = amountText === undefined ? undefined : coinsFrom("AMOUNT", amountText);
  const given = textOf(flags.to);
  const receiver = given === undefined ? undefined : addressFrom("--to", given);
  return withPurse(input, async ({ contracts, deployment, provider, address }) => {
    const to = receiver ?? address;
    const before = await readAccount(provider, deployment, address);
    const done = async (what: string, hash: string): Promise<View> => {
      const account = await readAccount(provider, deployment, address);
      return {
        data: { transaction: hash, did: what, ...account },
        text: (_wide, screen) => `${what}\n${accountText(account, screen)}`,
      };
    };
    if (flags.stop === true) {
      const { hash } = await send(contracts, "Escrow", "stopThaw");
      return done(`${formatCoins(before.thawing)} are free again.`, hash);
    }
    if (flags.earned === true) {
      const { hash } = await send(contracts, "Escrow", "withdraw", to, amount ?? before.earned);
      return done(`${formatCoins(amount ?? before.earned)} of earnings went to ${to}.`, hash);
    }
    if (amount !== undefined) {
      const { hash } = await send(contracts, "Escrow", "thaw", amount);
      return done(`${formatCoins(amount)} began to thaw; run it again without an amount when they are ready.`, hash);
    }
    if (before.thawing === 0n) {
      throw usage(`nothing of ${address} thaws`, "Give the amount that is to thaw, or --earned for earnings.");
    }
    const { hash } = await send(contracts, "Escrow", "endThaw", to);
    return done(`${formatCoins(before.thawing)} went to ${to}.`, hash);
  });
}

/** Batches may pay the wallet from the epoch after next. */
export function escrowRegister(input: Input): Promise<View> {
  return withPurse(input, async ({ contracts, deployment, provider, address }) => {
    const { hash } = await send(contracts, "Escrow", "register");
    const { paidFromEpoch } = await readAccount(provider, deployment, address);
    return {
      data: { transaction: hash, address, paidFromEpoch },
      text: () => `${address} may be paid from epoch ${paidFromEpoch} on.`,
    };
  });
}
