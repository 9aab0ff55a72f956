// A primary and a backup that share as little as can be, and among those cost least together.
//
// Two paths that keep limits and share no risk group are hard to find in general, so the proof is by order: primaries are
// tried from the cheapest on; the dearer of a pair costs at least as much, so once twice a primary's cost is no less
// than the best pair that shares the least possible, no later primary can be the cheaper one of a better pair.

import { LIMITS } from "../../base/limits.ts";
import { type Element, Elements } from "./apart.ts";
import type { Edge, Field } from "./field.ts";
import { costOf, pathsInOrder } from "./in-order.ts";
import type { Search, Shun } from "./search.ts";

export type Pair = {
  readonly primary: readonly Edge[];
  readonly backup: readonly Edge[];
  readonly shared: readonly Element[];
  /** False where more primaries than may be tried would have had to be. */
  readonly isProved: boolean;
};

/** Undefined where there are not two paths; a path is not its own backup. */
export function bestPair(search: Search, tries = LIMITS.pathPairTries): Pair | undefined {
  const { field } = search;
  const used = new Used(field);
  type Kept = { primary: readonly Edge[]; backup: readonly Edge[]; shared: number; cost: number };
  let best: Kept | undefined;
  let fewest = 0;
  let isProved = true;
  let tried = 0;
  for (const { edges: primary, cost } of pathsInOrder(search)) {
    if (best && best.shared === fewest && cost * 2 >= best.cost) break;
    if (tried++ >= tries) {
      isProved = false;
      break;
    }
    const own = used.by(primary);
    if (tried === 1) fewest = own.filter((element) => isInAll(search, used, element)).length;
    // A path that shares all is the primary itself.
    for (let most = fewest; most <= Math.min(own.length - 1, best?.shared ?? own.length); most++) {
      const backup = search.best({ prefix: [], shun: used.shun(own, most) });
      if (!backup) continue;
      const together = cost + costOf(field, backup);
      if (!best || most < best.shared || together < best.cost) best = { primary, backup, shared: most, cost: together };
      break;
    }
  }
  if (!best) return undefined;
  const isSwapped = costOf(field, best.backup) < costOf(field, best.primary);
  const [primary, backup] = isSwapped ? [best.backup, best.primary] : [best.primary, best.backup];
  const other = new Set(used.by(backup));
  const shared = used.by(primary).flatMap((element) => (other.has(element) ? [used.name(element)] : []));
  return { primary, backup, shared, isProved };
}

/** Whether no path goes without an element: any two paths share it then. */
const isInAll = (search: Search, used: Used, element: number): boolean =>
  search.best({ prefix: [], shun: used.shun([element], 0) }) === undefined;

/** The elements of every edge of a field, by number. */
class Used {
  readonly #names: Element[] = [];
  readonly #of: readonly (readonly number[])[];

  constructor({ matrix, from, to, request, segment }: Field) {
    const elements = new Elements(matrix, [from, to], request.apart);
    const numbers = new Map<Element, number>();
    const numberOf = (name: Element): number => {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, this.#names.length);
      return this.#names.push(name) - 1;
    };
    this.#of = Array.from(segment, (id) => elements.of(id).map(numberOf));
  }

  name(element: number): Element {
    return this.#names[element] as Element;
  }

  by(path: readonly Edge[]): number[] {
    return [...new Set(path.flatMap((edge) => this.#of[edge] ?? []))];
  }

  shun(shunned: readonly number[], most: number): Shun {
    const words = Math.ceil(shunned.length / 32);
    const placeOf = new Int32Array(this.#names.length).fill(-1);
    for (const [place, element] of shunned.entries()) placeOf[element] = place;
    const bits = new Int32Array(this.#of.length * words);
    for (const [edge, elements] of this.#of.entries()) {
      for (const element of elements) {
        const place = placeOf[element] as number;
        const word = edge * words + (place >> 5);
        if (place >= 0) bits[word] = (bits[word] as number) | (1 << (place & 31));
      }
    }
    return { words, bits, most };
  }
}
