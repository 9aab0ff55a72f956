// Everything an address has with us, read at one block.

import { type Provider, Signature, type Wallet } from "ethers";
import type { Hex } from "../typed.ts";
import { attach, type Contracts, read, send } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { chainError } from "./refusal.ts";

export type Account = {
  readonly address: Hex;
  /** Coins in its own hands. */
  readonly coins: bigint;
  /** The chain's own coin, which pays for gas, in its smallest unit. */
  readonly gas: bigint;
  readonly free: bigint;
  readonly cap: bigint;
  readonly thawing: bigint;
  /** Zero where nothing thaws. */
  readonly thawReadyAt: bigint;
  readonly earned: bigint;
  /** The epoch from which batches may pay it; zero where it is not registered. */
  readonly paidFromEpoch: bigint;
  readonly votes: bigint;
  /** Whom it votes for; undefined where for nobody. */
  readonly votesFor: Hex | undefined;
  readonly nowSeconds: bigint;
};

const NOBODY = `0x${"00".repeat(20)}`;

export async function readAccount(provider: Provider, deployment: Deployment, address: Hex): Promise<Account> {
  const contracts = attach(deployment, provider);
  const block = await provider.getBlock("latest").catch((error) => {
    throw chainError("asking the chain where it stands", error);
  });
  const at = { blockTag: block?.number ?? "latest" };
  const ask = <T = bigint>(name: "SegmentCoin" | "Escrow", method: string) =>
    read<T>(contracts, name, method, address, at);
  const [coins, gas, account, thaw, earner, votes, votesFor, epoch] = await Promise.all([
    ask("SegmentCoin", "balanceOf"),
    provider.getBalance(address, at.blockTag).catch((error) => {
      throw chainError("asking for a balance", error);
    }),
    ask<{ free: bigint }>("Escrow", "accounts"),
    ask<{ amount: bigint; readyAt: bigint }>("Escrow", "thaws"),
    ask<{ earned: bigint; activeFrom: bigint }>("Escrow", "earners"),
    ask("SegmentCoin", "getVotes"),
    ask<Hex>("SegmentCoin", "delegates"),
    read(contracts, "Escrow", "epoch", at),
  ]);
  return {
    address,
    coins,
    gas,
    free: account.free,
    cap: await read(contracts, "Escrow", "capAt", address, epoch, at),
    thawing: thaw.amount,
    thawReadyAt: thaw.amount === 0n ? 0n : thaw.readyAt,
    earned: earner.earned,
    paidFromEpoch: earner.activeFrom,
    votes,
    votesFor: votesFor === NOBODY ? undefined : votesFor,
    nowSeconds: BigInt(block?.timestamp ?? 0),
  };
}

const PERMIT = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** Coins of the signer become free money of the consumer, in one transaction: a signature stands for the allowance. */
export async function deposit(
  contracts: Contracts,
  deployment: Deployment,
  signer: Wallet,
  consumer: Hex,
  amount: bigint,
  deadline: bigint,
) {
  const { SegmentCoin, Escrow } = deployment.contracts;
  const nonce = await read(contracts, "SegmentCoin", "nonces", signer.address);
  const domain = {
    name: "SegmentCoin",
    version: "1",
    chainId: BigInt(deployment.chainId),
    verifyingContract: SegmentCoin.address,
  };
  const message = { owner: signer.address, spender: Escrow.address, value: amount, nonce, deadline };
  const { v, r, s } = Signature.from(await signer.signTypedData(domain, PERMIT, message));
  return send(contracts, "Escrow", "depositWithPermit", consumer, amount, deadline, v, r, s);
}
