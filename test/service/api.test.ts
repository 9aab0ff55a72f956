// Every endpoint as a hasty programmer and an attacker would call it; over both stores (who may: who-may.test.ts). Then what
// only some have: pages, ETags, keys, the live stream, the audit log.

import { Compile } from "typebox/compile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { createLogger } from "../../src/base/log.ts";
import { type CallerRole, type Endpoint, ROLES_OF_CALLERS } from "../../src/topology/service/api/endpoint.ts";
import { ENDPOINTS } from "../../src/topology/service/api/endpoints.ts";
import { Problem } from "../../src/topology/service/api/problem.ts";
import { TestService } from "../support/controller.ts";
import { overBothStores } from "../support/stores.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";
import { allOf, fieldsOf, VALID, wrongBodies, wrongFor } from "./bodies.ts";

const problem = Compile(Problem);

/** An address of the endpoint: names are of things that may not be there. */
const addressOf = ({ path, params }: Endpoint): string =>
  path.replace(/:(\w+)/g, (_all, name: string) => {
    const node = params?.properties[name] as { type?: string } | undefined;
    return node?.type === "integer" ? "1" : "sea";
  });

const named = (ends: readonly Endpoint[]) => ends.map((one) => [`${one.method} ${one.path}`, one] as const);

overBothStores(({ address }) => {
  let service: TestService;
  const lines: string[] = [];
  const secrets = new Set<string>();
  const tokens = new Map<CallerRole, string>();

  beforeAll(async () => {
    const log = createLogger({ level: "trace", format: "json", write: (line) => void lines.push(line) });
    service = await TestService.start({ store: await address(), "api.requestsPerMinute": "100000" }, log);
    for (const role of ROLES_OF_CALLERS) {
      const { body } = await service.call("POST", "/api/v1/access-tokens", { name: `a-${role}`, role });
      const { token } = body as { token: string };
      tokens.set(role, token);
      secrets.add(token.split(".")[2] ?? "");
    }
    secrets.add(service.token.split(".")[2] ?? "");
    for (const name of ["sea", "fra"]) {
      const token = await service.joinToken();
      secrets.add(token.split(".")[2] ?? "");
      await new TestAgent(service.url, popRecord(name, [name === "sea" ? "fra" : "sea"])).join(token);
    }
  });
  afterAll(() => service.remove());

  const as = (role: CallerRole) => ({ authorization: `Bearer ${tokens.get(role)}` });
  const expectProblem = ({ status, body }: { status: number; body: unknown }, wanted: number, code: string) => {
    expect({ status, code: (body as { code?: string }).code }).toEqual({ status: wanted, code });
    expect(problem.Check(body)).toBe(true);
  };

  const withBody = ENDPOINTS.filter(({ body }) => body !== undefined);
  describe.each(named(withBody))("%s", (_name, one) => {
    it.each([
      ["a list", []],
      ["a word", '"word"'],
      ["nothing", "null"],
      ["a field nobody knows", { nobody: 1 }],
      ["numbers for all", allOf(one, 1.5)],
      ["objects for all", allOf(one, {})],
    ])("refuses %s by its field", async (_what, body) => {
      const answer = await service.call(one.method, addressOf(one), body);
      expectProblem(answer, 400, "REQUEST_INVALID");
      expect((answer.body as { details: { field: string } }).details.field).toMatch(/^body/);
    });

    it("takes no harm from a text of any kind", async () => {
      const answer = await service.call(
        one.method,
        addressOf(one),
        allOf(one, "\u0000 ../../x '; drop table pops; --"),
      );
      expect(answer.status).toBeLessThan(500);
    });

    it("refuses what is no JSON, what says it is something else, and what is too large", async () => {
      expectProblem(await service.call(one.method, addressOf(one), "{"), 400, "REQUEST_INVALID");
      const xml = { "content-type": "application/xml" };
      expectProblem(await service.call(one.method, addressOf(one), "<a/>", xml), 400, "REQUEST_INVALID");
    });

    it.each(fieldsOf(one))("refuses a wrong %s by its name", async (field, node) => {
      for (const wrong of wrongBodies(node)) {
        const answer = await service.call(one.method, addressOf(one), { ...VALID[one.name], [field]: wrong });
        expectProblem(answer, 400, "REQUEST_INVALID");
        expect((answer.body as { details: { field: string } }).details.field).toMatch(new RegExp(`^body\\.${field}`));
      }
    });
  });

  it.each(named(ENDPOINTS.filter(({ method }) => method !== "GET")))(
    "%s refuses a body that is too large",
    async (_name, one) => {
      const octets = one.maxOctets ?? LIMITS.bodyMaxOctets;
      const large = `{"why":"${"x".repeat(octets)}"}`;
      expectProblem(await service.call(one.method, addressOf(one), large), 413, "REQUEST_TOO_LARGE");
    },
  );

  it.each(named(ENDPOINTS.filter(({ query }) => query !== undefined)))(
    "%s refuses what its query has not",
    async (_name, one) => {
      const wrong = [
        "nobody=1",
        ...Object.entries(one.query?.properties ?? {}).flatMap(([field, node]) => wrongFor(field, node)),
      ];
      for (const query of wrong) {
        const answer = await service.call(one.method, `${addressOf(one)}?${query}`);
        expectProblem(answer, 400, "REQUEST_INVALID");
        expect((answer.body as { details: { field: string } }).details.field).toMatch(/^query/);
      }
    },
  );

  it.each(named(ENDPOINTS.filter(({ params }) => params !== undefined)))(
    "%s refuses a name that none can be",
    async (_name, one) => {
      const at = one.path.replace(/:\w+/g, encodeURIComponent("../../x"));
      expectProblem(
        await service.call(one.method, at, one.body === undefined ? undefined : {}),
        400,
        "REQUEST_INVALID",
      );
    },
  );

  const changing = ENDPOINTS.filter(({ method, right }) => method !== "GET" && right !== "read");
  it.each(named(changing))("%s refuses a stale ETag", async (_name, one) => {
    for (const etag of ['"987654321"', "W/1", "nonsense"]) {
      const answer = await service.call(one.method, addressOf(one), VALID[one.name], { "if-match": etag });
      expectProblem(answer, 412, "CHANGE_STALE");
    }
  });

  it("nobody's endpoint is a problem too", async () => {
    expectProblem(await service.call("GET", "/api/v1/nothing"), 404, "NOT_THERE");
    expectProblem(await service.call("PATCH", "/api/v1/pops"), 404, "NOT_THERE");
  });

  it.each(
    named(
      ENDPOINTS.filter(({ method, answer, path }) => method === "GET" && answer !== undefined && !path.includes(":")),
    ),
  )("%s answers as its schema says", async (_name, one) => {
    const { status, body } = await service.call("GET", one.path);
    expect(status).toBe(200);
    if (one.answer) expect(Compile(one.answer).Errors(body)).toEqual([]);
  });

  it("publishes a description that is OpenAPI 3.1 and leaves nothing out", async () => {
    const { body } = await service.call("GET", "/api/v1/openapi.json");
    const { openapi, paths } = body as OpenApi;
    expect(openapi).toBe("3.1.0");
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.toSorted()).toEqual([...ENDPOINTS.map(({ name }) => name), "live"].toSorted());
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((one) => one.in === "path");
      expect(declared.map(({ name, required }) => [name, required])).toEqual(inPath.map((name) => [name, true]));
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
      const schemas = [
        operation.requestBody?.content["application/json"]?.schema,
        ...(operation.parameters ?? []).map(({ schema }) => schema),
        ...Object.values(operation.responses).map(({ content }) => content?.["application/json"]?.schema),
      ].filter((one) => one !== undefined);
      for (const schema of schemas) expect(() => Compile(schema as never).Check({})).not.toThrow();
    }
  });

  it("changes go from candidate to commit, with ETags, a difference, and who and why", async () => {
    await service.call("POST", "/api/v1/config/rollback", { back: 0 });
    const gold = { name: "gold", from: "sea", to: "fra", prefixes: ["2001:db8:f::/48"] };
    const before = await service.call("GET", "/api/v1/config/candidate");
    const etag = before.headers.get("etag") ?? "";
    const put = (policy: object, match: string) =>
      service.call("PUT", "/api/v1/config/candidate/policies/gold", policy, { ...as("engineer"), "if-match": match });
    const edited = await put(gold, etag);
    expect(edited.status).toBe(200);
    expectProblem(await put(gold, etag), 412, "CHANGE_STALE");
    const { body: diff } = await service.call("GET", "/api/v1/config/diff");
    expect((diff as { lines: string[] }).lines).toEqual([
      "+ policy gold from sea",
      "+ policy gold to fra",
      "+ policy gold prefixes 2001:db8:f::/48",
    ]);
    const unmatched = await service.call("GET", "/api/v1/config/candidate", undefined, {
      "if-none-match": edited.headers.get("etag") ?? "",
    });
    expect(unmatched.status).toBe(304);
    const made = await service.call("POST", "/api/v1/config/commit", { why: "as asked by bob" }, as("engineer"));
    expect(made).toMatchObject({
      status: 201,
      body: { id: 1, by: "a-engineer", why: "as asked by bob", state: "confirmed" },
    });
    const { body: policies } = await service.call("GET", "/api/v1/policies");
    expect(policies).toMatchObject({ items: [{ spec: gold }] });
    // A POP that is no more: the mistake is told with field, value and remedy.
    await put({ ...gold, to: "fro" }, "*");
    const refused = await service.call("POST", "/api/v1/config/commit", { why: "" });
    expectProblem(refused, 422, "CHANGE_INVALID");
    expect(refused.body).toMatchObject({
      detail: 'policies[0].to = "fro" is no POP that joined',
      remedy: "Did you mean fra?",
    });
    await service.call("POST", "/api/v1/config/rollback", { back: 0 });
  });

  it("a commit that nobody confirms goes back by itself", async () => {
    await service.call("PUT", "/api/v1/config/candidate/maintenance/fra", { why: "new fans" });
    const { status } = await service.call("POST", "/api/v1/config/commit", { why: "on trial", confirmMs: 1_000 });
    expect(status).toBe(201);
    expectProblem(await service.call("POST", "/api/v1/config/commit", { why: "" }), 409, "CHANGE_WAITS");
    const drained = async () => {
      const { body } = await service.call("GET", "/api/v1/config/running");
      return (body as { config: { maintenance: unknown[] } }).config.maintenance.length;
    };
    expect(await drained()).toBe(1);
    await expect.poll(drained, { timeout: 5_000 }).toBe(0);
    const { body } = await service.call("GET", "/api/v1/events?type=commit-returned");
    expect((body as { items: unknown[] }).items).toHaveLength(1);
    await service.call("POST", "/api/v1/config/rollback", { back: 0 });
  });

  it("the same key gives the same answer, for the same request only", async () => {
    const key = { "idempotency-key": "k-1" };
    const drain = (why: string) => service.call("PUT", "/api/v1/config/candidate/maintenance/sea", { why }, key);
    const [first, second] = [await drain("one"), await drain("one")];
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expectProblem(await drain("two"), 422, "KEY_REUSED");
    const token = () => service.call("POST", "/api/v1/join-tokens", {}, { "idempotency-key": "k-2" });
    expect((await token()).status).toBe(201);
    expectProblem(await token(), 409, "ANSWER_PENDING");
  });

  it("lists come in pages, whole and without repetition", async () => {
    const names: string[] = [];
    let next: string | undefined;
    do {
      const at = next === undefined ? "" : `&after=${encodeURIComponent(next)}`;
      const { body } = await service.call("GET", `/api/v1/segments?limit=1${at}`);
      const page = body as { items: { segment: string }[]; next?: string };
      names.push(...page.items.map(({ segment }) => segment));
      next = page.next;
    } while (next !== undefined);
    expect(names).toEqual(["fra/alder>sea", "sea/alder>fra"]);
  });

  it("who did what is in the audit log, also what was refused", async () => {
    await service.call("DELETE", "/api/v1/pops/nobody", undefined, as("operator"));
    const { body } = await service.call("GET", "/api/v1/audit?limit=1");
    expect(body).toMatchObject({
      items: [{ caller: "a-operator", role: "operator", what: "removePop", subject: "nobody", outcome: 404 }],
    });
  });

  it("a reader follows live, and after a pause goes on from where it was", async () => {
    const read = async (headers: Record<string, string>, until: number): Promise<string> => {
      const abort = new AbortController();
      const response = await fetch(`${service.url}/api/v1/live`, {
        headers: { ...as("viewer"), ...headers },
        signal: abort.signal,
      });
      let text = "";
      await drain();
      for await (const chunk of chunksOf(response)) {
        text += chunk;
        if ((text.match(/event: config/g) ?? []).length >= until) break;
      }
      abort.abort();
      return text;
    };
    const drain = async () => {
      await service.call("PUT", "/api/v1/config/candidate/maintenance/sea", { why: "live" });
      expect((await service.call("POST", "/api/v1/config/commit", { why: "live" })).status).toBe(201);
    };
    expect(await read({}, 1)).toContain('"why":"live"');
    const { body } = await service.call("GET", "/api/v1/events");
    const all = (body as { items: { id: number }[] }).items;
    const abort = new AbortController();
    const headers = { ...as("viewer"), "last-event-id": "0" };
    const response = await fetch(`${service.url}/api/v1/live`, { headers, signal: abort.signal });
    let text = "";
    for await (const chunk of chunksOf(response)) {
      text += chunk;
      if (all.every(({ id }) => text.includes(`id: ${id}\n`))) break;
    }
    abort.abort();
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  it("metrics are for those who may read", async () => {
    const at = `${service.url}/metrics`;
    expect((await fetch(at)).status).toBe(401);
    const text = await (await fetch(at, { headers: as("viewer") })).text();
    expect(text).toMatch(/^srwan_api_requests_total\{method="PUT",status="200"\} \d+$/m);
    expect(text).toMatch(/^srwan_pops\{state="there"\} \d+$/m);
    expect(text).toMatch(/^srwan_conditions\{condition="pop-away"\} \d+$/m);
    expect(text).toContain('srwan_service_info{version="0.0.0"} 1');
  });

  it("whoever calls too often is told to wait", async () => {
    const limited = await TestService.start({ store: await address(), "api.requestsPerMinute": "3" });
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 5; i++) statuses.push((await limited.call("GET", "/api/v1/status")).status);
      expect(statuses).toEqual([200, 200, 200, 429, 429]);
      expectProblem(await limited.call("GET", "/api/v1/status"), 429, "RATE_LIMITED");
      expect((await fetch(`${limited.url}/healthz`)).status).toBe(200);
      // Whoever guesses tokens is one caller, whatever each of them says.
      const guesses: number[] = [];
      for (let i = 0; i < 5; i++) {
        const guess = `srwan-access.${String(i).repeat(12)}.${"A".repeat(43)}`;
        guesses.push(
          (await limited.call("GET", "/api/v1/pops", undefined, { authorization: `Bearer ${guess}` })).status,
        );
      }
      expect(guesses).toEqual([401, 401, 401, 429, 429]);
    } finally {
      await limited.remove();
    }
  });

  it("no secret is in the log, whatever was called", async () => {
    expect(secrets.size).toBe(ROLES_OF_CALLERS.length + 3);
    for (const secret of secrets) expect(lines.filter((line) => line.includes(secret))).toEqual([]);
    expect(lines.filter((line) => line.includes("PRIVATE KEY"))).toEqual([]);
  });
});

type OpenApi = {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        parameters?: { name: string; in: string; required?: boolean; schema: object }[];
        requestBody?: { content: Record<string, { schema: object }> };
        responses: Record<string, { content?: Record<string, { schema: object }> }>;
      }
    >
  >;
};

const chunksOf = (response: Response): AsyncIterable<string> => {
  if (response.body === null) throw new Error("a stream without a body");
  return response.body.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>;
};
