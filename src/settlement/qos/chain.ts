// An order as the chain has it, at its last block and some blocks before, and calls that are sent. A call that was sent is
// no answer: the next look at the chain is.

import { type Contract, isError, type Provider } from "ethers";
import { LIMITS } from "../../base/limits.ts";
import { attach, type Contracts, read } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { KeyedSigner } from "../chain/keystore.ts";
import { mined } from "../chain/mined.ts";
import { chainError } from "../chain/refusal.ts";
import type { Hex } from "../typed.ts";
import { type OnChain, ORDER_STATES } from "./decide.ts";

export type Sight = {
  readonly latest: OnChain;
  readonly deep: OnChain & { readonly seconds: bigint };
  /** Of the last block. */
  readonly seconds: bigint;
};

type Order = { readonly state: bigint; readonly held: bigint };

export class OrderChain {
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  readonly #confirmations: number;

  constructor(provider: Provider, deployment: Deployment, confirmations: number) {
    this.provider = provider;
    this.deployment = deployment;
    this.contracts = attach(deployment, provider);
    this.#confirmations = confirmations;
  }

  get graceSeconds(): bigint {
    return BigInt(this.deployment.parameters.graceSeconds);
  }

  async look(orderId: Hex): Promise<Sight> {
    const latest = await this.#block("latest");
    const deep = await this.#block(Math.max(0, latest.number - this.#confirmations));
    return {
      latest: await this.#orderAt(orderId, latest.number),
      deep: { ...(await this.#orderAt(orderId, deep.number)), seconds: deep.seconds },
      seconds: latest.seconds,
    };
  }

  async #block(tag: number | "latest"): Promise<{ number: number; seconds: bigint }> {
    const block = await this.provider.getBlock(tag).catch((error) => {
      throw chainError("asking the chain where it stands", error);
    });
    // Between two questions a block may be gone.
    if (block === null) throw chainError("asking the chain where it stands", new Error(`no block ${tag}`));
    return { number: block.number, seconds: BigInt(block.timestamp) };
  }

  async #orderAt(orderId: Hex, blockTag: number): Promise<OnChain> {
    try {
      const order: Order = await this.contracts.QosEscrow.getFunction("orders").staticCall(orderId, { blockTag });
      return { state: ORDER_STATES[Number(order.state)] ?? "None", held: order.held };
    } catch (error) {
      // Before the contracts were there.
      if (isError(error, "BAD_DATA") && error.value === "0x") return { state: "None", held: 0n };
      throw chainError("QosEscrow.orders", error);
    }
  }

  /** Of this block, as the contracts count. */
  epoch = (): Promise<bigint> => read(this.contracts, "Escrow", "epoch");

  /** Sends, and waits for the block. Whatever is thrown, the chain may have taken it. */
  async send(payer: KeyedSigner, method: string, ...args: unknown[]): Promise<void> {
    const contract = this.contracts.QosEscrow.connect(payer) as Contract;
    try {
      await mined(`QosEscrow.${method}`, await contract.getFunction(method).send(...args), LIMITS.chainAnswerMs);
    } catch (error) {
      throw chainError(`QosEscrow.${method}`, error);
    }
  }
}
