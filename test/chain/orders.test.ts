// Paid priority and the market: every way an order or a deal can go, and where the money is then.

import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/settlement/chain/sign.ts";
import { type Hex, INFINITE_PRICE } from "../../src/settlement/typed.ts";
import { coins, consumer, consumerWallet, onePays, path, provider, stranger } from "./flows.ts";
import { stage } from "./stage.ts";
import { PARAMETERS, wallet } from "./world.ts";

const router = wallet(140);
const GRACE = PARAMETERS.graceSeconds;
const HOUR = 3_600;

const s = stage(async ({ world, flows }) => {
  await flows.validators(3);
  await flows.providers(2);
  await flows.deposit(consumer(0), coins(100), 0n);
  const consent = flows.signed(router, "DeviceKey", { provider: provider(0), key: router.address as Hex });
  await world.send(provider(0), "QosEscrow", "registerDevice", router.address, consent);
});

/** Fees are rounded down. */
const net = (amount: bigint) => amount - amount / 100n;
const reserved = (module: "QosEscrow" | "Ditex") => s.world.read("Escrow", "reserved", s.world.at(module));

describe("an order of priority", () => {
  const order = (more = {}) => ({
    consumer: consumer(0),
    provider: provider(0),
    routerKey: router.address as Hex,
    configHash: path(7),
    amount: coins(10),
    holdBack: coins(4),
    deadline: BigInt(s.world.seconds + 300),
    until: BigInt(s.world.seconds + 2_300),
    nonce: 1n,
    ...more,
  });
  const open = async (more = {}) => {
    const o = order(more);
    await s.world.send(consumer(0), "QosEscrow", "open", o, "0x");
    return { o, id: digestOf(s.world.deployment, "QosOrder", o) };
  };
  const acceptance = async (id: Hex, more = {}, by = router, seats?: readonly number[]) => {
    const message = {
      orderId: id,
      routerKey: router.address as Hex,
      configHash: path(7),
      rpcReplyHash: path(8),
      acceptedAt: BigInt(s.world.seconds),
      ...more,
    };
    const seal = await s.flows.seal(s.world.epoch, digestOf(s.world.deployment, "ConfigAccepted", message), seats);
    return [message, s.flows.signed(by, "ConfigAccepted", message), seal];
  };
  const failure = (id: Hex, by = router) => {
    const message = { orderId: id, routerKey: router.address as Hex, rpcReplyHash: path(9), failedAt: 1n };
    return [message, s.flows.signed(by, "ConfigFailed", message)];
  };
  const removal = async (id: Hex, removedAt: bigint) => {
    const message = { orderId: id, removedAt };
    const digest = digestOf(s.world.deployment, "ConfigRemoved", message);
    return [message, await s.flows.seal(s.world.epoch, digest)];
  };
  const state = async (id: Hex) =>
    ["None", "Open", "Released", "Refunded"][Number((await s.world.readAll("QosEscrow", "orders", id)).state)];
  const send = (method: string, ...args: unknown[]) => s.world.send(stranger, "QosEscrow", method, ...args);
  const refusal = (method: string, ...args: unknown[]) => s.world.refusal(stranger, "QosEscrow", method, ...args);

  it("binds the consumer's money and is known by what the consumer signs", async () => {
    const { id } = await open();
    expect(await state(id)).toBe("Open");
    expect(await s.flows.free(consumer(0))).toBe(coins(90));
    expect(await reserved("QosEscrow")).toBe(coins(10));
  });

  it("may be brought by anybody with the consumer's signature, and by nobody without", async () => {
    const o = order();
    expect(await refusal("open", o, "0x")).toBe("SignatureWrong");
    await send("open", o, s.flows.signed(consumerWallet(0), "QosOrder", o));
    expect(await refusal("open", o, s.flows.signed(consumerWallet(0), "QosOrder", o))).toBe("StateWrong");
  });

  it.each([
    ["for nothing", { amount: 0n, holdBack: 0n }, "TermsWrong"],
    ["that holds back more than it pays", { holdBack: coins(11) }, "TermsWrong"],
    ["whose deadline is past", { deadline: 1n }, "TermsWrong"],
    ["that ends before its deadline", { until: 2n }, "TermsWrong"],
    ["for a router that is not the provider's", { provider: provider(1) }, "KeyNotProviders"],
    ["of more than there is", { amount: coins(101) }, "FreeTooLow"],
  ])("%s is refused", async (_what, more, expected) => {
    expect(await s.world.refusal(consumer(0), "QosEscrow", "open", order(more), "0x")).toBe(expected);
  });

  it("is released by the router's acceptance, less what is held back, and at its end wholly", async () => {
    const { o, id } = await open();
    await send("accept", ...(await acceptance(id)));
    expect([await state(id), await s.flows.earned(provider(0))]).toEqual(["Released", net(coins(6))]);
    await s.world.warp(Number(o.until) + GRACE - s.world.seconds - 2);
    expect(await refusal("end", id)).toBe("Early");
    await s.world.warp(3);
    await send("end", id);
    expect(await s.flows.earned(provider(0))).toBe(net(coins(10)));
    expect(await reserved("QosEscrow")).toBe(0n);
    expect(await refusal("end", id)).toBe("NothingHeld");
  });

  it("is refunded whole by the router's refusal", async () => {
    const { id } = await open();
    expect(await refusal("fail", ...failure(id, wallet(141)))).toBe("SignatureWrong");
    await send("fail", ...failure(id));
    expect([await state(id), await s.flows.free(consumer(0))]).toEqual(["Refunded", coins(100)]);
    expect(await refusal("accept", ...(await acceptance(id)))).toBe("StateWrong");
    expect(await refusal("fail", ...failure(id))).toBe("StateWrong");
  });

  it("without an answer is refunded after deadline and grace, not before, and no answer counts then", async () => {
    const { o, id } = await open();
    await s.world.warp(Number(o.deadline) + GRACE - s.world.seconds);
    expect(await refusal("timeOut", id)).toBe("Early");
    const late = await acceptance(id, { acceptedAt: o.deadline });
    await s.world.warp(1);
    expect(await refusal("accept", ...late)).toBe("Late");
    expect(await refusal("fail", ...failure(id))).toBe("Late");
    await send("timeOut", id);
    expect([await state(id), await s.flows.free(consumer(0))]).toEqual(["Refunded", coins(100)]);
    expect(await refusal("timeOut", id)).toBe("StateWrong");
  });

  it("accepted in time may be proved within the grace, accepted late never", async () => {
    const { o, id } = await open();
    await s.world.warp(Number(o.deadline) + 60 - s.world.seconds);
    const late = await acceptance(id, { acceptedAt: o.deadline + 1n });
    expect(await refusal("accept", ...late)).toBe("OutcomeDiffers");
    await send("accept", ...(await acceptance(id, { acceptedAt: o.deadline })));
    expect(await state(id)).toBe("Released");
  });

  it("removed early goes back pro rata out of what is held, the rest to the provider", async () => {
    const { o, id } = await open();
    const accepted = BigInt(s.world.seconds);
    await send("accept", ...(await acceptance(id)));
    const removedAt = o.until - (o.until - accepted) / 4n;
    await s.world.warp(Number(removedAt) + 10 - s.world.seconds);
    await send("endEarly", ...(await removal(id, removedAt)));
    const back = (coins(10) * (o.until - removedAt)) / (o.until - accepted);
    expect(await s.flows.free(consumer(0))).toBe(coins(90) + back);
    expect(await s.flows.earned(provider(0))).toBe(net(coins(6)) + net(coins(4) - back));
    expect(await refusal("endEarly", ...(await removal(id, removedAt)))).toBe("NothingHeld");
  });

  it("removed at once costs the provider no more than what is held back", async () => {
    const { id } = await open();
    await send("accept", ...(await acceptance(id)));
    await send("endEarly", ...(await removal(id, 1n)));
    expect(await s.flows.free(consumer(0))).toBe(coins(94));
    expect(await s.flows.earned(provider(0))).toBe(net(coins(6)));
  });

  it("is not released by another configuration, another key, or validators without a quorum", async () => {
    const { id } = await open();
    expect(await refusal("accept", ...(await acceptance(id, { configHash: path(1) })))).toBe("OutcomeDiffers");
    expect(await refusal("accept", ...(await acceptance(id, {}, wallet(141))))).toBe("SignatureWrong");
    expect(await refusal("accept", ...(await acceptance(id, {}, router, [0])))).toBe("QuorumTooLow");
    expect(await refusal("accept", ...(await acceptance(path(3))))).toBe("StateWrong");
  });

  it("names a router's key that consented, and each key is one provider's for good", async () => {
    const key = wallet(142);
    const args = (to: Hex, by = key) => [
      key.address,
      s.flows.signed(by, "DeviceKey", { provider: to, key: key.address as Hex }),
    ];
    const register = (from: Hex, ...more: unknown[]) => s.world.refusal(from, "QosEscrow", "registerDevice", ...more);
    expect(await register(provider(1), ...args(provider(1), router))).toBe("SignatureWrong");
    expect(await register(stranger, ...args(provider(1)))).toBe("SignatureWrong");
    await s.world.send(provider(1), "QosEscrow", "registerDevice", ...args(provider(1)));
    expect(await register(provider(0), ...args(provider(0)))).toBe("KeyTaken");
  });
});

describe("a deal", () => {
  const seller = wallet(41);
  const hours = (n: number) => BigInt((Math.floor(s.world.seconds / HOUR) + n) * HOUR);
  const quote = (more = {}) => ({
    segmentId: path(3),
    seller: seller.address as Hex,
    pricePerGB: coins(1),
    start: hours(1),
    end: hours(3),
    nonce: 5n,
    expiry: BigInt(s.world.seconds + 1_000),
    ...more,
  });
  const buying = (q: ReturnType<typeof quote>, more: { gigabytes?: bigint; most?: bigint; seen?: Hex } = {}) => {
    const id = digestOf(s.world.deployment, "Quote", q);
    const signature = s.flows.signed(seller, "Quote", q);
    return [q, signature, more.gigabytes ?? 4n, more.most ?? coins(1), more.seen ?? id];
  };
  const buy = async (more = {}) => {
    const q = quote(more);
    await s.world.send(consumer(0), "Ditex", "buy", ...buying(q));
    return { q, id: digestOf(s.world.deployment, "Quote", q) };
  };
  const refusedBuy = (...args: unknown[]) => s.world.refusal(consumer(0), "Ditex", "buy", ...args);

  it("binds the money until its window is over, then pays the seller", async () => {
    const { q, id } = await buy();
    expect([await s.flows.free(consumer(0)), await reserved("Ditex")]).toEqual([coins(96), coins(4)]);
    await s.world.warp(Number(q.end) + GRACE - s.world.seconds);
    expect(await s.world.refusal(stranger, "Ditex", "pay", id)).toBe("Early");
    await s.world.warp(1);
    await s.world.send(stranger, "Ditex", "pay", id);
    expect([await s.flows.earned(provider(1)), await reserved("Ditex")]).toEqual([net(coins(4)), 0n]);
    expect(await s.world.refusal(stranger, "Ditex", "pay", id)).toBe("DealClosed");
  });

  it.each([
    [
      "at the price of what is sold to nobody",
      { pricePerGB: INFINITE_PRICE },
      { most: INFINITE_PRICE },
      "PriceInfinite",
    ],
    ["above the buyer's price", { pricePerGB: coins(2) }, {}, "PriceTooHigh"],
    ["that is not the one it saw", {}, { seen: path(1) }, "QuoteDiffers"],
    ["that has expired", { expiry: 1n }, {}, "QuoteExpired"],
    ["whose window is not whole hours", { start: 1n }, {}, "WindowWrong"],
    ["whose window ends before it begins", { end: 3_600n }, {}, "WindowWrong"],
    ["of nothing", {}, { gigabytes: 0n }, "AmountWrong"],
    ["of more than there is", {}, { gigabytes: 101n }, "FreeTooLow"],
  ] as const)("%s is refused", async (_what, more, terms, expected) => {
    expect(await refusedBuy(...buying(quote(more), terms))).toBe(expected);
  });

  it("by a quote that its seller did not sign is refused", async () => {
    const q = quote();
    const [, , ...rest] = buying(q);
    expect(await refusedBuy(q, s.flows.signed(wallet(42), "Quote", q), ...rest)).toBe("SignatureWrong");
  });

  it("is made once a quote, and not at all once its nonce was cancelled", async () => {
    const { q } = await buy();
    expect(await refusedBuy(...buying(q))).toBe("QuoteVoid");
    await s.world.send(seller.address as Hex, "Ditex", "cancel", 0n, 1n << 9n);
    const cancelled = quote({ nonce: 9n, start: hours(30), end: hours(31) });
    expect(await refusedBuy(...buying(cancelled))).toBe("QuoteVoid");
  });

  it("sells an hour of a segment once, up to but without its end", async () => {
    await buy();
    const window = (start: number, end: number) =>
      refusedBuy(...buying(quote({ nonce: 6n, start: hours(start), end: hours(end) })));
    expect(await window(2, 4)).toBe("HoursSold");
    expect(await window(1, 2)).toBe("HoursSold");
    expect(await window(1, 700)).toBe("HoursSold");
    expect(await window(3, 746)).toBe("it was taken");
    expect(await window(3, 748)).toBe("WindowWrong");
    await buy({ nonce: 7n, start: hours(3), end: hours(600) });
    expect(await window(599, 601)).toBe("HoursSold");
    expect(await window(600, 601)).toBe("it was taken");
    const elsewhere = quote({ nonce: 6n, segmentId: path(4) });
    expect(await refusedBuy(...buying(elsewhere))).toBe("it was taken");
  });

  it("is void by the seller's will or the validators' word, and by nobody else's", async () => {
    const first = await buy();
    expect(await s.world.refusal(consumer(0), "Ditex", "void", first.id)).toBe("NotSeller");
    await s.world.send(seller.address as Hex, "Ditex", "void", first.id);
    expect(await s.flows.free(consumer(0))).toBe(coins(100));
    const second = await buy({ nonce: 6n, segmentId: path(4) });
    const message = { dealId: second.id, failedAt: hours(2) };
    const digest = digestOf(s.world.deployment, "DealFailed", message);
    const weak = await s.flows.seal(s.world.epoch, digest, [0]);
    expect(await s.world.refusal(stranger, "Ditex", "voidFailed", message, weak)).toBe("QuorumTooLow");
    await s.world.send(stranger, "Ditex", "voidFailed", message, await s.flows.seal(s.world.epoch, digest));
    expect([await s.flows.free(consumer(0)), await reserved("Ditex")]).toEqual([coins(100), 0n]);
    const third = await buy({ nonce: 8n, segmentId: path(6) });
    await s.world.warp(Number(third.q.end) + GRACE + 1 - s.world.seconds);
    const late = { dealId: third.id, failedAt: hours(2) };
    const seal = await s.flows.seal(s.world.epoch, digestOf(s.world.deployment, "DealFailed", late));
    expect(await s.world.refusal(stranger, "Ditex", "voidFailed", late, seal)).toBe("Late");
  });
});

it("an order leaves the caps of three epochs where batches can reach them", async () => {
  await s.world.send(consumer(0), "Escrow", "setCap", coins(30));
  await s.world.toEpoch(s.world.epoch + 1n);
  const o = {
    consumer: consumer(0),
    provider: provider(0),
    routerKey: router.address as Hex,
    configHash: path(7),
    amount: coins(11),
    holdBack: 0n,
    deadline: BigInt(s.world.seconds + 300),
    until: BigInt(s.world.seconds + 2_300),
    nonce: 1n,
  };
  expect(await s.world.refusal(consumer(0), "QosEscrow", "open", o, "0x")).toBe("FreeTooLow");
  await s.world.send(consumer(0), "QosEscrow", "open", { ...o, amount: coins(10) }, "0x");
  await s.flows.settle(onePays(coins(30)));
  expect(await s.flows.free(consumer(0))).toBe(coins(60));
});
