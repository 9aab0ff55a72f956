// The coin's votes, the fee's quarters, the subsidy and the rounds of dividends.

import { describe, expect, it } from "vitest";
import type { Hex } from "../../src/settlement/typed.ts";
import { coins, stranger } from "./flows.ts";
import { stage } from "./stage.ts";
import { account, PARAMETERS } from "./world.ts";

const ROUND = PARAMETERS.roundSeconds;
const YEAR = 365 * 86_400;
const voter = (i: number): Hex => account(110 + i);
const walletOf = (i: number): Hex => account(130 + i);

const s = stage(async ({ world, flows }) => {
  await flows.fund(world.deployer, 0n);
  await world.warp(ROUND - (world.seconds % ROUND));
});

const vote = async (who: Hex, amount: bigint, to: Hex) => {
  await s.world.send(s.world.deployer, "SegmentCoin", "transfer", who, amount);
  await s.world.send(who, "SegmentCoin", "delegate", to);
};
const round = () => BigInt(Math.floor(s.world.seconds / ROUND));
const fill = (amount: bigint) => s.world.send(s.world.deployer, "Escrow", "fund", s.world.at("DividendPool"), amount);
const intoRound = (r: bigint, seconds = 0) => s.world.warp(Number(r) * ROUND + seconds - s.world.seconds);
const nominate = (r: bigint, who: Hex) => s.world.send(stranger, "DividendPool", "nominate", r, who);

/** Round r is over, its list made, and its pot drawn. */
const drawn = async (r: bigint, wallets: readonly Hex[]) => {
  await intoRound(r + 1n);
  for (const who of wallets) await nominate(r, who);
  await intoRound(r + 1n, ROUND / 4);
  await s.world.send(stranger, "DividendPool", "draw", r);
};

describe("the coin", () => {
  it("has one supply for ever, and no way to make more", async () => {
    expect(await s.world.read("SegmentCoin", "totalSupply")).toBe(coins(1_000_000_000));
    const names = s.world.interfaces.SegmentCoin.fragments.map((f) => ("name" in f ? String(f.name) : ""));
    expect(names.filter((name) => /mint|burn|owner|pause|upgrade/i.test(name))).toEqual([]);
  });

  it("counts votes in seconds, and remembers who gave how much to whom", async () => {
    expect(await s.world.read<string>("SegmentCoin", "CLOCK_MODE")).toBe("mode=timestamp");
    await vote(voter(0), coins(5), walletOf(0));
    const first = BigInt(s.world.seconds);
    await s.world.warp(100);
    await s.world.send(voter(0), "SegmentCoin", "transfer", voter(1), coins(2));
    const second = BigInt(s.world.seconds);
    await s.world.warp(100);
    const given = (a: bigint, b: bigint) => s.world.read("SegmentCoin", "weightGiven", voter(0), walletOf(0), a, b);
    expect(await given(first, first)).toBe(coins(5));
    expect(await given(first, second)).toBe(coins(3));
    expect(await given(first - 1n, second)).toBe(0n);
    expect(await s.world.refusal(stranger, "SegmentCoin", "weightGiven", voter(0), walletOf(0), first, 2n ** 40n)).toBe(
      "ERC5805FutureLookup",
    );
  });

  it("moves nowhere by a vote", async () => {
    const { events } = await s.world.send(s.world.deployer, "SegmentCoin", "delegate", walletOf(0));
    expect(events.map(({ name }) => name)).not.toContain("Transfer");
  });
});

describe("a round of dividends", () => {
  it("pays the wallets a fifth of their parts and their voters the rest, by the votes they gave", async () => {
    await vote(voter(0), coins(300), walletOf(0));
    await vote(voter(1), coins(100), walletOf(0));
    await vote(voter(2), coins(100), walletOf(1));
    await fill(1_000_000n);
    const r = round() + 1n;
    await drawn(r, [walletOf(1), walletOf(0)]);
    const wallets = await s.world.read<string[]>("DividendPool", "top", r);
    expect(wallets.slice(0, 2)).toEqual([walletOf(0), walletOf(1)]);
    const claim = async (who: Hex, method: string, place: number) => {
      await s.world.send(who, "DividendPool", method, r, place);
      return s.flows.earned(who);
    };
    expect(await claim(voter(0), "claim", 0)).toBe(480_000n);
    expect(await claim(voter(1), "claim", 0)).toBe(160_000n);
    expect(await claim(voter(2), "claim", 1)).toBe(160_000n);
    expect(await claim(walletOf(0), "claimAsWallet", 0)).toBe(160_000n);
    expect(await claim(walletOf(1), "claimAsWallet", 1)).toBe(40_000n);
    expect(await s.world.read("Escrow", "pools", s.world.at("DividendPool"))).toBe(0n);
    expect(await s.world.refusal(voter(0), "DividendPool", "claim", r, 0)).toBe("ClaimedAlready");
    expect(await s.world.refusal(walletOf(0), "DividendPool", "claimAsWallet", r, 0)).toBe("ClaimedAlready");
    expect(await s.world.refusal(voter(5), "DividendPool", "claim", r, 0)).toBe("NoWeight");
    expect(await s.world.refusal(voter(5), "DividendPool", "claimAsWallet", r, 0)).toBe("NotInTop");
    expect(await s.world.refusal(voter(5), "DividendPool", "claim", r, 2)).toBe("NotInTop");
  });

  it("keeps the ten highest, whatever order they are named in", async () => {
    const weights = [7, 3, 11, 1, 9, 12, 2, 8, 5, 10, 4, 6];
    for (const [i, weight] of weights.entries()) await vote(voter(i), coins(weight), walletOf(i));
    const r = round() + 1n;
    await intoRound(r + 1n);
    for (const [i, weight] of weights.entries()) if (weight > 2) await nominate(r, walletOf(i));
    expect(await s.world.refusal(stranger, "DividendPool", "nominate", r, walletOf(3))).toBe("WeightTooLow");
    expect(await s.world.refusal(stranger, "DividendPool", "nominate", r, walletOf(4))).toBe("NominatedAlready");
    const data = await s.world.readAll("DividendPool", "top", r);
    expect([...(data.weights as never as bigint[])]).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map(coins));
  });

  it("has its times: named when over, drawn when named, claimed until closed; the rest goes on", async () => {
    await vote(voter(0), coins(300), walletOf(0));
    await fill(1_000n);
    const r = round() + 1n;
    const refusal = (method: string, ...more: unknown[]) =>
      s.world.refusal(voter(0), "DividendPool", method, r, ...more);
    expect(await refusal("nominate", walletOf(0))).toBe("RoundRuns");
    await intoRound(r + 1n);
    expect(await refusal("draw")).toBe("NominationRuns");
    expect(await refusal("claim", 0)).toBe("NotDrawn");
    await nominate(r, walletOf(0));
    await intoRound(r + 1n, ROUND / 4);
    expect(await refusal("nominate", walletOf(1))).toBe("NominationOver");
    await s.world.send(stranger, "DividendPool", "draw", r);
    expect(await refusal("draw")).toBe("DrawnAlready");
    expect(await refusal("close")).toBe("ClaimRuns");
    await s.world.send(voter(0), "DividendPool", "claim", r, 0);
    await intoRound(r + 9n);
    expect(await s.world.refusal(walletOf(0), "DividendPool", "claimAsWallet", r, 0)).toBe("ClaimOver");
    const setAside = () => s.world.read("Escrow", "pots", s.world.at("DividendPool"), r);
    expect(await setAside()).toBe(200n);
    await s.world.send(stranger, "DividendPool", "close", r);
    expect(await setAside()).toBe(0n);
    expect(await refusal("close")).toBe("NotDrawn");
    await drawn(r + 9n, [walletOf(0)]);
    expect(await s.world.readAll("DividendPool", "rounds", r + 9n)).toMatchObject({ pot: 200n });
  });

  it("that nobody has votes in leaves the pot for another", async () => {
    await fill(1_000n);
    const r = round() + 1n;
    await intoRound(r + 1n, ROUND / 4);
    expect(await s.world.refusal(stranger, "DividendPool", "draw", r)).toBe("NoWeight");
  });

  it("does not change by what is transferred after its snapshots", async () => {
    await vote(voter(0), coins(300), walletOf(0));
    await vote(voter(1), coins(100), walletOf(1));
    await fill(1_000n);
    const r = round() + 1n;
    await intoRound(r + 1n);
    await s.world.send(voter(0), "SegmentCoin", "transfer", voter(1), coins(300));
    for (const i of [0, 1]) await nominate(r, walletOf(i));
    await intoRound(r + 1n, ROUND / 4);
    await s.world.send(stranger, "DividendPool", "draw", r);
    await s.world.send(voter(0), "DividendPool", "claim", r, 0);
    await s.world.send(voter(1), "DividendPool", "claim", r, 1);
    expect([await s.flows.earned(voter(0)), await s.flows.earned(voter(1))]).toEqual([600n, 200n]);
  });
});

describe("the subsidy", () => {
  const due = (years: number) => s.world.read("FeeSplitter", "scheduled", BigInt(from + Math.round(years * YEAR)));
  let from = 0;

  it("comes to three, two and one sixths in three years, then to no more", async () => {
    from = Number(await s.world.read("FeeSplitter", "SUBSIDY_FROM"));
    const all = PARAMETERS.subsidy;
    expect(await Promise.all([0, 0.5, 1, 1.5, 2, 2.5, 3, 30].map(due))).toEqual(
      [0n, 3n, 6n, 8n, 10n, 11n, 12n, 12n].map((twelfths) => (all * twelfths) / 12n),
    );
  });

  it("is paid into both pools by quarters, by anybody's hand, as far as it is due", async () => {
    const { events } = await s.world.send(stranger, "FeeSplitter", "paySubsidy");
    const paid = await s.world.read("FeeSplitter", "subsidyPaid");
    expect(paid).toBe(await s.world.read("FeeSplitter", "scheduled", BigInt(s.world.seconds)));
    expect(events.at(-1)?.values).toEqual({ validators: paid / 4n, dividends: paid - paid / 4n });
    await s.world.warp(4 * YEAR);
    await s.world.send(stranger, "FeeSplitter", "paySubsidy");
    expect(await s.world.read("FeeSplitter", "subsidyPaid")).toBe(PARAMETERS.subsidy);
    await s.world.warp(YEAR);
    expect(await s.world.refusal(stranger, "FeeSplitter", "paySubsidy")).toBe("NothingDue");
  });
});
