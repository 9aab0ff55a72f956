// What was revoked is good for nothing within ten seconds, on every service of the store: a POP's certificate, a token to call
// with; whether or not the news of it arrived. With services as processes of their own: two over PostgreSQL.

import { afterEach, describe, expect, it } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { endUses } from "../../src/topology/store/tokens.ts";
import { TestService } from "../support/controller.ts";
import { ServiceProcess } from "../support/service-process.ts";
import { overBothStores } from "../support/stores.ts";
import { measured } from "../support/tellings.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";

/** What was revoked is good for nothing by then; what has to be there before may take longer on a busy machine. */
const [WITHIN, READY] = [{ timeout: 10_000 }, { timeout: 30_000 }];
const started: { stop: () => Promise<void> }[] = [];
const agents: TestAgent[] = [];
const beats: NodeJS.Timeout[] = [];
afterEach(async () => {
  for (const beat of beats.splice(0)) clearInterval(beat);
  for (const agent of agents.splice(0)) agent.close();
  for (const one of started.splice(0).toReversed()) await one.stop();
});

type Service = { readonly url: string; joinToken(): Promise<string> };

async function joined(service: Service, name: string, to: readonly string[], at: string = service.url) {
  const agent = new TestAgent(service.url, popRecord(name, to));
  agents.push(agent);
  const token = await service.joinToken();
  await agent.join(token);
  await agent.connect(at);
  // Before it is welcome again it may say nothing but hello.
  const beat = () => agent.isWelcome && agent.say({ kind: "heartbeat", atMs: Date.now() });
  beats.push(setInterval(beat, 200));
  return { agent, token };
}

/** Follows the live stream until it ends; says so by resolving. */
async function follow(url: string, token: string): Promise<{ ended: Promise<"ended"> }> {
  const response = await fetch(`${url}/api/v1/live`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  const ended = (async () => {
    while (reader !== undefined && !(await reader.read()).done);
    return "ended" as const;
  })().catch(() => "ended" as const);
  return { ended };
}

const statusAt = async (url: string, token: string): Promise<number> =>
  (await fetch(`${url}/api/v1/pops`, { headers: { authorization: `Bearer ${token}` } })).status;

type Made = { readonly id: string; readonly token: string };

it("looks are more often than what is promised", () => {
  expect(LIMITS.trustLookMs * 2).toBeLessThan(WITHIN.timeout);
});

overBothStores(({ address, kind }) => {
  const services = async (): Promise<readonly [ServiceProcess, ServiceProcess]> => {
    const at = kind === "postgres" ? await address() : undefined;
    const first = await ServiceProcess.start(at);
    started.push(first);
    if (kind === "sqlite") return [first, first];
    const second = await ServiceProcess.start(at, first);
    started.push(second);
    return [first, second];
  };

  it("a POP that is removed: its connection ends, nothing lets it in again, and the others forget it", async () => {
    const [here, there] = await services();
    const { agent: fra, token } = await joined(here, "fra", ["sea", "chi"], there.url);
    const { agent: sea } = await joined(here, "sea", ["fra", "chi"]);
    const { agent: chi } = await joined(here, "chi", ["sea", "fra"]);
    const peers = (agent: TestAgent) => agent.document?.peers.map(({ segment }) => segment).toSorted();
    await expect.poll(() => peers(sea), READY).toEqual(["sea/alder>chi", "sea/alder>fra"]);
    await expect.poll(() => peers(chi), READY).toEqual(["chi/alder>fra", "chi/alder>sea"]);
    const { number: _, ...report } = measured(0, ["fra/alder>sea"]);
    fra.tell(report);
    await expect.poll(() => fra.waiting.length, READY).toBe(0);

    expect((await here.call("DELETE", "/api/v1/pops/fra")).status).toBe(204);
    await expect.poll(() => fra.isConnected, WITHIN).toBe(false);
    expect(fra.heard.at(-1)).toMatchObject({
      kind: "refusal",
      error: { code: "AGENT_REFUSED", message: expect.stringContaining("removed") },
    });
    // Neither by its certificate nor by the token that it had joined with, on either service.
    for (const { url } of [here, there]) await expect(fra.connect(url)).rejects.toThrow(/no POP fra is known/);
    await expect(fra.join(token)).rejects.toThrow(/JOIN_REFUSED: the join token was used by fra/);

    await expect.poll(() => [peers(sea), peers(chi)], WITHIN).toEqual([["sea/alder>chi"], ["chi/alder>sea"]]);
    for (const { document } of [sea, chi]) expect(JSON.stringify(document)).not.toContain("fra");
    const { body } = await here.call("GET", "/api/v1/segments");
    expect(JSON.stringify(body)).not.toContain('"from":"fra"');
    const audit = await here.call("GET", "/api/v1/audit?limit=5");
    expect((audit.body as { items: object[] }).items).toContainEqual(
      expect.objectContaining({ what: "removePop", subject: "fra", outcome: 204, caller: "first-operator" }),
    );
  });

  it("a token that is revoked: the next call is refused, and its live streams end, on each service", async () => {
    const [here, there] = await services();
    const { body } = await here.call("POST", "/api/v1/access-tokens", { name: "ann", role: "viewer" });
    const { id, token } = body as Made;
    const streams = [await follow(here.url, token), await follow(there.url, token)];
    const other = await follow(there.url, there.token);
    expect((await here.call("DELETE", `/api/v1/access-tokens/${id}`)).status).toBe(204);
    for (const { url } of [here, there]) expect(await statusAt(url, token)).toBe(401);
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(["ended", "ended"]);
    // Nobody else's.
    expect(await Promise.race([other.ended, new Promise((resolve) => setTimeout(resolve, 100, "goes on"))])).toBe(
      "goes on",
    );
  });

  describe("without any news of it", () => {
    const start = async (): Promise<TestService> => {
      const service = await TestService.start({ store: await address() });
      started.push({ stop: () => service.remove() });
      return service;
    };

    it("a POP's connection ends all the same", async () => {
      const service = await start();
      const { agent } = await joined(service, "sea", []);
      // As another service does it whose notification never comes.
      await service.running.store.write(async (tx) => {
        await tx.deleteFrom("pops").where("name", "=", "sea").execute();
        await tx.deleteFrom("hearing").where("pop", "=", "sea").execute();
        await endUses(tx, "sea");
      });
      await expect.poll(() => agent.isConnected, WITHIN).toBe(false);
    });

    it("a connection of who had the name before takes it from nobody", async () => {
      const service = await start();
      const { agent: thief } = await joined(service, "sea", []);
      const { store } = service.running;
      await expect.poll(() => thief.document?.version, READY).toBe(1);
      await store.write(async (tx) => {
        await tx.deleteFrom("pops").where("name", "=", "sea").execute();
        await tx.deleteFrom("hearing").where("pop", "=", "sea").execute();
      });
      const heard = thief.heard.length;
      const rightful = new TestAgent(service.url, popRecord("sea", ["chi"]));
      agents.push(rightful);
      await rightful.join(await service.joinToken());
      // At once, before anybody looks: by its open connection it asks for a certificate of that name, and says who it is.
      thief.say({ kind: "record", pop: { ...thief.record, site: "elsewhere" } });
      thief.say({ kind: "ask-desired", why: "to see its keys" });
      thief.say({ kind: "renew", publicKey: thief.publicKey });
      await expect.poll(() => thief.isConnected, WITHIN).toBe(false);
      expect(thief.heard.slice(heard).filter(({ kind }) => kind === "renewed" || kind === "desired")).toEqual([]);
      await rightful.connect();
      const { body } = await service.call("GET", "/api/v1/pops/sea");
      expect((body as { record: object }).record).toEqual(rightful.record);
    });

    it("a live stream ends with its token's time", async () => {
      const service = await start();
      const asked = { name: "bob", role: "viewer", expiresInMs: 1_000 };
      const { body } = await service.call("POST", "/api/v1/access-tokens", asked);
      const { ended } = await follow(service.url, (body as Made).token);
      expect(await ended).toBe("ended");
      expect(await statusAt(service.url, (body as Made).token)).toBe(401);
    });

    it("a connection ends with its certificate's time", async () => {
      const service = await start();
      const { agent } = await joined(service, "sea", []);
      const { store, authority } = service.running;
      const { createPublicKey } = await import("node:crypto");
      // Issued a day ago, for a day and five seconds.
      const beganMs = store.nowMs() - 86_400_000 + 5_000;
      const issued = await authority.issueForPop("sea", createPublicKey(agent.publicKey), beganMs, 1);
      await store.write((tx) =>
        tx.updateTable("pops").set({ serial: issued.serial }).where("name", "=", "sea").execute(),
      );
      if (agent.place !== undefined) agent.place = { ...agent.place, certificate: issued.certificate };
      await agent.connect();
      await expect.poll(() => agent.isConnected, READY).toBe(false);
      expect(agent.heard.at(-1)).toMatchObject({
        error: { message: "its certificate has ended while it was connected" },
      });
    });
  });
});
