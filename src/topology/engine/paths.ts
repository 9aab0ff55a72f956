// The path engine's door: a request in, paths and their receipt out.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Element } from "./apart.ts";
import { type Edge, type Field, fieldOf, type Limited, type LimitName, ppmOfNano, segmentsOf } from "./field.ts";
import { costOf, type Found, pathsInOrder, widthOf } from "./in-order.ts";
import type { Matrix } from "./matrix.ts";
import { bestPair } from "./pair.ts";
import { differenceBoundUs, edgesIn, objectiveCost, type Path, pathOf } from "./path.ts";
import { objectiveOf, type Request } from "./request.ts";
import { type Effort, Search } from "./search.ts";

/** Why the answer is what it is. */
export type Receipt = {
  /** Segments that the request may use, and how many each reason leaves out. */
  readonly usable: number;
  readonly refused: Field["refused"];
  readonly effort: Effort;
  /** Whole paths compared. */
  readonly candidates: number;
  /** What the first path uses of each limit. */
  readonly limits: readonly { readonly name: LimitName; readonly limit: number; readonly used: number }[];
  /** The best path that is not first, and by how much it is not. */
  readonly runnerUp?: Compared & { readonly path: Path };
  /** Set where the path in use stays although another has the better value: they cannot be told apart. */
  readonly kept?: Compared & { readonly better: Path };
  /** Of `redundant`: what primary and backup share all the same. */
  readonly shared?: readonly Element[];
  /** False where a pair that shares less may exist: more primaries than may be tried would have had to be. */
  readonly isProved: boolean;
};

export type Compared = {
  /** In units of the objective: µs for delay. Negative where the first is in use and stays, or is wider. */
  readonly difference: number;
  /** What the difference may be off by. */
  readonly bound: number;
  readonly isTie: boolean;
};

export type Answer = {
  /** Best first; of `redundant` the primary and its backup. Empty where nothing fits. */
  readonly paths: readonly Path[];
  readonly receipt: Receipt;
};

export function findPaths(matrix: Matrix, request: Request): Answer {
  const count = request.count ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.pathsInAnswer) throw badCount(count);
  if (request.from === request.to) throw sameEnds(matrix, request);
  const field = fieldOf(matrix, request);
  const search = new Search(field);
  return request.intent === "redundant" ? redundant(search) : single(search, count);
}

function single(search: Search, count: number): Answer {
  const { field } = search;
  const found: Found[] = [];
  for (const one of pathsInOrder(search)) {
    found.push(one);
    if (found.length > count) break;
  }
  const current = inUse(field);
  const best = found[0];
  const tie = best && current && compared(field, current, best);
  const kept = current && best && tie?.isTie && !isSame(best, current) ? { current, better: best } : undefined;
  const ordered = kept ? [kept.current, ...found.filter((one) => !isSame(one, kept.current))] : found;
  const toPath = (one: Found): Path => pathOf(field.matrix, field.request, segmentsOf(field, one.edges));
  const [first, second] = ordered;
  return {
    paths: ordered.slice(0, count).map(toPath),
    receipt: {
      ...basics(search, first?.edges),
      candidates: found.length + (current && !found.some((one) => isSame(one, current)) ? 1 : 0),
      ...(first && second ? { runnerUp: { path: toPath(second), ...compared(field, second, first) } } : {}),
      ...(tie && kept ? { kept: { better: toPath(kept.better), ...tie } } : {}),
    },
  };
}

function redundant(search: Search): Answer {
  const { field } = search;
  const pair = bestPair(search);
  // Without a second path the one that there is still carries traffic.
  const edges = pair ? [pair.primary, pair.backup] : [search.best({ prefix: [] })].filter((one) => one !== undefined);
  return {
    paths: edges.map((one) => pathOf(field.matrix, field.request, segmentsOf(field, one))),
    receipt: {
      ...basics(search, edges[0]),
      candidates: edges.length,
      ...(pair ? { shared: pair.shared, isProved: pair.isProved } : {}),
    },
  };
}

function basics({ field, effort }: Search, first: readonly Edge[] | undefined): Omit<Receipt, "candidates"> {
  const used = (value: Float64Array): number => (first ?? []).reduce((sum, edge) => sum + (value[edge] as number), 0);
  return {
    usable: field.segment.length,
    refused: field.refused,
    effort,
    limits: first ? field.limits.map((one) => inUnits(one, used(one.value), field.request)) : [],
    isProved: true,
  };
}

/** Loss is added up as logarithms; a receipt says it as it was asked. */
const inUnits = ({ name, limit }: Limited, used: number, request: Request): Receipt["limits"][number] =>
  name === "maxLossPpm" ? { name, limit: request.maxLossPpm ?? 0, used: ppmOfNano(used) } : { name, limit, used };

/** The path in use, where it may still be used. */
function inUse(field: Field): Found | undefined {
  const edges = field.request.current && edgesIn(field, field.request.current);
  return edges && { edges, cost: costOf(field, edges), widthBps: field.widest ? widthOf(field, edges) : -1 };
}

/** How much worse `worse` is than `better`, and whether the measurements can tell. */
function compared(field: Field, worse: Found, better: Found): Compared {
  const { matrix, request } = field;
  const { weights } = objectiveOf(request);
  const difference = objectiveCost(field, worse.edges) - objectiveCost(field, better.edges);
  const boundUs = weights.delay
    ? differenceBoundUs(matrix, segmentsOf(field, worse.edges), segmentsOf(field, better.edges))
    : 0;
  const bound = (weights.delay ?? 0) * (boundUs || 0);
  return { difference, bound, isTie: worse.widthBps === better.widthBps && difference <= bound };
}

const isSame = (a: Found, b: Found): boolean =>
  a.edges.length === b.edges.length && a.edges.every((edge, i) => edge === b.edges[i]);

const badCount = (count: number): SrwanError =>
  new SrwanError("VALUE_INVALID", `${count} paths were asked for`, { remedy: `Ask for 1 to ${LIMITS.pathsInAnswer}.` });

const sameEnds = (matrix: Matrix, { from }: Request): SrwanError =>
  new SrwanError("VALUE_INVALID", `the path from ${matrix.pops[from]?.name} ends where it begins`, {
    remedy: "Name two POPs.",
  });
