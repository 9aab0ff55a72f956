// Sends what the journal wants sent. A transaction is signed and written down before it leaves; what became of it is asked of
// the chain and never guessed from an error; what a reorganisation dropped is sent again, the same octets, which a chain can
// take only once. One that stays where it is for too long is replaced by the same call under the same number for a higher fee:
// the chain takes one of the two, whichever, and both are looked for.

import { Transaction, type Wallet } from "ethers";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { chainError } from "../chain/refusal.ts";
import { changeSend, nextNonce, type Send, sendsIn, UNSENT } from "../store/sends.ts";
import type { SettlementStore } from "../store/store.ts";
import { type Task, withTask } from "../store/tasks.ts";
import type { ChainView, Head } from "./chain-view.ts";
import { type Fees, higherFees } from "./fees.ts";

/** Room for what changes between the estimate and the block. */
const GAS_ROOM_PERCENT = 125n;
/** What one transaction may take (EIP-7825). */
const GAS_MAX = 16_777_216n;

const feeFields = ({ most, tip }: Fees) => ({ type: 2, maxFeePerGas: most, maxPriorityFeePerGas: tip });

export class Outbox {
  readonly #store: SettlementStore;
  readonly #chain: ChainView;
  readonly #wallet: Wallet;
  readonly #worker: string;
  readonly #log: Logger;
  readonly #stuckMs: number;

  constructor(parts: {
    readonly store: SettlementStore;
    readonly chain: ChainView;
    readonly wallet: Wallet;
    readonly worker: string;
    readonly log: Logger;
    /** What is in no block for so long gets a higher fee. */
    readonly stuckMs?: number;
  }) {
    this.#store = parts.store;
    this.#chain = parts.chain;
    this.#wallet = parts.wallet;
    this.#worker = parts.worker;
    this.#log = parts.log;
    this.#stuckMs = parts.stuckMs ?? LIMITS.sendStuckMs;
  }

  get account(): string {
    return this.#wallet.address.toLowerCase();
  }

  /** Looks after everything that is on its way, then sends what is wanted; nothing where another worker does it. */
  async step(head: Head): Promise<void> {
    await withTask(this.#store, `sends ${this.account}`, this.#worker, async (task) => {
      const underWay = await sendsIn(this.#store, this.account, ["sent", "mined"]);
      for (const send of underWay) await this.#look(task, send, head);
      const wanted = await sendsIn(this.#store, this.account, ["wanted"]);
      for (const send of wanted.slice(0, Math.max(0, LIMITS.sendsUnderWayMax - underWay.length))) {
        await this.#give(task, send);
      }
    });
  }

  async #look(task: Task, send: Send, head: Head): Promise<void> {
    const { key, nonce = 0 } = send;
    const found = await this.#receipt(send);
    if (found !== undefined) {
      const { block, good } = found;
      const state = block > head.final ? "mined" : good ? "done" : "reverted";
      if (state !== send.state || block !== send.block) await changeSend(this.#store, task, key, { state, block });
      return;
    }
    // Of a block that was there before any of them was asked for: what has the number by then is none of them.
    if ((await this.#count(head.final)) > nonce) {
      this.#log.warn("a number was taken by a transaction that is not ours", { key, nonce });
      await changeSend(this.#store, task, key, { state: "wanted", ...UNSENT });
      return;
    }
    if (send.state === "mined") {
      this.#log.warn("a block went away; its transaction is sent again", { key, block: send.block });
      await changeSend(this.#store, task, key, { state: "sent", block: null });
    }
    const raw = (await this.#replacement(task, send)) ?? send.raw ?? "";
    await this.#broadcast(key, raw);
  }

  /** Of whichever the chain took. */
  async #receipt({ key, hash = "", earlier }: Send): Promise<{ block: number; good: boolean } | undefined> {
    for (const one of [hash, ...earlier]) {
      const receipt = await this.#chain.provider.getTransactionReceipt(one).catch((error) => {
        throw chainError(`asking what became of ${key}`, error);
      });
      if (receipt !== null) return { block: receipt.blockNumber, good: receipt.status === 1 };
    }
    return undefined;
  }

  async #count(block: number | "latest"): Promise<number> {
    return this.#chain.provider.getTransactionCount(this.account, block).catch((error) => {
      throw chainError("asking the chain for an account's number", error);
    });
  }

  /** The same call under the same number for more, where it is this one that all others wait for; written down first. */
  async #replacement(task: Task, send: Send): Promise<string | undefined> {
    const { key, raw, nonce, hash, earlier } = send;
    if (raw === undefined || send.state !== "sent" || this.#store.hereMs() - send.atMs < this.#stuckMs)
      return undefined;
    if ((await this.#count("latest")) !== nonce) return undefined;
    const { maxFeePerGas, maxPriorityFeePerGas, to, data, gasLimit, chainId } = Transaction.from(raw);
    const fees = higherFees(
      { most: maxFeePerGas ?? 0n, tip: maxPriorityFeePerGas ?? 0n },
      await this.#fees(),
      earlier.length,
    );
    if (fees === undefined) return undefined;
    const more = { to, data, gasLimit, chainId, nonce, ...feeFields(fees) };
    const again = await this.#wallet.signTransaction(more);
    const change = { raw: again, hash: Transaction.from(again).hash, earlier: [...earlier, hash].join(" ") };
    await changeSend(this.#store, task, key, change);
    this.#log.warn("in no block yet; sent again for a higher fee", { key, nonce, most: `${fees.most}` });
    return again;
  }

  async #fees(): Promise<Fees> {
    const fees = await this.#chain.provider.getFeeData().catch((error) => {
      throw chainError("asking the chain for its fees", error);
    });
    return { most: fees.maxFeePerGas ?? fees.gasPrice ?? 0n, tip: fees.maxPriorityFeePerGas ?? 0n };
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
    const [fees, count] = await Promise.all([this.#fees(), this.#count("latest")]);
    const nonce = Math.max(count, await nextNonce(this.#store, this.account));
    const raw = await this.#wallet.signTransaction({
      to: target,
      data,
      nonce,
      chainId: this.#chain.deployment.chainId,
      gasLimit: room < GAS_MAX ? room : GAS_MAX,
      ...feeFields(fees),
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
