// The exact constrained search: label setting with dominance, led and pruned by what every measure needs at the least from
// each POP to the end. It finds the least path of a set of paths, or proves that the set is empty.
//
// Order is total: cost, then hops (folded into the cost), then the lower segment where two paths first part. Every cycle
// costs something, so a dominant label never comes back to a POP, except to collect a must criterion there. Such a walk is
// caught at the end: the POPs that it repeats become critical, visits to them count in dominance, and the search runs again
// (decremental state-space relaxation). The result is exact, and most searches never carry a visit.

import type { Edge, Field, LimitName } from "./field.ts";
import { Heap } from "./heap.ts";
import { type Label, Labels, NO_LABEL } from "./labels.ts";
import { type Edges, leastSums } from "./least-sums.ts";
import type { PopId } from "./matrix.ts";

/** All paths that begin with the prefix, go on by none of the banned edges, and hold to what else is said. */
export type Part = {
  readonly prefix: readonly Edge[];
  readonly banned?: ReadonlySet<Edge>;
  /** Only edges with as much left. */
  readonly floorBps?: number;
  readonly shun?: Shun;
};

/** Elements of another path: `words` bits per edge, and how many of them a path may have. */
export type Shun = { readonly words: number; readonly bits: Int32Array; readonly most: number };

/** What searches did, for receipts. */
export type Effort = {
  searches: number;
  labels: number;
  dominated: number;
  /** Partial paths given up, by what they could not keep. */
  readonly pruned: Partial<Record<LimitName | "must" | "minBandwidthBps" | "shared", number>>;
};

export class Search {
  readonly effort: Effort = { searches: 0, labels: 0, dominated: 0, pruned: {} };
  readonly field: Field;
  readonly #labels: Labels;
  readonly #heap = new Heap();
  /** The newest label at each POP, and which POPs the prefix has been at. */
  readonly #at: Int32Array;
  readonly #isPassed: Uint8Array;
  /** From each POP to the end at the least: the cost, and each limited measure. */
  readonly #costLeft: Float64Array;
  readonly #sumsLeft: readonly Float64Array[];

  constructor(field: Field) {
    this.field = field;
    const n = field.outStart.length - 1;
    this.#labels = new Labels(field.limits.length);
    this.#at = new Int32Array(n);
    this.#isPassed = new Uint8Array(n);
    this.#costLeft = leastSums(backwards(field, field.cost), field.to);
    this.#sumsLeft = field.limits.map(({ value }) => leastSums(backwards(field, value), field.to));
  }

  /** The least path of the part; undefined where there is none. */
  best(part: Part): readonly Edge[] | undefined {
    const critical: PopId[] = [];
    for (;;) {
      const end = this.#run(part, critical);
      if (end === NO_LABEL) return undefined;
      const again = repeated(this.#labels.popsTo(end));
      if (again.length === 0) return [...part.prefix, ...this.#labels.edgesTo(end)];
      critical.push(...again);
    }
  }

  /** One search in which only critical POPs are kept from being visited twice; gives the label at the end. */
  #run(part: Part, critical: readonly PopId[]): Label {
    const { field, effort } = this;
    const labels = this.#labels;
    const heap = this.#heap;
    effort.searches++;
    const shunWords = part.shun?.words ?? 0;
    const shunFirst = field.must.length > 0 ? 1 : 0;
    const criticalFirst = shunFirst + shunWords;
    const words = criticalFirst + Math.ceil(critical.length / 32);
    labels.clear(words);
    heap.clear();
    this.#at.fill(NO_LABEL);
    const placeOf = new Map(critical.map((pop, place) => [pop, place]));
    const root = this.#root(part, shunFirst, shunWords);
    if (root === NO_LABEL) return NO_LABEL;
    let found = NO_LABEL;
    while (heap.size > 0 && (found === NO_LABEL || heap.least <= (labels.cost[found] as number))) {
      const label = heap.pop();
      if (labels.dead[label] === 1) continue;
      const pop = labels.pop[label] as PopId;
      if (pop === field.to) {
        if (found === NO_LABEL || labels.isBefore(label, found)) found = label;
      } else if (found === NO_LABEL) {
        this.#expand(part, label, placeOf, shunFirst, criticalFirst);
      }
    }
    effort.labels += labels.count;
    for (const edge of part.prefix) this.#isPassed[field.edgeFrom[edge] as number] = 0;
    this.#isPassed[labels.pop[root] as number] = 0;
    return found;
  }

  /** The label at the end of the prefix. */
  #root({ prefix, shun }: Part, shunFirst: number, shunWords: number): Label {
    const { field } = this;
    const labels = this.#labels;
    labels.reserve(1);
    const words = labels.wordCount;
    const last = prefix.at(-1);
    const pop = last === undefined ? field.from : (field.edgeTo[last] as PopId);
    labels.pop[0] = pop;
    labels.parent[0] = NO_LABEL;
    labels.hops[0] = prefix.length;
    labels.dead[0] = 0;
    labels.next[0] = NO_LABEL;
    labels.cost[0] = prefix.reduce((sum, edge) => sum + (field.cost[edge] as number), 0);
    for (const [i, { value }] of field.limits.entries()) {
      labels.sums[i] = prefix.reduce((sum, edge) => sum + (value[edge] as number), 0);
    }
    labels.bits.fill(0, 0, words);
    if (shunFirst > 0)
      labels.bits[0] = prefix.reduce((left, edge) => left & ~(field.meets[edge] as number), field.missing);
    for (const edge of prefix) {
      this.#isPassed[field.edgeFrom[edge] as number] = 1;
      for (let i = 0; i < shunWords; i++) {
        labels.bits[shunFirst + i] = (labels.bits[shunFirst + i] as number) | (shun?.bits[edge * shunWords + i] ?? 0);
      }
    }
    this.#isPassed[pop] = 1;
    this.#at[pop] = 0;
    labels.count = 1;
    this.#heap.push((labels.cost[0] as number) + (this.#costLeft[pop] as number), prefix.length, 0);
    return 0;
  }

  #expand(
    { banned, floorBps, shun }: Part,
    label: Label,
    placeOf: ReadonlyMap<PopId, number>,
    shunFirst: number,
    criticalFirst: number,
  ): void {
    const { field, effort } = this;
    const labels = this.#labels;
    const pop = labels.pop[label] as PopId;
    const end = field.outStart[pop + 1] as number;
    const first = field.outStart[pop] as number;
    labels.reserve(end - first);
    const { cost, bits, hops, wordCount } = labels;
    const costHere = cost[label] as number;
    const isRoot = labels.parent[label] === NO_LABEL;
    const { pruned } = effort;
    for (let edge = first; edge < end; edge++) {
      const to = field.edgeTo[edge] as PopId;
      const costLeft = this.#costLeft[to] as number;
      if (costLeft === Number.POSITIVE_INFINITY || this.#isPassed[to] === 1) continue;
      if (isRoot && banned?.has(edge)) continue;
      if (floorBps !== undefined && (field.residualBps[edge] as number) < floorBps) {
        pruned.minBandwidthBps = (pruned.minBandwidthBps ?? 0) + 1;
        continue;
      }
      const made = labels.count;
      if (!this.#addUp(label, edge, to, made)) continue;
      // Bits: must criteria that are missing, shunned elements used, critical POPs visited. Fewer is better for all.
      for (let i = 0; i < wordCount; i++) bits[made * wordCount + i] = bits[label * wordCount + i] as number;
      if (shunFirst > 0) {
        const missing = (bits[made * wordCount] as number) & ~(field.meets[edge] as number);
        if (to === field.to && missing !== 0) {
          pruned.must = (pruned.must ?? 0) + 1;
          continue;
        }
        bits[made * wordCount] = missing;
      }
      if (shun && !addShunned(bits, made * wordCount + shunFirst, shun, edge)) {
        pruned.shared = (pruned.shared ?? 0) + 1;
        continue;
      }
      if (placeOf.size > 0) {
        const place = placeOf.get(to);
        if (place !== undefined) {
          const word = made * wordCount + criticalFirst + (place >> 5);
          if (((bits[word] as number) & (1 << (place & 31))) !== 0) continue;
          bits[word] = (bits[word] as number) | (1 << (place & 31));
        }
      }
      cost[made] = costHere + (field.cost[edge] as number);
      hops[made] = (hops[label] as number) + 1;
      labels.pop[made] = to;
      labels.parent[made] = label;
      labels.edge[made] = edge;
      labels.dead[made] = 0;
      if (this.#isDominated(made, to)) effort.dominated++;
      else {
        labels.next[made] = this.#at[to] as number;
        this.#at[to] = made;
        labels.count++;
        this.#heap.push((cost[made] as number) + costLeft, hops[made] as number, made);
      }
    }
  }

  /** Writes the sums after one more edge; false where a limit can no longer be kept. */
  #addUp(label: Label, edge: Edge, to: PopId, made: Label): boolean {
    const { sums, sumCount } = this.#labels;
    for (let i = 0; i < sumCount; i++) {
      const limited = this.field.limits[i] as Field["limits"][number];
      const sum = (sums[label * sumCount + i] as number) + (limited.value[edge] as number);
      if (sum + ((this.#sumsLeft[i] as Float64Array)[to] as number) > limited.limit) {
        const { pruned } = this.effort;
        pruned[limited.name] = (pruned[limited.name] ?? 0) + 1;
        return false;
      }
      sums[made * sumCount + i] = sum;
    }
    return true;
  }

  /** Whether a label at the same POP is at least as good; those that the new one beats die. */
  #isDominated(made: Label, pop: PopId): boolean {
    const labels = this.#labels;
    for (let other = this.#at[pop] as Label; other !== NO_LABEL; other = labels.next[other] as Label) {
      if (labels.dead[other] === 0 && labels.dominates(other, made)) return true;
    }
    let before = NO_LABEL;
    for (let other = this.#at[pop] as Label; other !== NO_LABEL; other = labels.next[other] as Label) {
      if (!labels.dominates(made, other)) {
        before = other;
        continue;
      }
      labels.dead[other] = 1;
      this.effort.dominated++;
      if (before === NO_LABEL) this.#at[pop] = labels.next[other] as Label;
      else labels.next[before] = labels.next[other] as Label;
    }
    return false;
  }
}

/** Adds an edge's elements; false where the path has more than it may then. */
function addShunned(bits: Int32Array, first: number, shun: Shun, edge: Edge): boolean {
  let count = 0;
  for (let i = 0; i < shun.words; i++) {
    const word = (bits[first + i] as number) | (shun.bits[edge * shun.words + i] as number);
    bits[first + i] = word;
    for (let left = word; left !== 0; left &= left - 1) count++;
  }
  return count <= shun.most;
}

/** The field's edges turned round. */
function backwards({ inStart, inEdge, edgeFrom }: Field, value: Float64Array): Edges {
  const to = new Int32Array(inEdge.length);
  const values = new Float64Array(inEdge.length);
  for (let i = 0; i < inEdge.length; i++) {
    const edge = inEdge[i] as Edge;
    to[i] = edgeFrom[edge] as PopId;
    values[i] = value[edge] as number;
  }
  return { start: inStart, to, value: values };
}

const repeated = (pops: readonly PopId[]): PopId[] => [...new Set(pops.filter((pop, i) => pops.indexOf(pop) !== i))];
