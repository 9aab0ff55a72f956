// Many tickets, three workers of one store, killed at random all the while: what was spent, earned and counted, and what it
// should be. restart.test.ts and bench/soak-settlement.ts say how many.

import { SeededRng, unit } from "../../src/base/rng.ts";
import { sendEvidence } from "../../src/settlement/service/peers.ts";
import type { EvidenceItem } from "../../src/wire/settlement.ts";
import { coins, consumer, consumerWallet, provider } from "./flows.ts";
import { linkOf, lower, pathOf, Signing, termsId } from "./traffic.ts";
import { type ValidatorProcess, ValidatorsWorld } from "./validators-world.ts";
import { type World, wallet } from "./world.ts";

const CONSUMERS = 10;
const OCTETS = 1_000_000n;
/** So much that nothing is ever rounded: 200 units an octet on each of two hops. */
const PRICE = 400n * 1_000_000_000n;
const POSTED = 100;

const providers = [wallet(40), wallet(41), wallet(42)] as const;
const boot = 7n;

export type Restarts = {
  readonly tickets: number;
  readonly epochs: number;
  readonly seed: number;
  /** The address of a store that has nothing in it; a folder is there for it. */
  readonly store: (folder: string) => Promise<string>;
};

export type Ledger = {
  /** Of each consumer, in the order of consumers. */
  readonly spent: readonly bigint[];
  /** Of each of the two providers that relay. */
  readonly earned: readonly bigint[];
  readonly tickets: bigint;
};

export type Restarted = { readonly kills: number; readonly seen: Ledger; readonly due: Ledger };

/** Terms, then each epoch's evidence in the order it comes in. */
function evidence(
  signing: Signing,
  first: bigint,
  epochCount: number,
  each: number,
): { terms: EvidenceItem[]; epochs: EvidenceItem[][] } {
  const [a, b, c] = providers;
  const links = [linkOf("a>b", lower(a), lower(b)), linkOf("b>c", lower(b), lower(c))] as const;
  const paths = Array.from({ length: CONSUMERS }, (_, i) =>
    pathOf(`path ${i}`, consumer(i).toLowerCase() as `0x${string}`, PRICE, [
      [lower(a), links[0]],
      [lower(b), links[1]],
    ]),
  );
  const perEpoch = BigInt(each) * OCTETS * BigInt(CONSUMERS);
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
  const epochs = Array.from({ length: epochCount }, (_, e) => {
    const epoch = first + BigInt(e);
    const before = e === 0 ? reports(epoch, 1n, 0n) : [];
    const tickets = paths.flatMap((path) =>
      Array.from({ length: each }, (_, k) => BigInt(e * each + k + 1)).flatMap((seq) =>
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

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until some worker says that it is kept. */
async function post(
  workers: readonly ValidatorProcess[],
  items: readonly EvidenceItem[],
  chance: () => number,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    const worker = workers[Math.floor(chance() * workers.length)] as ValidatorProcess;
    try {
      const { refused } = await sendEvidence(worker.url, items);
      if (refused.length > 0) throw new Error(`refused: ${JSON.stringify(refused[0])}`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "VALIDATOR_SILENT" || tries > 600) throw error;
      await pause(50);
    }
  }
}

/** Kills one of them every so often, and starts it again. */
function killer(
  workers: readonly ValidatorProcess[],
  chance: () => number,
): { reached: (times: number) => Promise<void>; stop: () => Promise<number> } {
  let [on, kills] = [true, 0];
  const done = (async () => {
    while (on) {
      await pause(200 + chance() * 1_300);
      const worker = workers[Math.floor(chance() * workers.length)] as ValidatorProcess;
      if (!on || !worker.runs) continue;
      await worker.kill();
      kills++;
      await worker.start();
    }
  })();
  return {
    reached: async (times: number) => {
      while (kills < times) await pause(50);
    },
    stop: async () => {
      on = false;
      await done;
      return kills;
    },
  };
}

export async function restarted(run: Restarts): Promise<Restarted> {
  const here = await ValidatorsWorld.start({ consumers: CONSUMERS, providers: 3, validators: 1 });
  try {
    return await inWorld(here, run);
  } finally {
    await here.end();
  }
}

async function inWorld(here: ValidatorsWorld, run: Restarts): Promise<Restarted> {
  const { world, flows } = here;
  const each = run.tickets / CONSUMERS / 2 / run.epochs;
  const free = () => Promise.all(Array.from({ length: CONSUMERS }, (_, i) => flows.free(consumer(i))));
  const before = await free();
  const { terms, epochs } = evidence(new Signing(world.deployment), world.epoch, run.epochs, each);
  const address = await run.store(here.folder);
  const workers: ValidatorProcess[] = [];
  for (let i = 0; i < 3; i++) workers.push(await here.process(0, { store: address }));
  await workers[0]?.start();
  await Promise.all(workers.slice(1).map((one) => one.start()));
  const [kills, posts] = [new SeededRng(run.seed), new SeededRng(run.seed + 1)];
  const killing = killer(workers, () => unit(kills));
  const chance = () => unit(posts);
  try {
    await post(workers, terms, chance);
    for (const [e, items] of epochs.entries()) {
      const epoch = world.epoch;
      for (let at = 0; at < items.length; at += POSTED) await post(workers, items.slice(at, at + POSTED), chance);
      await killing.reached(e + 1);
      // Some come twice: whoever got no answer sends again.
      await post(workers, items.slice(0, POSTED), chance);
      await world.toEpoch(epoch + 1n);
      await settled(world, epoch, workers);
      await world.look();
    }
  } finally {
    await killing.stop();
  }
  const ofPath = BigInt(each * run.epochs) * OCTETS * 400n;
  const [fee, all] = [(ofPath * BigInt(CONSUMERS)) / 100n, ofPath * BigInt(CONSUMERS)];
  const after = await free();
  return {
    kills: await killing.stop(),
    seen: {
      spent: after.map((left, i) => (before[i] ?? 0n) - left),
      earned: [await flows.earned(provider(0)), await flows.earned(provider(1))],
      tickets: await ticketsOn(world),
    },
    due: {
      spent: after.map(() => ofPath),
      earned: [(all - fee) / 2n, (all - fee) / 2n],
      tickets: BigInt(run.tickets),
    },
  };
}

async function settled(world: World, epoch: bigint, workers: readonly ValidatorProcess[]): Promise<void> {
  const chunks = async () => (await world.readAll("Settlement", "progress", epoch)).chunks;
  for (let tries = 0; (await chunks()) !== 1n; tries++) {
    if (tries > 600)
      throw new Error(`epoch ${epoch} was not settled: ${workers.map(({ log }) => log.slice(-1_500)).join("\n")}`);
    await pause(200);
  }
}

async function ticketsOn(world: World): Promise<bigint> {
  return (await world.events())
    .filter(({ name }) => name === "ChunkSettled")
    .map(({ values }) => (values.batch as { ticketCount: bigint }).ticketCount)
    .reduce((sum, count) => sum + count, 0n);
}
