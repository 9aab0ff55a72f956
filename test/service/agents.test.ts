// Agents and the service as they speak to each other: joining, proving, telling, being told; over both stores.

import type { Static } from "typebox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PolicyView } from "../../src/topology/service/api/schemas.ts";
import { TestService } from "../support/controller.ts";
import { overBothStores } from "../support/stores.ts";
import { measured } from "../support/tellings.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";

overBothStores(({ address }) => {
  let service: TestService;
  const agents: TestAgent[] = [];
  beforeEach(async () => {
    service = await TestService.start({ store: await address() });
  });
  afterEach(async () => {
    for (const agent of agents.splice(0)) agent.close();
    await service.remove();
  });
  const agentOf = (name: string, to: readonly string[] = []): TestAgent => {
    const agent = new TestAgent(service.url, popRecord(name, to));
    agents.push(agent);
    return agent;
  };
  const joined = async (name: string, to: readonly string[] = []): Promise<TestAgent> => {
    const agent = agentOf(name, to);
    await agent.join(await service.joinToken());
    await agent.connect();
    return agent;
  };
  const event = (subject: string) =>
    ({ kind: "event", atMs: Date.now(), type: "started", subject, text: "", data: {} }) as const;

  describe("joining", () => {
    it("gives a place, and the same place again to the same key", async () => {
      const sea = agentOf("sea");
      const token = await service.joinToken();
      const first = await sea.join(token);
      expect(first).toMatchObject({ group: "g1", locator: "fcbb:bb00:1::/48" });
      expect(await sea.join(token)).toMatchObject({ group: "g1", locator: "fcbb:bb00:1::/48" });
      await sea.connect();
    });

    it("refuses a token that was used by another, has ended, is for another, or is none", async () => {
      const token = await service.joinToken();
      await agentOf("sea").join(token);
      await expect(agentOf("fra").join(token)).rejects.toThrow(/JOIN_REFUSED: the join token was used by sea/);
      await expect(agentOf("fra").join(await service.joinToken({ pop: "chi" }))).rejects.toThrow(
        /for POP chi, not fra/,
      );
      const short = await service.joinToken({ expiresInMs: 1_000 });
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      await expect(agentOf("fra").join(short)).rejects.toThrow(/ended at/);
      const forged = `${token.slice(0, 30)}${"A".repeat(20)}${token.slice(50)}`;
      await expect(agentOf("fra").join(forged)).rejects.toThrow(/is not known here/);
      await expect(agentOf("fra").join("srwan-join.x.y.z")).rejects.toThrow(/is not one/);
    });

    it("refuses a name that another key has, until that POP is removed", async () => {
      await joined("sea");
      const thief = agentOf("sea");
      await expect(thief.join(await service.joinToken())).rejects.toThrow(
        /POP_NAME_TAKEN: another key has the name sea/,
      );
      expect((await service.call("DELETE", "/api/v1/pops/sea")).status).toBe(204);
      expect(await thief.join(await service.joinToken())).toMatchObject({ locator: "fcbb:bb00:1::/48" });
    });
  });

  describe("an agent", () => {
    it("is refused with a foreign signature, a replaced certificate, another version, or after its removal", async () => {
      const sea = await joined("sea");
      await expect(sea.connect(service.url, (hello) => ({ ...hello, signature: "A".repeat(86) }))).rejects.toThrow(
        /signature is not by the key/,
      );
      await expect(sea.connect(service.url, (hello) => ({ ...hello, wire: 99 }))).rejects.toThrow(/speaks version 99/);
      const old = sea.place;
      await sea.join(await service.joinToken());
      await sea.connect();
      const newest = sea.place;
      sea.place = old;
      await expect(sea.connect()).rejects.toThrow(/replaced by a newer one/);
      sea.place = newest;
      await service.call("DELETE", "/api/v1/pops/sea");
      await expect(sea.connect()).rejects.toThrow(/no POP sea is known/);
    });

    it("that speaks nonsense is told which field, and cut off", async () => {
      const sea = await joined("sea");
      sea.raw('{"kind":"heartbeat","atMs":"now"}');
      await expect.poll(() => sea.isConnected).toBe(false);
      expect(sea.heard).toContainEqual(
        expect.objectContaining({ kind: "refusal", error: expect.objectContaining({ code: "WIRE_INVALID" }) }),
      );
    });

    it("renews its certificate, and may still use the old one until it used the new", async () => {
      const sea = await joined("sea");
      const old = sea.place;
      sea.say({ kind: "renew", publicKey: sea.publicKey });
      await expect.poll(() => sea.place?.certificate).not.toBe(old?.certificate);
      const renewed = sea.place;
      sea.place = old;
      await sea.connect();
      sea.place = renewed;
      await sea.connect();
      sea.place = old;
      await expect(sea.connect()).rejects.toThrow(/replaced/);
    });

    it("tells who it is inside WireGuard while it is connected, and speaks for no other POP", async () => {
      const [sea, chi] = [await joined("sea", ["chi"]), await joined("chi", ["sea"])];
      const key = (octet: number): string => Buffer.alloc(32, octet).toString("base64");
      const wireguard = { endpoint: "2001:db8:9::1", port: 51_820, publicKey: key(7), fresh: key(8) };
      const told = { ...sea.record, segments: sea.record.segments.map((port) => ({ ...port, wireguard })) };
      expect(told.segments.length).toBeGreaterThan(0);
      sea.say({ kind: "record", pop: told });
      const kept = async () =>
        ((await service.call("GET", "/api/v1/pops/sea")).body as { record: typeof told }).record.segments;
      await expect.poll(kept).toEqual(told.segments);
      chi.say({ kind: "record", pop: told });
      await expect.poll(() => chi.isConnected).toBe(false);
      expect(sea.isConnected).toBe(true);
    });

    it("is taken over by its newest connection", async () => {
      const sea = await joined("sea");
      const twin = agentOf("sea");
      Object.assign(twin, { publicKey: sea.publicKey, place: sea.place });
      await sea.connect();
      expect(sea.heard.filter(({ kind }) => kind === "welcome")).toHaveLength(2);
      await expect.poll(() => sea.heard.filter(({ kind }) => kind === "refusal")).toHaveLength(1);
      expect(sea.isConnected).toBe(true);
    });

    it("is away when it is silent for three heartbeats", async () => {
      await joined("sea");
      const isThere = async () =>
        ((await service.call("GET", "/api/v1/pops/sea")).body as { isThere: boolean }).isThere;
      expect(await isThere()).toBe(true);
      await expect.poll(isThere, { timeout: 5_000 }).toBe(false);
    });
  });

  it("what an agent tells is acknowledged when it is kept, and told once more is kept once", async () => {
    const sea = await joined("sea");
    for (let i = 0; i < 20; i++) sea.tell(event(`number ${i}`));
    await expect.poll(() => sea.kept).toBeGreaterThanOrEqual(20);
    sea.tell(event("number 20"));
    // Before it is acknowledged, or after: either way it is told again.
    sea.close();
    await sea.connect();
    await expect.poll(() => sea.waiting.length).toBe(0);
    const { body } = await service.call("GET", "/api/v1/events?pop=sea&type=started");
    const told = (body as { items: { subject: string }[] }).items.map(({ subject }) => subject);
    expect(told).toEqual(Array.from({ length: 21 }, (_, i) => `number ${i}`));
  });

  it("from joining to a policy that carries: documents go out, answers come in, changes go as changes", async () => {
    const [sea, fra] = [await joined("sea", ["fra"]), await joined("fra", ["sea"])];
    await expect.poll(() => sea.document?.settings.pop).toBe("sea");
    const policy = { name: "gold", from: "sea", to: "fra", prefixes: ["2001:db8:f::/48"] };
    expect((await service.call("PUT", "/api/v1/config/candidate/policies/gold", policy)).status).toBe(200);
    expect((await service.call("POST", "/api/v1/config/commit", { why: "for the test" })).status).toBe(201);
    const report = setInterval(() => {
      for (const [agent, segment] of [
        [sea, "sea/alder>fra"],
        [fra, "fra/alder>sea"],
      ] as const) {
        const { number: _, ...rest } = measured(0, [segment]);
        agent.tell({ ...rest, intervalMs: 100 });
        agent.say({ kind: "heartbeat", atMs: Date.now() });
      }
    }, 100);
    try {
      await expect.poll(() => sea.document?.policies.map(({ name }) => name), { timeout: 10_000 }).toContain("gold");
      const stands = async () => {
        const { body } = await service.call("GET", "/api/v1/policies/gold");
        return (body as Static<typeof PolicyView>).status?.state;
      };
      await expect.poll(stands, { timeout: 10_000 }).toBe("PROGRAMMED");
      // What it held before was known, so what came after was the difference.
      expect(sea.heard.some(({ kind }) => kind === "change")).toBe(true);
      const { body } = await service.call("GET", "/api/v1/segments?from=sea");
      expect(body).toMatchObject({ items: [{ segment: "sea/alder>fra", measured: { p50Us: 70_000 } }] });
      // An agent that lost what it held asks for the whole.
      const { length } = sea.heard;
      sea.say({ kind: "ask-desired", why: "lost" });
      await expect.poll(() => sea.heard.slice(length).map(({ kind }) => kind)).toContain("desired");
    } finally {
      clearInterval(report);
    }
  });

  it("POPs get the key that they are to sign with, and nobody else", async () => {
    const [sea, fra] = [await joined("sea", ["fra"]), await joined("fra", ["sea"])];
    const commit = async (signing: object) => {
      expect((await service.call("PUT", "/api/v1/config/candidate/signing", signing)).status).toBe(200);
      return service.call("POST", "/api/v1/config/commit", { why: "for the test" });
    };
    expect((await commit({ keys: [7], sign: 7 })).status).toBe(422);
    expect((await commit({ keys: [7] })).status).toBe(201);
    const keys = (agent: typeof sea) => agent.document?.hmacKeys.map(({ id, secret }) => `${id} ${secret.length}`);
    await expect.poll(() => [keys(sea), keys(fra)], { timeout: 10_000 }).toEqual([["7 44"], ["7 44"]]);
    expect((await commit({ keys: [7, 8], sign: 7 })).status).toBe(201);
    await expect
      .poll(() => [keys(sea), keys(fra)], { timeout: 10_000 })
      .toEqual([
        ["7 44", "8 44"],
        ["7 44", "8 44"],
      ]);
    const secrets = sea.document?.hmacKeys.map(({ secret }) => secret) ?? [];
    expect(new Set(secrets).size).toBe(2);
    expect(fra.document?.hmacKeys.map(({ secret }) => secret)).toEqual(secrets);
    // Pulses are signed with keys of each pair's own.
    const ofPulses = (agent: typeof sea) =>
      agent.document?.peers.map(({ signed }) => [signed?.sign, ...(signed?.keys.map(({ secret }) => secret) ?? [])]);
    expect(ofPulses(fra)).toEqual(ofPulses(sea));
    expect(ofPulses(sea)).toEqual([[7, expect.stringMatching(/^.{44}$/), expect.stringMatching(/^.{44}$/)]]);
    secrets.push(
      ...(sea.document?.peers.flatMap(({ signed }) => signed?.keys.map(({ secret }) => secret) ?? []) ?? []),
    );
    expect(new Set(secrets).size).toBe(4);
    for (const path of [
      "pops/sea/desired",
      "config/running",
      "config/candidate",
      "config/commits",
      "audit",
      "events",
    ]) {
      const { status, body } = await service.call("GET", `/api/v1/${path}`);
      expect(status, path).toBe(200);
      for (const secret of secrets) expect(JSON.stringify(body), path).not.toContain(secret);
    }
  });

  it("rows of segments that are not the reporter's are dropped", async () => {
    const sea = await joined("sea", ["fra"]);
    const { number: _, ...rest } = measured(0, ["sea/alder>fra", "fra/alder>sea"]);
    const number = sea.tell(rest);
    await expect.poll(() => sea.kept).toBeGreaterThanOrEqual(number);
    const { body } = await service.call("GET", "/api/v1/pops/sea/measurements");
    expect(body).toMatchObject({ items: [{ cells: [{ segment: "sea/alder>fra" }] }] });
  });

  it("a stop does not wait for agents that stay connected", async () => {
    await service.remove();
    service = await TestService.start({ store: await address(), "agents.heartbeatMs": "10000" });
    await joined("sea", ["fra"]);
    await expect(service.stop()).resolves.toBeUndefined();
  });

  it("after a restart of the service an agent goes on where it was, and is sent nothing that it has", async () => {
    const sea = await joined("sea", ["fra"]);
    await expect.poll(() => sea.document?.version).toBe(1);
    await service.stop();
    sea.tell(event("while it was away"));
    await service.resume();
    const { length } = sea.heard;
    await sea.connect(service.url);
    await expect.poll(() => sea.waiting.length).toBe(0);
    // A decision or two later.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(sea.heard.slice(length).filter(({ kind }) => kind === "desired" || kind === "change")).toEqual([]);
  });
});
