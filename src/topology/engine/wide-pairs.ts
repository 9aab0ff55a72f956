// All pairs with up to two relays for any number of POPs and any costs: the same answers as packed-pairs.ts, in 64-bit
// numbers and plain loops.

import type { Direct } from "./direct.ts";
import type { PopId } from "./matrix.ts";
import type { PairTables } from "./pair-tables.ts";

export class WidePairs implements PairTables {
  #direct: Direct;
  #one: Best;
  #two: Best;

  constructor(direct: Direct) {
    this.#direct = direct;
    this.#one = withOneMore(direct.cost, direct);
    this.#two = withOneMore(this.#one.cost, direct);
  }

  get octets(): number {
    return 2 * (this.#one.cost.byteLength + this.#one.last.byteLength);
  }

  /** Everything is made anew, so everything may be another. */
  update(direct: Direct, _row: PopId): readonly number[] {
    this.#direct = direct;
    this.#one = withOneMore(direct.cost, direct);
    this.#two = withOneMore(this.#one.cost, direct);
    return Array.from({ length: direct.n ** 2 }, (_, pair) => pair);
  }

  cost(from: PopId, to: PopId): number | undefined {
    const cost = this.#two.cost[from * this.#direct.n + to] as number;
    return cost === Number.POSITIVE_INFINITY ? undefined : cost;
  }

  relays(from: PopId, to: PopId): readonly PopId[] {
    const { n } = this.#direct;
    const last = this.#two.last[from * n + to] as number;
    if (last < 0) return [];
    const first = this.#one.last[from * n + last] as number;
    return first < 0 ? [last] : [first, last];
  }
}

/** Least costs, and the POP before the last hop; −1 where that hop is the only one. */
type Best = { readonly cost: Float64Array; readonly last: Int32Array };

/** The better of the direct segment and a way of `before` with one segment after it. */
function withOneMore(before: Float64Array, { n, cost: direct, relays }: Direct): Best {
  const cost = direct.slice();
  const last = new Int32Array(n * n).fill(-1);
  for (let from = 0; from < n; from++) cost[from * n + from] = Number.POSITIVE_INFINITY;
  for (let from = 0; from < n; from++) {
    for (let over = 0; over < n; over++) {
      const there = before[from * n + over] as number;
      if (there === Number.POSITIVE_INFINITY || relays[over] === 0) continue;
      for (let to = 0; to < n; to++) {
        const offered = there + (direct[over * n + to] as number);
        if (offered < (cost[from * n + to] as number)) {
          cost[from * n + to] = offered;
          last[from * n + to] = over;
        }
      }
    }
  }
  return { cost, last };
}
