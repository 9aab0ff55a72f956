// An indexer that saw only events knows everything: after some thousand random calls it is asked, entry by entry.

import { AbiCoder, keccak256 } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ContractName } from "../../src/settlement/chain/artifacts.ts";
import { Campaign } from "./campaign.ts";
import { compileHandler } from "./compiled.ts";
import { coins, consumer, consumerWallet, Flows, stranger } from "./flows.ts";
import { type Rebuilt, rebuild } from "./rebuild.ts";
import { type World, whyNoChain } from "./world.ts";

const why = whyNoChain();
let campaign: Campaign;
let rebuilt: Rebuilt = {};

/** From a moment to more than a round, so that all kinds of calls succeed. */
const GAPS = [3, 700, 150, 1_300, 601, 5_000, 97, 2_000, 50_000, 607, 211, 4_000];
const CALLS_IN_BLOCK = 60;

const escapedKey = (key: string): string =>
  keccak256(AbiCoder.defaultAbiCoder().encode(["address", "bytes32", "uint64"], key.split(" ")));

/** Asks the chain for one field of what a method gives. */
const field =
  (name: ContractName, method: string, at: string, keyOf: (key: string) => unknown[] = (key) => [key]) =>
  async (world: World, key: string): Promise<unknown> =>
    (await world.readAll(name, method, ...keyOf(key)))[at];

const value =
  (name: ContractName, method: string, keyOf: (key: string) => unknown[] = (key) => [key]) =>
  (world: World, key: string): Promise<unknown> =>
    world.read<unknown>(name, method, ...keyOf(key));

const none = (): unknown[] => [];
const both = (key: string): unknown[] => key.split(" ");

const ASK: Readonly<Record<string, (world: World, key: string) => Promise<unknown>>> = {
  coins: value("SegmentCoin", "balanceOf"),
  delegates: value("SegmentCoin", "delegates"),
  votes: value("SegmentCoin", "getVotes"),
  free: field("Escrow", "accounts", "free"),
  capLeft: field("Escrow", "accounts", "capLeft"),
  capEpoch: field("Escrow", "accounts", "capEpoch"),
  thawing: field("Escrow", "thaws", "amount"),
  readyAt: field("Escrow", "thaws", "readyAt"),
  caps: async (world, key) => {
    const { cap, next, from } = await world.readAll("Escrow", "caps", key);
    return `${cap} ${next} ${from}`;
  },
  earned: field("Escrow", "earners", "earned"),
  threshold: field("Escrow", "earners", "threshold"),
  activeFrom: field("Escrow", "earners", "activeFrom"),
  reserved: value("Escrow", "reserved"),
  pools: (world, key) =>
    world.read("Escrow", "pools", world.at(key === "validators" ? "ValidatorSet" : "DividendPool")),
  lastEpoch: value("Settlement", "lastEpoch", none),
  ticketsRoot: value("Settlement", "ticketsRoot"),
  progress: async (world, key) => {
    const { next, chunks, ticketCount } = await world.readAll("Settlement", "progress", key);
    return `${next} of ${chunks}, ${ticketCount} tickets`;
  },
  escaped: value("Settlement", "escaped", (key) => [escapedKey(key)]),
  keys: field("Settlement", "sessionKeys", "lastEpoch", both),
  challenges: field("Settlement", "challenges", "challenger", both),
  stakes: field("ValidatorSet", "validators", "stake"),
  signers: field("ValidatorSet", "validators", "signer"),
  freeAt: field("ValidatorSet", "validators", "freeAt"),
  subsidyPaid: value("FeeSplitter", "subsidyPaid", none),
  setAside: value("Escrow", "pots", both),
  pots: field("DividendPool", "rounds", "pot"),
  weights: field("DividendPool", "rounds", "weight"),
  devices: value("QosEscrow", "devices"),
  orders: async (world, key) =>
    ["None", "Open", "Released", "Refunded"][Number((await world.readAll("QosEscrow", "orders", key)).state)],
  held: field("QosEscrow", "orders", "held"),
  deals: field("Ditex", "deals", "amount"),
  open: field("Ditex", "deals", "open"),
  nonces: value("Ditex", "nonces", both),
};

/** The handler signs everything by itself and needs no session keys. */
async function aKey(world: World): Promise<void> {
  const expiry = BigInt(world.seconds + 10_000);
  const message = { consumer: consumer(0), key: consumer(1), capPerEpoch: coins(1), expiry };
  const signature = new Flows(world).signed(consumerWallet(0), "SessionKey", message);
  await world.send(stranger, "Settlement", "authorize", message, signature);
  await world.send(consumer(2), "Settlement", "revoke", consumer(3));
}

describe("an indexer of events", () => {
  beforeAll(async () => {
    if (why !== undefined) return;
    campaign = await Campaign.start(compileHandler());
    const blocks = GAPS.map((gapSeconds, i) => ({ gapSeconds, seed: BigInt(i + 1) }));
    for (let round = 0n; round < 4n; round++) {
      await campaign.run(
        blocks.map(({ gapSeconds, seed }) => ({ gapSeconds, seed: seed + 1_000n * round })),
        CALLS_IN_BLOCK,
      );
    }
    const { world } = campaign;
    await aKey(world);
    const pools = { [world.at("ValidatorSet")]: "validators", [world.at("DividendPool")]: "dividends" };
    rebuilt = rebuild(await world.events(), pools);
  }, 300_000);
  afterAll(() => campaign?.world.end());
  beforeEach(({ skip }) => {
    if (why !== undefined) skip(why);
  });

  it.each(Object.entries(ASK))("knows all %s", async (what, ask) => {
    const nobody = `0x${"00".repeat(20)}`;
    const entries = Object.entries(rebuilt[what] ?? {}).filter(([key]) => key !== nobody);
    expect(entries.length, "nothing of this kind happened").toBeGreaterThan(0);
    const asked = await Promise.all(entries.map(async ([key]) => [key, await ask(campaign.world, key)] as const));
    expect(Object.fromEntries(entries)).toEqual(Object.fromEntries(asked));
  });
});
