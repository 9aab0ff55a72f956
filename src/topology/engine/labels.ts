// The partial paths of one search, in typed arrays that grow: where each stands, how it came there, what it has used up.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Edge } from "./field.ts";
import type { PopId } from "./matrix.ts";

/** The number of a partial path. */
export type Label = number;
export const NO_LABEL = -1;

export class Labels {
  count = 0;
  pop = new Int32Array(0);
  parent = new Int32Array(0);
  edge = new Int32Array(0);
  cost = new Float64Array(0);
  hops = new Int32Array(0);
  /** The next label at the same POP. */
  next = new Int32Array(0);
  /** 1: something at least as good stands at the same POP. */
  dead = new Uint8Array(0);
  /** `sumCount` a label: what the limited measures add up to. */
  sums = new Float64Array(0);
  /** `wordCount` a label: bits that are better off; see search.ts. */
  bits = new Int32Array(0);
  readonly sumCount: number;
  #wordCount = 0;

  constructor(sumCount: number) {
    this.sumCount = sumCount;
  }

  get wordCount(): number {
    return this.#wordCount;
  }

  clear(wordCount: number): void {
    this.count = 0;
    if (wordCount !== this.#wordCount) this.bits = new Int32Array(wordCount * this.pop.length);
    this.#wordCount = wordCount;
  }

  /** Makes room for `more` labels after those that are there. Arrays taken before are stale after it. */
  reserve(more: number): void {
    const wanted = this.count + more;
    if (wanted <= this.pop.length) return;
    if (this.count > LIMITS.pathLabels) throw tooLarge();
    const size = Math.max(1_024, wanted, this.pop.length * 2);
    const ints = (from: Int32Array, each = 1): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(size * each);
      to.set(from);
      return to;
    };
    const floats = (from: Float64Array, each = 1): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(size * each);
      to.set(from);
      return to;
    };
    this.pop = ints(this.pop);
    this.parent = ints(this.parent);
    this.edge = ints(this.edge);
    this.hops = ints(this.hops);
    this.next = ints(this.next);
    this.cost = floats(this.cost);
    this.sums = floats(this.sums, this.sumCount);
    this.bits = ints(this.bits, this.#wordCount);
    const dead = new Uint8Array(size);
    dead.set(this.dead);
    this.dead = dead;
  }

  /** Whether everything that `a` has used up is at most what `b` has; both stand at one POP. */
  dominates(a: Label, b: Label): boolean {
    const { cost, sums, bits, sumCount } = this;
    const words = this.#wordCount;
    const costA = cost[a] as number;
    const costB = cost[b] as number;
    if (costA > costB) return false;
    for (let i = 0; i < sumCount; i++) {
      if ((sums[a * sumCount + i] as number) > (sums[b * sumCount + i] as number)) return false;
    }
    for (let i = 0; i < words; i++) {
      if (((bits[a * words + i] as number) & ~(bits[b * words + i] as number)) !== 0) return false;
    }
    return costA < costB || this.isBefore(a, b);
  }

  /** Of two ways with equally many hops from one beginning: which has the lower edge where they part. */
  isBefore(a: Label, b: Label): boolean {
    let difference = 0;
    let [left, right] = [a, b];
    while (left !== right) {
      const parted = (this.edge[left] as number) - (this.edge[right] as number);
      if (parted !== 0) difference = parted;
      left = this.parent[left] as number;
      right = this.parent[right] as number;
    }
    return difference < 0;
  }

  /** The edges from the beginning of the search to where a label stands. */
  edgesTo(label: Label): Edge[] {
    const edges: Edge[] = [];
    for (let at = label; this.parent[at] !== NO_LABEL; at = this.parent[at] as number)
      edges.push(this.edge[at] as Edge);
    return edges.reverse();
  }

  popsTo(label: Label): PopId[] {
    const pops: PopId[] = [];
    for (let at = label; at !== NO_LABEL; at = this.parent[at] as number) pops.push(this.pop[at] as PopId);
    return pops.reverse();
  }
}

const tooLarge = (): SrwanError =>
  new SrwanError("PATH_SEARCH_TOO_LARGE", `more than ${LIMITS.pathLabels} partial paths would have to be kept`, {
    remedy: "Tighten a limit (delay, hops), name fewer must criteria, or ask for fewer limited measures at once.",
  });
