// Paid priority from the consumer's signature to the last coin, with a chain and a router that holds IOS-XR's modules: however
// it goes, the money ends where it should, once.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SrwanError } from "../../src/base/errors.ts";
import * as operations from "../../src/netconf/operations.ts";
import type { Session } from "../../src/netconf/session.ts";
import { cancelText } from "../../src/settlement/qos/terms.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { overBothStores } from "../support/stores.ts";
import { coins, consumerWallet } from "./flows.ts";
import { sessionWith } from "./qos-parts.ts";
import { HELD, net, PARAMETERS, PRICE, QosWorld, whyNoQos } from "./qos-world.ts";

const why = whyNoQos();
/** Of the store whose turn it is. */
let w: QosWorld;

/** What has moved since. */
async function since(before: Awaited<ReturnType<QosWorld["money"]>>) {
  const now = await w.money();
  return { free: now.free - before.free, earned: now.earned - before.earned, bound: now.bound - before.bound };
}

const word = (id: string): Hex => consumerWallet(0).signMessageSync(cancelText(id)) as Hex;
const GRACE = BigInt(PARAMETERS.graceSeconds);

overBothStores(({ address }) => {
  beforeAll(async () => {
    if (why === undefined) w = await QosWorld.start(await address());
  }, 60_000);
  afterAll(() => w?.end());
  beforeEach(({ skip }) => {
    if (why !== undefined) skip(why);
  });
  orders();
});

function orders(): void {
  describe("an order of priority", { timeout: 90_000 }, () => {
    it("is accepted: paid but for what is held, and at its end the queue goes and the rest is paid; whoever looks, once", async () => {
      const before = await w.money();
      const { id, terms, o } = await w.place(0);
      const three = [w.worker(), w.worker(), w.worker()];
      await w.drive(three, w.is(id, "Released"));
      expect(await w.queues()).toEqual([terms.intent.name]);
      expect(await since(before)).toEqual({ free: -PRICE, earned: net(PRICE - HELD), bound: HELD });
      await w.warpTo(o.until);
      await w.drive(three, async () => (await w.queues()).length === 0);
      expect(await since(before)).toEqual({ free: -PRICE, earned: net(PRICE - HELD), bound: HELD });
      await w.warpTo(o.until + GRACE + 1n);
      await w.drive(three, w.done(id));
      expect(await since(before)).toEqual({ free: -PRICE, earned: net(PRICE - HELD) + net(HELD), bound: 0n });
    });

    it("moves no money where the router cannot have it, where another has the interface, and where it is signed otherwise", async () => {
      const before = await w.money();
      const worker = w.worker();
      const first = await w.place(1);
      await w.drive([worker], w.is(first.id, "Released"));
      const second = await w.place(1);
      const forged = await w.place(2, { configHash: `0x${"77".repeat(32)}` });
      await w.drive([worker], async () => (await w.done(second.id)()) && (await w.done(forged.id)()));
      expect((await w.orders.find(second.id))?.verdict).toMatch(/has the queue q\d+ already/);
      expect((await w.orders.find(forged.id))?.verdict).toContain("not what this router would be sent");
      expect([await w.state(second.id), await w.state(forged.id)]).toEqual(["None", "None"]);
      expect(await since(before)).toEqual({ free: -PRICE, earned: net(PRICE - HELD), bound: HELD });
      await w.warpTo(first.o.until + GRACE + 1n);
      await w.drive([worker], w.done(first.id));
    });

    it("is refused by the router: all of it goes back, and nothing stands there", async () => {
      const before = await w.money();
      const { id } = await w.place(3);
      // Another holds running: the commit is refused.
      const holder = await sessionWith(w.server.target);
      await holder.call(operations.lock("running"));
      await w.drive([w.worker()], w.is(id, "Refunded"));
      await holder.close();
      expect(await since(before)).toEqual({ free: 0n, earned: 0n, bound: 0n });
      expect(await w.queues()).toEqual([]);
      await w.drive([w.worker()], w.done(id));
    });

    it("waits for a router that is away, and is refunded by its deadline and the grace", async () => {
      const before = await w.money();
      const { id, o } = await w.place(4);
      let isAway = false;
      const connect = (signal: AbortSignal): Promise<Session> =>
        isAway ? Promise.reject(away()) : sessionWith(w.server.target, signal);
      const worker = w.worker({ connect });
      await w.drive([worker], w.is(id, "Open"));
      isAway = true;
      for (let i = 0; i < 4; i++) {
        await w.blocks(3);
        await worker.look();
      }
      expect((await w.orders.find(id))?.alert).toContain("it is off");
      expect(await since(before)).toEqual({ free: -PRICE, earned: 0n, bound: PRICE });
      await w.warpTo(o.deadline + GRACE + 2n);
      await w.drive([worker], w.is(id, "Refunded"));
      expect(await since(before)).toEqual({ free: 0n, earned: 0n, bound: 0n });
      // It may hold the queue as far as anybody knows: that is found out when it is back.
      expect(await w.done(id)()).toBe(false);
      isAway = false;
      await w.drive([worker], w.done(id));
      expect((await w.orders.find(id))?.removal?.document.outcome).toBe("APPLIED");
    });

    it("stays where it is while nobody knows, and is paid once when the router is read again: the reply was lost", async () => {
      const before = await w.money();
      const { id, terms } = await w.place(5);
      let [isAway, wasAway] = [false, false];
      const sessions: Session[] = [];
      const connect = async (signal: AbortSignal): Promise<Session> => {
        if (isAway) throw away();
        const session = await sessionWith(w.server.target, signal);
        sessions.push(session);
        return session;
      };
      // The last word is on its way, and then nothing more is heard.
      const onDeviceStep = (step: string): void => {
        if (step !== "confirming" || wasAway) return;
        setImmediate(() => {
          for (const session of sessions) session.destroy();
        });
        [isAway, wasAway] = [true, true];
      };
      const worker = w.worker({ connect, onDeviceStep });
      await w.drive([worker], async () => (await w.orders.find(id))?.alert?.includes("UNKNOWN") === true);
      expect(await since(before)).toEqual({ free: -PRICE, earned: 0n, bound: PRICE });
      await w.drive([worker], async () => true);
      expect(await w.state(id)).toBe("Open");
      isAway = false;
      const other = w.worker();
      await w.drive([worker, other], w.is(id, "Released"));
      expect(await w.queues()).toEqual([terms.intent.name]);
      expect(await since(before)).toEqual({ free: -PRICE, earned: net(PRICE - HELD), bound: HELD });
      await w.orders.cancel(id, word(id));
      await w.drive([other], w.done(id));
    });

    it("is removed early by somebody: seen by reading back, and what was not given goes back", async () => {
      const before = await w.money();
      const { id, terms, o } = await w.place(6);
      const two = [w.worker(), w.worker()];
      await w.drive(two, w.is(id, "Released"));
      const { acceptedAt = 0n } = await w.world.readAll("QosEscrow", "orders", id);
      // Three quarters of the time were given.
      await w.warpTo(o.until - (o.until - acceptedAt) / 4n);
      await w.takeAway(terms);
      await w.drive(two, async () => (await w.money()).bound === before.bound);
      const goneAt = (await w.orders.find(id))?.goneAt ?? 0n;
      const back = (PRICE * (o.until - goneAt)) / (o.until - acceptedAt);
      expect(back).toBeGreaterThan(coins(2));
      expect(await since(before)).toEqual({
        free: back - PRICE,
        earned: net(PRICE - HELD) + net(HELD - back),
        bound: 0n,
      });
      await w.drive(two, w.done(id));
    });

    it("is cancelled: before it is configured all goes back, after it what was not given", async () => {
      const before = await w.money();
      const early = await w.place(7);
      await w.orders.cancel(early.id, word(early.id));
      const opened = await w.place(8);
      const worker = w.worker();
      await worker.look();
      expect([await w.state(early.id), await w.state(opened.id)]).toEqual(["None", "Open"]);
      await w.orders.cancel(opened.id, word(opened.id));
      await w.drive([worker], w.is(opened.id, "Refunded"));
      expect(await since(before)).toEqual({ free: 0n, earned: 0n, bound: 0n });
      const served = await w.place(9);
      await w.drive([worker], w.is(served.id, "Released"));
      await w.orders.cancel(served.id, word(early.id));
      await worker.look();
      // Nobody else's word, and of no other order.
      expect(await w.queues()).toContain(served.terms.intent.name);
      await w.store.write((tx) => tx.updateTable("orders").set({ cancel: null }).where("id", "=", served.id).execute());
      await w.orders.cancel(served.id, word(served.id));
      await w.drive([worker], w.done(served.id));
      // Hardly any of its time was given: all that was held goes back.
      expect(await since(before)).toEqual({ free: HELD - PRICE, earned: net(PRICE - HELD), bound: 0n });
      expect(await w.queues()).toEqual([]);
    });

    it("moves nothing by an outcome that its router did not seal, whoever wrote it into the store", async () => {
      const { id, o } = await w.place(10);
      const worker = w.worker();
      await w.drive([worker], w.is(id, "Open"));
      const honest = await w.place(11);
      await w.drive([worker], w.is(honest.id, "Released"));
      const sealed = (await w.orders.find(honest.id))?.outcome;
      const devices = sealed?.document.devices ?? [];
      const document = { ...sealed?.document, reference: id, devices };
      const forged = JSON.stringify({ ...sealed, document });
      await w.store.write((tx) => tx.updateTable("orders").set({ outcome: forged }).where("id", "=", id).execute());
      const was = await w.state(id);
      await worker.look();
      expect([was, await w.state(id)]).toEqual([was, was]);
      for (const one of [id, honest.id]) await w.orders.cancel(one, word(one));
      await w.warpTo(o.until + GRACE + 1n);
    });
  });
}

const away = (): SrwanError =>
  new SrwanError("NETCONF_UNREACHABLE", "it is off", { remedy: "Wait.", retryable: false });
