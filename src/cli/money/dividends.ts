// `srwan vote` and `srwan dividends …` at work.

import { readAccount } from "../../settlement/chain/account.ts";
import { formatCoins } from "../../settlement/chain/coins.ts";
import { send } from "../../settlement/chain/contracts.ts";
import { type Round, readRounds } from "../../settlement/chain/rounds.ts";
import { formatSeconds } from "../../settlement/chain/words.ts";
import type { Hex } from "../../settlement/typed.ts";
import { textOf, wholeNumber } from "../flags.ts";
import { table } from "../output.ts";
import type { Input, View } from "../verb.ts";
import { addressFrom, type Purse, whose, withChain, withPurse } from "./options.ts";

const NOBODY = `0x${"00".repeat(20)}` as Hex;

export function vote(input: Input): Promise<View> {
  const [given = ""] = input.arguments;
  return withPurse(input, async ({ contracts, deployment, provider, address }) => {
    const wallet = given === "nobody" ? NOBODY : given === "self" ? address : addressFrom("WALLET", given);
    const { hash } = await send(contracts, "SegmentCoin", "delegate", wallet);
    const { coins } = await readAccount(provider, deployment, address);
    return {
      data: { voter: address, wallet: wallet === NOBODY ? null : wallet, weight: coins, transaction: hash },
      text: () =>
        wallet === NOBODY
          ? `${address} votes for nobody.`
          : `${address}\nvotes for ${wallet}\nwith ${formatCoins(coins)}. No coin moved.`,
    };
  });
}

export function dividendsList(input: Input): Promise<View> {
  const named = input.arguments[0] !== undefined || input.flags.keystore !== undefined;
  const address = named ? whose(input.arguments[0], input.flags) : undefined;
  return withChain(input, async ({ provider, deployment, nowSeconds }) => {
    const rounds = await readRounds(provider, deployment, address, nowSeconds);
    const shown = rounds.filter(
      ({ state, top, pot }) => state === "runs" || state === "naming" || top.length > 0 || pot > 0n,
    );
    return {
      data: shown,
      text: (wide, screen) =>
        table(
          shown,
          [
            { title: "ROUND", cell: ({ round }) => String(round), align: "right" },
            { title: "STATE", cell: ({ state }) => state },
            { title: "WALLETS", cell: ({ top }) => String(top.length), align: "right" },
            { title: "POT", cell: ({ pot }) => (pot === 0n ? "" : formatCoins(pot)), align: "right" },
            { title: "YOURS", cell: (one) => yours(one), align: "right" },
            { title: "UNTIL", cell: ({ stateEnds }) => formatSeconds(stateEnds).slice(0, 16) },
          ],
          wide,
          screen,
        ),
    };
  });
}

const yours = ({ asVoter, asWallet }: Round): string =>
  asVoter + asWallet === 0n ? "" : formatCoins(asVoter + asWallet);

/** The wallet goes on the list of the round that has just ended. */
export function dividendsName(input: Input): Promise<View> {
  const [given = "self"] = input.arguments;
  return withPurse(input, async (purse) => {
    const wallet = given === "self" ? purse.address : addressFrom("WALLET", given);
    const round = roundFrom(input, purse) ?? purse.nowSeconds / roundSeconds(purse) - 1n;
    const { hash } = await send(purse.contracts, "DividendPool", "nominate", round, wallet);
    return {
      data: { round, wallet, transaction: hash },
      text: () => `${wallet} is on the list of round ${round}.`,
    };
  });
}

const roundSeconds = ({ deployment }: Purse): bigint => BigInt(deployment.parameters.roundSeconds);

function roundFrom({ flags }: Input, _purse: Purse): bigint | undefined {
  const given = textOf(flags.round);
  return given === undefined ? undefined : BigInt(wholeNumber("--round", given, 0, Number.MAX_SAFE_INTEGER));
}

type Claim = { readonly round: bigint; readonly as: "voter" | "wallet"; readonly amount: bigint };

/** All that can be had: rounds that nobody drew yet are drawn first. */
export function dividendsClaim(input: Input): Promise<View> {
  return withPurse(input, async (purse) => {
    const only = roundFrom(input, purse);
    const rounds = async () => {
      const all = await readRounds(purse.provider, purse.deployment, purse.address, purse.nowSeconds);
      return all.filter(({ round }) => only === undefined || round === only).toReversed();
    };
    for (const { round, state, top } of await rounds()) {
      if (state === "to draw" && top.length > 0) await send(purse.contracts, "DividendPool", "draw", round);
    }
    const claimed: Claim[] = [];
    const claim = async (round: bigint, as: Claim["as"], place: number | undefined, amount: bigint): Promise<void> => {
      if (place === undefined || amount === 0n) return;
      const method = as === "voter" ? "claim" : "claimAsWallet";
      await send(purse.contracts, "DividendPool", method, round, place);
      claimed.push({ round, as, amount });
    };
    for (const one of await rounds()) {
      await claim(one.round, "voter", one.voterPlace, one.asVoter);
      await claim(one.round, "wallet", one.walletPlace, one.asWallet);
    }
    const sum = claimed.reduce((total, { amount }) => total + amount, 0n);
    const lines = claimed.map(({ round, as, amount }) => `round ${round}, as ${as}: ${formatCoins(amount)}`);
    return {
      data: { address: purse.address, claimed, sum },
      text: () =>
        claimed.length === 0
          ? "Nothing can be claimed now; `srwan dividends list` says when."
          : `${lines.join("\n")}\n${formatCoins(sum)} are earned; \`srwan escrow withdraw --earned\` takes them out.`,
    };
  });
}
