// Puts the contracts on a chain. They name each other in their constructors and can never be changed after, so their
// addresses are worked out first, from the deployer's next numbers.

import { ContractFactory, getCreateAddress, keccak256, type Provider, type Signer } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import type { Hex } from "../typed.ts";
import { ARTIFACTS, type Artifact, CONTRACT_NAMES, type ContractName } from "./artifacts.ts";
import { attach, send } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { mined } from "./mined.ts";
import type { ChainParameters } from "./parameters.ts";
import { chainError } from "./refusal.ts";

/** In this order, so that each finds what it calls when it is made. */
export const DEPLOY_ORDER = [
  "SegmentCoin",
  "Escrow",
  "FeeSplitter",
  "ValidatorSet",
  "DividendPool",
  "Settlement",
  "QosEscrow",
  "Ditex",
] as const satisfies readonly ContractName[];

type Addresses = Readonly<Record<ContractName, Hex>>;
const NOBODY: Hex = `0x${"00".repeat(20)}`;

/** What each constructor is given. The vault for broken promises is a module that is not there yet. */
export function constructorArguments(at: Addresses, holder: Hex, p: ChainParameters): Record<ContractName, unknown[]> {
  const modules = { settlement: at.Settlement, qos: at.QosEscrow, ditex: at.Ditex, slaVault: NOBODY };
  const pools = [at.ValidatorSet, at.DividendPool];
  return {
    SegmentCoin: [holder],
    Escrow: [at.SegmentCoin, at.FeeSplitter, ...pools, modules, p.epochSeconds, p.graceSeconds],
    FeeSplitter: [at.SegmentCoin, at.Escrow, ...pools, p.feePpm, p.subsidy],
    ValidatorSet: [at.SegmentCoin, at.Escrow, at.Settlement, at.DividendPool, p.epochSeconds, p.minStake],
    DividendPool: [at.SegmentCoin, at.Escrow, p.roundSeconds],
    Settlement: [at.Escrow, at.ValidatorSet, p.epochSeconds, p.bond],
    QosEscrow: [at.Escrow, at.ValidatorSet, p.epochSeconds, p.graceSeconds],
    Ditex: [at.Escrow, at.ValidatorSet, p.epochSeconds, p.graceSeconds],
  };
}

/** Makes everything, with all coins in the deployer's hands but the subsidy, which goes where only time lets it out. */
export async function deploy(
  signer: Signer & { readonly provider: Provider },
  parameters: ChainParameters,
  artifacts: Readonly<Record<ContractName, Artifact>> = ARTIFACTS,
): Promise<Deployment> {
  const { provider } = signer;
  const holder = (await signer.getAddress()) as Hex;
  const [network, block, first] = await Promise.all([
    provider.getNetwork(),
    provider.getBlockNumber(),
    provider.getTransactionCount(holder),
  ]).catch((error) => {
    throw chainError("asking the chain where it stands", error);
  });
  const addresses = Object.fromEntries(
    DEPLOY_ORDER.map((name, i) => [name, getCreateAddress({ from: holder, nonce: first + i })]),
  ) as Addresses;
  const given = constructorArguments(addresses, holder, parameters);
  for (const [i, name] of DEPLOY_ORDER.entries()) {
    const { abi, bytecode } = artifacts[name];
    try {
      const made = await new ContractFactory(abi, bytecode, signer).deploy(...given[name], { nonce: first + i });
      const sent = made.deploymentTransaction();
      if (sent !== null) await mined(`deploying ${name}`, sent);
    } catch (error) {
      throw chainError(`deploying ${name}`, error);
    }
  }
  const contracts = await codeHashes(provider, addresses);
  const { subsidy, minStake, bond, ...plain } = parameters;
  const deployment: Deployment = {
    schema: "srwan.chain/1",
    chainId: Number(network.chainId),
    block,
    parameters: { ...plain, subsidy: String(subsidy), minStake: String(minStake), bond: String(bond) },
    contracts,
  };
  await send(attach(deployment, signer), "SegmentCoin", "transfer", addresses.FeeSplitter, subsidy);
  return deployment;
}

async function codeHashes(provider: Provider, addresses: Addresses): Promise<Deployment["contracts"]> {
  const entries = CONTRACT_NAMES.map(async (name) => {
    const address = addresses[name];
    const code = await provider.getCode(address);
    if (code === "0x") {
      throw new SrwanError("CHAIN_REFUSED", `${name} is not at ${address} after its deployment`, {
        remedy:
          "Another transaction of the same account came between. Deploy again; the parts that stand hold nothing.",
      });
    }
    return [name, { address, codeHash: keccak256(code) as Hex }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Deployment["contracts"];
}
