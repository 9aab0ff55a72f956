// Validators beside each other in one process, taken step by step: whose turn it is, a chain that stands still, and the
// processes that help them.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { encryptKeystoreJson } from "ethers";
import { describe, expect, it } from "vitest";
import { LINK as link, near, SEATS, SideBySide, TURN_SECONDS } from "./side-by-side.ts";
import { lower } from "./traffic.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
const here = new SideBySide();
const { start, stop, at, toEpoch, warp, tick, traffic, everybodyHears, chunksOnChain, stateAt, inTurn } = here;

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
      for (const { worker } of here.running.values()) await worker.step();
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
    await here.clock.advanceMs(120_001);
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
    const files = ["--store", here.storeOf(seat), "--keystore", here.keyOf(seat)];
    const peers = here.othersOf(seat);
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
    const keystore = join(here.folder, "meter-key.json");
    const { address, privateKey } = near;
    const json = await encryptKeystoreJson({ address, privateKey }, "secret", { scrypt: { N: 2 } });
    writeFileSync(keystore, json, { mode: 0o600 });
    const file = {
      schema: "srwan.meter/1",
      links: [{ terms: link, in: ["interface-in lo"], out: ["interface-out lo"] }],
      paths: [],
      validators: [...here.running.values()].map(({ url }) => url),
    };
    writeFileSync(join(here.folder, "meter.json"), JSON.stringify(file));
    const state = join(here.folder, "meter-state.json");
    const metered = () =>
      srwan("meter", join(here.folder, "meter.json"), "--keystore", keystore, "--state", state, "--once");
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
  const files = ["--deployment", join(here.folder, "chain.json"), "--password-file", join(here.folder, "password")];
  const env = { ...process.env, SRWAN_CHAIN_FINALITY_BLOCKS: "0", NODE_COMPILE_CACHE: join(here.folder, "cache") };
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...words, ...files], { env });
  return stdout;
};
