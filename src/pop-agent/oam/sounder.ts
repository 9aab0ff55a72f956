// Sends soundings from a POP's probe namespace and hears what comes back, by raw sockets: from there the POP forwards them
// as it forwards its customers' packets.

import { SrwanError } from "../../base/errors.ts";
import { inNamespace } from "../../pulse/kernel-socket.ts";
import { C, type Libc, loadLibc } from "../../pulse/libc.ts";
import { bytesToAddress, type Ipv6, ipv6ToBytes } from "../../srv6/address.ts";
import { type Heard, heardIn, type Sounding, soundingOctets } from "./packet.ts";

export type Answer = Heard & { readonly from: Ipv6; readonly tookUs: number };

const [MOST_OCTETS, SOCKADDR, POLLFD, TIMESPEC] = [2_048, 28, 8, 16];
const IPPROTO_RAW = 255;

export class Sounder {
  readonly #libc: Libc;
  readonly #out: number;
  readonly #in: number;
  readonly #octets = new Uint8Array(new ArrayBuffer(MOST_OCTETS));
  readonly #from = new Uint8Array(new ArrayBuffer(SOCKADDR));
  readonly #id = process.pid & 0xffff;
  #sequence = 0;

  constructor(namespace: string | undefined) {
    const libc = loadLibc();
    if (libc === undefined) throw refused("libc is not at hand");
    this.#libc = libc;
    const raw = C.SOCK_RAW | C.SOCK_CLOEXEC;
    [this.#out, this.#in] = inNamespace(libc, namespace, () => [
      libc.socket(C.AF_INET6, raw, IPPROTO_RAW),
      libc.socket(C.AF_INET6, raw, C.IPPROTO_ICMPV6),
    ]);
    if (this.#out < 0 || this.#in < 0) throw refused(`no raw socket (errno ${libc.errno()})`);
  }

  /** What comes back to one sounding; undefined where nothing did in time. Holds the process meanwhile. */
  ask(sounding: Omit<Sounding, "id" | "sequence">, waitMs: number): Answer | undefined {
    const sequence = (this.#sequence + 1) & 0xffff;
    this.#sequence = sequence;
    const octets = soundingOctets({ ...sounding, id: this.#id, sequence });
    const to = new Uint8Array(SOCKADDR);
    new DataView(to.buffer).setUint16(0, C.AF_INET6, true);
    to.set(ipv6ToBytes(sounding.sids[0] ?? sounding.target), 8);
    const began = performance.now();
    if (this.#libc.sendto(this.#out, octets, octets.length, 0, to, SOCKADDR) < 0) {
      throw refused(`sending failed (errno ${this.#libc.errno()})`);
    }
    for (;;) {
      const leftMs = waitMs - (performance.now() - began);
      if (leftMs <= 0 || !this.#hasMore(leftMs)) return undefined;
      const heard = this.#hear();
      if (heard?.sequence === sequence) return { ...heard, tookUs: Math.round((performance.now() - began) * 1_000) };
    }
  }

  close(): void {
    for (const fd of [this.#out, this.#in]) this.#libc.close(fd);
  }

  #hear(): Omit<Answer, "tookUs"> | undefined {
    const room = new Uint8Array(Uint32Array.of(SOCKADDR).buffer);
    const size = this.#libc.recvfrom(this.#in, this.#octets, MOST_OCTETS, C.MSG_DONTWAIT, this.#from, room);
    if (size <= 0) return undefined;
    const heard = heardIn(this.#octets.subarray(0, size), this.#id);
    return heard && { ...heard, from: bytesToAddress(this.#from.subarray(8, 24)) as Ipv6 };
  }

  #hasMore(ms: number): boolean {
    const poll = new Uint8Array(POLLFD);
    const view = new DataView(poll.buffer);
    view.setInt32(0, this.#in, true);
    view.setInt16(4, C.POLLIN, true);
    const time = new Uint8Array(TIMESPEC);
    const clock = new DataView(time.buffer);
    clock.setBigInt64(0, BigInt(Math.floor(ms / 1_000)), true);
    clock.setBigInt64(8, BigInt(Math.floor((ms % 1_000) * 1e6)), true);
    return this.#libc.ppoll(poll, 1, time, null) > 0;
  }
}

const refused = (what: string): SrwanError =>
  new SrwanError("PROBE_NAMESPACE_REFUSED", `no sounding can be sent: ${what}`, {
    remedy: "Run it as root on the POP, where its agent runs or ran.",
  });
