// What overviews are made of, over both stores: the matrix of a group with its better ways, a policy over time, decisions
// in words, conditions, coverage.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestService } from "../support/controller.ts";
import { overBothStores } from "../support/stores.ts";
import { cell } from "../support/tellings.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";

const DELAYS_US: Readonly<Record<string, number>> = {
  "fra/alder>lon": 20_000,
  "fra/alder>sea": 100_000,
  "lon/alder>fra": 21_000,
  "lon/alder>sea": 30_000,
  "sea/alder>fra": 75_000,
  "sea/alder>lon": 74_000,
};
const backUs = (segment: string): number => {
  const [, from, to] = /^(\w+)\/alder>(\w+)$/.exec(segment) ?? [];
  return DELAYS_US[`${to}/alder>${from}`] ?? 0;
};
/** By this much Seattle's clock is ahead. */
const AHEAD_US = 5_000_000;
const NAMES = ["fra", "lon", "sea"] as const;
const PLACES = { fra: [50.11, 8.68], lon: [51.51, -0.13], sea: [47.61, -122.33] } as const;

overBothStores(({ address }) => {
  let service: TestService;
  const agents = new Map<string, TestAgent>();
  let report: NodeJS.Timeout;

  const get = async <T>(path: string): Promise<T> => (await service.call("GET", path)).body as T;

  beforeAll(async () => {
    service = await TestService.start({ store: await address(), "api.requestsPerMinute": "100000" });
    for (const name of NAMES) {
      const [latitude, longitude] = PLACES[name];
      const record = {
        ...popRecord(
          name,
          NAMES.filter((to) => to !== name),
        ),
        latitude,
        longitude,
      };
      const agent = new TestAgent(service.url, record);
      await agent.join(await service.joinToken());
      await agent.connect();
      agents.set(name, agent);
    }
    const clockUs = (pop: string) => (pop === "sea" ? AHEAD_US : 0);
    report = setInterval(() => {
      for (const [name, agent] of agents) {
        const cells = Object.entries(DELAYS_US)
          .filter(([segment]) => segment.startsWith(`${name}/`))
          .map(([segment, delayUs]) => {
            const p50Us = delayUs + clockUs(segment.split(">")[1] ?? "") - clockUs(name);
            return {
              ...cell(segment, p50Us),
              delayUs,
              lowUs: delayUs - 300,
              highUs: delayUs + 500,
              roundTripUs: delayUs + backUs(segment),
            };
          });
        const paths = (agent.document?.policies ?? []).flatMap(({ name: policy, paths: all }) =>
          all.map((path) => ({ policy, path: path.name, actualUs: 76_500 - AHEAD_US, lossPpm: 0, samples: 5 })),
        );
        agent.tell({ kind: "measured", atMs: Date.now(), intervalMs: 100, cells, paths });
        if (agent.isWelcome) agent.say({ kind: "heartbeat", atMs: Date.now() });
      }
    }, 100);
  });
  afterAll(async () => {
    clearInterval(report);
    for (const agent of agents.values()) agent.close();
    await service.remove();
  });

  type Matrix = {
    pops: string[];
    delayUs: (number | null)[];
    lowUs: (number | null)[];
    better: unknown[];
    heardMs: unknown[];
  };

  it("the matrix of a group has every pair, and where a relay is quicker whatever the clocks say", async () => {
    const whole = async () =>
      (await get<Matrix>("/api/v1/groups/g1/matrix")).delayUs?.filter((us) => us !== null).length;
    await expect.poll(whole, { timeout: 5_000 }).toBe(6);
    const matrix = await get<Matrix>("/api/v1/groups/g1/matrix");
    expect(matrix.pops).toEqual(["fra", "lon", "sea"]);
    expect(matrix.delayUs).toEqual([null, 20_000, 100_000, 21_000, null, 30_000, 75_000, 74_000, null]);
    expect(matrix.lowUs[1]).toBe(19_700);
    expect(matrix.better).toEqual([{ from: "fra", to: "sea", relays: ["lon"], gainUs: 50_000 }]);
  });

  it("a POP that is set apart relays for nobody", async () => {
    await service.call("PUT", "/api/v1/quarantine/lon", { why: "its rows contradict others" });
    await expect
      .poll(async () => (await get<Matrix>("/api/v1/groups/g1/matrix")).better, { timeout: 5_000 })
      .toEqual([]);
    expect(await get("/api/v1/conditions")).toMatchObject({
      items: [{ id: "pop-quarantined", subject: "lon", severity: "warning" }],
    });
    await service.call("DELETE", "/api/v1/quarantine/lon");
  });

  it("the matrix of a time that is past is as it was then, and empty before there was any", async () => {
    const before = await get<Matrix>(`/api/v1/groups/g1/matrix?atMs=${Date.now() - 3_600_000}`);
    expect(before).toMatchObject({ pops: ["fra", "lon", "sea"], heardMs: [null, null, null], better: [] });
    const then = await get<Matrix>(`/api/v1/groups/g1/matrix?atMs=${Date.now()}`);
    expect(then.delayUs[2]).toBe(100_000);
    expect((await service.call("GET", "/api/v1/groups/nobody/matrix")).status).toBe(404);
  });

  it("a policy over time is what was expected and what was seen, freed of the clocks", async () => {
    const policy = { name: "gold", from: "sea", to: "fra", prefixes: ["2001:db8:f::/48"] };
    await service.call("PUT", "/api/v1/config/candidate/policies/gold", policy);
    expect((await service.call("POST", "/api/v1/config/commit", { why: "for the test" })).status).toBe(201);
    type History = { paths: string[][]; points: { expectedUs: number | null; actualUs: number | null }[] };
    const span = `fromMs=${Date.now()}&toMs=${Date.now() + 60_000}`;
    const last = async () => (await get<History>(`/api/v1/policies/gold/history?${span}&points=500`)).points?.at(-1);
    await expect.poll(last, { timeout: 10_000 }).toMatchObject({ expectedUs: 75_000, actualUs: 76_500 });
    expect((await get<History>(`/api/v1/policies/gold/history?${span}`)).paths).toEqual([["sea/alder>fra"]]);
    expect((await service.call("GET", "/api/v1/policies/nobody/history")).status).toBe(404);
  });

  it("decisions are told in words, of this policy alone, the newest first", async () => {
    const segments = ["sea/alder>fra", "sea/alder>lon"].map((segment, i) => ({
      ...{ segment, state: i === 0 ? "DOWN" : "UP", trouble: null, fresh: true, delayUs: 75_000, scaleUs: 75_000 },
      ...{ errorUs: 0, lossPpm: 0, regime: 0, foreseenUs: null, roomBps: null, arrivals: 0, closed: null },
    }));
    const line = (policy: string, atMs: number) =>
      JSON.stringify({
        n: 1,
        input: { atMs, policy, paths: [[0], [1]], current: 0, segments },
        decision: { path: 1, reason: "down", wish: null, wishSinceMs: null },
      });
    const lines = [line("gold", 1), line("gold-2", 2), line("go_d", 3), line("gold", 4)];
    await service.running.store.write((tx) =>
      tx
        .insertInto("journal")
        .values(lines.map((text) => ({ group_name: "g1", at_ms: Date.now(), line: text })))
        .execute(),
    );
    type Decisions = { items: { atMs: number; words: string; to: string[] }[] };
    const { items } = await get<Decisions>("/api/v1/policies/gold/decisions");
    expect(items.map(({ atMs }) => atMs)).toEqual([4, 1]);
    expect(items[0]).toMatchObject({ moved: true, to: ["sea/alder>lon"], from: ["sea/alder>fra"] });
    expect(items[0]?.words).toMatch(/^its path was down: sea\/alder>fra is DOWN/);
  });

  it("a POP that is away is a condition with advice, until it is back", async () => {
    const conditions = async () =>
      (await get<{ items: { id: string; subject: string }[] }>("/api/v1/conditions")).items;
    await expect.poll(conditions, { timeout: 5_000 }).toEqual([]);
    const fra = agents.get("fra");
    fra?.close();
    const away = expect.objectContaining({ id: "pop-away", subject: "fra", severity: "critical" });
    await expect.poll(conditions, { timeout: 5_000 }).toContainEqual(away);
    await fra?.connect();
    await expect.poll(conditions, { timeout: 5_000 }).not.toContainEqual(away);
  });

  it("who calls is told the role and what it may", async () => {
    expect(await get("/api/v1/caller")).toMatchObject({
      role: "operator",
      may: ["read", "change", "operate", "settle"],
    });
  });

  describe("coverage", () => {
    const asked = {
      destinations: [
        { name: "Paris", weight: 3, place: { lat: 48.86, lon: 2.35 } },
        { name: "Tokyo", weight: 7, place: { lat: 35.68, lon: 139.69 } },
      ],
      candidates: [
        { name: "nrt", place: { lat: 35.77, lon: 140.39 } },
        { name: "fra", place: { lat: 0, lon: 0 } },
      ],
      withinUs: 25_000,
      add: 3,
    };

    it("counts what is near the POPs that stand, and names the site that adds most", async () => {
      const { body } = await service.call("POST", "/api/v1/plan/coverage", asked);
      expect(body).toEqual({
        standing: ["fra", "lon", "sea"],
        covered: 0.3,
        near: ["Paris"],
        add: [{ site: "nrt", adds: 0.7, covered: 1, bound: 1 }],
      });
    });

    it("refuses a place that is none", async () => {
      const wrong = { ...asked, destinations: [{ name: "Mars", weight: 1, place: { lat: 91, lon: 0 } }] };
      const { status, body } = await service.call("POST", "/api/v1/plan/coverage", wrong);
      expect(status).toBe(400);
      expect((body as { details: { field: string } }).details.field).toBe("body.destinations[0].place.lat");
    });
  });
});
