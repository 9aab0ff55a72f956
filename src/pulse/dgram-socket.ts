// The same over node:dgram, where the kernel's stamps cannot be had: stamps are the handler's own, and what the event loop
// lags is added to their error. Hop limits and traffic classes are not known here.

import { createSocket, type Socket } from "node:dgram";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { endpoint, formatAddress, parseAddress } from "./address.ts";
import type { Datagram, Endpoint, PulseSocket, SocketPlan } from "./socket.ts";
import type { AddressOctets } from "./stamp-extensions.ts";
import type { WallClock } from "./wall-clock.ts";

/** What the way from the kernel to the handler takes in an idle process (measured: p99 of 58 to 260 µs). */
const HANDLER_ERROR_NS = 150_000;

/** How late the event loop is, as an error: the worst of the last second or so. */
export class LoopLag {
  #worstNs = 0;
  #expectedMs = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(everyMs = 10) {
    this.#timer = setInterval(() => {
      const now = performance.now();
      const lateNs = Math.max(0, now - this.#expectedMs - everyMs) * 1e6;
      this.#worstNs = Math.max(lateNs, this.#worstNs * 0.97);
      this.#expectedMs = now;
    }, everyMs);
    this.#timer.unref();
  }

  get errorNs(): number {
    return HANDLER_ERROR_NS + Math.round(this.#worstNs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

export class DgramSocket implements PulseSocket {
  readonly address: AddressOctets;
  readonly port: number;
  readonly stamps = "handler";
  readonly steers = false;
  readonly #socket: Socket;
  readonly #lag: LoopLag;

  private constructor(socket: Socket, address: AddressOctets, lag: LoopLag) {
    this.#socket = socket;
    this.address = address;
    this.port = socket.address().port;
    this.#lag = lag;
  }

  static open(
    plan: SocketPlan,
    clock: WallClock,
    lag: LoopLag,
    take: (from: DgramSocket, one: Datagram) => void,
  ): Promise<DgramSocket> {
    if (plan.namespace !== undefined) {
      throw new SrwanError("PULSE_SOCKET_REFUSED", `a socket in the namespace ${plan.namespace} needs koffi`, {
        remedy: "Install the package koffi, or run the process inside the namespace.",
      });
    }
    const isV6 = plan.address.length === 16;
    // An address needs no look-up; without this each send would wait for the next turn of the loop.
    const lookup = (host: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
      done(null, host, isV6 ? 6 : 4);
    const socket = createSocket({
      type: isV6 ? "udp6" : "udp4",
      ipv6Only: isV6,
      lookup: lookup as never,
      recvBufferSize: LIMITS.pulseReceiveBufferOctets,
    });
    return new Promise((resolve, reject) => {
      socket.once("error", (error: NodeJS.ErrnoException) =>
        reject(
          new SrwanError(
            "PULSE_SOCKET_REFUSED",
            `cannot bind ${formatAddress(plan.address)} port ${plan.port}: ${error.code}`,
            {
              remedy: "Choose an address of this machine and a free port; ports below 1024 need root.",
              cause: error,
            },
          ),
        ),
      );
      socket.bind({ address: formatAddress(plan.address), port: plan.port }, () => {
        socket.removeAllListeners("error");
        // A refusal told by ICMP is for liveness to find, not a reason to end.
        socket.on("error", () => undefined);
        const made = new DgramSocket(socket, plan.address, lag);
        const known = new Map<string, Endpoint>();
        socket.on("message", (octets, { address, port }) => {
          const receivedNs = clock.nowNs();
          const text = `${address}|${port}`;
          const from = known.get(text) ?? endpoint(parseAddress(address.replace(/%.*$/, "")), port);
          if (known.size >= LIMITS.pulseSessionsMax) known.clear();
          known.set(text, from);
          take(made, {
            octets,
            from,
            destination: undefined,
            hopLimit: undefined,
            trafficClass: undefined,
            receivedNs,
            errorNs: lag.errorNs,
            source: "handler",
          });
        });
        resolve(made);
      });
    });
  }

  get errorNs(): number {
    return this.#lag.errorNs;
  }

  send(octets: Uint8Array, to: Endpoint): number {
    this.#socket.send(octets, to.port, formatAddress(to.address), () => undefined);
    return 0;
  }

  close(): void {
    this.#socket.close();
  }
}
