// The northbound by RESTCONF, over both stores: found without being told where, read and written as our modules have it,
// refused with the tags of RFC 8040, with the tokens and roles of the API; and our own RESTCONF client speaks to it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Restconf } from "../../src/netconf/restconf/client.ts";
import { TestService } from "../support/controller.ts";
import { overBothStores } from "../support/stores.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";

const POLICIES = "/restconf/data/srwan-policy:policies";
const CANDIDATE = "/restconf/ds/ietf-datastores:candidate/srwan-policy:policies";
const YANG_JSON = "application/yang-data+json";
const gold = { name: "gold", from: "sea", to: "fra", prefix: ["2001:db8:f::/48"], "max-delay-us": "80000" };
const only = (policy: object) => ({ "srwan-policy:policy": [policy] });

overBothStores(({ address }) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ store: await address() });
    await joined(service);
  });
  afterAll(() => service.remove());
  afterEach(async () => {
    await service.call("POST", "/api/v1/config/rollback", { back: 0 });
    await call("DELETE", POLICIES);
  });

  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    service.call(method, path, body, { ...(body === undefined ? {} : { "content-type": YANG_JSON }), ...headers });
  const errorOf = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await answer;
    const [error] = (body as { "ietf-restconf:errors": { error: Record<string, string>[] } })["ietf-restconf:errors"]
      .error;
    return [status, error?.["error-tag"], error?.["error-path"] ?? ""];
  };
  const told = async (answer: ReturnType<typeof call>) => (await errorOf(answer)).slice(0, 2);
  const tokenOf = async (role: string) => {
    const { body } = await service.call("POST", "/api/v1/access-tokens", { name: `a-${role}`, role });
    return (body as { token: string }).token;
  };
  const policies = async (at = POLICIES) =>
    ((await call("GET", at)).body as Record<string, { policy?: { name: string }[] }>)["srwan-policy:policies"]?.policy;

  describe("is found", () => {
    it("by host-meta, its root, its library and its modules", async () => {
      const meta = await fetch(`${service.url}/.well-known/host-meta`);
      expect(meta.headers.get("content-type")).toContain("application/xrd+xml");
      expect(await meta.text()).toContain('<Link rel="restconf" href="/restconf"/>');
      expect((await call("GET", "/restconf")).body).toEqual({
        "ietf-restconf:restconf": { data: {}, operations: {}, "yang-library-version": "2019-01-04" },
      });
      const library = await call("GET", "/restconf/data/ietf-yang-library:yang-library");
      type Library = { "module-set": [{ module: { name: string; location?: string[] }[] }] };
      const body = library.body as { "ietf-yang-library:yang-library": Library };
      const [set] = body["ietf-yang-library:yang-library"]["module-set"];
      expect(set.module.map(({ name }) => name)).toEqual(expect.arrayContaining(["srwan-policy", "srwan-topology"]));
      const at = set.module.find(({ name }) => name === "srwan-policy")?.location?.[0];
      const text = await fetch(`${service.url}${at}`, { headers: { authorization: `Bearer ${service.token}` } });
      expect(await text.text()).toBe(readFileSync("yang/srwan-policy.yang", "utf8"));
    });

    it("with what may be done to each resource", async () => {
      const allow = async (path: string) => (await call("OPTIONS", path)).headers.get("allow");
      expect(await allow(POLICIES)).toBe("GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE");
      expect(await allow(`${POLICIES}/policy=gold`)).toBe("GET, HEAD, OPTIONS, PUT, PATCH, DELETE");
      expect(await allow("/restconf/data/srwan-topology:pops")).toBe("GET, HEAD, OPTIONS");
      expect(await allow("/restconf/ds/ietf-datastores:running/srwan-policy:policies")).toBe("GET, HEAD, OPTIONS");
    });
  });

  it("policies are made, read, patched, replaced and removed, each committed at once", async () => {
    const made = await call("POST", POLICIES, only(gold));
    expect([made.status, made.headers.get("location")]).toEqual([201, `${POLICIES}/policy=gold`]);
    const read = await call("GET", `${POLICIES}/policy=gold`);
    expect(read.headers.get("content-type")).toContain(YANG_JSON);
    expect(read.body).toEqual(only(gold));
    const { body: running } = await service.call("GET", "/api/v1/config/running");
    expect(running).toMatchObject({
      why: "RESTCONF POST",
      config: { policies: [{ name: "gold", maxDelayUs: 80_000, prefixes: ["2001:db8:f::/48"] }] },
    });
    expect((await call("PATCH", `${POLICIES}/policy=gold`, only({ "max-delay-us": "70000" }))).status).toBe(204);
    expect((await call("GET", `${POLICIES}/policy=gold`)).body).toEqual(only({ ...gold, "max-delay-us": "70000" }));
    const { "max-delay-us": _, ...plain } = gold;
    expect((await call("PUT", `${POLICIES}/policy=gold`, only(plain))).status).toBe(204);
    expect((await call("GET", `${POLICIES}/policy=gold`)).body).toEqual(only(plain));
    expect(
      (await call("PUT", `${POLICIES}/policy=silver`, only({ ...plain, name: "silver", prefix: ["2001:db8:e::/48"] })))
        .status,
    ).toBe(201);
    expect((await policies())?.map(({ name }) => name)).toEqual(["gold", "silver"]);
    expect((await call("DELETE", `${POLICIES}/policy=gold`)).status).toBe(204);
    const whole = { "srwan-policy:policies": { policy: [{ ...plain, name: "bronze" }] } };
    expect((await call("PUT", POLICIES, whole)).status).toBe(204);
    expect((await policies())?.map(({ name }) => name)).toEqual(["bronze"]);
    const { body: audit } = await service.call("GET", "/api/v1/audit");
    expect(JSON.stringify(audit)).toContain("restconf POST data");
  });

  it("the candidate is a datastore of its own, and the API sees the same", async () => {
    expect((await call("POST", CANDIDATE, only(gold))).status).toBe(201);
    expect(await policies()).toEqual([]);
    expect((await policies(CANDIDATE))?.map(({ name }) => name)).toEqual(["gold"]);
    const { body: diff } = await service.call("GET", "/api/v1/config/diff");
    expect((diff as { lines: string[] }).lines).toContain("+ policy gold maxDelayUs 80000");
    // What somebody else is about to commit is not committed along.
    expect(await errorOf(call("PUT", `${POLICIES}/policy=silver`, only({ ...gold, name: "silver" })))).toEqual([
      409,
      "in-use",
      "/srwan-policy:policies/policy[name='silver']",
    ]);
    await service.call("POST", "/api/v1/config/commit", { why: "for the test" });
    expect((await policies())?.map(({ name }) => name)).toEqual(["gold"]);
  });

  it("POPs are read", async () => {
    const { body } = await call("GET", "/restconf/data/srwan-topology:pops/pop=sea");
    expect(body).toMatchObject({ "srwan-topology:pop": [{ name: "sea", platform: "linux" }] });
    const { body: all } = await call("GET", "/restconf/data");
    expect(Object.keys((all as Record<string, object>)["ietf-restconf:data"] ?? {})).toEqual(
      expect.arrayContaining(["srwan-policy:policies", "srwan-topology:pops", "ietf-yang-library:yang-library"]),
    );
    const { body: config } = await call("GET", "/restconf/data?content=config");
    expect(Object.keys((config as Record<string, object>)["ietf-restconf:data"] ?? {})).toEqual([
      "srwan-policy:policies",
    ]);
  });

  it("what is wrong is told by RFC 8040's tags, and changes nothing", async () => {
    await call("POST", POLICIES, only(gold));
    const at = `${POLICIES}/policy=gold`;
    const path = "/srwan-policy:policies/policy[name='gold']";
    expect(await errorOf(call("POST", POLICIES, only(gold)))).toEqual([409, "data-exists", "/srwan-policy:policies"]);
    expect(await told(call("GET", `${POLICIES}/policy=none`))).toEqual([404, "invalid-value"]);
    expect(await told(call("DELETE", `${POLICIES}/policy=none`))).toEqual([404, "invalid-value"]);
    expect(await errorOf(call("GET", "/restconf/data/nobody:knows"))).toEqual([404, "invalid-value", ""]);
    for (const wrong of [
      { ...gold, nobody: 1 },
      { ...gold, from: 7 },
      { ...gold, priority: 9 },
      { ...gold, name: "other" },
    ]) {
      expect(await errorOf(call("PUT", at, only(wrong)))).toEqual([400, "invalid-value", path]);
    }
    expect(await errorOf(call("PUT", at, only({ ...gold, to: "nowhere" })))).toEqual([400, "invalid-value", path]);
    expect(await errorOf(call("PUT", at, "{"))).toEqual([400, "malformed-message", path]);
    expect((await told(call("PUT", at, "<a/>", { "content-type": "application/yang-data+xml" })))[0]).toBe(415);
    expect((await told(call("GET", at, undefined, { accept: "application/yang-data+xml" })))[0]).toBe(406);
    expect(await told(call("GET", `${at}?depth=1`))).toEqual([400, "invalid-value"]);
    expect(await told(call("DELETE", "/restconf/data/srwan-topology:pops/pop=sea"))).toEqual([
      405,
      "operation-not-supported",
    ]);
    expect(await errorOf(call("PUT", at, only(gold), { "if-match": '"99"' }))).toEqual([412, "operation-failed", path]);
    expect((await call("GET", at)).body).toEqual(only(gold));
  });

  it("asks for a token, and keeps to its role", async () => {
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    expect(await errorOf(call("GET", POLICIES, undefined, as("nonsense")))).toEqual([
      401,
      "access-denied",
      "/srwan-policy:policies",
    ]);
    const [viewer, engineer] = [await tokenOf("viewer"), await tokenOf("engineer")];
    expect((await call("GET", POLICIES, undefined, as(viewer))).status).toBe(200);
    expect(await errorOf(call("POST", POLICIES, only(gold), as(viewer)))).toEqual([
      403,
      "access-denied",
      "/srwan-policy:policies",
    ]);
    expect((await call("POST", POLICIES, only(gold), as(engineer))).status).toBe(201);
  });

  it("an entity tag tells whether anything changed since", async () => {
    await call("POST", POLICIES, only(gold));
    const etag = (await call("GET", POLICIES)).headers.get("etag") ?? "";
    expect((await call("GET", POLICIES, undefined, { "if-none-match": etag })).status).toBe(304);
    expect((await call("DELETE", `${POLICIES}/policy=gold`, undefined, { "if-match": etag })).status).toBe(204);
    expect((await told(call("DELETE", POLICIES, undefined, { "if-match": etag })))[0]).toBe(412);
  });
});

describe("our own RESTCONF client", () => {
  it("finds the service, reads, writes, and is told what is wrong", async () => {
    const service = await TestService.start({ "tls.names": "localhost" });
    try {
      const ca = readFileSync(join(service.folder, "authority.pem"), "utf8");
      const auth = { user: "bob", password: service.token };
      const url = service.url.replace("127.0.0.1", "localhost");
      const client = await Restconf.open({ url, auth, tls: { ca }, encoding: "json" });
      expect(client.root).toBe("/restconf");
      expect(await client.capabilities()).toEqual([expect.stringContaining("capability:defaults")]);
      const { content } = await client.get(["srwan-policy:policies"]);
      expect(content).toMatchObject({ json: { "srwan-policy:policies": { policy: [] } } });
      await expect(client.post(["srwan-policy:policies"], { json: only(gold) } as never)).rejects.toThrow(/sea/);
    } finally {
      await service.remove();
    }
  });
});

async function joined(service: TestService): Promise<void> {
  for (const [name, to] of [
    ["sea", "fra"],
    ["fra", "sea"],
  ] as const) {
    await new TestAgent(service.url, popRecord(name, [to])).join(await service.joinToken());
  }
}
