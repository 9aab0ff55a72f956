// Random calls from a seed against a deployment: a contract of the tests makes them, many a transaction, and looks after
// each at what must hold. Time passes between transactions.

import { computeAddress, Interface, type InterfaceAbi, toBeHex } from "ethers";
import type { Compiled } from "../../scripts/solidity.ts";
import { COIN } from "../../src/settlement/chain/parameters.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { type Artifacts, PARAMETERS, Refused, World } from "./world.ts";

export type Block = { readonly gapSeconds: number; readonly seed: bigint };

/** Each is counted by the handler; every one of them must succeed somewhere, or the checks said nothing about it. */
export const CALLS = [
  "deposit,setCap,thaw,stopThaw,endThaw,register,setThreshold,withdraw,payOut,donate,paySubsidy,transfer",
  "settle,escape,challenge,answer,uphold,registerRouter,openOrder,acceptOrder,failOrder,timeOutOrder,endOrder,endEarly",
  "buy,cancel,pay,void,voidFailed,join,addStake,stepDown,unbond,claimReward,doubleSign",
  "delegate,nominate,draw,claim,close",
].flatMap((line) => line.split(","));

const SYSTEM = [
  "SegmentCoin",
  "Escrow",
  "FeeSplitter",
  "ValidatorSet",
  "DividendPool",
  "Settlement",
  "QosEscrow",
  "Ditex",
] as const;

/** Secrets are 1, 2, 3 …: the handler makes signatures itself. */
const KEYS = Array.from({ length: 100 }, (_, i) => computeAddress(toBeHex(i + 1, 32)));
const MUCH_GAS = "0x40000000";

export class Campaign {
  readonly world: World;
  readonly #handler: Hex;
  readonly #interface: Interface;

  private constructor(world: World, handler: Hex, abi: Interface) {
    this.world = world;
    this.#handler = handler;
    this.#interface = abi;
  }

  static async start(compiled: Compiled, artifacts?: Artifacts): Promise<Campaign> {
    const world = await World.start(PARAMETERS, artifacts, false);
    const abi = new Interface(compiled.abi as InterfaceAbi);
    const given = abi.encodeDeploy([SYSTEM.map((name) => world.at(name)), KEYS]);
    const data = compiled.bytecode + given.slice(2);
    const receipt = await world.provider.send("eth_sendTransactionSync", [
      { from: world.deployer, data, gas: MUCH_GAS, gasPrice: "0x0" },
    ]);
    const campaign = new Campaign(world, receipt.contractAddress, abi);
    await world.send(world.deployer, "SegmentCoin", "transfer", receipt.contractAddress, 1_000_000n * COIN);
    await campaign.#call("begin", [100_000n * COIN]);
    return campaign;
  }

  /** Throws what the handler saw broken. */
  async run(blocks: readonly Block[], calls: number): Promise<void> {
    for (const { gapSeconds, seed } of blocks) {
      await this.world.wait(gapSeconds);
      await this.#call("run", [seed, calls]);
    }
  }

  /** Everybody gets out with everything, with nobody's help; the chain is as before afterwards. */
  async everybodyLeaves(): Promise<bigint> {
    const back = await this.world.snapshot();
    await this.#call("exitBegin", []);
    const { epochSeconds, graceSeconds } = PARAMETERS;
    await this.world.warp(5 * epochSeconds + graceSeconds);
    const taken = await this.#ask("exitEnd", []);
    await back();
    return taken;
  }

  /** How often each call succeeded. */
  async done(): Promise<Map<string, bigint>> {
    const times = await this.#ask<readonly bigint[]>("done", [CALLS]);
    return new Map(CALLS.map((what, i) => [what, times[i] ?? 0n]));
  }

  async #ask<T = bigint>(method: string, args: readonly unknown[]): Promise<T> {
    const data = this.#interface.encodeFunctionData(method, args);
    const call = { from: this.world.deployer, to: this.#handler, data, gas: MUCH_GAS };
    const result = await this.world.provider.send("eth_call", [call, "latest"]);
    return this.#interface.decodeFunctionResult(method, result)[0];
  }

  async #call(method: string, args: readonly unknown[]): Promise<void> {
    const data = this.#interface.encodeFunctionData(method, args);
    const call = { from: this.world.deployer, to: this.#handler, data, gas: MUCH_GAS };
    const sent = await this.world.provider.send("eth_sendTransactionSync", [{ ...call, gasPrice: "0x0" }]);
    this.world.passed(1);
    if (sent.status === "0x1") return;
    const before = toBeHex(Number(sent.blockNumber) - 1);
    const time = { time: toBeHex(this.world.seconds) };
    try {
      await this.world.provider.send("eth_call", [call, before, {}, time]);
    } catch (error) {
      const data = (error as { data?: string }).data;
      const found = data ? this.#interface.parseError(data) : null;
      throw new Refused(undefined, found ? `${found.name}: ${found.args[0]}` : (error as Error).message);
    }
    throw new Error(`${method} failed in its block and not again`);
  }
}
