// Whether a deployment stands as its file says: the chain, the code at each address, and what the contracts hold.

import { keccak256, type Provider } from "ethers";
import { CONTRACT_NAMES, type ContractName } from "./artifacts.ts";
import { attach, read } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { chainError } from "./refusal.ts";

export type ContractState = "as deployed" | "other code" | "nothing there";

export type ChainStatus = {
  readonly chainId: number;
  readonly block: number;
  readonly blockSeconds: number;
  /** False where the file is of another chain. */
  readonly chainFits: boolean;
  readonly contracts: readonly {
    readonly name: ContractName;
    readonly address: string;
    readonly state: ContractState;
  }[];
  /** Only of a deployment that stands. */
  readonly money?: {
    readonly epoch: bigint;
    readonly lastSettledEpoch: bigint;
    readonly inEscrow: bigint;
    readonly validatorsPool: bigint;
    readonly dividendsPool: bigint;
    readonly staked: bigint;
    readonly seats: bigint;
  };
};

export async function chainStatus(provider: Provider, deployment: Deployment): Promise<ChainStatus> {
  const [network, block] = await Promise.all([provider.getNetwork(), provider.getBlock("latest")]).catch((error) => {
    throw chainError("asking the chain where it stands", error);
  });
  const chainId = Number(network.chainId);
  const contracts = await Promise.all(
    CONTRACT_NAMES.map(async (name) => {
      const { address, codeHash } = deployment.contracts[name];
      return { name, address, state: stateOf(await provider.getCode(address), codeHash) };
    }),
  );
  const chainFits = chainId === deployment.chainId;
  const head = { chainId, block: block?.number ?? 0, blockSeconds: block?.timestamp ?? 0, chainFits, contracts };
  const stands = chainFits && contracts.every(({ state }) => state === "as deployed");
  return stands ? { ...head, money: await money(provider, deployment) } : head;
}

const stateOf = (code: string, codeHash: string): ContractState =>
  code === "0x" ? "nothing there" : keccak256(code) === codeHash ? "as deployed" : "other code";

async function money(provider: Provider, deployment: Deployment): Promise<NonNullable<ChainStatus["money"]>> {
  const contracts = attach(deployment, provider);
  const { Escrow, ValidatorSet, DividendPool } = deployment.contracts;
  const [epoch, lastSettledEpoch, inEscrow, validatorsPool, dividendsPool, staked, seats] = await Promise.all([
    read(contracts, "Escrow", "epoch"),
    read(contracts, "Settlement", "lastEpoch"),
    read(contracts, "SegmentCoin", "balanceOf", Escrow.address),
    read(contracts, "Escrow", "pools", ValidatorSet.address),
    read(contracts, "Escrow", "pools", DividendPool.address),
    read(contracts, "ValidatorSet", "seatedStake"),
    read(contracts, "ValidatorSet", "seats"),
  ]);
  return { epoch, lastSettledEpoch, inEscrow, validatorsPool, dividendsPool, staked, seats };
}
