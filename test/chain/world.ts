// A deployment on a chain of its own, with a clock that moves when told: calls by anybody's hand, refusals by name, events.

import {
  HDNodeWallet,
  Interface,
  type InterfaceAbi,
  isError,
  type JsonRpcProvider,
  type Provider,
  type Signer,
} from "ethers";
import type { SrwanError } from "../../src/base/errors.ts";
import { type Anvil, DEV_MNEMONIC, startAnvil } from "../../src/settlement/chain/anvil.ts";
import { ARTIFACTS, type Artifact, CONTRACT_NAMES, type ContractName } from "../../src/settlement/chain/artifacts.ts";
import { deploy } from "../../src/settlement/chain/deploy.ts";
import type { Deployment } from "../../src/settlement/chain/deployment.ts";
import { findAnvil } from "../../src/settlement/chain/find-anvil.ts";
import { type ChainParameters, COIN, DEFAULT_PARAMETERS } from "../../src/settlement/chain/parameters.ts";
import { openProvider } from "../../src/settlement/chain/provider.ts";
import { type Refusal, refusalIn } from "../../src/settlement/chain/refusal.ts";
import type { Hex } from "../../src/settlement/typed.ts";

export type Artifacts = Readonly<Record<ContractName, Artifact>>;
export type ChainEvent = {
  readonly contract: ContractName;
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
};
export type Done = { readonly gasUsed: bigint; readonly events: readonly ChainEvent[] };

/** Small numbers, so that a test can say them. */
export const PARAMETERS: ChainParameters = {
  ...DEFAULT_PARAMETERS,
  epochSeconds: 600,
  graceSeconds: 120,
  roundSeconds: 6_000,
  minStake: 1_000n * COIN,
  bond: 10n * COIN,
};

/** The first second of an epoch and of a round. */
export const GENESIS_SECONDS = 1_800_000_000;

type Log = { readonly address: Hex; readonly topics: string[]; readonly data: string };
type Receipt = { readonly status: Hex; readonly gasUsed: Hex; readonly logs: Log[] };
/** To nobody: it makes a contract. */
export type Call = { readonly from: Hex; readonly to?: Hex; readonly data: string };

/** What the chain says when it refuses; anything else is a failure of the test. */
export class Refused extends Error {
  readonly refusal: Refusal | undefined;

  constructor(refusal: Refusal | undefined, message: string) {
    super(refusal ? `${refusal.name} ${JSON.stringify(refusal.values, (_k, v) => String(v))}` : message);
    this.refusal = refusal;
  }
}

const hex = (value: number | bigint): Hex => `0x${value.toString(16)}`;

/** Why no chain can be had on this machine; undefined where one can. */
export function whyNoChain(): string | undefined {
  try {
    findAnvil();
    return undefined;
  } catch (error) {
    return (error as SrwanError).message;
  }
}

export class World {
  readonly anvil: Anvil;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly interfaces: Readonly<Record<ContractName, Interface>>;
  #seconds = GENESIS_SECONDS;

  private constructor(anvil: Anvil, provider: JsonRpcProvider, deployment: Deployment, artifacts: Artifacts) {
    this.anvil = anvil;
    this.provider = provider;
    this.deployment = deployment;
    this.interfaces = Object.fromEntries(
      CONTRACT_NAMES.map((name) => [name, new Interface(artifacts[name].abi as InterfaceAbi)]),
    ) as Record<ContractName, Interface>;
  }

  static async start(parameters = PARAMETERS, artifacts: Artifacts = ARTIFACTS, limits = true): Promise<World> {
    const anvil = await startAnvil({ port: 0, genesisSeconds: GENESIS_SECONDS, limits });
    const provider = await openProvider(anvil.url);
    // Anybody may be impersonated, and nobody pays for gas: only how much is used matters here.
    await provider.send("anvil_autoImpersonateAccount", [true]);
    await provider.send("anvil_setNextBlockBaseFeePerGas", ["0x0"]);
    await provider.send("anvil_setBlockTimestampInterval", [1]);
    const signer = (await provider.getSigner(0)) as Signer as Signer & { provider: Provider };
    const deployment = await deploy(signer, parameters, artifacts);
    const world = new World(anvil, provider, deployment, artifacts);
    await world.#readClock();
    return world;
  }

  async end(): Promise<void> {
    this.provider.destroy();
    await this.anvil.stop();
  }

  /** The second of the last block; the next one is a second later. */
  get seconds(): number {
    return this.#seconds;
  }

  get epoch(): bigint {
    return BigInt(Math.floor(this.#seconds / this.deployment.parameters.epochSeconds));
  }

  get deployer(): Hex {
    return wallet(0).address as Hex;
  }

  at(name: ContractName): Hex {
    return this.deployment.contracts[name].address;
  }

  async #readClock(): Promise<void> {
    const block = await this.provider.send("eth_getBlockByNumber", ["latest", false]);
    this.#seconds = Number(block.timestamp);
  }

  /** After somebody else made blocks. */
  look(): Promise<void> {
    return this.#readClock();
  }

  /** Moves the clock, and nothing else. */
  async warp(seconds: number): Promise<void> {
    await this.provider.send("evm_setNextBlockTimestamp", [hex(this.#seconds + seconds)]);
    await this.provider.send("evm_mine", []);
    this.#seconds += seconds;
  }

  /** As `warp`, without a block of its own: the next block comes so much later. */
  async wait(seconds: number): Promise<void> {
    await this.provider.send("evm_setNextBlockTimestamp", [hex(this.#seconds + seconds)]);
    this.#seconds += seconds - 1;
  }

  /** To the first seconds of a later epoch. */
  async toEpoch(epoch: bigint): Promise<void> {
    await this.warp(Number(epoch) * this.deployment.parameters.epochSeconds - this.#seconds);
  }

  /** Somebody else made blocks. */
  passed(seconds: number): void {
    this.#seconds += seconds;
  }

  /** The chain forgets its last blocks and goes on without their transactions. */
  async reorganise(depth: number): Promise<void> {
    await this.provider.send("anvil_reorg", [depth, []]);
    await this.#readClock();
  }

  async snapshot(): Promise<() => Promise<void>> {
    const id = await this.provider.send("evm_snapshot", []);
    return async () => {
      await this.provider.send("evm_revert", [id]);
      await this.#readClock();
    };
  }

  async read<T = bigint>(name: ContractName, method: string, ...args: unknown[]): Promise<T> {
    const result = await this.#ask({ from: this.deployer, ...this.encode(name, method, args) });
    return this.interfaces[name].decodeFunctionResult(method, result)[0] as T;
  }

  /** All that a method gives, by name. */
  async readAll(name: ContractName, method: string, ...args: unknown[]): Promise<Record<string, bigint>> {
    const result = await this.#ask({ from: this.deployer, ...this.encode(name, method, args) });
    return this.interfaces[name].decodeFunctionResult(method, result).toObject();
  }

  encode(name: ContractName, method: string, args: readonly unknown[]): { to: Hex; data: string } {
    return { to: this.at(name), data: this.interfaces[name].encodeFunctionData(method, args) };
  }

  async send(from: Hex, name: ContractName, method: string, ...args: unknown[]): Promise<Done> {
    return this.sendCall({ from, ...this.encode(name, method, args) });
  }

  /** As a transaction of its own block; a refusal is thrown and leaves no block. */
  async sendCall(call: Call): Promise<Done> {
    await this.#ask(call);
    const gas = { gas: hex(16_777_216), gasPrice: "0x0" };
    const receipt: Receipt = await this.provider.send("eth_sendTransactionSync", [{ ...call, ...gas }]);
    this.#seconds += 1;
    if (receipt.status !== "0x1") throw new Refused(undefined, `${call.data.slice(0, 10)} failed in its block`);
    return { gasUsed: BigInt(receipt.gasUsed), events: receipt.logs.flatMap((log) => this.event(log)) };
  }

  /** The name of the refusal that a call must meet. */
  async refusal(from: Hex, name: ContractName, method: string, ...args: unknown[]): Promise<string> {
    try {
      await this.#ask({ from, ...this.encode(name, method, args) });
    } catch (error) {
      if (error instanceof Refused) return error.refusal?.name ?? error.message;
      throw error;
    }
    return "it was taken";
  }

  event(log: Log): ChainEvent[] {
    const contract = CONTRACT_NAMES.find((name) => this.at(name).toLowerCase() === log.address.toLowerCase());
    const found = contract && this.interfaces[contract].parseLog(log);
    return contract && found ? [{ contract, name: found.name, values: found.args.toObject() }] : [];
  }

  /** Every event of ours since the chain began, in order. */
  async events(): Promise<ChainEvent[]> {
    const addresses = CONTRACT_NAMES.map((name) => this.at(name));
    const logs = await this.provider.send("eth_getLogs", [{ fromBlock: "0x0", toBlock: "latest", address: addresses }]);
    return (logs as Log[]).flatMap((log) => this.event(log));
  }

  async #ask(call: Call): Promise<string> {
    try {
      return await this.provider.send("eth_call", [{ ...call, gas: hex(16_777_216) }, "latest"]);
    } catch (error) {
      if (!isError(error, "CALL_EXCEPTION")) throw error;
      throw new Refused(error.data ? refusalIn(error.data) : undefined, error.reason ?? error.shortMessage);
    }
  }
}

const wallets = new Map<number, HDNodeWallet>();

/** Account `i` of the chain, whose key we know. The first is the deployer. */
export function wallet(i: number): HDNodeWallet {
  let found = wallets.get(i);
  if (found === undefined) {
    found = HDNodeWallet.fromPhrase(DEV_MNEMONIC, undefined, `m/44'/60'/0'/0/${i}`);
    wallets.set(i, found);
  }
  return found;
}

export const account = (i: number): Hex => wallet(i).address as Hex;
