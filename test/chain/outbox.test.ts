// What is sent to a chain: once, whatever becomes of the answer, of the block it was in, or of the worker that sent it.

import { Wallet } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import { openProvider } from "../../src/settlement/chain/provider.ts";
import { ChainView } from "../../src/settlement/service/chain-view.ts";
import { Outbox } from "../../src/settlement/service/outbox.ts";
import { sendOf, want } from "../../src/settlement/store/sends.ts";
import { SettlementStore } from "../../src/settlement/store/store.ts";
import { holdTask, takeTask } from "../../src/settlement/store/tasks.ts";
import { overBothStores, silent } from "../support/stores.ts";
import { coins } from "./flows.ts";
import { account, World, wallet, whyNoChain } from "./world.ts";

const payer = wallet(5);
const friend = account(95);

overBothStores(({ address }) => {
  describe("what is wanted sent", () => {
    let world: World;
    let store: SettlementStore;
    let view: ChainView;
    let restore: () => Promise<void>;
    const why = whyNoChain();
    beforeAll(async () => {
      if (why === undefined) world = await World.start();
    });
    afterAll(() => world?.end());
    beforeEach(async ({ skip }) => {
      if (why !== undefined) skip(why);
      restore = await world.snapshot();
      await world.send(world.deployer, "SegmentCoin", "transfer", payer.address, coins(100));
      store = await SettlementStore.open({ address: await address(), clock: new RealClock(), log: silent });
      view = new ChainView(await openProvider(world.anvil.url), world.deployment, 2);
    });
    afterEach(async () => {
      view?.provider.destroy();
      await store?.close();
      await restore?.();
    });

    const outbox = (worker = "one", stuckMs = 60_000): Outbox => {
      const wallet = new Wallet(payer.privateKey, view.provider);
      return new Outbox({ store, chain: view, wallet, worker, log: silent, stuckMs });
    };
    const pay = (key: string, amount = coins(1)) => {
      const { to, data } = world.encode("SegmentCoin", "transfer", [friend, amount]);
      return store.write((tx) => want(store, tx, { key, account: payer.address, target: to, data }));
    };
    const step = async (one = outbox()) => one.step(await view.head());
    const mine = (blocks: number) => world.provider.send("anvil_mine", [`0x${blocks.toString(16)}`]);
    const got = () => world.read("SegmentCoin", "balanceOf", friend);
    const state = async (key: string) => (await sendOf(store, key))?.state;

    it("is done when its block is final, and wanted twice under one key it is sent once", async () => {
      await pay("a");
      await pay("a");
      await step();
      await step();
      expect([await state("a"), await got()]).toEqual(["mined", coins(1)]);
      await mine(2);
      await step();
      expect([await state("a"), await got()]).toEqual(["done", coins(1)]);
    });

    it("is sent again when a reorganisation dropped it, and moves its coins once", async () => {
      await pay("a");
      await step();
      await step();
      expect(await state("a")).toBe("mined");
      await world.reorganise(1);
      expect(await got()).toBe(0n);
      await step();
      await step();
      expect([await state("a"), await got()]).toEqual(["mined", coins(1)]);
      await mine(2);
      await step();
      expect([await state("a"), await got()]).toEqual(["done", coins(1)]);
    });

    it.each([
      ["arrives, and the answer is lost", true],
      ["never arrives", false],
    ])("is neither lost nor sent twice when it %s", async (_what, arrives) => {
      const send = view.provider.send.bind(view.provider);
      view.provider.send = async (method, params) => {
        if (method !== "eth_sendRawTransaction") return send(method, params);
        if (arrives) await send(method, params);
        throw new Error("socket hang up");
      };
      await pay("a");
      await step();
      expect(await state("a")).toBe("sent");
      view.provider.send = send;
      // Another worker goes on, which knows no more than the journal says.
      await step(outbox("two"));
      await mine(3);
      await step(outbox("two"));
      expect([await state("a"), await got()]).toEqual(["done", coins(1)]);
    });

    it("is replaced for a higher fee where no block has it, and moves its coins once, whichever the chain took", async () => {
      const rpc = (method: string, ...params: unknown[]) => world.provider.send(method, params);
      await rpc("evm_setAutomine", false);
      try {
        await pay("a");
        await pay("b", coins(2));
        await step();
        const first = await sendOf(store, "a");
        await step(outbox("two"));
        expect((await sendOf(store, "a"))?.hash).toBe(first?.hash);
        await step(outbox("two", 0));
        const second = await sendOf(store, "a");
        expect(second).toMatchObject({ state: "sent", nonce: first?.nonce, earlier: [first?.hash] });
        expect(second?.hash).not.toBe(first?.hash);
        // What waits behind it is not what is stuck.
        expect((await sendOf(store, "b"))?.earlier).toEqual([]);
        const waits = (await rpc("eth_getBlockByNumber", "pending", false)).transactions;
        expect([waits.includes(second?.hash), waits.includes(first?.hash)]).toEqual([true, false]);
        await rpc("anvil_mine", "0x1");
        await step();
        expect([await state("a"), await got()]).toEqual(["mined", coins(3)]);

        // The other way round: a miner that never heard of the replacement takes the first.
        await rpc("anvil_reorg", 1, [[first?.raw ?? "", 0]]);
        expect(await got()).toBe(coins(1));
        await step();
        expect(await state("a")).toBe("mined");
        await rpc("anvil_mine", "0x1");
        await step();
        await rpc("anvil_mine", "0x3");
        await step();
        expect([await state("a"), await state("b"), await got()]).toEqual(["done", "done", coins(3)]);
      } finally {
        await rpc("evm_setAutomine", true);
      }
    });

    it("that a contract refuses takes no number, and what comes after it is sent", async () => {
      await pay("a", coins(1_000));
      await pay("b");
      await step();
      await mine(3);
      await step();
      expect([await state("a"), await state("b"), await got()]).toEqual(["refused", "done", coins(1)]);
      expect((await sendOf(store, "a"))?.why).toMatch(/SegmentCoin|ERC20InsufficientBalance|a:/);
    });

    it("is given numbers by one worker at a time", async () => {
      for (let i = 0; i < 12; i++) await pay(`p${i}`);
      for (let turn = 0; turn < 4; turn++) {
        await Promise.allSettled(["one", "two", "three"].map((name) => step(outbox(name))));
      }
      await mine(3);
      await step();
      expect(await got()).toBe(coins(12));
      const nonces = await Promise.all(
        Array.from({ length: 12 }, async (_, i) => (await sendOf(store, `p${i}`))?.nonce),
      );
      expect(new Set(nonces).size).toBe(12);
    });

    it("waits while nobody holds its task for good: a lease ends, and its holder writes no more", async () => {
      const first = await takeTask(store, "work", "one", 500);
      expect(await takeTask(store, "work", "two", 1_000)).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 600));
      const second = await takeTask(store, "work", "two", 1_000);
      expect(second?.fence).toBe((first?.fence ?? 0) + 1);
      if (first === undefined) throw new Error("nobody else had it");
      await expect(store.write((tx) => holdTask(store, tx, first))).rejects.toMatchObject({ code: "LEASE_LOST" });
    });
  });
});
