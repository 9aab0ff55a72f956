// The contracts of a deployment as calls, with refusals told in our words.

import { Contract, type ContractRunner, type TransactionReceipt } from "ethers";
import type { Message } from "../typed.ts";
import { ARTIFACTS, CONTRACT_NAMES, type ContractName } from "./artifacts.ts";
import type { Deployment } from "./deployment.ts";
import { mined } from "./mined.ts";
import { chainError } from "./refusal.ts";
import type { Seal } from "./sign.ts";

export type Contracts = Readonly<Record<ContractName, Contract>>;

/** The contracts where a deployment file says they are; `runner` signs and sends, or only reads. */
export const attach = (deployment: Deployment, runner: ContractRunner): Contracts =>
  Object.fromEntries(
    CONTRACT_NAMES.map((name) => [name, new Contract(deployment.contracts[name].address, ARTIFACTS[name].abi, runner)]),
  ) as Record<ContractName, Contract>;

/** Asks a contract; nothing changes. */
export async function read<T = bigint>(contracts: Contracts, name: ContractName, method: string, ...args: unknown[]) {
  try {
    return (await contracts[name].getFunction(method).staticCall(...args)) as T;
  } catch (error) {
    throw chainError(`${name}.${method}`, error);
  }
}

/** Sends a call and waits for its block. A refusal is known before anything is sent, by the estimate of its gas. */
export async function send(
  contracts: Contracts,
  name: ContractName,
  method: string,
  ...args: unknown[]
): Promise<TransactionReceipt> {
  try {
    return await mined(`${name}.${method}`, await contracts[name].getFunction(method).send(...args));
  } catch (error) {
    throw chainError(`${name}.${method}`, error);
  }
}

/** Brings one chunk of a batch. */
export const settle = (
  contracts: Contracts,
  batch: Message<"SettlementBatch">,
  debits: string,
  credits: string,
  seal: Seal,
): Promise<TransactionReceipt> => send(contracts, "Settlement", "settle", batch, debits, credits, seal);
