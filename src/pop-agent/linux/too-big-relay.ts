// Hears refusals of packets that were too big, by a raw socket, and tells the senders of what was inside. The kernel tells
// them nobody: it put the outer header on, so it tells itself (tried).

import { C, type Libc, loadLibc } from "../../pulse/libc.ts";
import type { Prefix } from "../../srv6/address.ts";
import { relayedTooBig, type TooBig } from "./too-big.ts";

const LOOK_MS = 50;
/** A sender asks again soon; what comes in a flood is no sender's honest mistake. */
const MOST_A_LOOK = 16;
const MOST_OCTETS = 2_048;
/** All types but this one are kept from us. */
const PACKET_TOO_BIG = 2;
const SOCKADDR = { 4: 16, 6: 28 } as const;

export class TooBigRelay {
  readonly #libc: Libc | undefined;
  readonly #sockets: { readonly 4: number; readonly 6: number } | undefined;
  readonly #octets = new Uint8Array(new ArrayBuffer(MOST_OCTETS));
  readonly #timer: NodeJS.Timeout | undefined;
  #blocks: readonly Prefix[] = [];
  relayed = 0;

  /** Where raw sockets or libc are not at hand it does nothing. */
  constructor() {
    this.#libc = loadLibc();
    this.#sockets = this.#libc === undefined ? undefined : open(this.#libc);
    if (this.#sockets !== undefined) this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  get isOpen(): boolean {
    return this.#sockets !== undefined;
  }

  setBlocks(blocks: readonly Prefix[]): void {
    this.#blocks = blocks;
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#sockets !== undefined) for (const fd of Object.values(this.#sockets)) this.#libc?.close(fd);
  }

  #look(): void {
    const [libc, sockets] = [this.#libc, this.#sockets];
    if (libc === undefined || sockets === undefined) return;
    for (let i = 0; i < MOST_A_LOOK; i++) {
      const size = libc.recv(sockets[6], this.#octets, MOST_OCTETS, C.MSG_DONTWAIT);
      if (size <= 0) return;
      const told = relayedTooBig(this.#octets.subarray(0, size), this.#blocks);
      if (told === undefined) continue;
      libc.sendto(
        sockets[told.family],
        told.message,
        told.message.length,
        C.MSG_DONTWAIT,
        addressOf(told),
        SOCKADDR[told.family],
      );
      this.relayed++;
    }
  }
}

function open(libc: Libc): { readonly 4: number; readonly 6: number } | undefined {
  const raw = C.SOCK_RAW | C.SOCK_CLOEXEC | C.SOCK_NONBLOCK;
  const [four, six] = [libc.socket(C.AF_INET, raw, C.IPPROTO_ICMP), libc.socket(C.AF_INET6, raw, C.IPPROTO_ICMPV6)];
  if (four < 0 || six < 0) {
    for (const fd of [four, six]) if (fd >= 0) libc.close(fd);
    return undefined;
  }
  // struct icmp6_filter: a bit that is set is a type that is blocked.
  const filter = new Uint32Array(8).fill(0xffff_ffff);
  filter[0] = (0xffff_ffff & ~(1 << PACKET_TOO_BIG)) >>> 0;
  libc.setsockopt(six, C.IPPROTO_ICMPV6, C.ICMPV6_FILTER, new Uint8Array(filter.buffer), 32);
  // What comes to the socket of IPv4 is of no use here: a filter of ICMP_FILTER would be as long as this comment.
  const none = new Uint8Array(Int32Array.of(0).buffer);
  libc.setsockopt(four, C.SOL_SOCKET, C.SO_RCVBUF, none, 4);
  return { 4: four, 6: six };
}

function addressOf({ family, sender }: TooBig): Uint8Array {
  const octets = new Uint8Array(SOCKADDR[family]);
  new DataView(octets.buffer).setUint16(0, family === 6 ? C.AF_INET6 : C.AF_INET, true);
  octets.set(sender, family === 6 ? 8 : 4);
  return octets;
}
