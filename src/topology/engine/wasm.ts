// A WebAssembly assembler, as much as minplus-wasm.ts needs: functions of i32 and v128 over one shared memory. The module
// is made from these lines when it is loaded, so that what runs can be read, and no binary is kept.

/** Octets of instructions. */
export type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;

function unsigned(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...out, rest];
    out.push((rest & 127) | 128);
  }
}

function signed(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...out, rest & 127];
    out.push((rest & 127) | 128);
  }
}

const simd = (op: number, ...rest: number[]): Code => [0xfd, ...unsigned(op), ...rest];
/** Where in memory: a static offset on top of the address on the stack, aligned to 2^align octets. */
const place = (align: number, offset: number): number[] => [align, ...unsigned(offset)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const tee = (local: number): Code => [0x22, ...unsigned(local)];
export const call = (func: number): Code => [0x10, ...unsigned(func)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load: (offset = 0): Code => [0x28, ...place(2, offset)],
  store: (offset = 0): Code => [0x36, ...place(2, offset)],
  eqz: [0x45],
  ltU: [0x49],
  add: [0x6a],
  sub: [0x6b],
  mul: [0x6c],
  and: [0x71],
  or: [0x72],
  shl: [0x74],
  shrU: [0x76],
} as const;

/** Four 32-bit lanes. */
export const x4 = {
  load: (offset = 0): Code => simd(0x00, ...place(4, offset)),
  loadSplat: (offset = 0): Code => simd(0x09, ...place(2, offset)),
  store: (offset = 0): Code => simd(0x0b, ...place(4, offset)),
  const: (lanes: readonly number[]): Code => simd(0x0c, ...new Uint8Array(Int32Array.from(lanes).buffer)),
  splat: simd(0x11),
  eq: simd(0x37),
  ne: simd(0x38),
  gt: simd(0x3b),
  and: simd(0x4e),
  or: simd(0x50),
  anyTrue: simd(0x53),
  bitmask: simd(0xa4),
  add: simd(0xae),
  min: simd(0xb6),
} as const;

/** Runs the body, then again for as long as it leaves something other than 0 on the stack. */
export const loop = (...body: readonly Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b];
/** Takes a condition from the stack. */
export const when = (...body: readonly Code[]): Code => [0x04, 0x40, ...body.flat(), 0x0b];
export const whenElse = (then: readonly Code[], other: readonly Code[]): Code => [
  ...[0x04, 0x40, ...then.flat()],
  ...[0x05, ...other.flat(), 0x0b],
];

/** Names for a function's parameters and locals, in the order in which they are asked for. */
export class Locals {
  readonly params: number;
  #i32s = 0;
  #v128s = 0;

  constructor(params: number) {
    this.params = params;
  }

  /** All words are to be asked for before the first vector. */
  word(): number {
    return this.params + this.#i32s++;
  }

  vector(): number {
    return this.params + this.#i32s + this.#v128s++;
  }

  get declared(): Code {
    return [2, ...unsigned(this.#i32s), I32, ...unsigned(this.#v128s), V128];
  }
}

export type Func = {
  readonly name: string;
  readonly locals: Locals;
  /** Whether it leaves one i32. */
  readonly answers: boolean;
  readonly body: Code;
};

const section = (id: number, body: Code): Code => [id, ...unsigned(body.length), ...body];
const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const name = (text: string): Code => [...unsigned(text.length), ...[...text].map((c) => c.charCodeAt(0))];

/** A module that imports the shared memory "env"."memory" and exports every function. */
export function assemble(funcs: readonly Func[]): Uint8Array<ArrayBuffer> {
  const types = funcs.map(({ locals, answers }) => [
    ...[0x60, ...list(Array.from({ length: locals.params }, () => [I32]))],
    ...list(answers ? [[I32]] : []),
  ]);
  const memory = [...name("env"), ...name("memory"), 2, 3, 0, ...unsigned(MAX_PAGES)];
  const bodies = funcs.map(({ locals, body }) => {
    const code = [...locals.declared, ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, list(funcs.map((_, i) => unsigned(i)))),
    ...section(7, list(funcs.map((func, i) => [...name(func.name), 0, ...unsigned(i)]))),
    ...section(10, list(bodies)),
  ]);
}

/** A memory that several threads may share. */
export type SharedMemory = { readonly buffer: SharedArrayBuffer };

/** What this file uses of the machine that every JavaScript engine brings. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Module: new (octets: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  validate(octets: Uint8Array<ArrayBuffer>): boolean;
};

/** 2³² octets are all that 32-bit addresses reach. */
const MAX_PAGES = 65_536;
const PAGE_OCTETS = 65_536;

export const newMemory = (octets: number): SharedMemory =>
  new WebAssembly.Memory({ initial: Math.ceil(octets / PAGE_OCTETS), maximum: MAX_PAGES, shared: true });

/** Undefined where this engine does not know every instruction of the module. */
export const compile = (octets: Uint8Array<ArrayBuffer>): object | undefined =>
  WebAssembly.validate(octets) ? new WebAssembly.Module(octets) : undefined;

/** The module's functions over a memory. */
export const instantiate = (module: object, memory: SharedMemory): unknown =>
  new WebAssembly.Instance(module, { env: { memory } }).exports;
