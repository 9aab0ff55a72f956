// What people do with the contracts, as a test says it: deposits, batches with a quorum's seal, vouchers, orders.

import type { HDNodeWallet } from "ethers";
import { type Entry, encodeEntries, entriesHash, splitRoot } from "../../src/settlement/chain/entries.ts";
import { COIN } from "../../src/settlement/chain/parameters.ts";
import { digestOf, type Seal, sealOf } from "../../src/settlement/chain/sign.ts";
import { NO_PROOF, type SettledProof, TicketTree } from "../../src/settlement/chain/tickets.ts";
import type { Hex, Message, TypeName } from "../../src/settlement/typed.ts";
import { account, type Done, type World, wallet } from "./world.ts";

/** Where the accounts of each kind of person begin. */
export const consumer = (i: number): Hex => account(10 + i);
export const provider = (i: number): Hex => account(40 + i);
export const owner = (i: number): Hex => account(70 + i);
export const signer = (i: number): HDNodeWallet => wallet(80 + i);
export const consumerWallet = (i: number): HDNodeWallet => wallet(10 + i);
export const stranger = account(99);

export const ZERO32 = `0x${"00".repeat(32)}` as Hex;
export const path = (i: number): Hex => `0x${(i + 1).toString(16).padStart(64, "0")}`;
export const coins = (n: number): bigint => BigInt(n) * COIN;

export type BatchWish = {
  readonly debits: readonly Entry[];
  readonly credits: readonly Entry[];
  readonly fee?: bigint;
  readonly epoch?: bigint;
  readonly chunk?: bigint;
  readonly chunks?: bigint;
  readonly attempt?: bigint;
  readonly tree?: TicketTree;
  readonly seats?: readonly number[];
};

export type Batch = {
  readonly batch: Message<"SettlementBatch">;
  readonly debits: Hex;
  readonly credits: Hex;
  readonly seal: Seal;
};

export type VoucherWish = {
  readonly by?: HDNodeWallet;
  readonly amount: bigint;
  readonly epoch: bigint;
  readonly path?: Hex;
  readonly to?: readonly Entry[];
  readonly expiry?: bigint;
};

export class Flows {
  readonly world: World;
  #seats = 0;

  constructor(world: World) {
    this.world = world;
  }

  async fund(who: Hex, amount: bigint): Promise<void> {
    const { world } = this;
    await world.send(world.deployer, "SegmentCoin", "transfer", who, amount);
    await world.send(who, "SegmentCoin", "approve", world.at("Escrow"), 2n ** 255n);
  }

  async deposit(who: Hex, amount: bigint, cap?: bigint): Promise<void> {
    await this.fund(who, amount);
    await this.world.send(who, "Escrow", "deposit", who, amount);
    if (cap !== undefined) await this.world.send(who, "Escrow", "setCap", cap);
  }

  /** Registers providers and waits until they may be paid. */
  async providers(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.world.send(provider(i), "Escrow", "register");
    await this.world.toEpoch(this.world.epoch + 2n);
  }

  async validators(count: number, stake = coins(1_000)): Promise<void> {
    for (let i = 0; i < count; i++) await this.join(owner(i), signer(i).address as Hex, stake);
    // Those who joined after the first are in the set of the epoch after next.
    await this.world.toEpoch(this.world.epoch + 2n);
    this.#seats = count;
  }

  async join(who: Hex, key: Hex, stake: bigint): Promise<Done> {
    await this.world.send(this.world.deployer, "SegmentCoin", "transfer", who, stake);
    await this.world.send(who, "SegmentCoin", "approve", this.world.at("ValidatorSet"), 2n ** 255n);
    return this.world.send(who, "ValidatorSet", "join", key, stake);
  }

  /** The set in force in an epoch. */
  async setOf(epoch: bigint): Promise<bigint> {
    for (let set = await this.world.read("ValidatorSet", "lastSet"); set > 0n; set--) {
      const { from } = await this.world.readAll("ValidatorSet", "sets", set);
      if (from !== undefined && from <= epoch) return set;
    }
    return 0n;
  }

  async seal(epoch: bigint, digest: Hex, seats?: readonly number[]): Promise<Seal> {
    const all = seats ?? Array.from({ length: this.#seats }, (_, i) => i);
    return sealOf(await this.setOf(epoch), new Map(all.map((seat) => [seat, sign(signer(seat), digest)])));
  }

  /** What the deployed contract calls the digest: a contract without a domain would have another. */
  digest(batch: Message<"SettlementBatch">): Promise<Hex> {
    return this.world.read<Hex>("Settlement", "digest", batch);
  }

  async batch(wish: BatchWish): Promise<Batch> {
    const [debits, credits] = [encodeEntries(wish.debits), encodeEntries(wish.credits)];
    const sum = (list: readonly Entry[]) => list.reduce((total, { amount }) => total + amount, 0n);
    const batch = {
      epoch: wish.epoch ?? this.world.epoch - 1n,
      chunk: wish.chunk ?? 0n,
      chunks: wish.chunks ?? 1n,
      attempt: wish.attempt ?? 0n,
      ticketsRoot: wish.tree?.root ?? ZERO32,
      ticketCount: BigInt(wish.tree?.leaves.length ?? 0),
      entriesHash: entriesHash(debits, credits),
      fee: wish.fee ?? sum(wish.debits) - sum(wish.credits),
    };
    return { batch, debits, credits, seal: await this.seal(batch.epoch, await this.digest(batch), wish.seats) };
  }

  bring({ batch, debits, credits, seal }: Batch, from: Hex = stranger): Promise<Done> {
    return this.world.send(from, "Settlement", "settle", batch, debits, credits, seal);
  }

  refusedBatch({ batch, debits, credits, seal }: Batch): Promise<string> {
    return this.world.refusal(stranger, "Settlement", "settle", batch, debits, credits, seal);
  }

  async settle(wish: BatchWish): Promise<Done> {
    return this.bring(await this.batch(wish));
  }

  /** One consumer pays one provider. */
  async pay(amount: bigint, more: Partial<BatchWish> = {}): Promise<Done> {
    return this.settle({ ...onePays(amount), ...more });
  }

  signed<Name extends TypeName>(by: HDNodeWallet, type: Name, message: Message<Name>): Hex {
    return sign(by, digestOf(this.world.deployment, type, message));
  }

  voucher(wish: VoucherWish): { voucher: Message<"SpendVoucher">; split: Hex; by: { signer: Hex; signature: Hex } } {
    const split = encodeEntries(wish.to ?? [{ account: provider(0), amount: 1n }]);
    const voucher = {
      consumer: consumer(0),
      pathId: wish.path ?? path(0),
      epoch: wish.epoch,
      cumulativeOctets: 1_000_000_000n,
      cumulativeAmount: wish.amount,
      splitRoot: splitRoot(split),
      expiry: wish.expiry ?? BigInt(this.world.seconds + 1_000_000),
    };
    const by = wish.by ?? consumerWallet(0);
    const signature = this.signed(by, "SpendVoucher", voucher);
    return { voucher, split, by: { signer: by.address as Hex, signature } };
  }

  escape(wish: VoucherWish, proof: SettledProof = NO_PROOF, from: Hex = stranger): Promise<Done> {
    const { voucher, by, split } = this.voucher(wish);
    return this.world.send(from, "Settlement", "escape", voucher, by, split, proof);
  }

  refusedEscape(wish: VoucherWish, proof: SettledProof = NO_PROOF): Promise<string> {
    const { voucher, by, split } = this.voucher(wish);
    return this.world.refusal(stranger, "Settlement", "escape", voucher, by, split, proof);
  }

  async free(who: Hex): Promise<bigint> {
    return (await this.world.readAll("Escrow", "accounts", who)).free ?? 0n;
  }

  async earned(who: Hex): Promise<bigint> {
    return (await this.world.readAll("Escrow", "earners", who)).earned ?? 0n;
  }

  coinsOf(who: Hex): Promise<bigint> {
    return this.world.read("SegmentCoin", "balanceOf", who);
  }
}

export const sign = (by: HDNodeWallet, digest: Hex): Hex => by.signingKey.sign(digest).serialized as Hex;

export const onePays = (amount: bigint, fee = amount / 100n): Pick<BatchWish, "debits" | "credits" | "fee"> => ({
  debits: [{ account: consumer(0), amount }],
  credits: [{ account: provider(0), amount: amount - fee }],
  fee,
});

export const ticket = (i: number, amount: bigint, pathId: Hex = path(0)) => ({
  consumer: consumer(i),
  pathId,
  cumulativeAmount: amount,
  ticketHash: path(1_000 + i),
});

export const treeOf = (...tickets: readonly ReturnType<typeof ticket>[]): TicketTree => new TicketTree(tickets);
