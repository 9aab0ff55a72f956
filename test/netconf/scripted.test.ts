// Sessions against a server over real SSH that breaks every rule: what can be understood is, and nothing else is believed.

import { afterEach, describe, expect, it } from "vitest";
import type { SrwanError } from "../../src/base/errors.ts";
import { frame } from "../../src/netconf/frame.ts";
import { BASE_10, BASE_11, capabilityUri, NS } from "../../src/netconf/names.ts";
import * as operations from "../../src/netconf/operations.ts";
import { connectSsh } from "../../src/netconf/ssh.ts";
import { textAt, textOf } from "../../src/netconf/xml/element.ts";
import { parseXml } from "../../src/netconf/xml/read.ts";
import { rpcError } from "../support/netconf-device.ts";
import { CONFIRMED, reply, type Script, ScriptedServer, type ServerOptions } from "../support/netconf-server.ts";

const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function start(options: ServerOptions | Script = {}): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(typeof options === "function" ? { script: options } : options);
  servers.push(server);
  return server;
}

/** Answers one operation in a way of its own. */
const on =
  (name: string, how: (id: string, line: Parameters<Script>[1]) => void | Promise<void>): Script =>
  async ({ id, operation }, line) => {
    if (operation.name !== name) return false;
    await how(id, line);
    return true;
  };

const refusal = (promise: Promise<unknown>): Promise<SrwanError> =>
  promise.then(
    () => {
      throw new Error("it was taken");
    },
    (error: SrwanError) => error,
  );
const get = operations.getConfig("running");

describe("a reply that is split at every octet", () => {
  it.each([
    ["in chunks", [BASE_10, BASE_11]],
    ["ended by ]]>]]>", [BASE_10]],
  ])("is read, %s", async (_how, capabilities) => {
    const octets = async (line: Parameters<Script>[1], text: string): Promise<void> => {
      for (const octet of Buffer.from(text)) line.raw(Buffer.of(octet));
    };
    const text = (id: string): string => reply(id, "<data><a>é € 😀 ]] ]]&gt;</a></data>");
    const server = await start({
      capabilities,
      script: on("get-config", (id, line) => octets(line, frame(text(id), line.chunked))),
    });
    const session = await server.session();
    expect(textAt((await session.call(get)).root, "data", "a")).toBe("é € 😀 ]] ]]>");
    expect(textAt((await session.call(get)).root, "data", "a")).toBe("é € 😀 ]] ]]>");
  });

  it("is read when a chunk ends within a character and within a tag", async () => {
    const server = await start(
      on("get-config", (id, line) => {
        const octets = Buffer.from(reply(id, "<data><a>€</a></data>"));
        for (let at = 0; at < octets.length; at += 7) {
          const part = octets.subarray(at, at + 7);
          line.raw(Buffer.concat([Buffer.from(`\n#${part.length}\n`), part]));
        }
        line.raw("\n##\n");
      }),
    );
    expect(textAt((await (await server.session()).call(get)).root, "data", "a")).toBe("€");
  });
});

describe("a reply in a form of its own", () => {
  it.each([
    [
      "with a prefix",
      (id: string) =>
        `<nc:rpc-reply xmlns:nc="${NS.base}" message-id="${id}"><nc:data><a xmlns="urn:a">1</a></nc:data></nc:rpc-reply>`,
    ],
    [
      "with single quotes",
      (id: string) => `<rpc-reply xmlns='${NS.base}' message-id='${id}'><data><a>1</a></data></rpc-reply>`,
    ],
    [
      "with a declaration, comments and blank lines",
      (id: string) =>
        `\n\n<?xml version='1.0' encoding='utf-8'?>\n<!-- hello --><rpc-reply xmlns="${NS.base}" message-id="${id}"><!-- a -->\n<data>\n<a>1</a>\n</data></rpc-reply>\n`,
    ],
  ])("is read: %s", async (_how, text) => {
    const server = await start(on("get-config", (id, line) => line.send(text(id))));
    expect(textAt((await (await server.session()).call(get)).root, "data", "a")).toBe("1");
  });

  it("fails when an error stands behind a warning, and keeps both", async () => {
    const both = rpcError("operation-failed", "mind the gap", "warning") + rpcError("data-missing", "no such thing");
    const server = await start(on("edit-config", (id, line) => line.send(reply(id, both))));
    const error = await refusal((await server.session()).call(operations.editConfig("candidate", [])));
    expect(error.code).toBe("NETCONF_RPC_ERROR");
    expect(error.message).toContain("no such thing");
    expect(error.details.errors).toMatchObject([{ severity: "warning" }, { severity: "error", tag: "data-missing" }]);
  });

  it("succeeds when a warning stands beside ok, and keeps it", async () => {
    const warned = `${rpcError("operation-failed", "mind the gap", "warning")}<ok/>`;
    const server = await start(on("edit-config", (id, line) => line.send(reply(id, warned))));
    const answer = await (await server.session()).call(operations.editConfig("candidate", []));
    expect([answer.kind, answer.warnings.map(({ message }) => message)]).toEqual(["ok", ["mind the gap"]]);
  });

  it("is not taken for ok when it holds data, nor for data when it holds nothing", async () => {
    const server = await start(on("commit", (id, line) => line.send(reply(id, "<data/>"))));
    const session = await server.session();
    const error = await refusal(session.call(operations.commit()));
    expect([error.code, error.deviceStateKnown]).toEqual(["NETCONF_MALFORMED", false]);
  });
});

describe("a session that breaks", () => {
  it("tells everybody who waits, at once, that it was dropped in the middle of a reply", async () => {
    const server = await start(
      on("get-config", (id, line) => {
        line.raw("\n#400\n<rpc-reply");
        if (id === "3") line.drop();
      }),
    );
    const session = await server.session();
    const all = [session.call(get), session.call(operations.commit()), session.call(get)].map(refusal);
    const [first, commit, last] = await Promise.all(all);
    expect([first?.code, commit?.code, last?.code]).toEqual(Array(3).fill("NETCONF_SESSION_CLOSED"));
    expect([first?.deviceStateKnown, commit?.deviceStateKnown]).toEqual([true, false]);
    expect(first?.message).toContain("in the middle of a message");
    expect((await refusal(session.call(get))).code).toBe("NETCONF_SESSION_CLOSED");
  });

  it("ends at a reply to nothing: a message-id that was never sent", async () => {
    const server = await start(on("commit", (_id, line) => line.send(reply("999", "<ok/>"))));
    const session = await server.session();
    const error = await refusal(session.call(operations.commit()));
    expect([error.code, error.deviceStateKnown]).toEqual(["NETCONF_SESSION_CLOSED", false]);
    expect(error.message).toContain('message-id "999"');
  });

  it("passes over a reply that comes twice", async () => {
    const server = await start(
      on("commit", (id, line) => {
        line.send(reply(id, "<ok/>"));
        line.send(reply(id, rpcError("operation-failed", "never mind")));
      }),
    );
    const session = await server.session();
    expect((await session.call(operations.commit())).kind).toBe("ok");
    await session.call(get);
    expect(session.strays).toBe(1);
  });

  it("gives up on a reply that trickles, and takes no late answer for another's", async () => {
    const server = await start(
      on("commit", async (id, line) => {
        for (const octet of Buffer.from(frame(reply(id, "<ok/>"), true))) {
          line.raw(Buffer.of(octet));
          await new Promise((done) => setTimeout(done, 5));
        }
      }),
    );
    const session = await server.session();
    const error = await refusal(session.call(operations.commit(), { deadlineMs: 200 }));
    expect([error.code, error.deviceStateKnown, error.retryable]).toEqual(["NETCONF_TIMEOUT", false, true]);
    // The late one comes first, and is nobody's.
    expect(textOf((await session.call(get)).root)).toBe("");
    expect(session.strays).toBe(1);
  });

  it.each([
    ["that is in chunks", (right: string) => frame(right, true)],
    ["without a session-id", (right: string) => frame(right.replace(/<session-id>.*<\/session-id>/, ""), false)],
    ["that is no XML", () => frame("Welcome to router7", false)],
    ["with a document type", (right: string) => frame(`<!DOCTYPE hello [<!ENTITY a "b">]>${right}`, false)],
  ])("ends at a hello %s", async (_what, hello) => {
    const server = await start({ hello });
    const error = await refusal(server.session({ helloMs: 300 }));
    expect(["NETCONF_HELLO_INVALID", "NETCONF_MALFORMED", "NETCONF_TIMEOUT"]).toContain(error.code);
    expect(error.message).not.toContain("]]>]]>");
  });

  it("ends when the device says no hello at all", async () => {
    const server = await start({ hello: () => "" });
    expect((await refusal(server.session({ helloMs: 200 }))).code).toBe("NETCONF_TIMEOUT");
  });
});

describe("a reply of any size", () => {
  const entry = (i: number): string => `<entry><name>e${i}</name><octets>18446744073709551615</octets></entry>`;
  const huge: Script = async ({ id, operation }, line) => {
    if (operation.name !== "get") return false;
    const part = Array.from({ length: 1_000 }, (_, i) => entry(i)).join("");
    const say = async (text: string): Promise<void> => {
      if (!line.raw(`\n#${Buffer.byteLength(text)}\n${text}`)) await line.drained();
    };
    await say(`<rpc-reply xmlns="${NS.base}" message-id="${id}"><data><list xmlns="urn:a">`);
    for (let i = 0; i < 100; i++) await say(part);
    await say("</list></data></rpc-reply>");
    line.raw("\n##\n");
    return true;
  };

  it("is streamed, and waits for its reader", async () => {
    const session = await (await start(huge)).session();
    let seen = 0;
    for await (const one of session.stream(operations.get(), ["data", "list", "entry"])) {
      if (seen++ === 10) await new Promise((done) => setTimeout(done, 100));
      if (seen % 50_000 === 0) expect(textAt(one, "octets")).toBe("18446744073709551615");
    }
    expect(seen).toBe(100_000);
    // The session goes on.
    expect((await session.call(get)).kind).toBe("data");
  });

  it("is let go by when its reader leaves", async () => {
    const session = await (await start(huge)).session();
    for await (const one of session.stream(operations.get(), ["data", "list", "entry"])) {
      expect(textAt(one, "name")).toBe("e0");
      break;
    }
    expect((await session.call(get)).kind).toBe("data");
  });

  it("tells a stream's reader of errors, after what came", async () => {
    const inside = `<data><a>1</a></data>${rpcError("operation-failed", "half")}`;
    const session = await (await start(on("get", (id, line) => line.send(reply(id, inside))))).session();
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const one of session.stream(operations.get(), ["data", "a"])) seen.push(textOf(one));
    };
    expect((await refusal(read())).message).toContain("half");
    expect(seen).toEqual(["1"]);
  });
});

describe("ways to a device", () => {
  it("goes through a jump host whose key is checked too", async () => {
    const [jump, device] = [await start(), await start()];
    const pipe = await connectSsh({ ...device.target, jumps: [jump.target] });
    expect(pipe.peer.address).toBe(`127.0.0.1:${device.port}`);
    pipe.close();
    const stranger = { ...jump.target, trust: device.target.trust };
    expect((await refusal(connectSsh({ ...device.target, jumps: [stranger] }))).code).toBe("NETCONF_HOST_KEY");
  });

  it("says what does not answer, and what has no such subsystem", async () => {
    const server = await start();
    const gone = await refusal(connectSsh({ ...server.target, subsystem: "other" }));
    expect([gone.code, gone.message.includes("no subsystem other")]).toEqual(["NETCONF_UNREACHABLE", true]);
    await server.stop();
    servers.splice(servers.indexOf(server), 1);
    const error = await refusal(connectSsh(server.target));
    expect([error.code, error.retryable, error.deviceStateKnown]).toEqual(["NETCONF_UNREACHABLE", true, true]);
  });
});

describe("operations that netconfd lacks", () => {
  it("are sent as their RFCs have them", async () => {
    const seen: string[] = [];
    const server = await start({
      capabilities: [
        BASE_10,
        BASE_11,
        ...CONFIRMED,
        capabilityUri("partial-lock", "1.0"),
        `${NS.nmda}?module=ietf-netconf-nmda&revision=2019-01-07`,
      ],
      script: ({ id, operation }, line) => {
        seen.push(`${operation.ns.split(":").at(-1)}/${operation.name}`);
        if (operation.name === "partial-lock") line.send(reply(id, `<lock-id xmlns="${NS.partialLock}">7</lock-id>`));
        else if (operation.name === "get-data")
          line.send(reply(id, `<data xmlns="${NS.nmda}"><a xmlns="urn:a">1</a></data>`));
        else return false;
        return true;
      },
    });
    const session = await server.session();
    expect(textAt((await session.call(operations.partialLock(["/a:x"], { a: "urn:a" }))).root, "lock-id")).toBe("7");
    await session.call(operations.partialUnlock("7"));
    const data = await session.call(operations.getData("operational", { config: false, maxDepth: 3 }));
    expect(textAt(data.root, "data", "a")).toBe("1");
    await session.call(operations.editData("running", [parseXml('<a xmlns="urn:a"/>')], "merge"));
    expect(seen).toEqual([
      "1.0/partial-lock",
      "1.0/partial-unlock",
      "ietf-netconf-nmda/get-data",
      "ietf-netconf-nmda/edit-data",
    ]);
  });
});
