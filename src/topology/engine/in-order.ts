// Paths of one field in exact order, best first, as many as are asked for (Yen's partition, Lawler's way of never making
// the same set twice). For the widest objective a search runs at each of a few widths.

import type { Edge, Field } from "./field.ts";
import type { Part, Search } from "./search.ts";

export type Found = {
  readonly edges: readonly Edge[];
  readonly cost: number;
  /** The narrowest edge; −1 where nobody knows, and where the objective does not look at it. */
  readonly widthBps: number;
};

/** The best path of a part under the field's objective. */
export function bestOf(search: Search, part: Part): Found | undefined {
  const { field } = search;
  if (!field.widest) {
    const edges = search.best(part);
    return edges && { edges, cost: costOf(field, edges), widthBps: -1 };
  }
  const cap = widthOf(field, part.prefix);
  const widths = [...new Set(field.residualBps)].filter((width) => width >= 0 && width <= cap).sort((a, b) => a - b);
  // Whatever fits a width fits every lesser one, so that the greatest that something fits is found by halving.
  let best: readonly Edge[] | undefined;
  let [low, high] = [0, widths.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const edges = search.best({ ...part, floorBps: widths[middle] as number });
    if (edges) {
      best = edges;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return best && { edges: best, cost: costOf(field, best), widthBps: widthOf(field, best) };
}

/** What comes first: the wider, then the one that costs less, then the lower edge where they part. */
function inOrder(a: Found, b: Found): number {
  if (a.widthBps !== b.widthBps) return b.widthBps - a.widthBps;
  if (a.cost !== b.cost) return a.cost - b.cost;
  const parting = a.edges.findIndex((edge, i) => edge !== b.edges[i]);
  return (a.edges[parting] ?? -1) - (b.edges[parting] ?? -1);
}

/** Every path of the field, best first; work is done only for those that are taken. */
export function* pathsInOrder(search: Search): Generator<Found, void> {
  type Candidate = { readonly found: Found; readonly part: Part };
  const candidates: Candidate[] = [];
  const consider = (part: Part): void => {
    const found = bestOf(search, part);
    if (found) candidates.push({ found, part });
  };
  consider({ prefix: [] });
  while (candidates.length > 0) {
    let least = 0;
    for (let i = 1; i < candidates.length; i++) {
      if (inOrder((candidates[i] as Candidate).found, (candidates[least] as Candidate).found) < 0) least = i;
    }
    const [{ found, part }] = candidates.splice(least, 1) as [Candidate];
    yield found;
    // All other paths of its part leave it somewhere: one new part for each place.
    for (let place = part.prefix.length; place < found.edges.length; place++) {
      const here = found.edges[place] as Edge;
      const banned = place === part.prefix.length ? [...(part.banned ?? []), here] : [here];
      consider({ prefix: found.edges.slice(0, place), banned: new Set(banned) });
    }
  }
}

export const costOf = (field: Field, edges: readonly Edge[]): number =>
  edges.reduce((sum, edge) => sum + (field.cost[edge] as number), 0);

export const widthOf = (field: Field, edges: readonly Edge[]): number =>
  edges.reduce((least, edge) => Math.min(least, field.residualBps[edge] as number), Number.POSITIVE_INFINITY);
