// NETCONF over SSH (RFC 6242) as a pipe. The host key is checked before anything else is said; jump hosts have host keys
// of their own, checked in the same way.

import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import type { CipherAlgorithm, Client, ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";
import ssh2 from "ssh2";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { fingerprint, type HostKeyCheck, type HostKeyTrust, hostKeyCheck } from "./known-hosts.ts";
import type { Peer, Pipe } from "./pipe.ts";
import { authHandler, type SshAuth } from "./ssh-auth.ts";
import { ChannelPipe } from "./ssh-pipe.ts";

export type SshHost = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly auth: SshAuth;
  readonly trust: HostKeyTrust;
};

export type SshTarget = SshHost & {
  /** Hosts to go through, nearest first. */
  readonly jumps?: readonly SshHost[];
  readonly subsystem?: string;
};

export const NETCONF_PORT = 830;

/** The first costs us a third less than the others: its key is set up once, not once a packet. */
const CIPHERS: readonly CipherAlgorithm[] = [
  "aes128-ctr",
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "aes192-ctr",
  "aes256-ctr",
  "chacha20-poly1305@openssh.com",
];

export async function connectSsh(target: SshTarget, stop?: AbortSignal): Promise<Pipe> {
  const jumps = target.jumps ?? [];
  if (jumps.length > LIMITS.netconfJumps) {
    throw new SrwanError("VALUE_INVALID", `${jumps.length} jump hosts, more than ${LIMITS.netconfJumps}`, {
      remedy: "Go through fewer.",
    });
  }
  // All of it together, however far it comes: a host may log us in and never start the subsystem.
  const late = AbortSignal.timeout(LIMITS.netconfConnectMs * (jumps.length + 1));
  const signal = stop ? AbortSignal.any([stop, late]) : late;
  const opened: Client[] = [];
  const drop = (): void => {
    for (const client of opened.toReversed()) client.destroy();
  };
  signal.addEventListener("abort", drop, { once: true });
  try {
    let through: Duplex = await tcp(placeOf(jumps[0] ?? target), signal);
    for (const [i, hop] of jumps.entries()) {
      const jump = await login(
        { ...hop, who: () => hop },
        through,
        hostKeyCheck(hop.trust, hop.host, hop.port),
        signal,
      );
      opened.push(jump.client);
      through = await forward(jump.client, jumps[i + 1] ?? target);
    }
    const check = hostKeyCheck(target.trust, target.host, target.port);
    const { client, peer } = await login({ ...target, who: () => target }, through, check, signal);
    opened.push(client);
    return await netconfPipe({ client, peer }, through, opened, target.subsystem);
  } catch (error) {
    drop();
    if (late.aborted && stop?.aborted !== true)
      throw unreachable(addressOf(target), "no NETCONF session within its time", error);
    throw error;
  } finally {
    signal.removeEventListener("abort", drop);
  }
}

export type LoggedIn = { readonly client: Client; readonly peer: Peer };

export type Who = Pick<SshHost, "user" | "auth">;

const placeOf = ({ host, port }: Place): Place => ({ host, port });
type Place = { readonly host: string; readonly port: number };
const addressOf = ({ host, port }: Place): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

function tcp(place: Place, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    // Requests are small and wait for answers: none may wait to be sent with the next.
    const socket = connectTcp({ ...place, noDelay: true });
    const onAbort = (): void => {
      reject(signal.reason);
      socket.destroy();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", (error) => {
      signal.removeEventListener("abort", onAbort);
      reject(unreachable(addressOf(place), error.message, error));
    });
    socket.once("connect", () => {
      signal.removeEventListener("abort", onAbort);
      resolve(socket);
    });
  });
}

/** From a stream to the host, to a user who is logged in. `who` is asked after the host key. */
export function login(
  { host, port, who }: Place & { readonly who: () => Who },
  through: Duplex,
  check: HostKeyCheck,
  signal?: AbortSignal,
): Promise<LoggedIn> {
  const address = addressOf({ host, port });
  const { promise, resolve, reject } = Promise.withResolvers<LoggedIn>();
  const client = new ssh2.Client();
  let refusal: SrwanError | undefined;
  let hostKey = "";
  const fail = (error: unknown): void => {
    signal?.removeEventListener("abort", onAbort);
    client.destroy();
    reject(error);
  };
  const onAbort = (): void => fail(signal?.reason);
  if (signal?.aborted) return Promise.reject(signal.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  let lacks = "";
  client.on("error", (error: Ssh2Error) => {
    // An agent that does not answer is one way less to log in, no more.
    if (error.level === "agent") lacks = `; the agent: ${error.message}`;
    else fail(refusal ?? sshError(error, address, who().user, lacks));
  });
  client.on("close", () => fail(refusal ?? unreachable(address, "it closed the connection")));
  client.once("ready", () => {
    signal?.removeEventListener("abort", onAbort);
    resolve({ client, peer: { address, user: who().user, hostKey } });
  });
  const config: ConnectConfig = {
    username: "",
    sock: through,
    readyTimeout: LIMITS.netconfConnectMs,
    keepaliveInterval: LIMITS.netconfKeepAliveMs,
    keepaliveCountMax: LIMITS.netconfKeepAlivesLost,
    hostVerifier: (key: Buffer): boolean => {
      refusal = check.refusal(key);
      hostKey = fingerprint(key);
      return refusal === undefined;
    },
    authHandler: authHandler(who),
    algorithms: {
      cipher: [...CIPHERS],
      ...(check.algorithms && { serverHostKey: [...check.algorithms] as ServerHostKeyAlgorithm[] }),
    },
  };
  try {
    client.connect(config);
  } catch (error) {
    fail(sshError(error as Error, address, "", lacks));
  }
  return promise;
}

function forward(client: Client, to: Place): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, to.host, to.port, (error, channel) => {
      if (error) reject(unreachable(addressOf(to), `the jump host says: ${error.message}`));
      else resolve(channel);
    });
  });
}

/** The subsystem of a client that is logged in; closing it closes every client on the way. */
export function netconfPipe(
  { client, peer }: LoggedIn,
  socket: Duplex,
  clients: readonly Client[] = [client],
  subsystem = "netconf",
): Promise<Pipe> {
  return new Promise((resolve, reject) => {
    client.subsys(subsystem, (error, channel) => {
      if (error) reject(unreachable(peer.address, `it has no subsystem ${subsystem}: ${error.message}`));
      else resolve(new ChannelPipe(channel, socket, clients, peer));
    });
  });
}

type Ssh2Error = Error & { readonly level?: string; readonly code?: string };

function sshError(error: Ssh2Error, address: string, user: string, lacks: string): SrwanError {
  if (error.level === "client-authentication") {
    return new SrwanError("NETCONF_AUTH_REFUSED", `${address} takes nothing that was offered for ${user}${lacks}`, {
      remedy: "Check the user, and which keys the device knows; --identity names a key, an agent holds several.",
      deviceStateKnown: true,
    });
  }
  return unreachable(address, error.message || error.code || "no reason given", error);
}

const unreachable = (address: string, why: string, cause?: unknown): SrwanError =>
  new SrwanError("NETCONF_UNREACHABLE", `${address} cannot be reached: ${why}`, {
    remedy: "Check the address, the port (830 by default) and that the device's NETCONF is on.",
    deviceStateKnown: true,
    cause,
  });
