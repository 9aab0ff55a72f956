// The RESTCONF client over real HTTPS. No RESTCONF server is packaged for the systems this runs on, so this one is
// written after the RFC; docs/explanation/netconf.md says which were looked for.

import { afterEach, describe, expect, it } from "vitest";
import type { SrwanError } from "../../src/base/errors.ts";
import { Restconf, type RestconfOptions } from "../../src/netconf/restconf/client.ts";
import { elementsOf } from "../../src/netconf/xml/element.ts";
import { RestconfServer, type RestScript } from "../support/restconf-server.ts";

const servers: RestconfServer[] = [];
const clients: Restconf[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) await server.stop();
});

async function open(script?: RestScript, more: Partial<RestconfOptions> = {}) {
  const server = await RestconfServer.start(script);
  servers.push(server);
  const auth = { user: "admin", password: "secret" };
  const client = await Restconf.open({ url: server.url, auth, tls: { ca: server.cert }, ...more });
  clients.push(client);
  return { server, client };
}

const refusal = (promise: Promise<unknown>): Promise<SrwanError> =>
  promise.then(
    () => {
      throw new Error("it was taken");
    },
    (error: SrwanError) => error,
  );
const service = (name: string, more: object = {}) => ({ json: { "srwan-test:service": [{ name, ...more }] } });
const place = (name: string) => ["srwan-test:services", { name: "service", keys: [name] }];
const SERVICES = ["srwan-test:services"];

describe("a RESTCONF client", () => {
  it("finds the root, and what the device can", async () => {
    const { client } = await open();
    expect(client.root).toBe("/top/restconf");
    expect(await client.capabilities()).toContain("urn:ietf:params:restconf:capability:yang-patch:1.0");
  });

  it("makes, reads, replaces, merges and deletes, whatever a key looks like", async () => {
    const { client, server } = await open();
    const name = "a/b, c=d 'é' (1)*!";
    expect((await client.put(place(name), service(name, { octets: 18446744073709551615n }))).status).toBe(201);
    expect([...server.services.keys()]).toEqual([name]);
    // RFC 7951: 64-bit numbers are text, and nothing of them is lost.
    expect(server.services.get(name)?.octets).toBe("18446744073709551615");
    await client.patch(place(name), service(name, { note: "n" }));
    const { content } = await client.get(place(name), { content: "config", depth: 3 });
    expect(content).toEqual(service(name, { octets: "18446744073709551615", note: "n" }));
    await client.delete(place(name));
    const gone = await refusal(client.get(place(name)));
    expect([gone.code, gone.deviceStateKnown, gone.details.status]).toEqual(["RESTCONF_REFUSED", true, 404]);
    const made = await client.post(SERVICES, service("x"));
    expect(made.location).toContain("service=x");
  });

  it("keeps what a device says of a refusal", async () => {
    const { client } = await open();
    await client.post(SERVICES, service("x"));
    const error = await refusal(client.post(SERVICES, service("x")));
    expect(error.details).toMatchObject({ status: 409, errors: [{ tag: "data-exists", message: "it is there" }] });
    const { client: stranger } = await open(undefined, { auth: { user: "admin", password: "no" } });
    expect((await refusal(stranger.get(SERVICES))).details.status).toBe(401);
  });

  it("changes only what is as it was read, and reads only what changed", async () => {
    const { client } = await open();
    const { etag = "" } = await client.get(SERVICES);
    expect((await client.get(SERVICES, {}, { ifNoneMatch: etag })).isUnchanged).toBe(true);
    await client.put(place("a"), service("a"), {}, { ifMatch: etag });
    const late = await refusal(client.put(place("a"), service("a"), {}, { ifMatch: etag }));
    expect([late.details.status, late.deviceStateKnown]).toEqual([412, true]);
  });

  it("patches all or nothing, and names the edit that was refused", async () => {
    const { client, server } = await open();
    const create = (id: string, name: string) =>
      ({ id, operation: "create", target: `/service=${name}`, value: service(name) }) as const;
    expect(await client.yangPatch(SERVICES, "p1", [create("1", "a"), create("2", "b")])).toMatchObject({ ok: true });
    const bad = { id: "2", operation: "delete", target: "/service=none" } as const;
    const status = await client.yangPatch(SERVICES, "p2", [create("1", "c"), bad]);
    expect(status).toMatchObject({ ok: false, edits: [{ id: "2", ok: false, errors: [{ tag: "data-missing" }] }] });
    expect([...server.services.keys()]).toEqual(["a", "b"]);
  });

  it("speaks XML too, and invokes operations", async () => {
    const { client } = await open(undefined, { encoding: "xml" });
    await client.post(SERVICES, service("a"));
    const { content } = await client.get(SERVICES);
    const names =
      content && "xml" in content ? elementsOf(content.xml).map((one) => elementsOf(one)[0]?.children[0]) : [];
    expect(names).toEqual(["a"]);
    const answer = await client.invoke("srwan-test:echo", { json: { "srwan-test:input": { a: 1 } } });
    expect(answer.content).toMatchObject({ json: { "srwan-test:output": { big: "18446744073709551615" } } });
  });

  it("follows an event stream to its end", async () => {
    const { client } = await open();
    const seen: unknown[] = [];
    for await (const event of await client.subscribe("NETCONF")) seen.push("json" in event && event.json);
    expect(seen).toMatchObject([
      { "ietf-restconf:notification": { eventTime: "2026-01-01T00:00:00Z", n: 1 } },
      { "ietf-restconf:notification": { n: 2 } },
    ]);
  });
});

describe("a RESTCONF device that is not what it should be", () => {
  it("is not spoken to when its certificate does not verify", async () => {
    const { server } = await open();
    const error = await refusal(Restconf.open({ url: server.url }));
    expect([error.code, error.retryable, error.deviceStateKnown]).toEqual(["RESTCONF_UNREACHABLE", false, true]);
    expect(error.remedy).toContain("authority");
    const other = await RestconfServer.start();
    servers.push(other);
    expect((await refusal(Restconf.open({ url: server.url, tls: { ca: other.cert } }))).code).toBe(
      "RESTCONF_UNREACHABLE",
    );
    const named = { ca: server.cert, serverName: "router.example.net" };
    expect((await refusal(Restconf.open({ url: server.url, tls: named }))).message).toMatch(/altname|Hostname/i);
    expect(server.requests).toEqual(["GET /.well-known/host-meta"]);
    expect((await refusal(Restconf.open({ url: "http://127.0.0.1" }))).code).toBe("VALUE_INVALID");
  });

  const onPut =
    (how: (response: Parameters<RestScript>[1]) => void): RestScript =>
    (request, response) => {
      if (request.method !== "PUT") return false;
      how(response);
      return true;
    };
  const lost = async (how: Parameters<typeof onPut>[0], more: Partial<RestconfOptions> = {}) => {
    const { client } = await open(onPut(how), more);
    const { code, deviceStateKnown } = await refusal(client.put(place("a"), service("a")));
    return [code, deviceStateKnown];
  };

  it("may have done what it did not answer: the state is not known", async () => {
    expect(await lost((response) => response.destroy())).toEqual(["RESTCONF_UNREACHABLE", false]);
    expect(await lost(() => undefined, { deadlineMs: 500 })).toEqual(["RESTCONF_UNREACHABLE", false]);
    expect(await lost((response) => response.writeHead(500).end())).toEqual(["RESTCONF_REFUSED", false]);
    const cut = (response: Parameters<RestScript>[1]): void => {
      response.writeHead(200, { "content-type": "application/yang-data+json", "content-length": "100" });
      response.write("{");
      setTimeout(() => response.destroy(), 20);
    };
    expect(await lost(cut)).toEqual(["RESTCONF_UNREACHABLE", false]);
  });

  it("is not understood when it answers with a page", async () => {
    const page: RestScript = (request, response) => {
      if (!request.url?.includes("/data")) return false;
      response.writeHead(200, { "content-type": "text/html" }).end("<html>Welcome</html>");
      return true;
    };
    expect((await refusal((await open(page)).client.get(SERVICES))).code).toBe("RESTCONF_MALFORMED");
  });

  it("keeps numbers that JavaScript would round", async () => {
    const big: RestScript = (request, response) => {
      if (!request.url?.includes("/data")) return false;
      response
        .writeHead(200, { "content-type": "application/yang-data+json" })
        .end('{"octets":18446744073709551615,"small":12,"code":"0012"}');
      return true;
    };
    const { content } = await (await open(big)).client.get(SERVICES);
    expect(content).toEqual({ json: { octets: 18446744073709551615n, small: 12, code: "0012" } });
  });
});
