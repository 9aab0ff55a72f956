// What a service manager is told (sd_notify): that we run, that we stop, and, as often as it wants to hear it, that the
// event loop turns. A datagram to the socket that NOTIFY_SOCKET names, through koffi, for Node has no Unix datagrams; where
// nothing is named it does nothing.

import { createRequire } from "node:module";
import { SrwanError } from "./errors.ts";

const [AF_UNIX, SOCK_DGRAM, SOCK_CLOEXEC, MSG_DONTWAIT] = [1, 2, 0o2000000, 0x40];
/** sun_path of unix(7). */
const PATH_OCTETS = 108;

export type Manager = {
  /** All is up: `systemctl start` returns only now. From here on the watchdog is fed. */
  ready(status: string): void;
  /** A stop has begun; what is fed no more is not taken for dead. */
  stopping(): void;
};

const NONE: Manager = { ready: () => undefined, stopping: () => undefined };

export function serviceManager(env: NodeJS.ProcessEnv): Manager {
  const named = env.NOTIFY_SOCKET ?? "";
  if (named === "") return NONE;
  const address = unixAddress(named);
  const send = openSender(address);
  const everyMs = watchdogMs(env);
  let timer: NodeJS.Timeout | undefined;
  return {
    ready: (status) => {
      send(`READY=1\nSTATUS=${status}\nMAINPID=${process.pid}`);
      if (everyMs !== undefined) timer = setInterval(() => send("WATCHDOG=1"), everyMs);
    },
    stopping: () => {
      clearInterval(timer);
      send("STOPPING=1");
    },
  };
}

/** Twice in the time that it waits; undefined where it does not wait, or waits for another process. */
export function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv): number | undefined {
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== process.pid) return undefined;
  const us = Number(WATCHDOG_USEC ?? 0);
  return us > 0 ? Math.max(1, Math.floor(us / 2_000)) : undefined;
}

/** sockaddr_un; a leading @ stands for the null octet of an abstract name. */
export function unixAddress(name: string): Uint8Array {
  const path = Buffer.from(name.startsWith("@") ? `\0${name.slice(1)}` : name);
  if (!/^[/@]/.test(name) || path.length >= PATH_OCTETS) {
    throw new SrwanError("NOTIFY_REFUSED", `NOTIFY_SOCKET=${name} is no address of a Unix socket`, {
      remedy: `Leave it to the service manager; it begins with / or @ and has fewer than ${PATH_OCTETS} octets.`,
    });
  }
  return Buffer.concat([Uint8Array.of(AF_UNIX, 0), path]);
}

/** One socket for the life of the process. What the manager does not take is lost: it says itself when it heard nothing. */
function openSender(address: Uint8Array): (text: string) => void {
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  const libc = koffi.load(null);
  const socket = libc.func("int socket(int family, int type, int protocol)");
  const sendto = libc.func("long sendto(int fd, void *octets, ulong size, int flags, void *to, uint32_t toOctets)");
  const fd: number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return (text) => {
    const octets = Buffer.from(text);
    sendto(fd, octets, octets.length, MSG_DONTWAIT, address, address.length);
  };
}
