// Netlink messages as octets: a writer that grows and a reader that never leaves its bounds. By hand, because no package
// knows lwtunnel, nexthop objects or seg6; the layout is that of linux/netlink.h: host order, attributes padded to four.
//
// Host order is little-endian on every machine srwan ships for; `DataView` is told so explicitly.

import { SrwanError } from "../../base/errors.ts";

export const NLMSG_HEADER = 16;
const ATTRIBUTE_HEADER = 4;
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;

export const FLAG = {
  request: 0x1,
  ack: 0x4,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
} as const;

export const CONTROL = { noop: 1, error: 2, done: 3, overrun: 4 } as const;

/** A header field of a reply that says the tables changed under a dump: start again. */
export const DUMP_INTERRUPTED = 0x10;

const align = (length: number): number => (length + 3) & ~3;

/** Writes messages one after another into one buffer that grows; nothing is allocated per message. */
export class Writer {
  #bytes = new Uint8Array(16_384);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #start = 0;

  get length(): number {
    return this.#at;
  }

  /** A copy of what was written so far. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return taken;
  }

  begin(type: number, flags: number, sequence: number): this {
    this.#start = this.#at;
    this.u32(0).u16(type).u16(flags).u32(sequence).u32(0);
    return this;
  }

  /** Ends the message: its length goes to its head, padding to its tail. */
  end(): this {
    this.#view.setUint32(this.#start, this.#at - this.#start, true);
    this.#pad();
    return this;
  }

  /** Sets flags of the message just ended. */
  addFlags(flags: number): this {
    const at = this.#start + 6;
    this.#view.setUint16(at, this.#view.getUint16(at, true) | flags, true);
    return this;
  }

  u8(value: number): this {
    this.#room(1);
    this.#bytes[this.#at++] = value;
    return this;
  }

  u16(value: number): this {
    this.#room(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  u32(value: number): this {
    this.#room(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  u32be(value: number): this {
    this.#room(4);
    this.#view.setUint32(this.#at, value, false);
    this.#at += 4;
    return this;
  }

  bytes(octets: Uint8Array): this {
    this.#room(octets.length);
    this.#bytes.set(octets, this.#at);
    this.#at += octets.length;
    return this;
  }

  /** An address as octets in network order. */
  address(value: bigint, size: 4 | 16): this {
    this.#room(size);
    if (size === 4) this.#view.setUint32(this.#at, Number(value), false);
    else {
      // setBigUint64 takes the low 64 bits of what it is given.
      this.#view.setBigUint64(this.#at, value >> 64n, false);
      this.#view.setBigUint64(this.#at + 8, value, false);
    }
    this.#at += size;
    return this;
  }

  /** Begins an attribute; `close` with what this gives ends it. Two calls, for a closure per attribute costs a fifth of a batch. */
  open(type: number): number {
    const at = this.#at;
    this.u16(0).u16(type);
    return at;
  }

  openNested(type: number): number {
    return this.open(type | NESTED);
  }

  close(at: number): this {
    this.#view.setUint16(at, this.#at - at, true);
    return this.#pad();
  }

  attributeU8(type: number, value: number): this {
    return this.#head(type, 1).u8(value).#pad();
  }

  attributeU16(type: number, value: number): this {
    return this.#head(type, 2).u16(value).#pad();
  }

  attributeU32(type: number, value: number): this {
    return this.#head(type, 4).u32(value);
  }

  attributeAddress(type: number, value: bigint, size: 4 | 16): this {
    return this.#head(type, size).address(value, size);
  }

  attributeBytes(type: number, octets: Uint8Array): this {
    return this.#head(type, octets.length).bytes(octets).#pad();
  }

  /** Text with its closing zero. */
  attributeText(type: number, text: string): this {
    return this.attributeBytes(type, new TextEncoder().encode(`${text}\0`));
  }

  /** Begins a structure that leads with its own length, as in RTA_MULTIPATH; ended by `close` too. */
  openSized(): number {
    const at = this.#at;
    this.u16(0);
    return at;
  }

  #head(type: number, octets: number): this {
    return this.u16(ATTRIBUTE_HEADER + octets).u16(type);
  }

  #pad(): this {
    while (this.#at & 3) this.u8(0);
    return this;
  }

  #room(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

export type Message = {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly port: number;
  readonly payload: Reader;
};

/** Octets with bounds: reading past the end is a NETLINK_MALFORMED, never undefined behaviour. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at = 0): number {
    return this.#check(at, 1).getUint8(at);
  }

  u16(at = 0): number {
    return this.#check(at, 2).getUint16(at, true);
  }

  u32(at = 0): number {
    return this.#check(at, 4).getUint32(at, true);
  }

  i32(at = 0): number {
    return this.#check(at, 4).getInt32(at, true);
  }

  u32be(at = 0): number {
    return this.#check(at, 4).getUint32(at, false);
  }

  u64(at = 0): bigint {
    return this.#check(at, 8).getBigUint64(at, true);
  }

  /** An address in network order: 4 octets or 16. */
  address(at = 0, size = this.length - at): bigint {
    if (size === 4) return BigInt(this.u32be(at));
    if (size !== 16) throw malformed(`an address of ${size} octets`);
    const view = this.#check(at, 16);
    return (view.getBigUint64(at, false) << 64n) | view.getBigUint64(at + 8, false);
  }

  /** Text up to its closing zero or the end. */
  text(): string {
    const end = this.bytes.indexOf(0);
    return new TextDecoder().decode(this.bytes.subarray(0, end < 0 ? undefined : end));
  }

  from(at: number, length = this.length - at): Reader {
    this.#check(at, length);
    return new Reader(this.bytes.subarray(at, at + length));
  }

  /** Attributes from `at` on, the last of a type winning; the flag for nesting is taken off the type. */
  attributes(at = 0): ReadonlyMap<number, Reader> {
    const found = new Map<number, Reader>();
    for (let next = at; next + ATTRIBUTE_HEADER <= this.length; ) {
      const length = this.u16(next);
      if (length < ATTRIBUTE_HEADER) throw malformed(`an attribute of ${length} octets`);
      found.set(this.u16(next + 2) & TYPE_MASK, this.from(next + ATTRIBUTE_HEADER, length - ATTRIBUTE_HEADER));
      next += align(length);
    }
    return found;
  }

  #check(at: number, size: number): DataView {
    if (at < 0 || size < 0 || at + size > this.length) {
      throw malformed(`${size} octets wanted at ${at} of ${this.length}`);
    }
    return this.#view;
  }
}

/** The messages of one datagram. */
export function* messages(datagram: Uint8Array): Generator<Message> {
  const whole = new Reader(datagram);
  for (let at = 0; at + NLMSG_HEADER <= whole.length; ) {
    const length = whole.u32(at);
    if (length < NLMSG_HEADER || at + length > whole.length) throw malformed(`a message of ${length} octets`);
    yield {
      type: whole.u16(at + 4),
      flags: whole.u16(at + 6),
      sequence: whole.u32(at + 8),
      port: whole.u32(at + 12),
      payload: whole.from(at + NLMSG_HEADER, length - NLMSG_HEADER),
    };
    at += align(length);
  }
}

export function malformed(what: string): SrwanError {
  return new SrwanError("NETLINK_MALFORMED", `the kernel's message holds ${what}`, {
    remedy: "Report it with the kernel's version; nothing was changed by reading it.",
    retryable: false,
    deviceStateKnown: false,
  });
}
