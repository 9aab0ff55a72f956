// Sends what the journal wants sent. A transaction is signed and written down before it leaves; what became of it is asked of
// the chain and never guessed from an error; what a reorganisation dropped is sent again, the same octets, which a chain can
// take only once.

import { Transaction, type Wallet } from "ethers";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { chainError } from "../chain/refusal.ts";
import { changeSend, nextNonce, type Send, sendsIn } from "../store/sends.ts";
import type { SettlementStore } from "../store/store.ts";
import { giveTask, type Task, takeTask } from "../store/tasks.ts";
import type { ChainView, Head } from "./chain-view.ts";

/** Room for what changes between the estimate and the block. */
const GAS_ROOM_PERCENT = 125n;
/** What one transaction may take (EIP-7825). */
const GAS_MAX = 16_777_216n;

export class Outbox {
  readonly #store: SettlementStore;
  readonly #chain: ChainView;
  readonly #wallet: Wallet;
  readonly #worker: string;
  readonly #log: Logger;

  constructor(parts: {
    readonly store: SettlementStore;
    readonly chain: ChainView;
    readonly wallet: Wallet;
    readonly worker: string;
    readonly log: Logger;
  }) {
    this.#store = parts.store;
    this.#chain = parts.chain;
    this.#wallet = parts.wallet;
    this.#worker = parts.worker;
    this.#log = parts.log;
  }

  get account(): string {
    return this.#wallet.address.toLowerCase();
  }

  /** Looks after everything that is on its way, then sends what is wanted; nothing where another worker does it. */
  async step(head: Head): Promise<void> {
    const task = await takeTask(this.#store, `sends ${this.account}`, this.#worker, LIMITS.taskHoldMs);
    if (task === undefined) return;
    try {
      const underWay = await sendsIn(this.#store, this.account, ["sent", "mined"]);
      for (const send of underWay) await this.#look(task, send, head);
      const wanted = await sendsIn(this.#store, this.account, ["wanted"]);
      for (const send of wanted.slice(0, Math.max(0, LIMITS.sendsUnderWayMax - underWay.length))) {
        await this.#give(task, send);
      }
    } finally {
      await giveTask(this.#store, task);
    }
  }

  async #look(task: Task, send: Send, head: Head): Promise<void> {
    const { provider } = this.#chain;
    const { key, hash = "", raw = "", nonce = 0 } = send;
    const receipt = await provider.getTransactionReceipt(hash).catch((error) => {
      throw chainError(`asking what became of ${key}`, error);
    });
    if (receipt !== null) {
      const { blockNumber: block, status } = receipt;
      const state = block > head.final ? "mined" : status === 1 ? "done" : "reverted";
      if (state !== send.state || block !== send.block) await changeSend(this.#store, task, key, { state, block });
      return;
    }
    const used = await provider.getTransactionCount(this.account, head.final).catch((error) => {
      throw chainError("asking the chain for an account's number", error);
    });
    if (used > nonce) {
      // For good: another transaction of this account has the number.
      this.#log.warn("a number was taken by a transaction that is not ours", { key, nonce });
      const fresh = { state: "wanted", nonce: null, raw: null, hash: null, block: null } as const;
      await changeSend(this.#store, task, key, fresh);
      return;
    }
    if (send.state === "mined") {
      this.#log.warn("a block went away; its transaction is sent again", { key, block: send.block });
      await changeSend(this.#store, task, key, { state: "sent", block: null });
    }
    await this.#broadcast(key, raw);
  }

  async #give(task: Task, { key, target, data }: Send): Promise<void> {
    const { provider } = this.#chain;
    const call = { from: this.#wallet.address, to: target, data };
    let gas: bigint;
    try {
      gas = await provider.estimateGas(call);
    } catch (error) {
      const known = chainError(key, error);
      if (known.code !== "CHAIN_REFUSED") throw known;
      await changeSend(this.#store, task, key, { state: "refused", why: known.message });
      return;
    }
    const room = (gas * GAS_ROOM_PERCENT) / 100n;
    const [fees, count] = await Promise.all([
      provider.getFeeData(),
      provider.getTransactionCount(this.account, "latest"),
    ]).catch((error) => {
      throw chainError("asking the chain for its fees", error);
    });
    const nonce = Math.max(count, await nextNonce(this.#store, this.account));
    const raw = await this.#wallet.signTransaction({
      to: target,
      data,
      nonce,
      type: 2,
      chainId: this.#chain.deployment.chainId,
      gasLimit: room < GAS_MAX ? room : GAS_MAX,
      maxFeePerGas: fees.maxFeePerGas ?? fees.gasPrice ?? 0n,
      maxPriorityFeePerGas: fees.maxPriorityFeePerGas ?? 0n,
    });
    const hash = Transaction.from(raw).hash;
    await changeSend(this.#store, task, key, { state: "sent", nonce, raw, hash });
    await this.#broadcast(key, raw);
  }

  /** An error says nothing: it is known already, or it did not arrive, and the next look sends it again. */
  async #broadcast(key: string, raw: string): Promise<void> {
    try {
      await this.#chain.provider.send("eth_sendRawTransaction", [raw]);
    } catch (error) {
      this.#log.debug("no word about a transaction", { key, why: (error as Error).message.slice(0, 200) });
    }
  }
}
