// All pairs over any number of relays, costs only: Floyd and Warshall eight POPs at a time, so that the kernel of minplus.ts
// does the work. For estimates and for planning; who installs a path wants few relays (all-pairs.ts) or limits (paths.ts).

import { clockShifts, type Direct } from "./direct.ts";
import type { PopId } from "./matrix.ts";
import { LANES, type MinPlus, padded } from "./minplus.ts";
import { jsMinPlus } from "./minplus-js.ts";
import { wasmMinPlus } from "./minplus-wasm.ts";
import type { Engine } from "./packed-pairs.ts";
import { newMemory } from "./wasm.ts";

/** Stands for none; what any path costs is less than half of it, on either side of 0. */
const NONE = 2 ** 30 - 1;

export class AnyRelays {
  readonly #order: number;
  readonly #words: Int32Array;
  readonly #kernel: MinPlus;
  #direct: Direct;
  #shifts: Float64Array;
  /** Instead of words, where these have no room. */
  #numbers: Float64Array | undefined;

  constructor(direct: Direct, engine?: Engine) {
    this.#order = padded(direct.n);
    const memory = newMemory(this.#order * this.#order * 8);
    this.#words = new Int32Array(memory.buffer).fill(NONE);
    this.#kernel = (engine === "js" ? undefined : wasmMinPlus(memory)) ?? jsMinPlus(this.#words);
    this.#direct = direct;
    this.#shifts = new Float64Array(direct.n);
    this.compute(direct);
  }

  /** Reads all direct costs, of as many POPs as before. */
  compute(direct: Direct): void {
    this.#direct = direct;
    this.#shifts = new Float64Array(direct.n);
    this.#numbers = undefined;
    if (!this.#load(direct, this.#shifts, 0)) {
      this.#shifts = clockShifts(direct);
      if (!this.#load(direct, this.#shifts, -NONE / 2 / direct.n)) {
        this.#numbers = inNumbers(direct);
        return;
      }
    }
    const order = this.#order;
    closeOver(this.#kernel, order);
    // A POP that may not relay had no row among the others. Its own is one segment, then whatever the others found.
    const [apart, panels] = [order * order * 4, order / LANES];
    if (direct.relays.includes(0)) this.#kernel.product(apart, apart, 0, order, 0, order, panels, panels);
  }

  /** +Infinity where nothing leads. */
  cost(from: PopId, to: PopId): number {
    if (from === to) return 0;
    if (this.#numbers) return this.#numbers[from * this.#direct.n + to] as number;
    const row = rowOf(this.#direct, this.#order, from);
    const word = this.#words[row + (to >> 3) * this.#order * LANES + (to & 7)] as number;
    if (word > NONE / 2) return Number.POSITIVE_INFINITY;
    return word - (this.#shifts[from] as number) + (this.#shifts[to] as number);
  }

  /** False where words have no room for what a path may cost. */
  #load(direct: Direct, shifts: Float64Array, least: number): boolean {
    const { n, cost, relays } = direct;
    const words = this.#words;
    const panel = this.#order * LANES;
    const most = NONE / 2 / n;
    for (let from = 0; from < n; from++) {
      const row = rowOf(direct, this.#order, from);
      const shift = shifts[from] as number;
      const isApart = relays[from] !== 1;
      for (let to = 0; to < n; to++) {
        const word = (cost[from * n + to] as number) + shift - (shifts[to] as number);
        const isWay = word !== Number.POSITIVE_INFINITY && from !== to;
        if (isWay && (word >= most || word < least)) return false;
        const at = (to >> 3) * panel + (to & 7);
        words[row + at] = isWay ? word : NONE;
        if (isApart) words[from * LANES + at] = NONE;
      }
    }
    return true;
  }
}

/** Where a row begins; that of a POP which may not relay is kept apart. */
const rowOf = ({ relays }: Direct, order: number, from: PopId): number =>
  (relays[from] === 1 ? 0 : order * order) + from * LANES;

/** For each eight POPs in turn: the ways between them, from them, to them, and then through them. */
function closeOver(kernel: MinPlus, order: number): void {
  const panels = order / LANES;
  for (let panel = 0; panel < panels; panel++) {
    const column = panel * order * LANES * 4;
    const row = panel * LANES * LANES * 4;
    const [first, end] = [panel * LANES, (panel + 1) * LANES];
    for (let hops = 1; hops < LANES; hops *= 2) kernel.product(column, column, column + row, order, first, end, 1, 1);
    kernel.product(0, column, row, order, first, end, panels, 1);
    kernel.product(column, column, column + row, order, 0, order, 1, 1);
    kernel.product(0, column, row, order, 0, order, panels, 1);
  }
}

function inNumbers({ n, cost, relays }: Direct): Float64Array {
  const sums = cost.slice();
  for (let over = 0; over < n; over++) {
    if (relays[over] === 0) continue;
    for (let from = 0; from < n; from++) {
      const there = sums[from * n + over] as number;
      if (there === Number.POSITIVE_INFINITY || from === over) continue;
      for (let to = 0; to < n; to++) {
        const offered = there + (sums[over * n + to] as number);
        if (offered < (sums[from * n + to] as number)) sums[from * n + to] = offered;
      }
    }
  }
  return sums;
}
