// What agents tell is kept once and by one session only; what was kept can be read again as it was told.

import { beforeEach, describe, expect, it } from "vitest";
import { overBothStores } from "../../../test/support/stores.ts";
import { counted, event, measured } from "../../../test/support/tellings.ts";
import type { Telling } from "../../wire/message.ts";
import { countersOf } from "./counters.ts";
import { eventsOf } from "./events.ts";
import { history, latestReports } from "./measured.ts";
import type { News } from "./news.ts";
import { closeOrphans, closeSession, openSession, presences } from "./sessions.ts";
import type { Store } from "./store.ts";
import { keepTellings, type Told } from "./tellings.ts";

overBothStores(({ open }) => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  const hello = (session: string, start = "one", pop = "sea", service = "a") =>
    openSession(store, { pop, start, session, service, version: 0 });
  const told = (session: string, telling: Telling, start = "one", pop = "sea"): Told => ({
    pop,
    group: "core",
    start,
    session,
    telling,
  });
  const segments = ["sea/alder>fra", "sea/birch>fra"];

  describe("tellings", () => {
    it("are kept once, however often they are told", async () => {
      expect(await hello("s1")).toBe(0);
      const batch = [1, 2, 3].map((number) => told("s1", event(number)));
      expect((await keepTellings(store, "a", batch)).heard).toEqual(new Map([["sea", 3]]));
      expect(await hello("s2")).toBe(3);
      const again = [2, 3, 4].map((number) => told("s2", event(number)));
      const { heard, fresh } = await keepTellings(store, "a", [...again, ...again]);
      expect(heard).toEqual(new Map([["sea", 4]]));
      expect(fresh.map(({ telling }) => telling.number)).toEqual([4]);
      expect((await eventsOf(store, { limit: 100 })).map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    });

    it("that are being kept while the agent comes back are kept once", async () => {
      for (let round = 1; round <= 20; round++) {
        await hello(`old${round}`);
        const number = round;
        const [, heard] = await Promise.all([
          keepTellings(store, "a", [told(`old${round}`, event(number))]),
          hello(`new${round}`),
        ]);
        if (heard < number) await keepTellings(store, "a", [told(`new${round}`, event(number))]);
      }
      const numbers = (await eventsOf(store, { limit: 100 })).map(({ number }) => number);
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    });

    it("begin anew with a new start of the agent", async () => {
      await hello("s1");
      await keepTellings(store, "a", [told("s1", event(7))]);
      expect(await hello("s2", "two")).toBe(0);
      await keepTellings(store, "a", [told("s2", event(1), "two")]);
      expect((await eventsOf(store, { limit: 100 })).map(({ number }) => number)).toEqual([7, 1]);
    });

    it("of a session that is not the newest are not kept, whichever service brings them", async () => {
      await hello("s1", "one", "sea", "a");
      await hello("s2", "one", "sea", "b");
      const { heard, stale } = await keepTellings(store, "a", [told("s1", event(1))]);
      expect([heard.size, stale]).toEqual([0, new Set(["s1"])]);
      expect((await keepTellings(store, "b", [told("s2", event(1))])).heard).toEqual(new Map([["sea", 1]]));
    });

    it("are told to whoever listens, with their numbers", async () => {
      const heard: News[] = [];
      store.listen({ news: (news) => void heard.push(news), missed: () => undefined });
      await hello("s1");
      await keepTellings(store, "a", [told("s1", event(1)), told("s1", event(2))]);
      await expect.poll(() => heard).toContainEqual({ topic: "told", from: "a", pops: [["sea", 1, 2]] });
      expect(heard).toContainEqual({ topic: "events", first: 1, last: 2 });
    });

    it("with a character that no text holds are kept without it", async () => {
      await hello("s1");
      await keepTellings(store, "a", [told("s1", event(1, "a\0b"))]);
      expect((await eventsOf(store, { limit: 1 }))[0]?.subject).toBe("ab");
    });
  });

  describe("measurements", () => {
    it("come back as they were told, the newest and those of a time", async () => {
      await hello("s1");
      const now = Date.now();
      const reports = [1, 2, 3].map((number) => ({
        ...measured(number, segments, now - 3_000 + number * 1_000),
        paths: [{ policy: "gold", path: "a", actualUs: number, lossPpm: null, samples: 4 }],
      }));
      await keepTellings(
        store,
        "a",
        reports.map((one) => told("s1", one)),
      );
      const [latest] = await latestReports(store, ["sea", "fra"]);
      expect(latest).toMatchObject({ pop: "sea", number: 3, cells: reports[2]?.cells, paths: reports[2]?.paths });
      const asked = { table: "measured", pop: "sea", fromMs: now - 2_000, toMs: now, limit: 10 } as const;
      expect((await history(store, asked)).map(({ number }) => number)).toEqual([1, 2]);
    });

    it("of a clock far off are filed near now", async () => {
      await hello("s1");
      await keepTellings(store, "a", [
        told("s1", measured(1, segments, 1_000)),
        told("s1", measured(2, segments, 9e15)),
      ]);
      const asked = { table: "measured", pop: "sea", fromMs: 0, toMs: 9e15, limit: 10 } as const;
      for (const { atMs } of await history(store, asked))
        expect(Math.abs(atMs - Date.now())).toBeLessThan(2 * 86_400_000);
      expect((await latestReports(store, ["sea"]))[0]?.number).toBe(2);
    });
  });

  it("counters past 2⁶³ are kept exactly, and never go back within an epoch", async () => {
    await hello("s1");
    const most = 99_999_999_999_999_999_999n;
    const later = Date.now();
    await keepTellings(store, "a", [
      told("s1", counted(1, most, 1, later)),
      told("s1", counted(2, 5n, 1, later - 60_000)),
      told("s1", counted(3, 7n, 2, later)),
    ]);
    const kept = (await countersOf(store, { limit: 10 })).map(({ epoch, octets }) => [epoch, octets]);
    expect(kept).toEqual([
      [1, String(most)],
      [2, "7"],
    ]);
    const next = await countersOf(store, { limit: 10, after: ["sea", "peer", "fra", 1] });
    expect(next.map(({ epoch }) => epoch)).toEqual([2]);
  });

  describe("presence", () => {
    it("ends with the session, not with one that a newer one replaced", async () => {
      await hello("s1");
      await hello("s2");
      expect(await closeSession(store, "sea", "s1")).toBe(false);
      expect((await presences(store, ["sea"])).get("sea")?.awayMs).toBeNull();
      expect(await closeSession(store, "sea", "s2")).toBe(true);
      expect((await presences(store, ["sea"])).get("sea")?.awayMs).toBeGreaterThan(0);
    });

    it("ends with the service that is gone", async () => {
      await hello("s1", "one", "sea", "a");
      await hello("s2", "one", "fra", "b");
      expect(await closeOrphans(store, ["b"])).toEqual(["sea"]);
      expect(await closeOrphans(store, ["b"])).toEqual([]);
    });
  });
});
