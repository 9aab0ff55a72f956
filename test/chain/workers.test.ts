// Validators beside each other in one process, taken step by step: whose turn it is, a chain that stands still, and the
// processes that help them.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { encryptKeystoreJson } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../src/base/clock.ts";
import { writeDeployment } from "../../src/settlement/chain/deployment.ts";
import { sendEvidence } from "../../src/settlement/service/peers.ts";
import { startValidator, type Validator, type ValidatorSettings } from "../../src/settlement/service/validator.ts";
import { epochOf } from "../../src/settlement/store/epochs.ts";
import type { EvidenceItem } from "../../src/wire/settlement.ts";
import { freePort } from "../support/free-port.ts";
import { silent } from "../support/stores.ts";
import { coins, consumer, consumerWallet, signer } from "./flows.ts";
import { stage } from "./stage.ts";
import { linkOf, lower, pathOf, Signing, termsId } from "./traffic.ts";

import { wallet } from "./world.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
const SEATS = 3;
const TURN_SECONDS = 100;
const [near, far] = [wallet(40), wallet(41)];
const OCTETS = 1_000_000n;

const here = stage(async ({ world, flows }) => {
  await flows.deposit(consumer(0), coins(1_000), coins(1_000));
  await flows.providers(2);
  await flows.validators(SEATS);
  for (let i = 0; i < SEATS; i++) {
    await world.provider.send("anvil_setBalance", [signer(i).address, "0x3635c9adc5dea00000"]);
  }
});

let folder: string;
const ports: number[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "srwan-workers-"));
  writeFileSync(join(folder, "password"), "secret\n", { mode: 0o600 });
  for (let seat = 0; seat < SEATS; seat++) {
    const { address, privateKey } = signer(seat);
    const json = await encryptKeystoreJson({ address, privateKey }, "secret", { scrypt: { N: 2 } });
    writeFileSync(join(folder, `key-${seat}.json`), json, { mode: 0o600 });
    ports.push(await freePort());
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let clock: ManualClock;
let running: Map<number, Validator>;
let round = 0;
beforeEach(() => {
  writeDeployment(join(folder, "chain.json"), here.world.deployment);
  clock = new ManualClock(BigInt(here.world.seconds) * 1_000_000n);
  running = new Map();
  round++;
});
afterEach(async () => {
  for (const seat of [...running.keys()]) await stop(seat);
});

const start = async (seat: number): Promise<Validator> => {
  const others = ports.filter((_, i) => i !== seat).map((port) => `http://127.0.0.1:${port}`);
  const made = await startValidator(
    {
      store: join(folder, `store-${round}-${seat}.db`),
      listen: `127.0.0.1:${ports[seat]}`,
      deployment: join(folder, "chain.json"),
      keystore: join(folder, `key-${seat}.json`),
      passwordFile: join(folder, "password"),
      peers: others,
      chain: { url: here.world.anvil.url, finalityBlocks: 0, staleMs: 120_000 },
      turnSeconds: TURN_SECONDS,
      infrastructure: { ppm: 0 },
      requestsPerMinute: 6_000,
      metrics: { port: 0 },
      log: {} as ValidatorSettings["log"],
    },
    { clock, log: silent, paused: true },
  );
  running.set(seat, made);
  return made;
};
const stop = async (seat: number) => {
  await running.get(seat)?.close();
  running.delete(seat);
};
const at = (seat: number): Validator => {
  const found = running.get(seat);
  if (found === undefined) throw new Error(`seat ${seat} does not run`);
  return found;
};

/** The chain and this machine's clock, together. */
const toEpoch = async (epoch: bigint) => {
  await here.world.toEpoch(epoch);
  await tick();
};
const warp = async (seconds: number) => {
  await here.world.warp(seconds);
  await tick();
};
const tick = async () => {
  await here.world.look();
  await clock.advanceMs(Math.max(0, here.world.seconds * 1_000 - Number(clock.wallUs() / 1_000n)));
};

/** One consumer's path over one provider, `turns` times another million octets, in the epoch that runs. */
function traffic(turn: bigint): EvidenceItem[] {
  const signing = new Signing(here.world.deployment);
  const link = linkOf("near>far", lower(near), lower(far));
  const path = pathOf("gold", lower(consumerWallet(0)), 1_000_000_000_000n, [[lower(near), link]]);
  const { epoch } = here.world;
  const report = (by: typeof near, seq: bigint, octets: bigint) => {
    const sends = by === near;
    const [inOctets, outOctets] = sends ? [0n, octets] : [octets, 0n];
    const counts = { inOctets, outOctets, inPkts: inOctets / 1_000n, outPkts: outOctets / 1_000n };
    return signing.report(by, { epoch, linkId: termsId(link), bootTime: 7n, seq, ...counts });
  };
  const total = turn * OCTETS;
  const ends = (seq: bigint, octets: bigint) => [near, far].map((by) => report(by, seq, octets));
  return [
    link,
    path,
    ...(turn === 1n ? ends(1n, 0n) : []),
    signing.ticket(near, { pathId: termsId(path), bootTime: 7n, seq: turn, totalIn: total, totalOut: total }),
    signing.voucher(consumerWallet(0), { pathId: termsId(path), epoch, cumulativeAmount: coins(10) }),
    ...ends(turn + 1n, total),
  ];
}

const everybodyHears = async (items: readonly EvidenceItem[]) => {
  for (const { url } of running.values()) expect((await sendEvidence(url, items)).refused).toEqual([]);
};
const chunksOnChain = async (epoch: bigint) => (await here.world.readAll("Settlement", "progress", epoch)).chunks;
const stateAt = async (seat: number, epoch: bigint) => (await epochOf(at(seat).store, Number(epoch)))?.state;
const inTurn = (epoch: bigint, place: number) => (Number(epoch % BigInt(SEATS)) + place) % SEATS;

describe("validators", () => {
  it("take turns: of each epoch another one proposes, and the others only sign", async () => {
    for (let seat = 0; seat < SEATS; seat++) await start(seat);
    const proposers = new Set<number>();
    for (const turn of [1n, 2n, 3n]) {
      await everybodyHears(traffic(turn));
      const { epoch } = here.world;
      await toEpoch(epoch + 1n);
      const [first, second, third] = [0, 1, 2].map((place) => inTurn(epoch, place)) as [number, number, number];
      await at(second).worker.step();
      await at(third).worker.step();
      expect(await chunksOnChain(epoch), "out of turn").toBe(0n);
      await at(first).worker.step();
      await tick();
      expect(await chunksOnChain(epoch)).toBe(1n);
      expect([await stateAt(first, epoch), await stateAt(second, epoch)]).toEqual(["sealed", "made"]);
      proposers.add(first);
      for (const { worker } of running.values()) await worker.step();
      await tick();
      expect(await Promise.all([first, second, third].map((seat) => stateAt(seat, epoch)))).toEqual(
        Array(SEATS).fill("settled"),
      );
    }
    expect(proposers.size).toBe(SEATS);
  });

  it("come one after the other where whose turn it is says nothing", async () => {
    for (let seat = 0; seat < SEATS; seat++) await start(seat);
    await everybodyHears(traffic(1n));
    const { epoch } = here.world;
    const [first, second, third] = [0, 1, 2].map((place) => inTurn(epoch, place)) as [number, number, number];
    await stop(first);
    await toEpoch(epoch + 1n);
    await at(second).worker.step();
    expect(await chunksOnChain(epoch)).toBe(0n);
    await warp(TURN_SECONDS);
    await at(third).worker.step();
    expect(await chunksOnChain(epoch), "the third waits twice as long").toBe(0n);
    await at(second).worker.step();
    await tick();
    expect(await chunksOnChain(epoch)).toBe(1n);
  });

  it("sign and send nothing while the chain stands still, and go on with it", async () => {
    for (let seat = 0; seat < SEATS; seat++) await start(seat);
    await everybodyHears(traffic(1n));
    const { epoch } = here.world;
    await toEpoch(epoch + 1n);
    const first = at(inTurn(epoch, 0));
    await clock.advanceMs(120_001);
    await expect(first.worker.step()).rejects.toMatchObject({ code: "CHAIN_STALE" });
    expect(await stateAt(inTurn(epoch, 0), epoch)).toBeUndefined();
    expect(await first.status()).toMatchObject({ epochs: {}, sends: {} });
    expect(await chunksOnChain(epoch)).toBe(0n);
    await warp(120);
    await first.worker.step();
    await tick();
    expect(await chunksOnChain(epoch)).toBe(1n);
  });

  it("are helped by `srwan settle submit`, a process of its own that does what is due, and no more", async () => {
    for (let seat = 0; seat < SEATS; seat++) await start(seat);
    await everybodyHears(traffic(1n));
    const { epoch } = here.world;
    await toEpoch(epoch + 1n);
    const seat = inTurn(epoch, 0);
    const files = [
      "--store",
      join(folder, `store-${round}-${seat}.db`),
      "--keystore",
      join(folder, `key-${seat}.json`),
    ];
    const peers = ports.filter((_, i) => i !== seat).map((port) => `http://127.0.0.1:${port}`);
    const submit = () => srwan("settle", "submit", ...files, "--peers", peers.join(","), "--url", here.world.anvil.url);
    expect(await submit()).toMatch(
      /^Epoch \d+ runs, at block \d+\.\nEpochs: 1 sealed\. Transactions: 1 sent\. Disputes: 0\.\n$/,
    );
    expect(await chunksOnChain(epoch)).toBe(1n);
    expect(await submit()).toMatch(/Epochs: 1 settled\. Transactions: 1 done\./);
    expect(await submit()).toMatch(/Epochs: 1 settled\. Transactions: 1 done\./);
    await tick();
  });

  it("hear of a POP by `srwan meter`, a process that signs what counters say and ends when all have it", async () => {
    for (let seat = 0; seat < SEATS; seat++) await start(seat);
    const keystore = join(folder, "meter-key.json");
    const { address, privateKey } = near;
    const json = await encryptKeystoreJson({ address, privateKey }, "secret", { scrypt: { N: 2 } });
    writeFileSync(keystore, json, { mode: 0o600 });
    const link = linkOf("near>far", lower(near), lower(far));
    const file = {
      schema: "srwan.meter/1",
      links: [{ terms: link, in: ["interface-in lo"], out: ["interface-out lo"] }],
      paths: [],
      validators: [...running.values()].map(({ url }) => url),
    };
    writeFileSync(join(folder, "meter.json"), JSON.stringify(file));
    const state = join(folder, "meter-state.json");
    const metered = () =>
      srwan("meter", join(folder, "meter.json"), "--keystore", keystore, "--state", state, "--once");
    expect(await metered()).toBe("Every validator has everything.\n");
    await stop(2);
    expect(await metered()).toBe("1 waits to be sent.\n");
    const again = await start(2);
    expect(await metered()).toBe("Every validator has everything.\n");
    const kept = await again.store.read((db) => db.selectFrom("reports").selectAll().orderBy("seq").execute());
    expect(kept.map(({ reporter, seq }) => [reporter, BigInt(seq)])).toEqual(
      [1n, 2n, 3n].map((seq) => [lower(near), seq]),
    );
  });
});

const srwan = async (...words: readonly string[]): Promise<string> => {
  const files = ["--deployment", join(folder, "chain.json"), "--password-file", join(folder, "password")];
  const env = { ...process.env, SRWAN_CHAIN_FINALITY_BLOCKS: "0", NODE_COMPILE_CACHE: join(folder, "cache") };
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...words, ...files], { env });
  return stdout;
};
