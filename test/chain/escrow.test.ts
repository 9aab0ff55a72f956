// The escrow as consumers and providers meet it: deposits, caps, thaws, earnings, signed withdrawals.

import { MaxUint256, Signature } from "ethers";
import { describe, expect, it } from "vitest";
import type { Hex } from "../../src/settlement/typed.ts";
import { coins, consumer, consumerWallet, onePays, provider, stranger } from "./flows.ts";
import { stage } from "./stage.ts";
import { account, wallet } from "./world.ts";

const s = stage(async ({ world, flows }) => {
  await flows.validators(3);
  await flows.providers(3);
  await flows.deposit(consumer(0), coins(100), coins(10));
  await world.toEpoch(world.epoch + 1n);
});

const THAW_SECONDS = 5 * 600 + 120;

describe("a deposit", () => {
  it("becomes free money of whoever it is for, and the coins are in the escrow", async () => {
    const before = await s.flows.coinsOf(s.world.at("Escrow"));
    await s.world.send(s.world.deployer, "SegmentCoin", "approve", s.world.at("Escrow"), coins(7));
    await s.world.send(s.world.deployer, "Escrow", "deposit", consumer(5), coins(7));
    expect(await s.flows.free(consumer(5))).toBe(coins(7));
    expect((await s.flows.coinsOf(s.world.at("Escrow"))) - before).toBe(coins(7));
    expect(await s.world.refusal(s.world.deployer, "Escrow", "deposit", consumer(5), 1n)).toBe(
      "ERC20InsufficientAllowance",
    );
    expect(await s.world.refusal(s.world.deployer, "Escrow", "deposit", consumer(5), 0n)).toBe("AmountZero");
  });

  it("needs no allowance with a permit, also where somebody has used that permit already", async () => {
    const [who, escrow] = [wallet(10), s.world.at("Escrow")];
    await s.world.send(s.world.deployer, "SegmentCoin", "transfer", who.address, coins(2));
    await s.world.send(consumer(0), "SegmentCoin", "approve", escrow, 0n);
    const permit = { owner: who.address, spender: escrow, value: coins(2), nonce: 0n, deadline: MaxUint256 };
    const domain = { name: "SegmentCoin", version: "1", chainId: 31_337, verifyingContract: s.world.at("SegmentCoin") };
    const types = {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    };
    const { v, r, s: sig } = Signature.from(await who.signTypedData(domain, types, permit));
    await s.world.send(stranger, "SegmentCoin", "permit", who.address, escrow, coins(2), MaxUint256, v, r, sig);
    await s.world.send(consumer(0), "Escrow", "depositWithPermit", consumer(0), coins(2), MaxUint256, v, r, sig);
    expect(await s.flows.free(consumer(0))).toBe(coins(102));
  });
});

describe("a cap", () => {
  it("rises at once and falls only after five epochs", async () => {
    const capNow = () => s.world.read("Escrow", "capAt", consumer(0), s.world.epoch);
    await s.world.send(consumer(0), "Escrow", "setCap", coins(20));
    expect(await capNow()).toBe(coins(20));
    const before = await s.world.read("Escrow", "capAt", consumer(0), s.world.epoch - 1n);
    expect(before).toBe(coins(10));
    await s.world.send(consumer(0), "Escrow", "setCap", coins(1));
    await s.world.toEpoch(s.world.epoch + 4n);
    expect(await capNow()).toBe(coins(20));
    await s.world.toEpoch(s.world.epoch + 1n);
    expect(await capNow()).toBe(coins(1));
  });

  it("that would fall is replaced by a later wish", async () => {
    await s.world.send(consumer(0), "Escrow", "setCap", 0n);
    await s.world.send(consumer(0), "Escrow", "setCap", coins(12));
    await s.world.toEpoch(s.world.epoch + 6n);
    expect(await s.world.read("Escrow", "capAt", consumer(0), s.world.epoch)).toBe(coins(12));
  });
});

describe("a thaw", () => {
  it("pays out after five epochs and a grace, not a second before", async () => {
    await s.world.send(consumer(0), "Escrow", "thaw", coins(30));
    expect(await s.flows.free(consumer(0))).toBe(coins(70));
    await s.world.warp(THAW_SECONDS - 1);
    expect(await s.world.refusal(consumer(0), "Escrow", "endThaw", consumer(0))).toBe("ThawNotReady");
    await s.world.warp(1);
    await s.world.send(consumer(0), "Escrow", "endThaw", account(98));
    expect(await s.flows.coinsOf(account(98))).toBe(coins(30));
    expect(await s.world.refusal(consumer(0), "Escrow", "endThaw", consumer(0))).toBe("AmountZero");
  });

  it("begins its wait anew when more is added, and can be stopped", async () => {
    await s.world.send(consumer(0), "Escrow", "thaw", coins(30));
    await s.world.warp(THAW_SECONDS - 10);
    await s.world.send(consumer(0), "Escrow", "thaw", coins(5));
    await s.world.warp(60);
    expect(await s.world.refusal(consumer(0), "Escrow", "endThaw", consumer(0))).toBe("ThawNotReady");
    await s.world.send(consumer(0), "Escrow", "stopThaw");
    expect(await s.flows.free(consumer(0))).toBe(coins(100));
  });

  it("of more than there is free is refused", async () => {
    expect(await s.world.refusal(consumer(0), "Escrow", "thaw", coins(101))).toBe("FreeTooLow");
  });
});

describe("earnings", () => {
  it("are withdrawn by the provider alone, to the unit", async () => {
    await s.flows.settle(onePays(coins(10)));
    expect(await s.flows.earned(provider(0))).toBe((coins(10) * 99n) / 100n);
    expect(await s.world.refusal(stranger, "Escrow", "withdraw", stranger, 1n)).toBe("EarnedTooLow");
    await s.world.send(provider(0), "Escrow", "withdraw", account(97), coins(4));
    expect(await s.flows.coinsOf(account(97))).toBe(coins(4));
    expect(await s.flows.earned(provider(0))).toBe((coins(10) * 99n) / 100n - coins(4));
  });

  it("are paid out by anybody once they reach the provider's threshold, to the provider", async () => {
    await s.world.send(provider(0), "Escrow", "setThreshold", coins(12));
    await s.flows.settle(onePays(coins(10)));
    expect(await s.world.refusal(stranger, "Escrow", "payOut", provider(0))).toBe("BelowThreshold");
    await s.world.toEpoch(s.world.epoch + 1n);
    await s.flows.settle(onePays(coins(10)));
    await s.world.send(stranger, "Escrow", "payOut", provider(0));
    expect(await s.flows.coinsOf(provider(0))).toBe((coins(20) * 99n) / 100n);
    expect(await s.world.refusal(stranger, "Escrow", "payOut", provider(1))).toBe("BelowThreshold");
  });

  it("go nowhere before a provider has registered and two epochs have passed", async () => {
    const wish = { ...onePays(coins(1)), credits: [{ account: provider(7), amount: (coins(1) * 99n) / 100n }] };
    expect(await s.flows.refusedBatch(await s.flows.batch(wish))).toBe("NotActive");
    await s.world.send(provider(7), "Escrow", "register");
    await s.world.toEpoch(s.world.epoch + 1n);
    expect(await s.flows.refusedBatch(await s.flows.batch(wish))).toBe("NotActive");
    await s.world.toEpoch(s.world.epoch + 1n);
    await s.flows.settle(wish);
    expect(await s.world.refusal(provider(7), "Escrow", "register")).toBe("AlreadyRegistered");
  });
});

describe("a signed withdrawal", () => {
  const order = (more = {}) => ({
    from: provider(0),
    to: account(96),
    amount: coins(5),
    relayer: stranger,
    relayerFee: coins(1),
    nonce: 0n,
    deadline: BigInt(s.world.seconds + 100),
    ...more,
  });
  const signed = (message: ReturnType<typeof order>, by = wallet(40)): Hex => s.flows.signed(by, "WithdrawTo", message);

  it("pays the relayer it names and nobody else, once", async () => {
    await s.flows.settle(onePays(coins(10)));
    const message = order();
    const signature = signed(message);
    expect(await s.world.refusal(account(95), "Escrow", "withdrawBySig", message, signature)).toBe("RelayerWrong");
    await s.world.send(stranger, "Escrow", "withdrawBySig", message, signature);
    expect(await s.flows.coinsOf(account(96))).toBe(coins(4));
    expect(await s.flows.coinsOf(stranger)).toBe(coins(1));
    expect(await s.world.refusal(stranger, "Escrow", "withdrawBySig", message, signature)).toBe("InvalidAccountNonce");
  });

  it("is refused when late, by another's hand, or with more fee than amount", async () => {
    await s.flows.settle(onePays(coins(10)));
    const late = order({ deadline: BigInt(s.world.seconds - 1) });
    expect(await s.world.refusal(stranger, "Escrow", "withdrawBySig", late, signed(late))).toBe("Expired");
    const forged = signed(order(), consumerWallet(0));
    expect(await s.world.refusal(stranger, "Escrow", "withdrawBySig", order(), forged)).toBe("SignatureWrong");
    const greedy = order({ relayerFee: coins(6) });
    expect(await s.world.refusal(stranger, "Escrow", "withdrawBySig", greedy, signed(greedy))).toBe(
      "RelayerFeeTooHigh",
    );
  });
});

describe("the modules' doors", () => {
  it.each([
    ["settle", [1n, "0x", "0x", 0n]],
    ["draw", [consumer(0), 1n, "0x"]],
    ["reserve", [consumer(0), 1n]],
    ["release", [provider(0), 1n]],
    ["refund", [consumer(0), 1n]],
  ] as const)("%s is shut for everybody else, the deployer too", async (method, args) => {
    expect(await s.world.refusal(s.world.deployer, "Escrow", method, ...args)).toBe("NotModule");
    expect(await s.world.refusal(consumer(0), "Escrow", method, ...args)).toBe("NotModule");
  });

  it("payFromPool gives only what the caller's own pool holds", async () => {
    expect(await s.world.refusal(stranger, "Escrow", "payFromPool", stranger, 1n)).toBe("PoolTooLow");
  });
});
