// The ground one request is answered on: the segments it may use, as two lists of edges by POP, each with the cost that
// is made least and the measures that are limited. All are whole numbers, so that sums are exact in any order.

import { SrwanError } from "../../base/errors.ts";
import { groupedBy, startsOf } from "./csr.ts";
import type { Matrix, PopId, SegmentId } from "./matrix.ts";
import { type Criterion, objectiveOf, type Request, type Weights } from "./request.ts";
import { hasTrait, needsOf, REFUSALS, type Refusal, Usable } from "./usable.ts";

/** An edge's number in one field; edges are in order of segments. */
export type Edge = number;

/** A measure whose sum along the path is limited. */
export type Limited = { readonly name: LimitName; readonly limit: number; readonly value: Float64Array };
export type LimitName = "maxDelayUs" | "maxJitterUs" | "maxLossPpm" | "maxPriceMicroPerGB" | "maxHops";

export type Field = {
  readonly matrix: Matrix;
  readonly request: Request;
  readonly from: PopId;
  readonly to: PopId;
  readonly segment: Int32Array;
  readonly edgeTo: Int32Array;
  readonly edgeFrom: Int32Array;
  /** Edges that leave POP p: outStart[p] … outStart[p + 1] − 1. */
  readonly outStart: Int32Array;
  /** Edges that reach POP p: inEdge[inStart[p]] … */
  readonly inStart: Int32Array;
  readonly inEdge: Int32Array;
  /** What is made least: the weighted sum × fold + 1 a hop, so that of equal sums the one with fewer hops is less. */
  readonly cost: Float64Array;
  readonly fold: number;
  /** Parts of a cost that one unit of weight counts. */
  readonly scale: number;
  readonly limits: readonly Limited[];
  /** Of the widest objective: what is left of an edge, −1 where nobody knows. */
  readonly residualBps: Float64Array;
  readonly widest: boolean;
  readonly must: readonly Criterion[];
  /** Bit c: the edge, or the POP it leads to, meets must[c]. Empty where nothing must be. */
  readonly meets: Int32Array;
  /** Bits that the first POP does not meet by itself. */
  readonly missing: number;
  /** How many segments each reason leaves out. */
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
};

/** Bits of a word that stay positive. */
const MUST_MAX = 30;
/** Parts of a unit of weight, where weights are no whole numbers or count loss. */
const FINE = 1_000;

export function fieldOf(matrix: Matrix, request: Request): Field {
  const objective = objectiveOf(request);
  const usable = new Usable(matrix, request, needsOf(request, objective));
  const { segment, refused } = kept(matrix, request, usable);
  const { columns } = matrix;
  const n = matrix.pops.length;
  const edgeFrom = picked(columns.from, segment);
  const edgeTo = picked(columns.to, segment);
  const inStart = startsOf(edgeTo, n);
  const isOwn = (id: SegmentId): boolean => usable.isOwn(id);
  const { widest } = objective;
  return {
    ...{ matrix, request, from: request.from, to: request.to, segment, edgeFrom, edgeTo },
    ...{ outStart: startsOf(edgeFrom, n), inStart, inEdge: groupedBy(edgeTo, inStart) },
    ...folded(matrix, segment, costsOf(matrix, objective.weights, isOwn)),
    limits: limitsOf(matrix, request, segment, isOwn),
    residualBps: widest ? measured(segment, (id) => residual(matrix, request, id)) : new Float64Array(0),
    widest,
    ...mustOf(matrix, request, segment),
    refused,
  };
}

/** The segments that may be used; no path comes back to where it began or goes on from where it ends. */
function kept(matrix: Matrix, { from, to }: Request, usable: Usable): Pick<Field, "segment" | "refused"> {
  const { columns, segmentCount } = matrix;
  const refused: Partial<Record<Refusal, number>> = {};
  const segment = new Int32Array(segmentCount);
  let count = 0;
  for (let id = 0; id < segmentCount; id++) {
    const refusal = usable.refusalOf(id);
    if (refusal !== undefined) refused[refusal] = (refused[refusal] ?? 0) + 1;
    else if (columns.to[id] !== from && columns.from[id] !== to) segment[count++] = id;
  }
  return { segment: segment.slice(0, count), refused };
}

function mustOf(matrix: Matrix, request: Request, segment: Int32Array): Pick<Field, "must" | "meets" | "missing"> {
  const must = request.must ?? [];
  if (must.length > MUST_MAX) throw tooMany(must.length);
  if (must.length === 0) return { must, meets: new Int32Array(0), missing: 0 };
  const byPop = matrix.pops.map((_, pop) => bitsOf(must, (one) => popMeets(matrix, pop, one)));
  const meets = segment.map(
    (id) => (byPop[matrix.to(id)] as number) | bitsOf(must, (one) => segmentMeets(matrix, id, one)),
  );
  return { must, meets, missing: ((1 << must.length) - 1) & ~(byPop[request.from] as number) };
}

function picked(column: Int32Array, segment: Int32Array): Int32Array {
  const values = new Int32Array(segment.length);
  for (let edge = 0; edge < values.length; edge++) values[edge] = column[segment[edge] as SegmentId] as number;
  return values;
}

function measured(segment: Int32Array, of: (id: SegmentId) => number): Float64Array {
  const values = new Float64Array(segment.length);
  for (let edge = 0; edge < values.length; edge++) values[edge] = of(segment[edge] as SegmentId);
  return values;
}

export const segmentsOf = (field: Field, edges: readonly Edge[]): SegmentId[] =>
  edges.map((edge) => field.segment[edge] as SegmentId);

/** Along a path this adds up: loss as −ln(1 − loss) in billionths, so that a sum stands for a product. */
export const lossNano = (ppm: number): number => Math.round(-Math.log1p(-ppm / 1e6) * 1e9);
export const ppmOfNano = (nano: number): number => -Math.expm1(-nano / 1e9) * 1e6;

/** What a segment costs under some weights, in whole parts of a unit. */
export function costsOf(
  { columns }: Matrix,
  weights: Weights,
  isOwn: (id: SegmentId) => boolean,
): { readonly of: (id: SegmentId) => number; readonly scale: number } {
  const { delay = 0, jitter = 0, price = 0, loss = 0 } = weights;
  for (const [name, weight] of Object.entries(weights)) if (!(weight >= 0)) throw badWeight(name, weight);
  const { delayUs, jitterUs, priceMicroPerGB, lossPpm } = columns;
  const isWhole = [delay, jitter, price].every(Number.isInteger) && loss === 0;
  const scale = isWhole ? 1 : FINE;
  const of = (id: SegmentId): number => {
    let sum = 0;
    if (delay !== 0) sum += delay * (delayUs[id] as number);
    if (jitter !== 0) sum += jitter * (jitterUs[id] as number);
    if (price !== 0 && !isOwn(id)) sum += price * (priceMicroPerGB[id] as number);
    if (loss !== 0) sum += (loss * lossNano(lossPpm[id] as number)) / 1_000;
    return Math.round(sum * scale);
  };
  return { of, scale };
}

function folded(
  { pops }: Matrix,
  segment: Int32Array,
  { of, scale }: ReturnType<typeof costsOf>,
): Pick<Field, "cost" | "fold" | "scale"> {
  const fold = 2 ** Math.ceil(Math.log2(pops.length + 1));
  const cost = measured(segment, (id) => of(id) * fold + 1);
  let most = 0;
  for (let edge = 0; edge < cost.length; edge++) most = Math.max(most, Math.abs(cost[edge] as number));
  if (most * pops.length > Number.MAX_SAFE_INTEGER) throw tooLarge(most / fold);
  return { cost, fold, scale };
}

function limitsOf(
  { columns }: Matrix,
  request: Request,
  segment: Int32Array,
  isOwn: (id: SegmentId) => boolean,
): Limited[] {
  const isCertain = request.bounds !== "nominal";
  const { maxDelayUs, maxJitterUs, maxLossPpm, maxPriceMicroPerGB } = request;
  const maxHops = Math.min(
    request.maxHops ?? Number.POSITIVE_INFINITY,
    (request.maxSids ?? Number.POSITIVE_INFINITY) - 1,
  );
  const given: readonly (readonly [LimitName, number | undefined, (id: SegmentId) => number])[] = [
    [
      "maxDelayUs",
      maxDelayUs,
      (id) => (columns.delayUs[id] as number) + (isCertain ? (columns.boundUs[id] as number) : 0),
    ],
    ["maxJitterUs", maxJitterUs, (id) => columns.jitterUs[id] as number],
    // A part in 10⁹ may be lost to rounding; the limit gives it back.
    [
      "maxLossPpm",
      maxLossPpm === undefined || maxLossPpm >= 1e6 ? undefined : lossNano(maxLossPpm) + 1,
      (id) => lossNano(columns.lossPpm[id] as number),
    ],
    ["maxPriceMicroPerGB", maxPriceMicroPerGB, (id) => (isOwn(id) ? 0 : (columns.priceMicroPerGB[id] as number))],
    ["maxHops", maxHops === Number.POSITIVE_INFINITY ? undefined : maxHops, () => 1],
  ];
  return given.flatMap(([name, limit, value]) =>
    limit === undefined ? [] : [{ name, limit, value: measured(segment, value) }],
  );
}

function residual(matrix: Matrix, { residualBps }: Request, id: SegmentId): number {
  const left = residualBps ? residualBps[id] : matrix.residualBps(id);
  return left === undefined || Number.isNaN(left) ? -1 : left;
}

function popMeets(matrix: Matrix, id: PopId, criterion: Criterion): boolean {
  const pop = matrix.pops[id];
  if (!pop) return false;
  return (criterion.kind === "pop" && criterion.name === pop.name) || hasTrait(pop, criterion);
}

const segmentMeets = (matrix: Matrix, id: SegmentId, criterion: Criterion): boolean =>
  (criterion.kind === "transit" && criterion.name === matrix.transits[matrix.transit(id)]) ||
  hasTrait(matrix.traitsOf(id), criterion);

const bitsOf = (must: readonly Criterion[], isMet: (one: Criterion) => boolean): number =>
  must.reduce((bits, one, i) => (isMet(one) ? bits | (1 << i) : bits), 0);

/** "12 quarantined (it is in quarantine)", most first. */
export const refusedText = (refused: Field["refused"]): string[] =>
  Object.entries(refused)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${reason}: ${REFUSALS[reason as Refusal]}`);

const tooMany = (count: number): SrwanError =>
  new SrwanError("VALUE_INVALID", `${count} must criteria, more than ${MUST_MAX}`, { remedy: "Name fewer." });

const badWeight = (name: string, weight: unknown): SrwanError =>
  new SrwanError("VALUE_INVALID", `weight of ${name} is ${String(weight)}`, { remedy: "Give a number of 0 or more." });

const tooLarge = (cost: number): SrwanError =>
  new SrwanError("VALUE_INVALID", `a segment costs ${cost}, too much to add up exactly`, {
    remedy: "Give smaller weights, or prices in larger units.",
  });
