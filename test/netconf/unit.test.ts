// Several routers as one: all keep the change or all go back; what can be neither is UNKNOWN and says where. Real servers
// where they can do it, scripted ones where a device has to lie, forget or lack something.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BASE_10, BASE_11, capabilityUri } from "../../src/netconf/names.ts";
import type { Session } from "../../src/netconf/session.ts";
import type { Change } from "../../src/netconf/transaction/change.ts";
import { transact } from "../../src/netconf/transaction/transact.ts";
import { find } from "../../src/netconf/xml/element.ts";
import { parseXmlList } from "../../src/netconf/xml/read.ts";
import { rpcError } from "../support/netconf-device.ts";
import { reply, type Script, ScriptedServer, type ServerOptions } from "../support/netconf-server.ts";
import { addService, NS, running, transactor } from "./change-world.ts";
import { Netconfd, whyNoNetconfd } from "./netconfd.ts";

const CONFIRM_MS = 2_000;
const why = whyNoNetconfd();
const real: Netconfd[] = [];
const servers = new Map<string, ScriptedServer>();

beforeAll(async () => {
  if (why === undefined) real.push(...(await Promise.all([Netconfd.start(), Netconfd.start()])));
});
afterEach(async () => {
  for (const server of real) await server.leave();
  for (const server of servers.values()) await server.stop();
  servers.clear();
});
afterAll(async () => {
  for (const server of real) await server.stop();
});

async function device(name: string, options: ServerOptions = {}): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(options);
  servers.set(name, server);
  return server;
}

const scripted = transactor((name): Promise<Session> => {
  const server = servers.get(name);
  if (!server) throw new Error(`no device ${name}`);
  return server.session();
});
const change = async (...changes: readonly Change[]) => {
  const { document } = await transact(changes, scripted, { confirmMs: CONFIRM_MS });
  return { outcome: document.outcome, devices: document.devices.map(({ outcome }) => outcome), all: document.devices };
};
const held = (name: string): string[] => [...(servers.get(name)?.device.running.keys() ?? [])];
const PLAIN = [BASE_10, BASE_11, capabilityUri("candidate", "1.0")];

describe("two routers as one", () => {
  it("keep the change both, or neither: real servers, one of which refuses", async (ctx) => {
    if (why) ctx.skip(why);
    const made = transactor((name) => (real[name === "sea" ? 0 : 1] as Netconfd).session());
    const good = await transact([addService("sea", "pair"), addService("chi", "pair")], made);
    expect([good.document.outcome, ...good.document.devices.map(({ outcome }) => outcome)]).toEqual(
      Array(3).fill("APPLIED"),
    );
    const edit = parseXmlList(`<services xmlns="${NS}"><limit>200</limit></services>`);
    const refused: Change = { ...addService("chi", "bad"), edit, expected: edit };
    const { document } = await transact([addService("sea", "other"), refused], made);
    expect(document.outcome).toBe("NOT_APPLIED");
    expect(document.devices.map(({ before, after }) => before === after && before !== null)).toEqual([true, true]);
    expect(document.devices[1]?.problem?.code).toBe("NETCONF_RPC_ERROR");
    for (const server of real) expect(await running(await server.session())).toEqual(["pair"]);
  });

  it("go back when one does not hold what it committed", async () => {
    await device("sea");
    await device("chi", {
      // The lie: ok, and nothing was done.
      script: ({ id, operation }, line) => {
        if (operation.name !== "commit") return false;
        line.send(reply(id, "<ok/>"));
        return true;
      },
    });
    const { outcome, devices, all } = await change(addService("sea", "a"), addService("chi", "a"));
    expect([outcome, devices, held("sea"), held("chi")]).toEqual([
      "NOT_APPLIED",
      ["NOT_APPLIED", "NOT_APPLIED"],
      [],
      [],
    ]);
    expect([all[0]?.problem, all[1]?.problem?.code]).toEqual([null, "TRANSACTION_UNSEEN"]);
  });

  it("are put back when one goes back by itself after the decision", async () => {
    await device("sea");
    // It takes no confirmation, whoever sends it, and its timer runs out.
    await device("chi", {
      script: ({ id, operation }, line) => {
        if (operation.name !== "commit" || find(operation, "confirmed")) return false;
        line.send(reply(id, rpcError("operation-failed", "not now")));
        return true;
      },
    });
    const { outcome, devices } = await change(addService("sea", "a"), addService("chi", "a"));
    expect([outcome, devices, held("sea"), held("chi")]).toEqual([
      "NOT_APPLIED",
      ["NOT_APPLIED", "NOT_APPLIED"],
      [],
      [],
    ]);
    expect(servers.get("sea")?.operations.filter((name) => name === "commit")).toHaveLength(3);
  });

  it("are UNKNOWN by name when one cannot be put back", async () => {
    await device("sea");
    await device("chi", {
      script: ({ id, operation }, line) => {
        if (operation.name !== "commit" || find(operation, "confirmed")) return false;
        line.send(reply(id, rpcError("operation-failed", "not now")));
        return true;
      },
    });
    const { undo: _none, ...bare } = addService("sea", "a");
    const { outcome, all } = await change(bare, addService("chi", "a"));
    expect([outcome, all[0]?.outcome, all[1]?.outcome]).toEqual(["UNKNOWN", "UNKNOWN", "NOT_APPLIED"]);
    expect(all[0]?.problem?.message).toContain("sea keeps the change");
  });
});

describe("a router without confirmed commit", () => {
  it("comes last, is verified, and its weaker guarantee is told", async () => {
    const order: string[] = [];
    const note =
      (name: string): Script =>
      ({ operation }) => {
        if (operation.name === "commit") order.push(name);
        return false;
      };
    await device("xe", { capabilities: PLAIN, script: note("xe") });
    await device("sea", { script: note("sea") });
    const { outcome, all } = await change(addService("xe", "a"), addService("sea", "a"));
    expect([outcome, all[0]?.guarantee, all[1]?.guarantee]).toEqual(["APPLIED", "compensated", "persist"]);
    expect(order).toEqual(["sea", "xe", "sea"]);
  });

  it("is taken back by an edit when it does not work", async () => {
    await device("xe", { capabilities: PLAIN });
    await device("sea");
    const broken = { ...addService("xe", "a"), verify: async () => ["the policy is down"] };
    const { outcome, all } = await change(addService("sea", "a"), broken);
    expect([outcome, held("xe"), held("sea"), all[1]?.problem?.code]).toEqual([
      "NOT_APPLIED",
      [],
      [],
      "TRANSACTION_UNSEEN",
    ]);
  });

  it("is edited in running where it has no candidate", async () => {
    await device("old", { capabilities: [BASE_10, capabilityUri("writable-running", "1.0")] });
    expect((await change(addService("old", "a"))).outcome).toBe("APPLIED");
    const broken = { ...addService("old", "b"), verify: async () => ["down"] };
    expect([(await change(broken)).outcome, held("old")]).toEqual(["NOT_APPLIED", ["a"]]);
  });

  it("is refused beside another of its kind, and without a way back, before anything is sent to running", async () => {
    await device("xe1", { capabilities: PLAIN });
    await device("xe2", { capabilities: PLAIN });
    const { outcome, all } = await change(addService("xe1", "a"), addService("xe2", "a"));
    expect([outcome, all[1]?.problem?.code, held("xe1")]).toEqual(["NOT_APPLIED", "NETCONF_UNSUPPORTED", []]);
    const { undo: _none, ...bare } = addService("xe1", "a");
    expect((await change(bare)).all[0]?.problem?.message).toContain("does not say how it is taken back");
    expect(servers.get("xe1")?.operations).not.toContain("commit");
  });
});

describe("an answer that does not come", () => {
  it("does not hide that the device did it: read back, APPLIED", async () => {
    // The confirmation is done, and its answer lost with the session.
    let lost = false;
    await device("sea", {
      script: ({ id, operation, session }, line, own) => {
        if (operation.name !== "commit" || find(operation, "confirmed") || lost) return false;
        lost = true;
        own.answer({ id, operation, session });
        line.drop();
        return true;
      },
    });
    expect([(await change(addService("sea", "a"))).outcome, held("sea")]).toEqual(["APPLIED", ["a"]]);
  });

  it("does not hide that a commit was done: taken back, NOT_APPLIED", async () => {
    await device("sea", {
      script: ({ id, operation, session }, line, own) => {
        if (operation.name !== "commit" || !find(operation, "confirmed")) return false;
        own.answer({ id, operation, session });
        line.drop();
        return true;
      },
    });
    expect([(await change(addService("sea", "a"))).outcome, held("sea")]).toEqual(["NOT_APPLIED", []]);
  });

  it("leaves UNKNOWN where somebody else changed the same part meanwhile", async () => {
    const server = await device("sea", {
      script: ({ operation }, _line, own) => {
        if (operation.name === "cancel-commit") own.answer({ id: "", operation, session: 0 });
        if (operation.name === "cancel-commit")
          own.running = new Map([["theirs", "<service><name>theirs</name></service>"]]);
        return false;
      },
    });
    const { undo: _none, ...bare } = { ...addService("sea", "a"), verify: async () => ["down"] };
    const { outcome } = await change(bare);
    expect([outcome, [...server.device.running.keys()]]).toEqual(["UNKNOWN", ["theirs"]]);
  });
});
