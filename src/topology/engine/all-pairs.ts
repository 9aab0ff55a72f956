// All pairs of POPs with up to two relays: made once, then mended when a row changes.

import type { Direct } from "./direct.ts";
import type { PopId } from "./matrix.ts";
import { type Crew, type Engine, PackedPairs } from "./packed-pairs.ts";
import type { PairTables } from "./pair-tables.ts";
import { WidePairs } from "./wide-pairs.ts";

export type AllPairsOptions = {
  /** "js" leaves SIMD out. */
  readonly engine?: Engine;
  /** Opens threads for the tables (crew.ts); pays from a few hundred POPs on. */
  readonly crew?: (tables: PackedPairs) => Crew;
};

/** A way over relays and what it gains on the direct segment: +Infinity where there is none. */
export type Better = {
  readonly from: PopId;
  readonly to: PopId;
  readonly relays: readonly PopId[];
  readonly cost: number;
  readonly gain: number;
};

export class AllPairs {
  readonly #direct: Direct;
  readonly #options: AllPairsOptions;
  #tables: PairTables;
  #crew: Crew | undefined;

  constructor(direct: Direct, options: AllPairsOptions = {}) {
    this.#direct = direct;
    this.#options = options;
    this.#tables = this.#fresh();
  }

  get octets(): number {
    return this.#tables.octets;
  }

  /** Reads row `row` of the direct costs again and gives from × n + to of each pair whose answer may be another. */
  update(row: PopId): readonly number[] {
    const changed = this.#tables.update(this.#direct, row);
    if (changed) return changed;
    // The new costs have no room in the tables: they are made anew, and everything counts as changed.
    this.#tables = this.#fresh();
    return Array.from({ length: this.#direct.n ** 2 }, (_, pair) => pair);
  }

  /** Where relays beat the direct segment, or there is none: of all pairs, or of those that an update named. */
  better(pairs?: readonly number[]): Better[] {
    const { n, cost } = this.#direct;
    const found: Better[] = [];
    for (let i = 0; i < (pairs?.length ?? n * n); i++) {
      const pair = pairs?.[i] ?? i;
      const from = Math.floor(pair / n);
      const to = pair % n;
      const relays = this.relays(from, to);
      if (relays.length === 0) continue;
      const over = this.#tables.cost(from, to);
      if (over !== undefined) found.push({ from, to, relays, cost: over, gain: (cost[pair] as number) - over });
    }
    return found;
  }

  /** Reads all direct costs again: for when most rows have changed. */
  recompute(): void {
    const tables = this.#tables;
    if (tables instanceof PackedPairs && tables.load(this.#direct)) tables.compute(this.#crew);
    else this.#tables = this.#fresh();
  }

  /** Lets the threads go, if there are any. */
  close(): void {
    this.#crew?.close();
    this.#crew = undefined;
  }

  cost(from: PopId, to: PopId): number | undefined {
    return from === to ? 0 : this.#tables.cost(from, to);
  }

  relays(from: PopId, to: PopId): readonly PopId[] {
    return from === to ? [] : this.#tables.relays(from, to);
  }

  #fresh(): PairTables {
    this.close();
    const packed = PackedPairs.of(this.#direct, this.#options.engine);
    if (!packed) return new WidePairs(this.#direct);
    this.#crew = this.#options.crew?.(packed);
    packed.compute(this.#crew);
    return packed;
  }
}
