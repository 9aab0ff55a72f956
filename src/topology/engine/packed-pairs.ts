// All pairs with up to two relays, cost and relay in one 32-bit word: for up to 1,023 POPs whose costs leave room for the
// relay. What does not fit is left to wide-pairs.ts.

import { clockShifts, type Direct } from "./direct.ts";
import type { PopId } from "./matrix.ts";
import {
  LANES,
  type MinPlus,
  padded,
  ROWS,
  TABLES,
  type TableName,
  tableAddress,
  tableOctets,
  wordAt,
} from "./minplus.ts";
import { jsMinPlus } from "./minplus-js.ts";
import { wasmMinPlus } from "./minplus-wasm.ts";
import type { PairTables } from "./pair-tables.ts";
import { newMemory, type SharedMemory } from "./wasm.ts";

/** Rows of one job are computed by one thread, independently of all others. */
export type RowsJob = {
  readonly order: number;
  readonly codeMask: number;
  readonly from: number;
  readonly until: number;
};

/** Runs the jobs of all rows, on as many threads as it has, and returns when all are done. */
export type Crew = { run(order: number, codeMask: number): void; close(): void };
export type Engine = "wasm" | "js";

/** Every word is less, so that the sum of two fits 32 bits. */
const WORD_LIMIT = 2 ** 30;

/** How costs become words. */
type Packing = { readonly codeBits: number; readonly shifts: Float64Array; readonly isSigned: boolean };

export class PackedPairs implements PairTables {
  readonly memory: SharedMemory;
  readonly #n: number;
  readonly #order: number;
  readonly #packing: Packing;
  readonly #words: Int32Array;
  readonly #kernel: MinPlus;

  /** Undefined where words have no room for these costs. */
  static of(direct: Direct, engine?: Engine): PackedPairs | undefined {
    if (direct.n === 0 || direct.n >= 1_024) return undefined;
    const codeBits = Math.ceil(Math.log2(direct.n + 1));
    const asTheyAre = new Float64Array(direct.n);
    const packings: Packing[] = [
      { codeBits, shifts: asTheyAre, isSigned: false },
      { codeBits, shifts: clockShifts(direct), isSigned: true },
    ];
    const packing = packings.find((one) => allRows(direct, (row) => fits(direct, row, one)));
    return packing && new PackedPairs(direct, packing, engine);
  }

  private constructor(direct: Direct, packing: Packing, engine: Engine | undefined) {
    this.#n = direct.n;
    this.#order = padded(direct.n);
    this.#packing = packing;
    this.memory = newMemory(tableOctets(this.#order) * TABLES.length);
    this.#words = new Int32Array(this.memory.buffer);
    this.#kernel = (engine === "js" ? undefined : wasmMinPlus(this.memory)) ?? jsMinPlus(this.#words);
    this.#words.fill(noneWord(packing), 0, this.#order * this.#order * 2);
    for (let row = 0; row < direct.n; row++) this.#write(direct, row);
  }

  get octets(): number {
    return this.memory.buffer.byteLength;
  }

  /** Reads every row of the direct costs and computes all; false where they have no room. */
  load(direct: Direct): boolean {
    if (!allRows(direct, (row) => fits(direct, row, this.#packing))) return false;
    for (let row = 0; row < direct.n; row++) this.#write(direct, row);
    return true;
  }

  compute(crew?: Crew): void {
    const [order, codeMask] = [this.#order, this.#codeMask];
    if (crew) crew.run(order, codeMask);
    else runRows(this.#kernel, this.#words, { order, codeMask, from: 0, until: order });
  }

  update(direct: Direct, row: PopId): readonly number[] | undefined {
    if (!fits(direct, row, this.#packing)) return undefined;
    this.#write(direct, row);
    const count = this.#kernel.update(0, this.#order, row, this.#codeMask);
    const first = tableAddress("answers", this.#order) >> 2;
    const pairs: number[] = [];
    for (const word of this.#words.subarray(first, first + count)) {
      const [from, to] = [word >> 16, word & 0xffff];
      if (to < this.#n && from !== to) pairs.push(from * this.#n + to);
    }
    return pairs;
  }

  cost(from: PopId, to: PopId): number | undefined {
    const cost = this.#word("two", from, to) >> this.#packing.codeBits;
    return cost > 3 * room(this.#packing) ? undefined : cost - shift(this.#packing, from, to);
  }

  relays(from: PopId, to: PopId): readonly PopId[] {
    const last = this.#word("two", from, to) & this.#codeMask;
    if (last === 0) return [];
    const first = this.#word("one", from, last - 1) & this.#codeMask;
    return first === 0 ? [last - 1] : [first - 1, last - 1];
  }

  get #codeMask(): number {
    return (1 << this.#packing.codeBits) - 1;
  }

  #word(table: TableName, row: number, column: number): number {
    return this.#words[(tableAddress(table, this.#order) >> 2) + wordAt(this.#order, row, column)] as number;
  }

  /** A POP's way to itself is left out: nothing is gained by standing still. */
  #write({ n, cost, relays }: Direct, row: PopId): void {
    const onward = tableAddress("onward", this.#order) >> 2;
    for (let to = 0; to < n; to++) {
      const given = cost[row * n + to] as number;
      const isWay = to !== row && given !== Number.POSITIVE_INFINITY;
      const none = noneWord(this.#packing);
      const word = isWay ? (given + shift(this.#packing, row, to)) << this.#packing.codeBits : none;
      const at = wordAt(this.#order, row, to);
      this.#words[at] = word;
      this.#words[onward + at] = relays[row] === 1 ? word : none;
    }
  }
}

const noneWord = ({ codeBits }: Packing): number => WORD_LIMIT - (1 << codeBits);

/** The largest cost that has a place: three hops of it, less three of the lowest, are still less than the word for none. */
const room = ({ codeBits, isSigned }: Packing): number =>
  Math.floor(((WORD_LIMIT >> codeBits) - 2) / (isSigned ? 7 : 3));

/** What is added to a cost; along a path all but the ends' share cancels, so it changes no choice. */
const shift = ({ shifts }: Packing, from: PopId, to: PopId): number =>
  (shifts[from] as number) - (shifts[to] as number);

function fits({ n, cost }: Direct, row: PopId, packing: Packing): boolean {
  const most = room(packing);
  const least = packing.isSigned ? -most : 0;
  for (let to = 0; to < n; to++) {
    const given = cost[row * n + to] as number;
    const word = given + shift(packing, row, to);
    if (given !== Number.POSITIVE_INFINITY && (word > most || word < least)) return false;
  }
  return true;
}

const allRows = ({ n }: Direct, test: (row: PopId) => boolean): boolean =>
  Array.from({ length: n }, (_, row) => row).every(test);

/** The best with one relay and then with two, for some rows. */
export function runRows(kernel: MinPlus, words: Int32Array, { order, codeMask, from, until }: RowsJob): void {
  const panels = order / LANES;
  const at = (name: TableName): number => tableAddress(name, order);
  const copyDirect = (to: number): void => {
    for (let panel = 0; panel < panels; panel++) {
      const first = panel * order * LANES;
      words.copyWithin((to >> 2) + first + from * LANES, first + from * LANES, first + until * LANES);
    }
  };
  for (const [to, stamped, source] of [
    ["one", "stamped", "direct"],
    ["two", "oneStamped", "one"],
  ] as const) {
    kernel.stamp(at(stamped), at(source), order, from, until, codeMask);
    copyDirect(at(to));
    kernel.product(at(to), at(stamped), at("onward"), order, from, until, panels, panels);
  }
}

/** Cuts `order` rows into `parts` that begin and end where the kernel can. */
export function cutRows(order: number, parts: number): readonly (readonly [from: number, until: number])[] {
  const ends = Array.from({ length: parts + 1 }, (_, i) => Math.round((order / ROWS / parts) * i) * ROWS);
  return ends.slice(1).map((end, i) => [ends[i] as number, end] as const);
}
