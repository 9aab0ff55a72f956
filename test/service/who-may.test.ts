// Every door of the service, called by everybody there is: each role, nobody, a stranger with a made-up token, and tokens that
// ended or were revoked. Who may is stated in who-may.ts alone. REST, the live stream, RESTCONF and the agents' WebSocket.

import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type CallerRole, ROLES_OF_CALLERS } from "../../src/topology/service/api/endpoint.ts";
import { doorsOf } from "../../src/topology/service/api/guard.ts";
import { newAccessToken } from "../../src/topology/service/secrets.ts";
import { WEB_FOLDER } from "../../src/topology/service/web.ts";
import { addAccessToken, revokeAccess } from "../../src/topology/store/tokens.ts";
import { TestService } from "../support/controller.ts";
import { overBothStores } from "../support/stores.ts";
import { WHO_MAY } from "./who-may.ts";

const STRANGERS = ["nobody", "nonsense", "forged", "expired", "revoked"] as const;
type Who = CallerRole | (typeof STRANGERS)[number];

const files = (): string[] => {
  try {
    return readdirSync(WEB_FOLDER, { recursive: true, encoding: "utf8" }).map((name) => `GET /${name}`);
  } catch {
    return [];
  }
};

const table = new Map(WHO_MAY.flatMap(({ who, doors }) => doors.map((door) => [door, who] as const)));

/** An address of the door: names are of things that are not there. */
const addressOf = (url: string): string =>
  url
    .replace("/data/*", "/data/srwan-policy:policies")
    .replace("/ds/*", "/ds/ietf-datastores:candidate/srwan-policy:policies")
    .replace(/:id\b/, "1")
    .replace(/:\w+(?=\/|$)/g, "sea");

overBothStores(({ address }) => {
  let service: TestService;
  const authorization = new Map<Who, string>();

  beforeAll(async () => {
    service = await TestService.start({ store: await address(), "api.requestsPerMinute": "100000" });
    const { store } = service.running;
    const make = async (name: string, role: CallerRole, expiresMs: number | null): Promise<string> => {
      const { id, secret, text } = newAccessToken();
      await addAccessToken(store, { id, secret, name, role, madeBy: "test", expiresMs });
      if (name === "revoked") await revokeAccess(store, id);
      return `Bearer ${text}`;
    };
    for (const role of ROLES_OF_CALLERS) authorization.set(role, await make(role, role, store.nowMs() + 3_600_000));
    authorization.set("expired", await make("expired", "operator", store.nowMs() - 1));
    authorization.set("revoked", await make("revoked", "operator", null));
    authorization.set("nobody", "");
    authorization.set("nonsense", "Bearer nonsense");
    authorization.set("forged", `Bearer ${service.token.slice(0, -10)}AAAAAAAAAA`);
  });
  afterAll(() => service.remove());

  it("every door stands in the table, and every row is a door", () => {
    const doors = new Set(doorsOf(service.running.app).map(({ method, url }) => `${method} ${url}`));
    // What answers GET answers HEAD alike, and the dashboard's files are as they were built.
    const alike = [...table.keys()].flatMap((door) =>
      door.startsWith("GET ") ? [door, `HEAD${door.slice(3)}`] : [door],
    );
    const built = files().flatMap((door) => [door, `HEAD${door.slice(3)}`]);
    const known = new Set([...alike, ...built]);
    expect([...doors].filter((door) => !known.has(door))).toEqual([]);
    expect([...known].filter((door) => !doors.has(door) && !built.includes(door))).toEqual([]);
  });

  it("what the OpenAPI document publishes stands in the table", async () => {
    const { body } = await service.call("GET", "/api/v1/openapi.json");
    const { paths } = body as { paths: Record<string, Record<string, unknown>> };
    const published = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
    );
    expect(published.length).toBeGreaterThan(50);
    expect(published.filter((door) => !table.has(door))).toEqual([]);
  });

  it.each([...ROLES_OF_CALLERS, ...STRANGERS])("%s may what the table says, and nothing else", async (who) => {
    const wrong: string[] = [];
    for (const [door, may] of table) {
      const [method = "", url = ""] = door.split(" ");
      const response = await fetch(`${service.url}${addressOf(url)}`, {
        method,
        headers: { authorization: authorization.get(who) ?? "" },
      });
      await response.body?.cancel();
      const { status } = response;
      const isIn = may === "anybody" || (may as readonly string[]).includes(who);
      const expected = isIn ? "let in" : ROLES_OF_CALLERS.some((role) => role === who) ? 403 : 401;
      const got = status === 401 || status === 403 ? status : "let in";
      if (got !== expected) wrong.push(`${door}: ${status}, not ${expected}`);
    }
    expect(wrong).toEqual([]);
  });

  it("the password of a RESTCONF client is looked at like a token", async () => {
    const status = async (who: Who): Promise<number> => {
      const token = (authorization.get(who) ?? "").replace("Bearer ", "");
      const basic = `Basic ${Buffer.from(`anybody:${token}`).toString("base64")}`;
      return (await fetch(`${service.url}/restconf`, { headers: { authorization: basic } })).status;
    };
    expect([await status("viewer"), await status("expired"), await status("revoked")]).toEqual([200, 401, 401]);
  });

  describe("the agents' WebSocket", () => {
    /** What it says to whoever calls so and sends this after the challenge. */
    const said = (path: string, who: Who, send?: object): Promise<string> =>
      new Promise((resolve) => {
        const headers = { authorization: authorization.get(who) ?? "" };
        const socket = new WebSocket(`${service.url.replace("http", "ws")}${path}`, { headers });
        socket.on("error", () => resolve("no WebSocket"));
        socket.on("message", (data) => {
          const message = JSON.parse(String(data)) as { kind: string; error?: { code: string } };
          if (message.kind === "challenge" && send !== undefined) socket.send(JSON.stringify(send));
          else resolve(message.error?.code ?? message.kind);
        });
        socket.on("close", () => resolve("closed"));
      });

    it("takes a certificate and nothing else: no token opens it", async () => {
      const telling = { kind: "event", number: 1, atMs: 1, type: "x", subject: "x", text: "", data: {} };
      for (const who of [...ROLES_OF_CALLERS, "nobody"] as const) {
        expect(await said("/api/v1/agent", who, telling)).toBe("WIRE_INVALID");
      }
    });

    it("is nowhere else", async () => {
      expect(await said("/api/v1/live", "operator")).toBe("no WebSocket");
      expect(await said("/", "operator")).toBe("no WebSocket");
    });
  });
});
