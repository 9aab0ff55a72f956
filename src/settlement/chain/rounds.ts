// Rounds of dividends as one address sees them: what a round pays, whom, and what of it is this address's own.

import type { Provider } from "ethers";
import type { Hex } from "../typed.ts";
import { attach, type Contracts, read } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";

export const ROUND_STATES = ["runs", "naming", "to draw", "drawn", "over"] as const;
export type RoundState = (typeof ROUND_STATES)[number];

export type Round = {
  readonly round: bigint;
  readonly state: RoundState;
  /** The second in which the state ends. */
  readonly stateEnds: bigint;
  readonly pot: bigint;
  readonly top: readonly { readonly wallet: Hex; readonly votes: bigint }[];
  /** What the address could claim now, as a voter and as a wallet; zero where nothing, or where it has had it. */
  readonly asVoter: bigint;
  readonly asWallet: bigint;
  /** The place of the list to claim with. */
  readonly voterPlace: number | undefined;
  readonly walletPlace: number | undefined;
};

const CLAIM_ROUNDS = 8n;

/** The latest rounds first: the running one and those that can still be claimed. */
export async function readRounds(
  provider: Provider,
  deployment: Deployment,
  address: Hex | undefined,
  nowSeconds: bigint,
): Promise<Round[]> {
  const contracts = attach(deployment, provider);
  const length = BigInt(deployment.parameters.roundSeconds);
  const current = nowSeconds / length;
  const numbers = Array.from({ length: Number(CLAIM_ROUNDS) + 1 }, (_, i) => current - BigInt(i)).filter(
    (n) => n >= 0n,
  );
  return Promise.all(numbers.map((round) => readRound(contracts, round, length, address, nowSeconds)));
}

async function readRound(
  contracts: Contracts,
  round: bigint,
  length: bigint,
  address: Hex | undefined,
  nowSeconds: bigint,
): Promise<Round> {
  const end = (round + 1n) * length;
  const named = end + length / 4n;
  const over = (round + 1n + CLAIM_ROUNDS) * length;
  const { pot, drawn } = await read<{ pot: bigint; drawn: boolean }>(contracts, "DividendPool", "rounds", round);
  const [wallets, weights] = await read<[Hex[], bigint[]]>(contracts, "DividendPool", "top", round);
  // The library's own kind of list makes lists of its kind, with a first entry that was never there.
  const top = [...wallets].flatMap((wallet, i) =>
    (weights[i] ?? 0n) > 0n ? [{ wallet, votes: weights[i] ?? 0n }] : [],
  );
  const [state, stateEnds]: [RoundState, bigint] =
    nowSeconds < end
      ? ["runs", end]
      : nowSeconds < named
        ? ["naming", named]
        : drawn
          ? ["drawn", over]
          : ["to draw", over];
  const head = { round, state: nowSeconds >= over ? ("over" as const) : state, stateEnds, pot, top };
  const nothing = { asVoter: 0n, asWallet: 0n, voterPlace: undefined, walletPlace: undefined };
  if (address === undefined || head.state !== "drawn") return { ...head, ...nothing };
  const places = top.map((_, place) => place);
  const [voter, wallet] = await Promise.all([
    best(places.map((place) => tried(contracts, "claim", round, place, address))),
    best(
      places
        .filter((place) => top[place]?.wallet === address)
        .map((place) => tried(contracts, "claimAsWallet", round, place, address)),
    ),
  ]);
  return {
    ...head,
    asVoter: voter.amount,
    voterPlace: voter.place,
    asWallet: wallet.amount,
    walletPlace: wallet.place,
  };
}

type Tried = { readonly place: number | undefined; readonly amount: bigint };

/** What a claim would pay; a refusal is nothing, and no answer is an error. */
async function tried(contracts: Contracts, method: string, round: bigint, place: number, from: Hex): Promise<Tried> {
  try {
    return { place, amount: await read(contracts, "DividendPool", method, round, place, { from }) };
  } catch (error) {
    if ((error as { code?: string }).code === "CHAIN_REFUSED") return { place: undefined, amount: 0n };
    throw error;
  }
}

const best = async (all: readonly Promise<Tried>[]): Promise<Tried> =>
  (await Promise.all(all)).reduce((a, b) => (b.amount > a.amount ? b : a), { place: undefined, amount: 0n });
