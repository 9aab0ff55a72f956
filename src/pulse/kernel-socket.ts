// A UDP socket straight on the kernel: receive stamps taken where the packet came in (SO_TIMESTAMPNS), many datagrams a
// call, hop limit, traffic class and destination of each, answers from the address that was asked.

import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { endpoint, formatAddress } from "./address.ts";
import { C, type Libc } from "./libc.ts";
import type { Datagram, Endpoint, PulseSocket, SendOptions, SocketPlan } from "./socket.ts";
import type { AddressOctets } from "./stamp-extensions.ts";
import { viewOf } from "./stamp-packet.ts";

/** struct mmsghdr, iovec, sockaddr_in6 and what control messages need, each rounded up. */
const [MESSAGE, IOVEC, NAME, CONTROL] = [64, 16, 32, 256];
const DATA = 9_216;
const BATCH = LIMITS.pulseBatchMessages;
/** The kernel's software stamp against the driver's handing over: measured a few µs at most. */
const KERNEL_STAMP_ERROR_NS = 1_000;
const HOPS = 255;

/** One allocation that never moves, since C holds addresses into it; it lives as long as its socket. */
class Arena {
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly base: bigint;

  constructor(libc: Libc, size: number) {
    this.octets = new Uint8Array(new ArrayBuffer(size));
    this.view = viewOf(this.octets);
    this.base = libc.addressOf(this.octets);
  }

  point(at: number, to: number): void {
    this.view.setBigUint64(at, this.base + BigInt(to), true);
  }
}

export class KernelSocket implements PulseSocket {
  readonly fd: number;
  readonly port: number;
  readonly address: AddressOctets;
  readonly errorNs = KERNEL_STAMP_ERROR_NS;
  readonly stamps = "kernel";
  readonly steers: boolean;
  readonly #libc: Libc;
  readonly #in: Arena;
  readonly #out: Arena;
  readonly #isV6: boolean;
  readonly #wildcard: boolean;
  /** By the octets of port and address, as they lie in the arena. */
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #names: Buffer;

  constructor(libc: Libc, plan: SocketPlan) {
    this.#libc = libc;
    this.#isV6 = plan.address.length === 16;
    this.#wildcard = plan.address.every((octet) => octet === 0);
    this.steers = this.#isV6;
    this.address = plan.address;
    this.fd = inNamespace(libc, plan.namespace, () => openBound(libc, plan));
    this.port = this.#boundPort();
    this.#in = new Arena(libc, BATCH * (MESSAGE + IOVEC + NAME + CONTROL + DATA));
    this.#names = Buffer.from(this.#in.octets.buffer);
    this.#out = new Arena(libc, MESSAGE + IOVEC + NAME + CONTROL + DATA);
    for (let i = 0; i < BATCH; i++) this.#prepareIn(i);
    this.#prepareOut();
  }

  /** Hands over all that waits, and says how many that were; the datagrams are valid only within `take`. */
  drain(take: (datagram: Datagram) => void): number {
    for (let drained = 0; ; ) {
      const count = this.#libc.recvmmsg(this.fd, this.#in.base, BATCH, C.MSG_DONTWAIT, null);
      for (let i = 0; i < count; i++) {
        const datagram = this.#read(i);
        this.#rearm(i);
        if (datagram !== undefined) take(datagram);
      }
      drained += Math.max(0, count);
      if (count < BATCH) return drained;
    }
  }

  send(octets: Uint8Array, to: Endpoint, options: SendOptions = {}): number {
    if (options.routingHeader !== undefined)
      this.#set(C.IPPROTO_IPV6, C.IPV6_RTHDR, options.routingHeader, "a routing header");
    const { view } = this.#out;
    const [iov, name, control, data] = OUT;
    this.#out.octets.set(octets, data);
    view.setBigUint64(iov + 8, BigInt(octets.length), true);
    view.setUint32(8, this.#writeName(name, to.address, to.port), true);
    view.setBigUint64(40, BigInt(this.#writeControl(control, options)), true);
    const sent = this.#libc.sendmsg(this.fd, this.#out.base, C.MSG_DONTWAIT);
    const errno = sent < 0 ? this.#libc.errno() : 0;
    if (options.routingHeader !== undefined) this.#libc.setsockopt(this.fd, C.IPPROTO_IPV6, C.IPV6_RTHDR, null, 0);
    return errno;
  }

  close(): void {
    this.#libc.close(this.fd);
  }

  #boundPort(): number {
    const name = new Uint8Array(NAME);
    const octets = new Uint8Array(Uint32Array.of(NAME).buffer);
    this.#libc.getsockname(this.fd, name, octets);
    return viewOf(name).getUint16(2);
  }

  #prepareIn(i: number): void {
    const arena = this.#in;
    const [message, iov, name, control, data] = inPlaces(i);
    arena.point(message, name);
    arena.point(message + 16, iov);
    arena.view.setBigUint64(message + 24, 1n, true);
    arena.point(message + 32, control);
    arena.point(iov, data);
    arena.view.setBigUint64(iov + 8, BigInt(DATA), true);
    this.#rearm(i);
  }

  /** The kernel writes how long name and control were; the next receive must be told their room again. */
  #rearm(i: number): void {
    const message = i * MESSAGE;
    this.#in.view.setUint32(message + 8, NAME, true);
    this.#in.view.setBigUint64(message + 40, BigInt(CONTROL), true);
  }

  #prepareOut(): void {
    const [iov, name, control, data] = OUT;
    this.#out.point(0, name);
    this.#out.point(16, iov);
    this.#out.view.setBigUint64(24, 1n, true);
    this.#out.point(32, control);
    this.#out.point(iov, data);
  }

  #read(i: number): Datagram | undefined {
    const { view, octets } = this.#in;
    const [message, , name, control, data] = inPlaces(i);
    const length = view.getUint32(message + 56, true);
    let [seconds, nanoseconds] = [0n, 0n];
    let [hopLimit, trafficClass]: (number | undefined)[] = [undefined, undefined];
    let destination: AddressOctets | undefined;
    const end = control + Number(view.getBigUint64(message + 40, true));
    for (let at = control; at + 16 <= end; ) {
      const size = Number(view.getBigUint64(at, true));
      if (size < 16) break;
      const level = view.getInt32(at + 8, true);
      const type = view.getInt32(at + 12, true);
      const value = at + 16;
      if (level === C.SOL_SOCKET && type === C.SO_TIMESTAMPNS) {
        seconds = view.getBigInt64(value, true);
        nanoseconds = view.getBigInt64(value + 8, true);
      } else if (level === C.IPPROTO_IPV6) {
        if (type === C.IPV6_HOPLIMIT) hopLimit = view.getInt32(value, true);
        else if (type === C.IPV6_TCLASS) trafficClass = view.getInt32(value, true);
        else if (type === C.IPV6_PKTINFO) destination = octets.slice(value, value + 16);
      } else if (level === C.IPPROTO_IP) {
        if (type === C.IP_TTL) hopLimit = view.getInt32(value, true);
        else if (type === C.IP_TOS) trafficClass = view.getUint8(value);
        else if (type === C.IP_PKTINFO) destination = octets.slice(value + 8, value + 12);
      }
      at += (size + 7) & ~7;
    }
    if (seconds === 0n) return undefined;
    return {
      octets: octets.subarray(data, data + length),
      from: this.#endpointAt(name),
      destination,
      hopLimit,
      trafficClass,
      receivedNs: seconds * 1_000_000_000n + nanoseconds,
      errorNs: KERNEL_STAMP_ERROR_NS,
      source: "kernel",
    };
  }

  /** The same sender's next datagram finds its endpoint made. */
  #endpointAt(name: number): Endpoint {
    const { view, octets } = this.#in;
    const [from, size] = this.#isV6 ? [name + 8, 16] : [name + 4, 4];
    const raw = this.#names.toString("latin1", name + 2, from + size);
    const known = this.#endpoints.get(raw);
    if (known !== undefined) return known;
    if (this.#endpoints.size >= LIMITS.pulseSessionsMax) this.#endpoints.clear();
    const made = endpoint(octets.slice(from, from + size), view.getUint16(name + 2));
    this.#endpoints.set(raw, made);
    return made;
  }

  #writeName(at: number, address: AddressOctets, port: number): number {
    return writeSockaddr(this.#out.view, this.#out.octets, at, address, port);
  }

  /** The source address, where the socket is bound to none, and the traffic class; gives the octets used. */
  #writeControl(at: number, { from, trafficClass }: SendOptions): number {
    const { view, octets } = this.#out;
    let end = at;
    const put = (level: number, type: number, size: number): number => {
      view.setBigUint64(end, BigInt(16 + size), true);
      view.setInt32(end + 8, level, true);
      view.setInt32(end + 12, type, true);
      octets.fill(0, end + 16, end + 16 + size);
      const value = end + 16;
      end += 16 + ((size + 7) & ~7);
      return value;
    };
    if (from !== undefined && this.#wildcard) {
      if (this.#isV6) octets.set(from, put(C.IPPROTO_IPV6, C.IPV6_PKTINFO, 20));
      // struct in_pktinfo: interface, the address to send from, the header's destination.
      else octets.set(from, put(C.IPPROTO_IP, C.IP_PKTINFO, 12) + 4);
    }
    if (trafficClass !== undefined) {
      const [level, type] = this.#isV6 ? [C.IPPROTO_IPV6, C.IPV6_TCLASS] : [C.IPPROTO_IP, C.IP_TOS];
      view.setInt32(put(level, type, 4), trafficClass, true);
    }
    return end - at;
  }

  #set(level: number, name: number, value: Uint8Array, what: string): void {
    if (this.#libc.setsockopt(this.fd, level, name, value, value.length) < 0) {
      throw refused(`set ${what}`, this.#libc.errno());
    }
  }
}

/** Throws where nothing can be sent from there: no such address on this machine. */
export function checkAddress(libc: Libc, plan: SocketPlan): void {
  libc.close(inNamespace(libc, plan.namespace, () => openBound(libc, plan)));
}

function openBound(libc: Libc, { address, port, namespace }: SocketPlan): number {
  const isV6 = address.length === 16;
  const family = isV6 ? C.AF_INET6 : C.AF_INET;
  const fd = libc.socket(family, C.SOCK_DGRAM | C.SOCK_CLOEXEC | C.SOCK_NONBLOCK, 0);
  if (fd < 0) throw refused("open a UDP socket", libc.errno());
  const on = new Uint8Array(Int32Array.of(1).buffer);
  const hops = new Uint8Array(Int32Array.of(HOPS).buffer);
  const size = new Uint8Array(Int32Array.of(LIMITS.pulseReceiveBufferOctets).buffer);
  const option = (level: number, name: number, value: Uint8Array): number =>
    libc.setsockopt(fd, level, name, value, value.length);
  // Past the system's limit for those who may; up to it for the others.
  if (option(C.SOL_SOCKET, C.SO_RCVBUFFORCE, size) < 0) option(C.SOL_SOCKET, C.SO_RCVBUF, size);
  option(C.SOL_SOCKET, C.SO_TIMESTAMPNS, on);
  const wanted: readonly (readonly [number, number, Uint8Array])[] = isV6
    ? [
        [C.IPPROTO_IPV6, C.IPV6_V6ONLY, on],
        [C.IPPROTO_IPV6, C.IPV6_RECVPKTINFO, on],
        [C.IPPROTO_IPV6, C.IPV6_RECVHOPLIMIT, on],
        [C.IPPROTO_IPV6, C.IPV6_RECVTCLASS, on],
        [C.IPPROTO_IPV6, C.IPV6_UNICAST_HOPS, hops],
      ]
    : [
        [C.IPPROTO_IP, C.IP_PKTINFO, on],
        [C.IPPROTO_IP, C.IP_RECVTTL, on],
        [C.IPPROTO_IP, C.IP_RECVTOS, on],
        [C.IPPROTO_IP, C.IP_TTL, hops],
      ];
  for (const [level, name, value] of wanted) option(level, name, value);
  // A probe namespace answers for whole prefixes by a local route, and IPv6 gives those addresses to nobody unasked.
  if (namespace !== undefined && isV6) option(C.IPPROTO_IPV6, C.IPV6_FREEBIND, on);
  const bound = new Uint8Array(NAME);
  const octets = writeSockaddr(viewOf(bound), bound, 0, address, port);
  if (libc.bind(fd, bound, octets) < 0) {
    const errno = libc.errno();
    libc.close(fd);
    throw refused(`bind ${formatAddress(address)} port ${port}`, errno);
  }
  return fd;
}

const OUT = [MESSAGE, MESSAGE + IOVEC, MESSAGE + IOVEC + NAME, MESSAGE + IOVEC + NAME + CONTROL] as const;

/** Where the parts of the i-th message lie: all headers first, as recvmmsg wants them in a row. */
function inPlaces(i: number): [number, number, number, number, number] {
  const iovecs = BATCH * MESSAGE;
  const names = iovecs + BATCH * IOVEC;
  const controls = names + BATCH * NAME;
  const data = controls + BATCH * CONTROL;
  return [i * MESSAGE, iovecs + i * IOVEC, names + i * NAME, controls + i * CONTROL, data + i * DATA];
}

function writeSockaddr(view: DataView, octets: Uint8Array, at: number, address: AddressOctets, port: number): number {
  octets.fill(0, at, at + NAME);
  view.setUint16(at, address.length === 16 ? C.AF_INET6 : C.AF_INET, true);
  view.setUint16(at + 2, port);
  octets.set(address, at + (address.length === 16 ? 8 : 4));
  return address.length === 16 ? 28 : 16;
}

/**
 * A socket belongs to the namespace its thread was in when it was made, so the thread goes there and comes back. `name` as
 * `ip netns` gives it, or a path.
 */
export function inNamespace<T>(libc: Libc, name: string | undefined, work: () => T): T {
  if (name === undefined) return work();
  const here = libc.open("/proc/thread-self/ns/net", C.O_RDONLY_CLOEXEC);
  const there = libc.open(name.startsWith("/") ? name : `/run/netns/${name}`, C.O_RDONLY_CLOEXEC);
  try {
    if (here < 0 || there < 0 || libc.setns(there, C.CLONE_NEWNET) < 0) {
      throw refused(`enter the namespace ${name}`, libc.errno());
    }
    try {
      return work();
    } finally {
      libc.setns(here, C.CLONE_NEWNET);
    }
  } finally {
    for (const fd of [here, there]) if (fd >= 0) libc.close(fd);
  }
}

const ERRNO: Readonly<Record<number, string>> = {
  1: "not permitted (EPERM)",
  2: "no such file (ENOENT)",
  13: "permission denied (EACCES)",
  22: "invalid (EINVAL)",
  98: "already in use (EADDRINUSE)",
  99: "no such address on this machine (EADDRNOTAVAIL)",
};

const refused = (what: string, errno: number): SrwanError =>
  new SrwanError("PULSE_SOCKET_REFUSED", `cannot ${what}: ${ERRNO[errno] ?? `errno ${errno}`}`, {
    remedy: "Choose an address of this machine and a free port; ports below 1024 and namespaces need root.",
    details: { errno },
  });
