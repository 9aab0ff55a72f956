// Whatever is killed, and whenever: what was acknowledged is there, what was not is told again and kept once, commits that
// nobody confirmed go back, and groups are decided by whoever is left.

import { afterEach, describe, expect, it } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import { Store } from "../../src/topology/store/store.ts";
import { PostgresServer, whyNoPostgres } from "../support/postgres.ts";
import { ServiceProcess } from "../support/service-process.ts";
import { silent } from "../support/stores.ts";
import { measured } from "../support/tellings.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";

const started: { stop: () => Promise<void> }[] = [];
const agents: TestAgent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.close();
  for (const one of started.splice(0).toReversed()) await one.stop();
});

async function serviceOf(store?: string, like?: ServiceProcess): Promise<ServiceProcess> {
  const service = await ServiceProcess.start(store, like);
  started.push(service);
  return service;
}

async function serverOf(): Promise<PostgresServer> {
  const server = await PostgresServer.start();
  started.push(server);
  return server;
}

async function agentOf(service: ServiceProcess, name: string, to: readonly string[] = []): Promise<TestAgent> {
  const agent = new TestAgent(service.url, popRecord(name, to));
  agents.push(agent);
  await agent.join(await service.joinToken());
  return agent;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells an event and a report every few milliseconds. */
function talk(agent: TestAgent): () => void {
  let told = 0;
  const timer = setInterval(() => {
    const subject = `number ${told++}`;
    agent.tell({ kind: "event", atMs: Date.now(), type: "started", subject, text: "", data: {} });
    const { number: _, ...report } = measured(0, []);
    agent.tell(report);
  }, 5);
  return () => clearInterval(timer);
}

async function eventsOf(service: ServiceProcess, pop: string): Promise<{ subject: string; number: number }[]> {
  const all: { subject: string; number: number }[] = [];
  let next: string | undefined;
  do {
    const { body } = await service.call(
      "GET",
      `/api/v1/events?type=started&pop=${pop}&limit=1000${next === undefined ? "" : `&after=${next}`}`,
    );
    const page = body as { items: typeof all; next?: string };
    all.push(...page.items);
    next = page.next;
  } while (next !== undefined);
  return all;
}

/** Numbers of the reports that the store holds. */
async function reportsOf({ store: address }: ServiceProcess, pop: string): Promise<number[]> {
  const store = await Store.open({ address, clock: new RealClock(), log: silent });
  const rows = await store.read((db) => db.selectFrom("measured").select("number").where("pop", "=", pop).execute());
  await store.close();
  return rows.map(({ number }) => number).sort((a, b) => a - b);
}

/** All that was acknowledged is there, once, and in the end so is everything. */
async function expectNothingLost(service: ServiceProcess, agent: TestAgent, stop: () => void): Promise<void> {
  const acknowledged = agent.kept;
  const kept = (await eventsOf(service, agent.record.name)).map(({ number }) => number);
  expect(new Set(kept).size).toBe(kept.length);
  // Events and reports take turns, so every second number is an event's.
  expect(kept.filter((number) => number <= acknowledged)).toHaveLength(Math.ceil(acknowledged / 2));
  stop();
  await expect.poll(() => agent.waiting.length, { timeout: 20_000 }).toBe(0);
  const all = (await eventsOf(service, agent.record.name)).map(({ subject }) => subject);
  expect(all).toEqual(Array.from(all, (_, i) => `number ${i}`));
  const reports = await reportsOf(service, agent.record.name);
  expect(reports.length).toBeGreaterThan(acknowledged / 2 - 1);
  expect(reports).toEqual(Array.from(reports, (_, i) => 2 * i + 2));
}

describe("a service with its own store", () => {
  it("that is killed again and again loses nothing that it acknowledged", async () => {
    const service = await serviceOf();
    const sea = await agentOf(service, "sea");
    sea.answers = false;
    void sea.stay([service.url]);
    const stop = talk(sea);
    for (let round = 0; round < 3; round++) {
      const before = sea.kept;
      await expect.poll(() => sea.kept, { timeout: 20_000 }).toBeGreaterThan(before + 20);
      await service.kill();
      await service.resume();
    }
    await expectNothingLost(service, sea, stop);
  });

  it("that is killed while a commit waits goes back when the time is up", async () => {
    const service = await serviceOf();
    await agentOf(service, "sea");
    await service.call("PUT", "/api/v1/config/candidate/maintenance/sea", { why: "on trial" });
    expect((await service.call("POST", "/api/v1/config/commit", { why: "", confirmMs: 2_000 })).status).toBe(201);
    await service.kill();
    await service.resume();
    const running = async () => {
      const { body } = await service.call("GET", "/api/v1/config/running");
      return body as { id: number; by: string; config: { maintenance: unknown[] } };
    };
    await expect.poll(running, { timeout: 10_000 }).toMatchObject({ id: 2, by: "srwan", config: { maintenance: [] } });
  });
});

describe("services that share PostgreSQL", () => {
  const why = whyNoPostgres();

  it("lose nothing that was acknowledged when the database is killed", async (ctx) => {
    if (why !== undefined) ctx.skip(why);
    const server = await serverOf();
    const service = await serviceOf(await server.database());
    const sea = await agentOf(service, "sea");
    sea.answers = false;
    void sea.stay([service.url]);
    const stop = talk(sea);
    for (let round = 0; round < 2; round++) {
      const before = sea.kept;
      await expect.poll(() => sea.kept, { timeout: 20_000 }).toBeGreaterThan(before + 20);
      await server.kill();
      await pause(500);
      await server.resume();
    }
    const before = sea.kept;
    await expect.poll(() => sea.kept, { timeout: 20_000 }).toBeGreaterThan(before);
    await expectNothingLost(service, sea, stop);
  });

  it("take over agents and groups of one that was killed, within five seconds", async (ctx) => {
    if (why !== undefined) ctx.skip(why);
    const server = await serverOf();
    const store = await server.database();
    const first = await serviceOf(store);
    const second = await serviceOf(store, first);
    const [sea, fra] = [await agentOf(first, "sea", ["fra"]), await agentOf(first, "fra", ["sea"])];
    void sea.stay([first.url, second.url]);
    void fra.stay([second.url, first.url]);
    await expect.poll(() => [sea.isConnected, fra.isConnected], { timeout: 10_000 }).toEqual([true, true]);
    const holder = async (of: ServiceProcess) => {
      const { body } = await of.call("GET", "/api/v1/groups");
      return (body as { items: { service: string }[] }).items[0]?.service;
    };
    await expect.poll(() => holder(second), { timeout: 10_000 }).toBeTruthy();
    const idOf = async (one: ServiceProcess) =>
      ((await one.call("GET", "/api/v1/status")).body as { service: string }).service;
    const [dying, left] = (await holder(first)) === (await idOf(first)) ? [first, second] : [second, first];
    const heir = await idOf(left);
    await dying.kill();
    const killedMs = Date.now();
    await expect.poll(() => holder(left), { timeout: 15_000, interval: 50 }).toBe(heir);
    expect(Date.now() - killedMs).toBeLessThan(5_000);
    await expect.poll(() => sea.isConnected && fra.isConnected, { timeout: 10_000 }).toBe(true);
    // What the one that is left decides reaches both.
    const policy = { name: "gold", from: "sea", to: "fra", prefixes: ["2001:db8:f::/48"] };
    await left.call("PUT", "/api/v1/config/candidate/policies/gold", policy);
    expect((await left.call("POST", "/api/v1/config/commit", { why: "" })).status).toBe(201);
    const report = setInterval(() => {
      for (const [agent, segment] of [
        [sea, "sea/alder>fra"],
        [fra, "fra/alder>sea"],
      ] as const) {
        const { number: _, ...rest } = measured(0, [segment]);
        agent.tell(rest);
      }
    }, 200);
    try {
      await expect.poll(() => sea.document?.policies.length, { timeout: 15_000 }).toBeGreaterThan(0);
    } finally {
      clearInterval(report);
    }
  });

  it("share many groups, and those of one that was killed are others' within five seconds", async (ctx) => {
    if (why !== undefined) ctx.skip(why);
    const server = await serverOf();
    const store = await server.database();
    const first = await serviceOf(store);
    for (const group of ["g1", "g2", "g3", "g4", "g5", "g6"]) {
      const { body } = await first.call("POST", "/api/v1/join-tokens", { group });
      await new TestAgent(first.url, popRecord(`of-${group}`)).join((body as { token: string }).token);
    }
    const all = [first, ...(await Promise.all([serviceOf(store, first), serviceOf(store, first)]))];
    type Group = { name: string; service: string; epoch: number };
    const groups = async (of: ServiceProcess) =>
      ((await of.call("GET", "/api/v1/groups")).body as { items: Group[] }).items;
    const ids = await Promise.all(
      all.map(async (one) => ((await one.call("GET", "/api/v1/status")).body as { service: string }).service),
    );
    const held = async (of: ServiceProcess, living: readonly string[]) =>
      (await groups(of)).filter(({ service }) => living.includes(service)).length;
    await expect.poll(() => held(first, ids), { timeout: 20_000 }).toBe(6);
    const before = await groups(first);
    const most = Math.max(...ids.map((id) => before.filter(({ service }) => service === id).length));
    const dying = ids.findIndex((id) => before.filter(({ service }) => service === id).length === most);
    const [left] = all.filter((_, i) => i !== dying);
    await all[dying]?.kill();
    const killedMs = Date.now();
    const living = ids.filter((_, i) => i !== dying);
    await expect.poll(() => held(left as ServiceProcess, living), { timeout: 15_000, interval: 50 }).toBe(6);
    expect(Date.now() - killedMs).toBeLessThan(5_000);
    // Taken anew: what the dead one might still write is refused.
    const after = await groups(left as ServiceProcess);
    for (const { name, service, epoch } of before) {
      const now = after.find((one) => one.name === name);
      if (service === ids[dying]) expect(now?.epoch).toBeGreaterThan(epoch);
    }
  });

  it("decide from what agents tell another service", async (ctx) => {
    if (why !== undefined) ctx.skip(why);
    const server = await serverOf();
    const store = await server.database();
    const first = await serviceOf(store);
    const [sea, fra] = [await agentOf(first, "sea", ["fra"]), await agentOf(first, "fra", ["sea"])];
    const holder = async () =>
      ((await first.call("GET", "/api/v1/groups")).body as { items: { service: string }[] }).items[0]?.service;
    await expect.poll(holder, { timeout: 10_000 }).toBeTruthy();
    const second = await serviceOf(store, first);
    void sea.stay([second.url]);
    void fra.stay([second.url]);
    await first.call("PUT", "/api/v1/config/candidate/policies/gold", {
      name: "gold",
      from: "sea",
      to: "fra",
      prefixes: ["2001:db8:f::/48"],
    });
    await first.call("POST", "/api/v1/config/commit", { why: "" });
    const report = setInterval(() => {
      for (const [agent, segment] of [
        [sea, "sea/alder>fra"],
        [fra, "fra/alder>sea"],
      ] as const) {
        const { number: _, ...rest } = measured(0, [segment]);
        agent.tell(rest);
      }
    }, 200);
    const state = async () =>
      ((await second.call("GET", "/api/v1/policies/gold")).body as { status: { state: string } | null }).status?.state;
    try {
      await expect.poll(state, { timeout: 15_000 }).toBe("PROGRAMMED");
    } finally {
      clearInterval(report);
    }
  });
});
