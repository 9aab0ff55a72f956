// What a validator asks a chain: how far it is, what of it is final, who may sign, and who can pay.

import type { JsonRpcProvider } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import { attach, type Contracts, read } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { chainError } from "../chain/refusal.ts";
import type { Hex, Message } from "../typed.ts";

/** A batch of an epoch may come while the running one is at most so many later; Epochs.sol says the same. */
const BATCH_EPOCHS = 2;

export type Head = { readonly number: number; readonly seconds: number; readonly final: number };

export type ValidatorSeats = {
  readonly set: bigint;
  readonly stake: bigint;
  readonly seats: ReadonlyMap<string, { readonly seat: number; readonly stake: bigint }>;
};

export type Progress = { readonly next: number; readonly chunks: number; readonly ticketsRoot: string };

export class ChainView {
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  readonly #finalityBlocks: number;

  constructor(provider: JsonRpcProvider, deployment: Deployment, finalityBlocks: number) {
    this.provider = provider;
    this.deployment = deployment;
    this.contracts = attach(deployment, provider);
    this.#finalityBlocks = finalityBlocks;
  }

  get epochSeconds(): number {
    return this.deployment.parameters.epochSeconds;
  }

  async head(): Promise<Head> {
    try {
      const block = await this.provider.getBlock("latest");
      if (block === null) throw new Error("it has no block");
      const final = Math.max(0, block.number - this.#finalityBlocks);
      return { number: block.number, seconds: block.timestamp, final };
    } catch (error) {
      throw chainError("asking the chain where it stands", error);
    }
  }

  epochAt = (seconds: number): number => Math.floor(seconds / this.epochSeconds);

  /** Whether no batch of an epoch can come any more. */
  isOver = (epoch: number, running: number): boolean => running > epoch + BATCH_EPOCHS;

  /** The first epoch whose end no block can change any more is one past the last of these. */
  async finalEpoch(head: Head): Promise<number> {
    const block = await this.provider.getBlock(head.final).catch((error) => {
      throw chainError("asking the chain for a block", error);
    });
    return block === null ? -1 : this.epochAt(block.timestamp) - 1;
  }

  /** Who signs for an epoch. */
  async seatsFor(epoch: number): Promise<ValidatorSeats> {
    for (let set = await read(this.contracts, "ValidatorSet", "lastSet"); set > 0n; set--) {
      const [from, size, stake] = await read<[bigint, bigint, bigint]>(this.contracts, "ValidatorSet", "sets", set);
      if (from > BigInt(epoch)) continue;
      const members = await Promise.all(
        Array.from({ length: Number(size) }, (_, seat) =>
          read<[string, bigint]>(this.contracts, "ValidatorSet", "members", set, seat),
        ),
      );
      const seats = members.map(([signer, staked], seat) => [signer.toLowerCase(), { seat, stake: staked }] as const);
      return { set, stake, seats: new Map(seats) };
    }
    throw new SrwanError("CHAIN_REFUSED", `no validators have a seat in epoch ${epoch}`, {
      remedy: "Let validators join and wait until their set is in force.",
    });
  }

  /** As of a block. */
  async progress(epoch: number, block: number): Promise<Progress> {
    const at = { blockTag: block };
    const [[, next, chunks], root] = await Promise.all([
      read<[string, bigint, bigint, bigint]>(this.contracts, "Settlement", "progress", epoch, at),
      read<string>(this.contracts, "Settlement", "ticketsRoot", epoch, at),
    ]);
    return { next: Number(next), chunks: Number(chunks), ticketsRoot: root };
  }

  /** What was settled in these blocks, in the words that were signed. */
  async settledIn(from: number, to: number): Promise<Message<"SettlementBatch">[]> {
    const logs = await this.contracts.Settlement.queryFilter("ChunkSettled", from, to).catch((error) => {
      throw chainError("asking the chain what was settled", error);
    });
    return logs.flatMap((log) => ("args" in log ? [log.args.batch.toObject() as Message<"SettlementBatch">] : []));
  }

  /** The most that a batch of an epoch can take of a consumer. */
  async spendable(consumer: string, epoch: number, block: number): Promise<bigint> {
    const at = { blockTag: block };
    const [[free, capLeft, capEpoch], [thawing], cap] = await Promise.all([
      read<[bigint, bigint, bigint]>(this.contracts, "Escrow", "accounts", consumer, at),
      read<[bigint, bigint]>(this.contracts, "Escrow", "thaws", consumer, at),
      read(this.contracts, "Escrow", "capAt", consumer, epoch, at),
    ]);
    const left = capEpoch === BigInt(epoch) ? capLeft : cap;
    return free + thawing < left ? free + thawing : left;
  }

  /** Whether a batch brought in an epoch may pay this account. */
  async isActive(provider: string, inEpoch: number, block: number): Promise<boolean> {
    const [, , activeFrom] = await read<[bigint, bigint, bigint]>(this.contracts, "Escrow", "earners", provider, {
      blockTag: block,
    });
    return activeFrom !== 0n && activeFrom <= BigInt(inEpoch);
  }

  async isSessionKey(consumer: string, key: string, epoch: bigint): Promise<boolean> {
    const [, lastEpoch, known] = await read<[bigint, bigint, boolean]>(
      this.contracts,
      "Settlement",
      "sessionKeys",
      consumer,
      key,
    );
    return known && epoch <= lastEpoch;
  }

  async blockSeconds(block: number): Promise<number> {
    const found = await this.provider.getBlock(block).catch((error) => {
      throw chainError("asking the chain for a block", error);
    });
    if (found === null) throw chainError("asking the chain for a block", new Error(`block ${block} is not there`));
    return found.timestamp;
  }

  at = (name: "Settlement" | "Escrow"): Hex => this.deployment.contracts[name].address;
}
