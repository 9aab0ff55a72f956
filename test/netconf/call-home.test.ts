// Devices that call us (RFC 8071), over real TCP and SSH.

import { createConnection } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import type { SrwanError } from "../../src/base/errors.ts";
import { type CallHome, listenCallHome } from "../../src/netconf/call-home.ts";
import { getConfig } from "../../src/netconf/operations.ts";
import type { Pipe } from "../../src/netconf/pipe.ts";
import { Session } from "../../src/netconf/session.ts";
import { ScriptedServer } from "../support/netconf-server.ts";

const servers: ScriptedServer[] = [];
let home: CallHome | undefined;
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await home?.close();
  home = undefined;
});

/** A device that dials, and then is the SSH server on that connection. */
async function device(): Promise<ScriptedServer & { call: (port: number) => void }> {
  const server = await ScriptedServer.start();
  servers.push(server);
  return Object.assign(server, {
    call: (port: number): void => {
      const socket = createConnection(port, "127.0.0.1", () => server.injectSocket(socket));
      socket.on("error", () => undefined);
    },
  });
}

describe("a device that calls home", () => {
  it("is known by its host key, and spoken to as any other", async () => {
    const [sea, chi] = [await device(), await device()];
    const called = Promise.withResolvers<{ name: string; pipe: Pipe }>();
    home = await listenCallHome({
      address: "127.0.0.1",
      port: 0,
      callers: [
        { name: "chi", user: "admin", auth: { password: "other" }, trust: { kind: "pins", pins: [chi.pin] } },
        { name: "sea", user: "admin", auth: { password: "secret" }, trust: { kind: "pins", pins: [sea.pin] } },
      ],
      onDevice: (name, pipe) => called.resolve({ name, pipe }),
    });
    sea.call(home.port);
    const { name, pipe } = await called.promise;
    expect([name, pipe.peer.user]).toEqual(["sea", "admin"]);
    const session = await Session.open(pipe, { clock: new RealClock() });
    expect((await session.call(getConfig("running"))).kind).toBe("data");
    await session.close();
  });

  it("is told nothing when nobody knows its key", async () => {
    const [sea, stranger] = [await device(), await device()];
    const refused = Promise.withResolvers<SrwanError>();
    home = await listenCallHome({
      address: "127.0.0.1",
      port: 0,
      callers: [{ name: "sea", user: "admin", auth: { password: "secret" }, trust: { kind: "pins", pins: [sea.pin] } }],
      onDevice: () => refused.reject(new Error("it was taken")),
      onRefused: (_from, why) => refused.resolve(why),
    });
    stranger.call(home.port);
    const error = await refused.promise;
    expect([error.code, error.message.includes("which no device has")]).toEqual(["NETCONF_HOST_KEY", true]);
  });
});
