// Candidate, commit, confirm, going back: as engineers know it from routers, also for two of them at once.

import { beforeEach, describe, expect, it } from "vitest";
import { overBothStores, silent } from "../../../test/support/stores.ts";
import { ManualClock } from "../../base/clock.ts";
import type { WanConfig } from "../../wire/policy.ts";
import {
  candidate,
  commitCandidate,
  commitsOf,
  confirm,
  editCandidate,
  returnOverdue,
  rollback,
  running,
} from "./commits.ts";
import { Store } from "./store.ts";

const gold = (intent: "cheapest" | "lowest-latency"): WanConfig => ({
  policies: [{ name: "gold", from: "sea", to: "fra", intent }],
  maintenance: [],
});

overBothStores(({ address }) => {
  let store: Store;
  let at: string;
  const clock = new ManualClock();
  beforeEach(async () => {
    at = await address();
    store = await Store.open({ address: at, clock, log: silent });
    return () => store.close();
  });
  const edit = (config: WanConfig, etag?: number) => editCandidate(store, "ann", etag, () => config);
  const commit = (why: string, confirmMs?: number) =>
    commitCandidate(store, {
      by: "ann",
      why,
      check: () => undefined,
      ...(confirmMs === undefined ? {} : { confirmMs }),
    });

  it("begins with nothing", async () => {
    expect((await running(store.db)).config).toEqual({ policies: [], maintenance: [] });
    expect(await candidate(store.db)).toMatchObject({ etag: 0, base: 0 });
  });

  it("a commit makes the candidate the running configuration, and says who and why", async () => {
    await edit(gold("cheapest"));
    expect(await commit("first try")).toMatchObject({ id: 1, by: "ann", why: "first try", state: "confirmed" });
    expect((await running(store.db)).config).toEqual(gold("cheapest"));
    await expect(commit("again")).rejects.toThrow(/says what commit 1 says/);
  });

  it("of two who edit the same, the second is told", async () => {
    const { etag } = await candidate(store.db);
    await edit(gold("cheapest"), etag);
    await expect(edit(gold("lowest-latency"), etag)).rejects.toThrow(/changed meanwhile by ann/);
  });

  it("what cannot be is not committed, and the candidate stays", async () => {
    await edit(gold("cheapest"));
    const check = () => {
      throw new Error("cannot be");
    };
    await expect(commitCandidate(store, { by: "ann", why: "", check })).rejects.toThrow("cannot be");
    expect([(await running(store.db)).id, (await candidate(store.db)).config]).toEqual([0, gold("cheapest")]);
  });

  describe("a commit to be confirmed", () => {
    beforeEach(async () => {
      await edit(gold("cheapest"));
      await commit("stands");
      await edit(gold("lowest-latency"));
      await commit("on trial", 300_000);
    });

    it("goes back by itself, once, also after the service was away", async () => {
      expect(await returnOverdue(store)).toBeUndefined();
      await store.close();
      await clock.advanceMs(300_000);
      store = await Store.open({ address: at, clock, log: silent });
      const went = (await Promise.all([returnOverdue(store), returnOverdue(store)])).filter((one) => one !== undefined);
      expect(went).toMatchObject([{ waited: { id: 2 }, now: { id: 3, by: "srwan" } }]);
      expect((await running(store.db)).config).toEqual(gold("cheapest"));
      expect((await commitsOf(store, undefined, 9)).map(({ id, state }) => [id, state])).toEqual([
        [3, "confirmed"],
        [2, "returned"],
        [1, "confirmed"],
      ]);
    });

    it("stays when it is confirmed", async () => {
      expect(await confirm(store, "bob")).toMatchObject({ id: 2, state: "confirmed", settledBy: "bob" });
      await clock.advanceMs(300_000);
      expect(await returnOverdue(store)).toBeUndefined();
      expect((await running(store.db)).config).toEqual(gold("lowest-latency"));
      await expect(confirm(store, "bob")).rejects.toThrow(/does not wait/);
    });

    it("lets nothing else be committed meanwhile", async () => {
      await edit({ policies: [], maintenance: [] });
      await expect(commit("too soon")).rejects.toThrow(/commit 2 waits to be confirmed until 20/);
    });

    it("is taken back at once by going back one", async () => {
      const { returned } = await rollback(store, "ann", 1);
      expect(returned).toMatchObject({ waited: { id: 2 }, now: { id: 3 } });
      expect((await running(store.db)).config).toEqual(gold("cheapest"));
    });
  });

  it("going back puts an older commit into the candidate, and fifty are kept", async () => {
    for (let i = 0; i < 53; i++) {
      await edit(gold(i % 2 === 0 ? "cheapest" : "lowest-latency"));
      await commit(`number ${i}`);
    }
    expect(await commitsOf(store, undefined, 100)).toHaveLength(50);
    expect((await rollback(store, "ann", 1)).candidate.config).toEqual(gold("lowest-latency"));
    expect((await rollback(store, "ann", 49)).candidate.config).toEqual(gold("lowest-latency"));
    await expect(rollback(store, "ann", 50)).rejects.toThrow(/no commit 50 before commit 53/);
    expect((await rollback(store, "ann", 0)).candidate.config).toEqual((await running(store.db)).config);
  });
});
