// Ten thousand tickets, three workers of one store, killed at random all the while: every ticket that was acknowledged is
// paid, and none twice.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sendEvidence } from "../../src/settlement/service/peers.ts";
import type { EvidenceItem } from "../../src/wire/settlement.ts";
import { PostgresServer, whyNoPostgres } from "../support/postgres.ts";
import { coins, consumer, consumerWallet, provider } from "./flows.ts";
import { linkOf, lower, pathOf, Signing, termsId } from "./traffic.ts";
import { type ValidatorProcess, ValidatorsWorld } from "./validators-world.ts";
import { type World, wallet, whyNoChain } from "./world.ts";

const CONSUMERS = 10;
const EPOCHS = 4;
const TICKETS = 10_000;
/** Of each of two providers on each path in each epoch. */
const EACH = TICKETS / CONSUMERS / 2 / EPOCHS;
const OCTETS = 1_000_000n;
/** So much that nothing is ever rounded: 200 units an octet on each of two hops. */
const PRICE = 400n * 1_000_000_000n;
const POSTED = 100;

const providers = [wallet(40), wallet(41), wallet(42)] as const;
const boot = 7n;

let places: ValidatorsWorld | undefined;
let server: PostgresServer | undefined;
afterEach(async () => {
  await places?.end();
  await server?.stop();
  [places, server] = [undefined, undefined];
}, 60_000);

/** Terms, then each epoch's evidence in the order it comes in. */
function evidence(signing: Signing, first: bigint): { terms: EvidenceItem[]; epochs: EvidenceItem[][] } {
  const [a, b, c] = providers;
  const links = [linkOf("a>b", lower(a), lower(b)), linkOf("b>c", lower(b), lower(c))] as const;
  const paths = Array.from({ length: CONSUMERS }, (_, i) =>
    pathOf(`path ${i}`, consumer(i).toLowerCase() as `0x${string}`, PRICE, [
      [lower(a), links[0]],
      [lower(b), links[1]],
    ]),
  );
  const perEpoch = BigInt(EACH) * OCTETS * BigInt(CONSUMERS);
  const reports = (epoch: bigint, seq: bigint, octets: bigint) =>
    ([a, b, c] as const)
      .flatMap((by, i) => {
        const total = { epoch, bootTime: boot, seq };
        const counts = { inOctets: octets, outOctets: octets, inPkts: octets / 1_000n, outPkts: octets / 1_000n };
        return links
          .filter(({ ends }) => ends.includes(lower(by)))
          .map((link) => {
            const sends = link.ends[0] === lower(by);
            const [inOctets, outOctets] = sends ? [0n, counts.outOctets] : [counts.inOctets, 0n];
            const [inPkts, outPkts] = [inOctets / 1_000n, outOctets / 1_000n];
            return signing.report(by, { ...total, linkId: termsId(link), inOctets, outOctets, inPkts, outPkts });
          })
          .map((item) => ({ item, i }));
      })
      .map(({ item }) => item);
  const epochs = Array.from({ length: EPOCHS }, (_, e) => {
    const epoch = first + BigInt(e);
    const before = e === 0 ? reports(epoch, 1n, 0n) : [];
    const tickets = paths.flatMap((path) =>
      Array.from({ length: EACH }, (_, k) => BigInt(e * EACH + k + 1)).flatMap((seq) =>
        [a, b].map((by) =>
          signing.ticket(by, {
            pathId: termsId(path),
            bootTime: boot,
            seq,
            totalIn: seq * OCTETS,
            totalOut: seq * OCTETS,
          }),
        ),
      ),
    );
    const vouchers = paths.map((path, i) =>
      signing.voucher(consumerWallet(i), { pathId: termsId(path), epoch, cumulativeAmount: coins(1_000) }),
    );
    return [...before, ...tickets, ...vouchers, ...reports(epoch, BigInt(e) + 2n, BigInt(e + 1) * perEpoch)];
  });
  return { terms: [...links, ...paths], epochs };
}

let made: { readonly of: string; readonly items: ReturnType<typeof evidence> } | undefined;

/** Both chains are made alike, so what was signed for one is signed for the other. */
function signedFor({ deployment, epoch }: World): ReturnType<typeof evidence> {
  const of = `${deployment.contracts.Settlement.address} ${epoch}`;
  if (made?.of !== of) made = { of, items: evidence(new Signing(deployment), epoch) };
  return made.items;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until some worker says that it is kept. */
async function post(workers: readonly ValidatorProcess[], items: readonly EvidenceItem[]): Promise<void> {
  for (let tries = 0; ; tries++) {
    const worker = workers[Math.floor(Math.random() * workers.length)] as ValidatorProcess;
    try {
      const { refused } = await sendEvidence(worker.url, items);
      expect(refused).toEqual([]);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "VALIDATOR_SILENT" || tries > 600) throw error;
      await pause(50);
    }
  }
}

/** Kills one of them every so often, and starts it again. */
function killer(workers: readonly ValidatorProcess[]): { stop: () => Promise<number> } {
  let [on, kills] = [true, 0];
  const done = (async () => {
    while (on) {
      await pause(1_000 + Math.random() * 2_000);
      const worker = workers[Math.floor(Math.random() * workers.length)] as ValidatorProcess;
      if (!on || !worker.runs) continue;
      await worker.kill();
      kills++;
      await worker.start();
    }
  })();
  return {
    stop: async () => {
      on = false;
      await done;
      return kills;
    },
  };
}

async function everythingIsPaidOnce(store: (folder: string) => Promise<string>): Promise<void> {
  const here = await ValidatorsWorld.start({ consumers: CONSUMERS, providers: 3, validators: 1 });
  places = here;
  const { world, flows } = here;
  const before = await Promise.all(Array.from({ length: CONSUMERS }, (_, i) => flows.free(consumer(i))));
  const { terms, epochs } = signedFor(world);
  const address = await store(here.folder);
  const workers = [];
  for (let i = 0; i < 3; i++) workers.push(await here.process(0, { store: address }));
  await workers[0]?.start();
  await Promise.all(workers.slice(1).map((one) => one.start()));
  const killing = killer(workers);
  await post(workers, terms);
  for (const items of epochs) {
    const epoch = world.epoch;
    for (let at = 0; at < items.length; at += POSTED) await post(workers, items.slice(at, at + POSTED));
    // Some come twice: whoever got no answer sends again.
    await post(workers, items.slice(0, POSTED));
    await world.toEpoch(epoch + 1n);
    const chunks = async () => (await world.readAll("Settlement", "progress", epoch)).chunks;
    for (let tries = 0; (await chunks()) !== 1n; tries++) {
      if (tries > 600)
        throw new Error(`epoch ${epoch} was not settled: ${workers.map(({ log }) => log.slice(-1_500)).join("\n")}`);
      await pause(200);
    }
    await world.look();
  }
  expect(await killing.stop()).toBeGreaterThan(2);
  const ofPath = BigInt(EACH * EPOCHS) * OCTETS * 400n;
  const after = await Promise.all(Array.from({ length: CONSUMERS }, (_, i) => flows.free(consumer(i))));
  expect(after.map((free, i) => (before[i] ?? 0n) - free)).toEqual(Array.from({ length: CONSUMERS }, () => ofPath));
  const [fee, all] = [(ofPath * BigInt(CONSUMERS)) / 100n, ofPath * BigInt(CONSUMERS)];
  expect([await flows.earned(provider(0)), await flows.earned(provider(1))]).toEqual([
    (all - fee) / 2n,
    (all - fee) / 2n,
  ]);
  const counted = (await world.events())
    .filter(({ name }) => name === "ChunkSettled")
    .map(({ values }) => (values.batch as { ticketCount: bigint }).ticketCount);
  expect(counted.reduce((sum, count) => sum + count, 0n)).toBe(BigInt(TICKETS));
}

describe("workers that are killed at random lose no ticket and pay none twice", () => {
  beforeEach(({ skip }) => {
    const why = whyNoChain();
    if (why !== undefined) skip(why);
  });

  it("over SQLite", () => everythingIsPaidOnce(async (folder) => `${folder}/shared.db`), 300_000);

  it("over PostgreSQL", async ({ skip }) => {
    const why = whyNoPostgres();
    if (why !== undefined) skip(why);
    const running = await PostgresServer.start();
    server = running;
    await everythingIsPaidOnce(() => running.database());
  }, 300_000);
});
