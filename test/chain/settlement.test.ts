// Batches, vouchers without batches, session keys and challenges.

import { keccak256 } from "ethers";
import { describe, expect, it } from "vitest";
import { encodeEntries, entriesHash } from "../../src/settlement/chain/entries.ts";
import { NO_PROOF } from "../../src/settlement/chain/tickets.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { coins, consumer, consumerWallet, onePays, owner, path, provider, stranger, ticket, treeOf } from "./flows.ts";
import { stage } from "./stage.ts";
import { account, wallet } from "./world.ts";

const s = stage(async ({ world, flows }) => {
  await flows.validators(3);
  await flows.providers(3);
  for (let i = 0; i < 3; i++) await flows.deposit(consumer(i), coins(100), coins(10));
  await flows.deposit(stranger, coins(100));
  await world.toEpoch(world.epoch + 1n);
});

/** Fees are rounded down. */
const net = (amount: bigint) => amount - amount / 100n;

describe("a batch", () => {
  it("moves exactly what it says, and the fee in quarters", async () => {
    await s.flows.settle({
      debits: [
        { account: consumer(0), amount: coins(10) },
        { account: consumer(1), amount: coins(4) },
      ],
      credits: [
        { account: provider(0), amount: coins(6) },
        { account: provider(1), amount: coins(8) - 101n },
      ],
      fee: 101n,
    });
    expect(await s.flows.free(consumer(0))).toBe(coins(90));
    expect(await s.flows.free(consumer(1))).toBe(coins(96));
    expect(await s.flows.earned(provider(0))).toBe(coins(6));
    expect(await s.flows.earned(provider(1))).toBe(coins(8) - 101n);
    expect(await s.world.read("Escrow", "pools", s.world.at("ValidatorSet"))).toBe(25n);
    expect(await s.world.read("Escrow", "pools", s.world.at("DividendPool"))).toBe(76n);
  });

  it.each([
    ["of an epoch that still runs", { epoch: 0n }, "EpochRuns"],
    ["of an epoch too long past", { epoch: -3n }, "EpochClosed"],
    ["whose sums differ", { credits: [{ account: provider(0), amount: coins(1) }] }, "NotBalanced"],
    ["with a fee above the rate", onePays(coins(1), coins(1) / 99n), "FeeTooHigh"],
    ["that takes more than a consumer's cap", onePays(coins(11)), "CapExceeded"],
    ["that takes from somebody without a cap", { debits: [{ account: stranger, amount: coins(1) }] }, "CapExceeded"],
    ["that begins with its second chunk", { chunk: 1n, chunks: 2n }, "ChunkOutOfOrder"],
    ["of no chunks", { chunks: 0n }, "ChunkOutOfOrder"],
    ["that debits nobody", { debits: [], credits: [] }, "NoEntries"],
    ["signed by one of three", { seats: [1] }, "QuorumTooLow"],
  ] as const)("%s is refused", async (_what, wish, refusal) => {
    const epoch = "epoch" in wish ? { epoch: s.world.epoch + wish.epoch } : {};
    const batch = await s.flows.batch({ ...onePays(coins(1)), ...wish, ...epoch });
    expect(await s.flows.refusedBatch(batch)).toBe(refusal);
  });

  it("with two thirds of the stake behind it is enough", async () => {
    await s.flows.pay(coins(1), { seats: [0, 2] });
    expect(await s.flows.earned(provider(0))).toBe(net(coins(1)));
  });

  it("whose lists are not rising, or not whole, is refused", async () => {
    const good = await s.flows.batch(onePays(coins(1)));
    const word = good.debits.slice(2);
    const { batch } = await s.flows.batch(onePays(coins(2)));
    const debits = `0x${word}${word}` as Hex;
    for (const [list, refusal] of [
      [debits, "WordsOrder"],
      [`${good.debits}00` as Hex, "WordsLength"],
    ] as const) {
      const forged = { ...batch, entriesHash: entriesHash(list, good.credits), fee: coins(1) / 100n };
      const seal = await s.flows.seal(forged.epoch, await s.flows.digest(forged));
      expect(await s.flows.refusedBatch({ batch: forged, debits: list, credits: good.credits, seal })).toBe(refusal);
    }
  });

  it("comes in chunks, each consumer in one of them, in their order alone", async () => {
    const [low, high] = [consumer(0), consumer(1)].toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)) as [Hex, Hex];
    const pays = (who: Hex) => ({ ...onePays(coins(1)), debits: [{ account: who, amount: coins(1) }], chunks: 2n });
    const epoch = s.world.epoch - 1n;
    const first = await s.flows.batch({ ...pays(low), epoch });
    const second = await s.flows.batch({ ...pays(high), epoch, chunk: 1n });
    expect(await s.flows.refusedBatch(second)).toBe("ChunkOutOfOrder");
    await s.flows.bring(first);
    expect(await s.flows.refusedBatch(first)).toBe("ChunkOutOfOrder");
    const again = await s.flows.batch({ ...pays(low), epoch, chunk: 1n });
    expect(await s.flows.refusedBatch(again)).toBe("ConsumersOutOfOrder");
    const other = await s.flows.batch({ ...pays(high), epoch, chunk: 1n, tree: treeOf(ticket(0, 1n)) });
    expect(await s.flows.refusedBatch(other)).toBe("ChunksDiffer");
    await s.flows.bring(second);
    expect(await s.flows.earned(provider(0))).toBe(2n * net(coins(1)));
  });

  it("of a later epoch closes an earlier one", async () => {
    const late = await s.flows.batch({ ...onePays(coins(1)), epoch: s.world.epoch - 1n });
    await s.world.toEpoch(s.world.epoch + 1n);
    await s.flows.pay(coins(1), { epoch: s.world.epoch - 1n });
    expect(await s.flows.refusedBatch(late)).toBe("EpochClosed");
  });

  it("takes from what thaws once free money is used up", async () => {
    await s.world.send(consumer(0), "Escrow", "thaw", coins(97));
    await s.flows.pay(coins(10));
    expect(await s.flows.free(consumer(0))).toBe(0n);
    expect(await s.world.readAll("Escrow", "thaws", consumer(0))).toMatchObject({ amount: coins(90) });
  });
});

describe("a voucher without a batch", () => {
  it("waits until batches have had their time, then pays once", async () => {
    const epoch = s.world.epoch - 1n;
    expect(await s.flows.refusedEscape({ amount: coins(3), epoch })).toBe("LaneClosed");
    await s.world.toEpoch(epoch + 3n);
    await s.flows.escape({ amount: coins(3), epoch });
    expect(await s.flows.earned(provider(0))).toBe(net(coins(3)));
    expect(await s.flows.free(consumer(0))).toBe(coins(97));
    expect(await s.flows.refusedEscape({ amount: coins(3), epoch })).toBe("NothingOwed");
  });

  it("pays what a later one adds, and the same in any order of steps", async () => {
    const epoch = s.world.epoch - 1n;
    await s.world.toEpoch(epoch + 3n);
    await s.flows.escape({ amount: coins(3), epoch });
    await s.flows.escape({ amount: coins(5), epoch });
    expect(await s.flows.free(consumer(0))).toBe(coins(95));
    expect(await s.flows.refusedEscape({ amount: coins(4), epoch })).toBe("NothingOwed");
  });

  it("is shared by weight, the last provider getting what is left over", async () => {
    const epoch = s.world.epoch - 1n;
    await s.world.toEpoch(epoch + 3n);
    const to = [0, 1, 2].map((i) => ({ account: provider(i), amount: 1n }));
    await s.flows.escape({ amount: 1_010n, epoch, to });
    const shares = await Promise.all([0, 1, 2].map((i) => s.flows.earned(provider(i))));
    expect(shares.toSorted()).toEqual([333n, 333n, 334n]);
  });

  it("takes no more in an epoch than the cap, and the rest in the next", async () => {
    const epoch = s.world.epoch - 1n;
    await s.world.toEpoch(epoch + 3n);
    await s.flows.escape({ amount: coins(14), epoch });
    expect(await s.flows.free(consumer(0))).toBe(coins(90));
    expect(await s.flows.refusedEscape({ amount: coins(14), epoch })).toBe("LimitReached");
    await s.world.toEpoch(s.world.epoch + 1n);
    await s.flows.escape({ amount: coins(14), epoch });
    expect(await s.flows.free(consumer(0))).toBe(coins(86));
  });

  it.each([
    ["that has expired", { expiry: 1n }, "VoucherExpired"],
    ["signed by a stranger", { by: wallet(55) }, "KeyNotValid"],
  ] as const)("%s is refused", async (_what, more, refusal) => {
    const epoch = s.world.epoch - 1n;
    await s.world.toEpoch(epoch + 3n);
    expect(await s.flows.refusedEscape({ amount: coins(1), epoch, ...more })).toBe(refusal);
  });

  it("for other providers than were signed is refused", async () => {
    const epoch = s.world.epoch - 1n;
    await s.world.toEpoch(epoch + 3n);
    const { voucher, by } = s.flows.voucher({ amount: coins(1), epoch });
    const split = encodeEntries([{ account: provider(2), amount: 1n }]);
    expect(await s.world.refusal(stranger, "Settlement", "escape", voucher, by, split, NO_PROOF)).toBe("SplitDiffers");
  });
});

describe("an epoch that validators settled", () => {
  const settled = async () => {
    const tree = treeOf(ticket(0, coins(1), path(0)), ticket(0, coins(2), path(0)), ticket(1, coins(1), path(5)));
    const epoch = s.world.epoch - 1n;
    await s.flows.pay(coins(2), { tree, epoch });
    await s.world.toEpoch(epoch + 3n);
    return { tree, epoch };
  };

  it("owes a voucher only what exceeds the settled amount, shown in the signed tree", async () => {
    const { tree, epoch } = await settled();
    const proof = tree.proof(consumer(0), path(0));
    expect(await s.flows.refusedEscape({ amount: coins(2), epoch }, proof)).toBe("NothingOwed");
    await s.flows.escape({ amount: coins(5), epoch }, proof);
    expect(await s.flows.free(consumer(0))).toBe(coins(95));
  });

  it("owes all of a path that validators left out, shown by its neighbours in the tree", async () => {
    const { tree, epoch } = await settled();
    for (const i of [3, 7]) {
      const wish = { amount: coins(1), epoch, path: path(i) };
      expect(await s.flows.refusedEscape(wish)).toBe("ProofWrong");
      await s.flows.escape(wish, tree.proof(consumer(0), path(i)));
    }
    expect(await s.flows.free(consumer(0))).toBe(coins(96));
  });

  it("is not owed what a proof of other leaves pretends", async () => {
    const { tree, epoch } = await settled();
    const wish = { amount: coins(5), epoch };
    const honest = tree.proof(consumer(0), path(0));
    const [first] = tree.leaves.filter((leaf) => leaf.consumer === consumer(0));
    const early = treeOf(ticket(0, coins(1), path(0)));
    for (const proof of [
      early.proof(consumer(0), path(0)),
      { ...honest, before: [{ ...honest.before[0], cumulativeAmount: 0n }] },
      { ...honest, before: [], beforePath: [] },
      { ...honest, before: first ? [first] : [] },
    ]) {
      expect(await s.flows.refusedEscape(wish, proof as typeof honest)).toBe("ProofWrong");
    }
  });

  it("where chunks are missing owes vouchers of the consumers that were not reached", async () => {
    const [low, high] = [0, 1].toSorted((a, b) => (BigInt(consumer(a)) < BigInt(consumer(b)) ? -1 : 1)) as [
      number,
      number,
    ];
    const epoch = s.world.epoch - 1n;
    await s.flows.settle({
      ...onePays(coins(1)),
      debits: [{ account: consumer(low), amount: coins(1) }],
      chunks: 2n,
      epoch,
      tree: treeOf(ticket(low, coins(1))),
    });
    await s.world.toEpoch(epoch + 3n);
    expect(await s.world.read("Settlement", "covered", epoch, consumer(low))).toBe(true);
    expect(await s.world.read("Settlement", "covered", epoch, consumer(high))).toBe(false);
    if (high === 0) await s.flows.escape({ amount: coins(1), epoch });
    else expect(await s.flows.refusedEscape({ amount: coins(1), epoch })).toBe("ProofWrong");
  });
});

describe("a session key", () => {
  const key = wallet(56);
  const authorize = async (capPerEpoch: bigint, expiry = BigInt(s.world.seconds + 100_000)) => {
    const message = { consumer: consumer(0), key: key.address as Hex, capPerEpoch, expiry };
    const signature = s.flows.signed(consumerWallet(0), "SessionKey", message);
    await s.world.send(stranger, "Settlement", "authorize", message, signature);
    return { message, signature };
  };

  it("signs for its consumer up to its own cap", async () => {
    await authorize(coins(2));
    const epoch = s.world.epoch - 1n;
    await s.world.toEpoch(epoch + 3n);
    await s.flows.escape({ amount: coins(5), epoch, by: key });
    expect(await s.flows.free(consumer(0))).toBe(coins(98));
    expect(await s.flows.refusedEscape({ amount: coins(5), epoch, by: key })).toBe("LimitReached");
  });

  it("is good for epochs before it was revoked, for none after, and never again", async () => {
    const { message, signature } = await authorize(coins(9));
    const epoch = s.world.epoch;
    await s.world.send(consumer(0), "Settlement", "revoke", key.address);
    await s.world.toEpoch(epoch + 4n);
    await s.flows.escape({ amount: coins(1), epoch, by: key });
    expect(await s.flows.refusedEscape({ amount: coins(1), epoch: epoch + 1n, by: key })).toBe("KeyNotValid");
    expect(await s.world.refusal(stranger, "Settlement", "authorize", message, signature)).toBe("KeyKnown");
  });

  it("nobody but the consumer can authorize", async () => {
    const message = { consumer: consumer(0), key: account(57), capPerEpoch: 1n, expiry: 2n ** 40n };
    const signature = s.flows.signed(wallet(57), "SessionKey", message);
    const refusal = await s.world.refusal(stranger, "Settlement", "authorize", message, signature);
    expect(refusal).toBe("ConsumerSignatureWrong");
  });
});

describe("a challenge", () => {
  const ask = async (from: Hex = stranger) => {
    const epoch = s.world.epoch - 1n;
    const made = await s.flows.batch({ ...onePays(coins(8)), epoch });
    await s.flows.bring(made);
    const { validatorSet, seatBits } = made.seal;
    const args = [made.batch, validatorSet, seatBits, made.debits, keccak256(made.credits), 0n];
    await s.world.send(from, "Settlement", "challenge", ...args);
    return { epoch, args };
  };

  it("is answered with the consumer's vouchers, and the bond is the answerer's", async () => {
    const { epoch, args } = await ask();
    expect(await s.flows.free(stranger)).toBe(coins(90));
    const vouchers = [0, 1].map((i) => s.flows.voucher({ amount: coins(4), epoch, path: path(i) }));
    const show = (list: typeof vouchers) => [epoch, consumer(0), list.map((v) => v.voucher), list.map((v) => v.by)];
    const refused = (list: typeof vouchers) => s.world.refusal(owner(0), "Settlement", "answer", ...show(list));
    expect(await refused(vouchers.slice(0, 1))).toBe("VouchersTooLow");
    expect(await refused([...vouchers.slice(0, 1), ...vouchers.slice(0, 1)])).toBe("VouchersDiffer");
    await s.world.send(owner(0), "Settlement", "answer", ...show(vouchers));
    expect(await s.flows.free(owner(0))).toBe(coins(10));
    expect(await s.world.refusal(stranger, "Settlement", "challenge", ...args)).toBe("ChallengeKnown");
    await s.world.warp(1_300);
    expect(await s.world.refusal(stranger, "Settlement", "uphold", epoch, consumer(0))).toBe("ChallengeUnknown");
  });

  it("that nobody answers is made good by those who signed, by their stake", async () => {
    const { epoch } = await ask();
    expect(await s.world.refusal(stranger, "Settlement", "uphold", epoch, consumer(0))).toBe("AnswerPending");
    await s.world.warp(1_201);
    const { voucher, by } = s.flows.voucher({ amount: coins(8), epoch });
    const late = await s.world.refusal(owner(0), "Settlement", "answer", epoch, consumer(0), [voucher], [by]);
    expect(late).toBe("AnswerLate");
    const free = await s.flows.free(consumer(0));
    await s.world.send(stranger, "Settlement", "uphold", epoch, consumer(0));
    const validators = await Promise.all([0, 1, 2].map((i) => s.world.readAll("ValidatorSet", "validators", owner(i))));
    const left = validators.reduce((sum, { stake = 0n }) => sum + stake, 0n);
    expect(await s.flows.coinsOf(consumer(0))).toBe(coins(3_000) - left);
    expect(await s.flows.coinsOf(consumer(0))).toBeGreaterThanOrEqual(coins(8));
    expect(await s.flows.coinsOf(consumer(0))).toBeLessThan(coins(8) + 3n);
    expect(await s.flows.free(consumer(0))).toBe(free);
    expect(await s.flows.free(stranger)).toBe(coins(100));
  });

  it("of what was never settled, or too late, is refused", async () => {
    const { args } = await ask();
    const [batch, ...rest] = args;
    const other = [{ ...(batch as object), fee: 1n }, ...rest];
    expect(await s.world.refusal(stranger, "Settlement", "challenge", ...other)).toBe("RecordDiffers");
    await s.world.toEpoch(s.world.epoch + 5n);
    expect(await s.world.refusal(stranger, "Settlement", "challenge", ...args)).toBe("ChallengeLate");
  });
});
