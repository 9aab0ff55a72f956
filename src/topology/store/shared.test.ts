// What several services share: leases that one has at a time, SIDs that nobody else gets, decisions under a lease only,
// history that grows old, answers that are given once.

import { beforeEach, describe, expect, it } from "vitest";
import { overBothStores } from "../../../test/support/stores.ts";
import { measured } from "../../../test/support/tellings.ts";
import { grantLocator, grantSids } from "../../srv6/locator-plan.ts";
import type { PopDesired } from "../../wire/desired.ts";
import type { PolicyStatus } from "../../wire/policy.ts";
import { claimAnswer, keepAnswer } from "./audit.ts";
import { changeLedger, grantsOf, type Plan, settlePlan } from "./grants.ts";
import { Leases } from "./leases.ts";
import { history } from "./measured.ts";
import { desiredOf, journalOf, memoryOf, publish, statusesOf, versionsOf } from "./published.ts";
import { forgetOld, preparePartitions, type Retention, rollUpNext } from "./retention.ts";
import { beat, register } from "./services.ts";
import { openSession } from "./sessions.ts";
import type { Store } from "./store.ts";
import { keepTellings } from "./tellings.ts";
import { accessOf, addAccessToken, revokeAccess } from "./tokens.ts";

const PLAN: Plan = { block: "fcbb:bb00::/32", structure: { blockBits: 32, nodeBits: 16, functionBits: 16 } };

const document = (reportMs: number, pop = "sea"): Omit<PopDesired, "version"> => ({
  settings: {
    pop,
    group: "core",
    blocks: ["fcbb:bb00::/32"],
    segments: [],
    tunnelSource: "2001:db8::1",
    near: "2001:db8:ff::/64",
    reportMs,
    drained: false,
  },
  tenants: [],
  hmacKeys: [],
  localSids: [],
  policies: [],
  peers: [],
});

overBothStores(({ open, kind, address }) => {
  let store: Store;
  let at: string;
  beforeEach(async () => {
    at = await address();
    store = await open(at);
  });

  describe("a lease", () => {
    it("is one service's at a time, and the next one's when that is gone", async (ctx) => {
      if (kind === "sqlite") ctx.skip("an embedded store has one service");
      const [a, b] = [new Leases(store, "a", () => undefined), new Leases(await open(at), "b", () => undefined)];
      const first = await a.take("group-core");
      expect(first?.epoch).toBe(1);
      expect(await b.take("group-core")).toBeUndefined();
      await a.close();
      await expect.poll(() => b.take("group-core"), { timeout: 5_000 }).toMatchObject({ epoch: 2 });
      await b.close();
    });

    it("that was taken by another lets nothing be written", async () => {
      const leases = new Leases(store, "a", () => undefined);
      const lease = await leases.take("group-core");
      if (lease === undefined) throw new Error("nobody else has it");
      const what = { documents: [document(1)], statuses: [], journal: ["one"], events: [], memory: "m" };
      await publish(store, lease, "core", what);
      await expect(publish(store, { ...lease, epoch: 0 }, "core", { ...what, journal: ["two"] })).rejects.toThrow(
        /taken by another service/,
      );
      expect((await journalOf(store, { limit: 9 })).map(({ line }) => line)).toEqual(["one"]);
      expect(await memoryOf(store, "core")).toBe("m");
      await leases.close();
    });
  });

  it("desired documents get a version where they say something new, and the last eight are kept", async () => {
    const leases = new Leases(store, "a", () => undefined);
    const lease = await leases.take("group-core");
    if (lease === undefined) throw new Error("nobody else has it");
    const status: PolicyStatus = {
      name: "gold",
      state: "SENT",
      why: "",
      decision: "",
      since: 1,
      paths: [],
      actualUs: null,
    };
    for (let version = 1; version <= 10; version++) {
      const why = `in version ${version}`;
      const what = { documents: [document(version)], statuses: [{ ...status, why }], journal: [], events: [] };
      await publish(store, lease, "core", what);
      await publish(store, lease, "core", what);
    }
    expect((await desiredOf(store, "sea"))?.version).toBe(10);
    expect((await desiredOf(store, "sea", 3))?.version).toBe(3);
    expect(await desiredOf(store, "sea", 2)).toBeUndefined();
    expect(await versionsOf(store, ["sea", "fra"])).toEqual(new Map([["sea", 10]]));
    expect(await statusesOf(store, { limit: 9 })).toMatchObject([{ name: "gold", why: "in version 10" }]);
    // The agent was given versions by a store that was since restored from a backup.
    const ahead = { pop: "sea", start: "one", session: "s", service: "a", version: 70 };
    await openSession(store, ahead);
    expect(await desiredOf(store, "sea")).toMatchObject({ version: 71, settings: { reportMs: 10 } });
    await leases.close();
  });

  it("SIDs are granted once, to POPs that join at the same time too", async () => {
    await settlePlan(store, PLAN);
    const names = ["sea", "chi", "fra", "lon"];
    const grant = (pop: string) =>
      store.write((tx) =>
        changeLedger(store, tx, [pop], (ledger) =>
          grantSids(grantLocator(ledger, pop).ledger, [
            { pop, purpose: "transit", name: "alder" },
            { pop, purpose: "policy", name: "gold" },
          ]),
        ),
      );
    await Promise.all(names.map(grant));
    const first = await Promise.all(names.map((pop) => grantsOf(store, pop)));
    await Promise.all(names.map(grant));
    expect(await Promise.all(names.map((pop) => grantsOf(store, pop)))).toEqual(first);
    expect(new Set(first.flat().map(({ sid }) => sid)).size).toBe(12);
    await expect(settlePlan(store, { ...PLAN, block: "fcbb:cc00::/32" })).rejects.toThrow(/SIDs of fcbb:bb00::\/32/);
  });

  it("services see each other; an embedded store has one at a time", async () => {
    await register(store, "a", "http://a");
    expect(await beat(store, "a")).toMatchObject([{ id: "a", alive: true }]);
    // Another process that lives, and was heard of just now.
    await store.write((tx) => tx.updateTable("services").set({ process: "1" }).execute());
    const second = register(store, "b", "http://b");
    if (kind === "sqlite") await expect(second).rejects.toThrow(/in use by service a, process 1/);
    else {
      await second;
      expect((await beat(store, "b")).map(({ id }) => id)).toEqual(["a", "b"]);
    }
  });

  it("a token opens with its own secret only, and not after it was revoked", async () => {
    const token = { id: "t1", name: "ann", role: "engineer", madeBy: "root", expiresMs: null, secret: "open sesame" };
    await addAccessToken(store, token);
    expect(await accessOf(store, "t1", "open sesame")).toMatchObject({ name: "ann", role: "engineer" });
    expect(await accessOf(store, "t1", "close sesame")).toBeUndefined();
    const row = await store.db.selectFrom("access_tokens").selectAll().executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain("sesame");
    expect([await revokeAccess(store, "t1"), await revokeAccess(store, "t1")]).toEqual([true, false]);
    expect(await accessOf(store, "t1", "open sesame")).toBeUndefined();
  });

  it("an answer is given again to whoever asks the same, and to nobody else", async () => {
    expect(await claimAnswer(store, "ann", "k1", "POST x")).toBe("first");
    expect(await claimAnswer(store, "ann", "k1", "POST x")).toBe("under way");
    await keepAnswer(store, "ann", "k1", { status: 201, body: "{}" });
    expect(await claimAnswer(store, "ann", "k1", "POST x")).toEqual({ status: 201, body: "{}" });
    expect(await claimAnswer(store, "ann", "k1", "POST y")).toBe("other");
    expect(await claimAnswer(store, "bob", "k1", "POST y")).toBe("first");
  });

  it("history is rolled up by minute, hour and day, and goes when its time is up", async () => {
    const DAY = 86_400_000;
    const day = Math.floor(Date.now() / DAY) * DAY - DAY;
    await preparePartitions(store);
    await openSession(store, { pop: "sea", start: "one", session: "s", service: "a", version: 0 });
    // Over an hour that lies behind: a report every ten seconds.
    const now = Date.now();
    const hour = Math.floor(now / 3_600_000) * 3_600_000 - 2 * 3_600_000;
    const batch = Array.from({ length: 360 }, (_, i) => ({
      pop: "sea",
      group: "core",
      start: "one",
      session: "s",
      telling: measured(i + 1, ["sea/alder>fra"], hour + i * 10_000),
    }));
    await keepTellings(store, "a", batch);
    const breathe = () => Promise.resolve();
    while (await rollUpNext(store, "measured_minute", breathe));
    while (await rollUpNext(store, "measured_hour", breathe));
    const of = async (table: "measured" | "measured_minute" | "measured_hour") =>
      history(store, { table, pop: "sea", fromMs: day, toMs: now, limit: 1_000 });
    expect(await of("measured_minute")).toHaveLength(60);
    const [rolled, ...more] = await of("measured_hour");
    expect(more).toEqual([]);
    expect(rolled).toMatchObject({ atMs: hour, cells: [{ p50Us: 70_000, samples: 360 * 30 }] });
    const keep: Retention = {
      measured: 3_600_000,
      measured_minute: DAY * 30,
      measured_hour: DAY * 30,
      measured_day: DAY * 30,
      events: DAY,
      journal: DAY,
      audit: DAY,
      counterHours: DAY,
      answers: DAY,
    };
    await forgetOld(store, keep, breathe);
    expect(await of("measured")).toEqual([]);
    expect(await of("measured_minute")).toHaveLength(60);
  });
});
