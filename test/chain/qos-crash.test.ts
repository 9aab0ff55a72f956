// Paid priority while everything breaks: workers are killed at every step, the chain is reorganised by five blocks, answers of
// the chain are lost. Each order is still paid once.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { FetchRequest, JsonRpcProvider, Network } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SeededRng } from "../../src/base/rng.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { CHILD_LEASE_MS, type Settings } from "./qos-child.ts";
import { HELD, net, PARAMETERS, PRICE, QosWorld, whyNoQos } from "./qos-world.ts";

const why = whyNoQos();
let w: QosWorld;
beforeAll(async () => {
  if (why === undefined) w = await QosWorld.start();
}, 60_000);
afterAll(() => w?.end());
beforeEach(({ skip }) => {
  if (why !== undefined) skip(why);
});

const GRACE = BigInt(PARAMETERS.graceSeconds);
const CHILD = join(import.meta.dirname, "qos-child.ts");

/** The step it died at, by its own hand; undefined where it came to the end of its look. */
async function killed(diedAt: readonly string[]): Promise<string | undefined> {
  const settings: Settings = {
    url: w.world.anvil.url,
    deployment: w.world.deployment,
    store: w.storeAddress,
    journals: w.journals,
    target: w.server.target,
    seconds: w.world.seconds,
    diedAt,
  };
  const child = spawn(process.execPath, [CHILD, JSON.stringify(settings)], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise<string | null>((done) => child.on("close", (_code, signal) => done(signal)));
  const [step, signal] = await Promise.all([text(child.stdout), gone]);
  return signal === "SIGKILL" ? step : undefined;
}

async function paidOf(id: Hex): Promise<{ accepted: number; ended: number; opened: number }> {
  const events = (await w.world.events()).filter(({ values }) => values.orderId === id);
  const count = (name: string) => events.filter((one) => one.name === name).length;
  return { opened: count("Opened"), accepted: count("Accepted"), ended: count("Ended") };
}

describe("workers that are killed", { timeout: 600_000 }, () => {
  it("at every step: the next one goes on, through a chain that forgets five blocks, and all is paid once", async () => {
    const before = await w.money();
    const { id, terms, o } = await w.place(0);
    const phase = async (isThere: () => Promise<boolean>): Promise<string[]> => {
      const diedAt: string[] = [];
      for (let looks = 0; looks < 40 && !(await isThere()); looks++) {
        const step = await killed(diedAt);
        if (step !== undefined) diedAt.push(step);
        // The order is another's when the dead one's time is over: the machine's, not the chain's.
        await new Promise((done) => setTimeout(done, CHILD_LEASE_MS));
        await w.blocks(2);
        if (looks % 6 === 5) await forget();
      }
      await forget();
      await w.drive([w.worker(), w.worker()], isThere);
      return diedAt;
    };
    const forget = async (): Promise<void> => {
      await w.world.reorganise(5);
      await w.refresh();
    };
    const change = ["committing", "committed", "confirmed"];
    const paying = (what: string) => [`sending ${what}`, `sent ${what}`];
    expect(await phase(w.is(id, "Released"))).toEqual(
      expect.arrayContaining([
        ...["opening", ...paying("open"), "kept isTouched", ...change, "installed", "kept outcome", "signed"],
        "sending accept",
      ]),
    );
    expect(await w.queues()).toEqual([terms.intent.name]);
    await w.warpTo(o.until);
    expect(await phase(async () => (await w.orders.find(id))?.removal !== undefined)).toEqual(
      expect.arrayContaining(["removing", ...change, "removed"]),
    );
    expect(await w.queues()).toEqual([]);
    await w.warpTo(o.until + GRACE + 1n);
    expect(await phase(w.done(id))).toEqual(expect.arrayContaining(paying("end")));
    const after = await w.money();
    expect(after.free - before.free).toBe(-PRICE);
    expect(after.earned - before.earned).toBe(net(PRICE - HELD) + net(HELD));
    expect(after.bound).toBe(before.bound);
    expect(await paidOf(id)).toEqual({ opened: 1, accepted: 1, ended: 1 });
  });

  it("while answers of the chain are lost, sent or not: no error is an answer, and all is paid once", async () => {
    const before = await w.money();
    const { id, o } = await w.place(1);
    const lossy = new Lossy(w.world.anvil.url, w.world.deployment.chainId);
    const two = [w.worker({ provider: lossy }), w.worker({ provider: lossy })];
    await w.drive(two, w.is(id, "Released"));
    await w.warpTo(o.until + GRACE + 1n);
    await w.drive(two, w.done(id));
    lossy.destroy();
    expect(lossy.lost).toBeGreaterThan(3);
    expect(lossy.lostCalls).toBeGreaterThan(0);
    const after = await w.money();
    expect([after.free - before.free, after.earned - before.earned]).toEqual([-PRICE, net(PRICE - HELD) + net(HELD)]);
    expect(await paidOf(id)).toEqual({ opened: 1, accepted: 1, ended: 1 });
  });
});

/** Carries everything out, and keeps every other answer to a sent call to itself, and some of the others. */
class Lossy extends JsonRpcProvider {
  lost = 0;
  /** Of them, what the chain took and nobody was told. */
  lostCalls = 0;
  readonly #chance = new SeededRng(7);

  constructor(url: string, chainId: number) {
    const quick = { batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 20, staticNetwork: true };
    super(new FetchRequest(url), Network.from(chainId), quick);
  }

  override async _send(payload: Parameters<JsonRpcProvider["_send"]>[0]) {
    const answer = await super._send(payload);
    const [first] = Array.isArray(payload) ? payload : [payload];
    const method = first?.method ?? "";
    const oneOf = method === "eth_sendRawTransaction" ? 2 : 12;
    if (/Receipt|blockNumber/.test(method) || this.#chance.uint32() % oneOf !== 0) return answer;
    if (oneOf === 2) this.lostCalls++;
    this.lost++;
    throw new Error("the answer was lost");
  }
}
