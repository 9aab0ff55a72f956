// Devices that call us (RFC 8071): we listen for TCP, and speak SSH as the client all the same. A caller says who it is by
// its host key; one that nobody knows is told nothing.

import { createServer, type Server, type Socket } from "node:net";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { fingerprint, type HostKeyCheck, type HostKeyTrust, hostKeyCheck } from "./known-hosts.ts";
import type { Pipe } from "./pipe.ts";
import { login, netconfPipe } from "./ssh.ts";
import type { SshAuth } from "./ssh-auth.ts";

export const CALL_HOME_PORT = 4334;

export type Caller = {
  readonly name: string;
  readonly user: string;
  readonly auth: SshAuth;
  /** Pins only: a caller's address says nothing about who it is. */
  readonly trust: Extract<HostKeyTrust, { kind: "pins" }>;
};

export type CallHomeOptions = {
  readonly address: string;
  readonly port?: number;
  readonly callers: readonly Caller[];
  readonly onDevice: (name: string, pipe: Pipe) => void;
  /** A call that came to nothing, and from where. */
  readonly onRefused?: (from: string, why: SrwanError) => void;
};

export type CallHome = { readonly port: number; readonly close: () => Promise<void> };

export async function listenCallHome(options: CallHomeOptions): Promise<CallHome> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    const from = `${socket.remoteAddress}:${socket.remotePort}`;
    socket.on("error", () => undefined);
    socket.setNoDelay(true);
    if (waiting.size >= LIMITS.netconfCallersWaiting) {
      socket.destroy();
      options.onRefused?.(from, busy());
      return;
    }
    waiting.add(socket);
    take(socket, from, options)
      .then(({ name, pipe }) => options.onDevice(name, pipe))
      .catch((error: SrwanError) => {
        socket.destroy();
        options.onRefused?.(from, error);
      })
      .finally(() => waiting.delete(socket));
  });
  await listen(server, options);
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        for (const socket of waiting) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Who calls is known in the middle of logging in: after the host key, before user and password. */
async function take(socket: Socket, from: string, { callers }: CallHomeOptions): Promise<{ name: string; pipe: Pipe }> {
  let caller: Caller | undefined;
  const checks = callers.map((one) => ({ one, check: hostKeyCheck(one.trust, one.name, CALL_HOME_PORT) }));
  const check: HostKeyCheck = {
    algorithms: undefined,
    refusal: (key) => {
      caller = checks.find((entry) => entry.check.refusal(key) === undefined)?.one;
      return caller ? undefined : stranger(from, fingerprint(key));
    },
  };
  const place = { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
  const loggedIn = await login({ ...place, who: () => caller ?? NOBODY }, socket, check);
  return { name: caller?.name ?? "", pipe: await netconfPipe(loggedIn, socket) };
}

const NOBODY = { user: "", auth: {} };

function listen(server: Server, { address, port = CALL_HOME_PORT }: CallHomeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new SrwanError(
          "NETCONF_UNREACHABLE",
          `cannot listen for devices on ${address} port ${port}: ${error.message}`,
          {
            remedy: "Choose a free port, or end what holds it.",
            cause: error,
          },
        ),
      ),
    );
    server.listen(port, address, resolve);
  });
}

const stranger = (from: string, shown: string): SrwanError =>
  new SrwanError("NETCONF_HOST_KEY", `a caller from ${from} shows the host key ${shown}, which no device has`, {
    remedy: "If it is a device of yours, pin that key for it.",
    deviceStateKnown: true,
  });

const busy = (): SrwanError =>
  new SrwanError("NETCONF_TOO_LARGE", `${LIMITS.netconfCallersWaiting} callers are logging in already`, {
    remedy: "Nothing is to be done: devices call again.",
  });
