// Seats, sets, quorum, rewards and the price of signing two things.

import { ZeroAddress } from "ethers";
import { describe, expect, it } from "vitest";
import type { Hex } from "../../src/settlement/typed.ts";
import { coins, consumer, onePays, owner, provider, sign, signer, stranger } from "./flows.ts";
import { stage } from "./stage.ts";
import { account, wallet } from "./world.ts";

const s = stage(async ({ world, flows }) => {
  await flows.validators(3);
  await flows.providers(1);
  await flows.deposit(consumer(0), coins(100), coins(10));
  await world.toEpoch(world.epoch + 1n);
});

const validator = (who: Hex) => s.world.readAll("ValidatorSet", "validators", who);
const seats = () => s.world.read("ValidatorSet", "seats");

describe("a seat", () => {
  it.each([
    ["with too little stake", () => [account(60), coins(999)], "StakeTooLow"],
    ["with a signer that another uses", () => [signer(0).address, coins(1_000)], "SignerTaken"],
    ["without a signer", () => [ZeroAddress, coins(1_000)], "SignerZero"],
  ] as const)("%s is refused", async (_what, args, refusal) => {
    expect(await s.world.refusal(stranger, "ValidatorSet", "join", ...args())).toBe(refusal);
  });

  it("taken now counts in the epoch after next, not before", async () => {
    const epoch = s.world.epoch;
    await s.flows.join(account(60), account(61), coins(2_000));
    const last = await s.world.read("ValidatorSet", "lastSet");
    expect(await s.world.readAll("ValidatorSet", "sets", last)).toMatchObject({
      from: epoch + 2n,
      size: 4n,
      stake: coins(5_000),
    });
    const early = await s.flows.batch(onePays(coins(1)));
    const wrong = { ...early, seal: { ...early.seal, validatorSet: last } };
    expect(await s.flows.refusedBatch(wrong)).toBe("SetWrong");
    await s.flows.bring(early);
  });

  it("given up frees the stake only after everything it signed can no longer be disputed", async () => {
    await s.world.send(owner(1), "ValidatorSet", "stepDown");
    expect(await seats()).toBe(2n);
    expect(await s.world.refusal(owner(1), "ValidatorSet", "unbond", owner(1))).toBe("StakeBound");
    await s.world.toEpoch(s.world.epoch + 22n);
    expect(await s.world.refusal(owner(1), "ValidatorSet", "unbond", owner(1))).toBe("StakeBound");
    await s.world.toEpoch(s.world.epoch + 1n);
    await s.world.send(owner(1), "ValidatorSet", "unbond", account(94));
    expect(await s.flows.coinsOf(account(94))).toBe(coins(1_000));
    expect(await s.world.refusal(owner(1), "ValidatorSet", "unbond", owner(1))).toBe("StakeBound");
  });

  it("is lost to more stake where all are taken, and to none that is equal", async () => {
    for (let i = 3; i < 32; i++) await s.flows.join(account(200 + i), account(300 + i), coins(2_000));
    expect(await seats()).toBe(32n);
    await s.flows.fund(account(60), coins(5_000));
    await s.world.send(account(60), "SegmentCoin", "approve", s.world.at("ValidatorSet"), coins(5_000));
    const refusal = await s.world.refusal(account(60), "ValidatorSet", "join", account(61), coins(1_000));
    expect(refusal).toBe("StakeTooLow");
    const done = await s.world.send(account(60), "ValidatorSet", "join", account(61), coins(1_000) + 1n);
    expect(done.events.map(({ name }) => name)).toEqual(expect.arrayContaining(["Left", "Joined", "SetMade"]));
    expect(done.gasUsed).toBeLessThan(3_000_000n);
    expect(await seats()).toBe(32n);
  });
});

describe("a quorum", () => {
  it("refuses a seat that is not there, a missing signature, and another's signature", async () => {
    const batch = await s.flows.batch(onePays(coins(1)));
    const { seal } = batch;
    const cut = seal.signatures.slice(0, -2) as Hex;
    const swapped = `0x${seal.signatures.slice(130, 258)}${seal.signatures.slice(2, 130)}${seal.signatures.slice(258)}`;
    for (const [wrong, refusal] of [
      [{ ...seal, seatBits: 1n << 3n }, "SeatUnknown"],
      [{ ...seal, signatures: cut }, "SignaturesMissing"],
      [{ ...seal, signatures: swapped as Hex }, "SignatureWrong"],
      [{ ...seal, validatorSet: 0n }, "SetWrong"],
      [{ ...seal, seatBits: 0n, signatures: "0x" as Hex }, "QuorumTooLow"],
    ] as const) {
      expect(await s.flows.refusedBatch({ ...batch, seal: wrong })).toBe(refusal);
    }
  });
});

describe("rewards", () => {
  it("are shared by stake among those seated, and leavers keep what was theirs", async () => {
    await s.flows.pay(coins(10));
    const pool = await s.world.read("Escrow", "pools", s.world.at("ValidatorSet"));
    expect(pool).toBe(coins(10) / 400n);
    await s.world.send(owner(0), "ValidatorSet", "stepDown");
    await s.world.send(owner(0), "ValidatorSet", "claimReward");
    await s.world.send(owner(1), "ValidatorSet", "claimReward");
    expect(await s.flows.earned(owner(0))).toBe(pool / 3n);
    expect(await s.flows.earned(owner(1))).toBe(pool / 3n);
    expect(await s.world.refusal(owner(0), "ValidatorSet", "claimReward")).toBe("NothingDue");
    expect(await s.world.refusal(stranger, "ValidatorSet", "claimReward")).toBe("NothingDue");
  });
});

describe("two signatures under one chunk and attempt", () => {
  const signedTwice = async (more = {}) => {
    const a = await s.flows.batch(onePays(coins(1)));
    const b = await s.flows.batch({ ...onePays(coins(2)), ...more });
    const signature = async (x: typeof a) => sign(signer(1), await s.flows.digest(x.batch));
    return [a.batch, await signature(a), b.batch, await signature(b)];
  };

  it("cost all of the stake: a tenth to whoever shows them, the rest to dividends, and the voice at once", async () => {
    const waiting = await s.flows.batch({ ...onePays(coins(1)), seats: [0, 1] });
    await s.world.send(stranger, "ValidatorSet", "reportDoubleSign", ...(await signedTwice()));
    expect(await s.flows.coinsOf(stranger)).toBe(coins(100));
    expect(await s.world.read("Escrow", "pools", s.world.at("DividendPool"))).toBe(coins(900));
    expect((await validator(owner(1))).stake).toBe(0n);
    expect(await seats()).toBe(2n);
    expect(await s.flows.refusedBatch(waiting)).toBe("QuorumTooLow");
    const refusal = await s.world.refusal(stranger, "ValidatorSet", "reportDoubleSign", ...(await signedTwice()));
    expect(refusal).toBe("NothingDue");
  });

  it("cannot be made of one batch, of two attempts, of two epochs, or by two signers", async () => {
    const report = (args: unknown[]) => s.world.refusal(stranger, "ValidatorSet", "reportDoubleSign", ...args);
    const [a, signatureA] = await signedTwice();
    expect(await report([a, signatureA, a, signatureA])).toBe("NoDoubleSign");
    expect(await report(await signedTwice({ attempt: 1n }))).toBe("NoDoubleSign");
    expect(await report(await signedTwice({ epoch: s.world.epoch - 2n }))).toBe("NoDoubleSign");
    const [, , b] = await signedTwice();
    const other = sign(signer(2), await s.flows.digest(b as never));
    expect(await report([a, signatureA, b, other])).toBe("NoDoubleSign");
    expect(await report([a, sign(wallet(66), await s.flows.digest(a as never)), b, other])).toBe("NoDoubleSign");
  });

  it("cost nothing that is in the escrow", async () => {
    await s.flows.pay(coins(10));
    const before = [await s.flows.free(consumer(0)), await s.flows.earned(provider(0))];
    await s.world.send(stranger, "ValidatorSet", "reportDoubleSign", ...(await signedTwice()));
    expect([await s.flows.free(consumer(0)), await s.flows.earned(provider(0))]).toEqual(before);
  });
});
