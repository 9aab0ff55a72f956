// The ledger in TypeScript against the contracts: the same random streams of reports, tickets and vouchers, epoch by epoch,
// and every account of the escrow to the unit.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CountedTicket,
  closeEpoch,
  type EpochEvidence,
  type Link,
  type Path,
  type Report,
} from "../../src/settlement/ledger/close.ts";
import type { Account, Rules } from "../../src/settlement/ledger/epoch.ts";
import { PLAIN_LINK } from "../../src/settlement/ledger/hops.ts";
import { net } from "../../src/settlement/ledger/netting.ts";
import { coins, consumer, Flows, path, provider } from "./flows.ts";
import { World, whyNoChain } from "./world.ts";

const RUNS = 25;
const CONSUMERS = 4;
const PROVIDERS = 5;
const TICKETS = 40;
const lower = (account: string): Account => account.toLowerCase() as Account;
const consumers = Array.from({ length: CONSUMERS }, (_, i) => lower(consumer(i)));
const providers = Array.from({ length: PROVIDERS }, (_, i) => lower(provider(i)));
const RULES: Rules = {
  feePpm: 10_000n,
  infrastructurePpm: 50_000n,
  infrastructure: providers[PROVIDERS - 1] as Account,
};

const octets = fc.bigInt({ min: 0n, max: 40_000_000_000n });
const index = (length: number) => fc.integer({ min: 0, max: length - 1 });

/** A ring of links, and paths of one to three hops along it. */
const links: Link[] = providers.map((one, i) => ({
  linkId: `link ${i}`,
  ends: [one, providers[(i + 1) % PROVIDERS] as Account],
  rules: PLAIN_LINK,
}));
const somePath = fc.record({
  who: index(CONSUMERS),
  first: index(PROVIDERS),
  hops: fc.integer({ min: 1, max: 3 }),
  price: octets,
});
const stream = fc.record({
  paths: fc.array(somePath, { minLength: 1, maxLength: 6 }),
  tickets: fc.array(fc.tuple(index(6), index(3), octets), { maxLength: TICKETS }),
  counts: fc.array(fc.tuple(octets, octets), { minLength: PROVIDERS, maxLength: PROVIDERS }),
  signed: fc.array(fc.bigInt({ min: 0n, max: 50n * 10n ** 18n }), { minLength: 6, maxLength: 6 }),
  entriesMax: fc.integer({ min: 8, max: 20 }),
});
type Stream = typeof stream extends fc.Arbitrary<infer S> ? S : never;

function evidenceOf({ paths: given, tickets, counts, signed }: Stream): EpochEvidence {
  const paths: Path[] = given.map(({ who, first, hops, price }, i) => ({
    pathId: path(i),
    consumer: consumers[who] as Account,
    pricePerGB: price * 100_000_000n,
    hops: Array.from({ length: hops }, (_, h) => (first + h) % PROVIDERS).map((at) => ({
      provider: providers[at] as Account,
      linkId: `link ${at}`,
    })),
  }));
  const totals = new Map<string, bigint>();
  const counted = tickets.flatMap(([which, hop, more], seq): CountedTicket[] => {
    const chosen = paths[which % paths.length];
    const relay = chosen?.hops[hop % chosen.hops.length]?.provider;
    if (chosen === undefined || relay === undefined) return [];
    const total = (totals.get(`${which % paths.length} ${relay}`) ?? 0n) + more;
    totals.set(`${which % paths.length} ${relay}`, total);
    const who = { pathId: chosen.pathId, provider: relay, bootTime: 1n };
    return [{ ...who, digest: path(seq), seq: BigInt(seq + 1), totalIn: total, totalOut: total }];
  });
  const report = (linkId: string, reporter: Account, seq: bigint, sent: bigint, received: bigint): Report => ({
    digest: "",
    linkId,
    reporter,
    bootTime: 1n,
    seq,
    inOctets: received,
    outOctets: sent,
    inPackets: received / 1_000n,
    outPackets: sent / 1_000n,
  });
  const reports = links.flatMap(({ linkId, ends: [a, b] }, i) => {
    const [sent, received] = counts[i] as [bigint, bigint];
    return [
      report(linkId, a, 1n, 0n, 0n),
      report(linkId, b, 1n, 0n, 0n),
      report(linkId, a, 2n, sent, 0n),
      report(linkId, b, 2n, 0n, received),
    ];
  });
  return {
    links,
    paths,
    reportsBefore: [],
    reports,
    ticketsBefore: [],
    tickets: counted,
    signedAmounts: new Map(paths.map(({ pathId }, i) => [pathId, signed[i] ?? 0n])),
    unused: new Map(),
  };
}

describe("the ledger and the contracts", () => {
  let world: World;
  let flows: Flows;
  const why = whyNoChain();
  beforeAll(async () => {
    if (why !== undefined) return;
    world = await World.start();
    flows = new Flows(world);
    for (let i = 0; i < CONSUMERS; i++) await flows.deposit(consumer(i), coins(1_000_000), coins(100_000));
    await flows.providers(PROVIDERS);
    await flows.validators(3);
    // The batch is of the epoch before.
    await world.toEpoch(world.epoch + 1n);
  });
  afterAll(() => world?.end());

  const books = async (): Promise<Map<string, bigint>> => {
    const pool = (name: "ValidatorSet" | "DividendPool") => world.read("Escrow", "pools", world.at(name));
    return new Map([
      ...(await Promise.all(consumers.map(async (who) => [who, await flows.free(who)] as const))),
      ...(await Promise.all(providers.map(async (who) => [who, await flows.earned(who)] as const))),
      ["validators", await pool("ValidatorSet")],
      ["dividends", await pool("DividendPool")],
    ]);
  };

  it("agree to the unit on every account, over random streams", async ({ skip }) => {
    if (why !== undefined) skip(why);
    let settled = 0;
    await fc.assert(
      fc.asyncProperty(stream, async (given) => {
        const { paths } = closeEpoch(evidenceOf(given), RULES);
        const chunks = net(paths, given.entriesMax);
        const expected = await books();
        const add = (who: string, amount: bigint) => expected.set(who, (expected.get(who) ?? 0n) + amount);
        for (const { consumer: who, amount, credits } of paths) {
          add(who, -amount);
          for (const credit of credits) add(credit.account, credit.amount);
        }
        for (const { fee } of chunks) {
          add("validators", fee / 4n);
          add("dividends", fee - fee / 4n);
        }
        for (const [chunk, { debits, credits, fee }] of chunks.entries()) {
          await flows.settle({ debits, credits, fee, chunk: BigInt(chunk), chunks: BigInt(chunks.length) });
          settled++;
        }
        expect(await books()).toEqual(expected);
        await world.toEpoch(world.epoch + 1n);
      }),
      { numRuns: RUNS },
    );
    expect(settled).toBeGreaterThan(RUNS / 2);
  });
});
