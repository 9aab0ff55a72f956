// Sessions against netconfd behind OpenSSH: what RFC 6241 and its neighbours promise, as another implementation keeps it.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SrwanError } from "../../src/base/errors.ts";
import { subtree, xpath } from "../../src/netconf/filter.ts";
import * as operations from "../../src/netconf/operations.ts";
import { connectSsh } from "../../src/netconf/ssh.ts";
import { elementsOf, find, textAt } from "../../src/netconf/xml/element.ts";
import { parseXmlList } from "../../src/netconf/xml/read.ts";
import { Netconfd, whyNoNetconfd } from "./netconfd.ts";

const NS = "urn:srwan:test";
const why = whyNoNetconfd();
let server: Netconfd;

beforeAll(async () => {
  if (why === undefined) server = await Netconfd.start();
});
afterEach(() => server?.leave());
afterAll(() => server?.stop());

const service = (name: string, more = ""): string =>
  `<services xmlns="${NS}"><service><name>${name}</name>${more}</service></services>`;
const services = subtree(`<services xmlns="${NS}"/>`);
const refusal = (promise: Promise<unknown>): Promise<SrwanError> =>
  promise.then(
    () => {
      throw new Error("it was taken");
    },
    (error: SrwanError) => error,
  );

describe("a session with netconfd", () => {
  it("knows who the device is and what it announces", async (ctx) => {
    if (why) ctx.skip(why);
    const session = await server.session();
    expect(session.peer.hostKey).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(session.id).toMatch(/^\d+$/);
    const { capabilities } = session;
    expect([capabilities.base10, capabilities.base11]).toEqual([true, true]);
    expect(capabilities.has("confirmed-commit", "1.1")).toBe(true);
    expect(capabilities.has("writable-running")).toBe(false);
    expect(capabilities.module("srwan-test")).toMatchObject({ ns: NS, revision: "2026-01-01" });
    expect(capabilities.defaultsModes).toEqual(["explicit", "trim", "report-all", "report-all-tagged"]);
  });

  it("refuses a host key that is not pinned, before it says who we are", async (ctx) => {
    if (why) ctx.skip(why);
    const trust = { kind: "pins", pins: [`SHA256:${"A".repeat(43)}`] } as const;
    const error = await refusal(connectSsh({ ...server.target, trust }));
    expect([error.code, error.deviceStateKnown]).toEqual(["NETCONF_HOST_KEY", true]);
    expect(error.message).toContain("is pinned");
  });

  it("says that no key and no password was taken", async (ctx) => {
    if (why) ctx.skip(why);
    const error = await refusal(connectSsh({ ...server.target, auth: { password: "wrong" } }));
    expect(error.code).toBe("NETCONF_AUTH_REFUSED");
  });

  it("writes and reads text as it is, whatever it looks like", async (ctx) => {
    if (why) ctx.skip(why);
    const session = await server.session();
    const note = "a < b && \"c\" ]]>]]> 'd' é";
    const escaped = note.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    const edit = service("text", `<octets>18446744073709551615</octets><code>0012</code><note>${escaped}</note>`);
    await session.call(operations.lock("candidate"));
    await session.call(operations.editConfig("candidate", parseXmlList(edit)));
    await session.call(operations.commit());
    const reply = await session.call(operations.getConfig("running", { filter: services }));
    const found = find(reply.root, "data", "services", "service");
    expect(["octets", "code", "note"].map((name) => textAt(found, name))).toEqual([
      "18446744073709551615",
      "0012",
      note,
    ]);
  });

  it("keeps every rpc-error, and says what to do", async (ctx) => {
    if (why) ctx.skip(why);
    const session = await server.session();
    const bad = parseXmlList(`<services xmlns="${NS}"><limit>200</limit></services>`);
    const error = await refusal(session.call(operations.editConfig("candidate", bad)));
    expect([error.code, error.retryable]).toEqual(["NETCONF_RPC_ERROR", false]);
    const [first] = error.details.errors as { tag: string; severity: string; path: string }[];
    expect(first).toMatchObject({ tag: "invalid-value", severity: "error" });
    expect(first?.path).toContain("limit");
    await session.call(operations.discardChanges());
  });

  it("names the session that holds a lock, and that waiting may help", async (ctx) => {
    if (why) ctx.skip(why);
    const [holder, other] = [await server.session(), await server.session()];
    await holder.call(operations.lock("candidate"));
    const error = await refusal(other.call(operations.lock("candidate")));
    expect([error.code, error.retryable, error.deviceStateKnown]).toEqual(["NETCONF_RPC_ERROR", true, true]);
    expect(error.remedy).toContain(`Session ${holder.id} `);
  });

  it("refuses what the device does not announce, and sends nothing", async (ctx) => {
    if (why) ctx.skip(why);
    const session = await server.session();
    const unsupported = [
      operations.editConfig("running", []),
      operations.getData("operational"),
      operations.copyConfig("running", "startup"),
    ];
    for (const operation of unsupported) {
      expect((await refusal(session.call(operation))).code).toBe("NETCONF_UNSUPPORTED");
    }
  });

  it("filters by XPath, keeps both errors of a reply, reads a schema and the device's state", async (ctx) => {
    if (why) ctx.skip(why);
    const session = await server.session();
    await session.call(operations.editConfig("candidate", parseXmlList(service("one") + service("two"))));
    await session.call(operations.commit());
    const select = xpath("/t:services/t:service[t:name='two']", { t: NS });
    const found = await session.call(operations.getConfig("running", { filter: select }));
    expect(textAt(found.root, "data", "services", "service", "name")).toBe("two");

    // This server's partial lock answers with an error that is called "ok", and a second one that says why.
    const partial = await refusal(session.call(operations.partialLock(["/t:services"], { t: NS })));
    expect(partial.details.errors).toMatchObject([{ message: "ok" }, { message: "invalid internal value" }]);

    const schema = await session.call(operations.getSchema("srwan-test", "2026-01-01"));
    expect(textAt(schema.root, "data")).toContain('namespace "urn:srwan:test"');
    const state = subtree(
      '<netconf-state xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"><sessions/></netconf-state>',
    );
    const sessions = find(
      (await session.call(operations.get({ filter: state }))).root,
      "data",
      "netconf-state",
      "sessions",
    );
    expect(elementsOf(sessions ?? found.root).map((one) => textAt(one, "session-id"))).toContain(session.id);
  });

  it("answers many requests that are under way at once, each with its own", async (ctx) => {
    if (why) ctx.skip(why);
    const session = await server.session();
    const names = Array.from({ length: 100 }, (_, i) => `s${i}`);
    await session.call(operations.editConfig("candidate", parseXmlList(names.map((name) => service(name)).join(""))));
    await session.call(operations.commit());
    const asked = names.map(async (name) => {
      const filter = subtree(service(name));
      const reply = await session.call(operations.getConfig("running", { filter }));
      return elementsOf(find(reply.root, "data", "services") ?? reply.root).map((one) => textAt(one, "name"));
    });
    expect(await Promise.all(asked)).toEqual(names.map((name) => [name]));
    const streamed: (string | undefined)[] = [];
    const all = operations.getConfig("running", { filter: services });
    for await (const one of session.stream(all, ["data", "services", "service"])) streamed.push(textAt(one, "name"));
    expect(streamed).toEqual(expect.arrayContaining(names));
  });

  it("is told of changes as they happen", async (ctx) => {
    if (why) ctx.skip(why);
    const [watcher, editor] = [await server.session(), await server.session()];
    const notifications = await watcher.subscribe();
    await editor.call(operations.editConfig("candidate", parseXmlList(service(`new-${editor.id}`))));
    await editor.call(operations.commit());
    for await (const { event, eventTime } of notifications) {
      expect(eventTime).toMatch(/^\d{4}-\d\d-\d\dT/);
      if (event.name === "netconf-config-change" || event.name === "sysConfigChange") break;
    }
  });

  it("is told why when its session is ended by another", async (ctx) => {
    if (why) ctx.skip(why);
    const [victim, other] = [await server.session(), await server.session()];
    await other.call(operations.killSession(victim.id));
    expect((await victim.closed)?.code).toBe("NETCONF_SESSION_CLOSED");
    const error = await refusal(victim.call(operations.commit()));
    expect([error.code, error.retryable, error.deviceStateKnown]).toEqual(["NETCONF_SESSION_CLOSED", true, false]);
  });
});
