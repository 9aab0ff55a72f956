// Which segments a request may use at all, and for each that it may not the reason, so that a receipt can count them.

import { Elements } from "./apart.ts";
import type { Matrix, PopId, SegmentId, Traits } from "./matrix.ts";
import { type Criterion, ENCRYPTED, type Objective, type Request } from "./request.ts";
import { isOpen } from "./window.ts";

/** Why a segment is left out before any path is looked at. The first that applies counts. */
export const REFUSALS = {
  unmeasured: "its delay is not known",
  lost: "it loses every packet",
  quarantined: "it is in quarantine",
  isolation: "its isolation sets do not fit",
  plain: "it is not encrypted",
  infinity: "its price is infinity and its owner another",
  closed: "its time windows are closed",
  never: "it, or the POP it leads through, is named in never",
  relay: "it leads through a POP that may not relay this traffic",
  shared: "it shares something with a path to be kept apart from",
  narrow: "too little bandwidth is left, or nobody knows how much",
  unpriced: "its price is not known and the request asks for it",
  unknownLoss: "its loss is not known and the request asks for it",
  unknownJitter: "its jitter is not known and the request asks for it",
  unknownBound: "its error bound is not known and the request asks for certainty",
} as const;

export type Refusal = keyof typeof REFUSALS;

/** Which measures a request looks at; a segment on which one of them is missing cannot be used. */
export type Needs = {
  readonly price: boolean;
  readonly loss: boolean;
  readonly jitter: boolean;
  readonly bound: boolean;
};

export function needsOf(request: Request, { weights }: Objective): Needs {
  return {
    price: request.maxPriceMicroPerGB !== undefined || Boolean(weights.price),
    loss: request.maxLossPpm !== undefined || Boolean(weights.loss),
    jitter: request.maxJitterUs !== undefined || Boolean(weights.jitter),
    bound: request.maxDelayUs !== undefined && request.bounds !== "nominal",
  };
}

const ALLOWED = 0;
const CODES = Object.keys(REFUSALS) as Refusal[];

/** Answers for each segment; `refusalOf` undefined means it may be used. */
export class Usable {
  readonly #matrix: Matrix;
  readonly #request: Request;
  readonly #needs: Needs;
  /** Per distinct traits: a number into CODES + 1, or ALLOWED. */
  readonly #byTraits: readonly number[];
  /** Per POP: the same for leading through it. */
  readonly #byPop: readonly number[];
  readonly #neverTransit: ReadonlySet<number>;
  readonly #shared: (id: SegmentId) => boolean;

  constructor(matrix: Matrix, request: Request, needs: Needs) {
    this.#matrix = matrix;
    this.#request = request;
    this.#needs = needs;
    this.#byTraits = matrix.traits.map((traits) => code(refusalByTraits(traits, request)));
    this.#byPop = matrix.pops.map((pop) => code(refusalToRelay(pop, request)));
    const named = (request.never ?? []).filter(({ kind }) => kind === "transit");
    this.#neverTransit = new Set(named.map(({ name }) => matrix.transitId(name) ?? -1));
    this.#shared = sharedWith(matrix, request);
  }

  refusalOf(id: SegmentId): Refusal | undefined {
    const through = this.#matrix.columns.to[id] as number;
    const byPop = through === this.#request.to ? ALLOWED : (this.#byPop[through] as number);
    return this.refusalAlone(id) ?? (byPop === ALLOWED ? undefined : CODES[byPop - 1]);
  }

  /** Whether a POP may be between the ends of a path. */
  relays(pop: PopId): boolean {
    return this.#byPop[pop] === ALLOWED;
  }

  /** The same wherever it leads: for a segment that may be the last one. */
  refusalAlone(id: SegmentId): Refusal | undefined {
    const { columns } = this.#matrix;
    const { delayUs, lossPpm, jitterUs, boundUs } = columns;
    if (Number.isNaN(delayUs[id] as number)) return "unmeasured";
    if (lossPpm[id] === 1_000_000) return "lost";
    const byTraits = this.#byTraits[columns.traits[id] as number] as number;
    if (byTraits !== ALLOWED) return CODES[byTraits - 1];
    if (this.#neverTransit.has(columns.transit[id] as number)) return "never";
    if (columns.priceMicroPerGB[id] === Number.POSITIVE_INFINITY && !this.isOwn(id)) return "infinity";
    if (this.#shared(id)) return "shared";
    if (this.#isNarrow(id)) return "narrow";
    const { price, loss, jitter, bound } = this.#needs;
    if (price && Number.isNaN(columns.priceMicroPerGB[id] as number) && !this.isOwn(id)) return "unpriced";
    if (loss && Number.isNaN(lossPpm[id] as number)) return "unknownLoss";
    if (jitter && Number.isNaN(jitterUs[id] as number)) return "unknownJitter";
    return bound && Number.isNaN(boundUs[id] as number) ? "unknownBound" : undefined;
  }

  isOwn(id: SegmentId): boolean {
    const { owner } = this.#request;
    return owner !== undefined && this.#matrix.traitsOf(id).owner === owner;
  }

  #isNarrow(id: SegmentId): boolean {
    const { minBandwidthBps: wanted, residualBps } = this.#request;
    if (wanted === undefined) return false;
    const left = residualBps ? residualBps[id] : this.#matrix.residualBps(id);
    return !(left !== undefined && left >= wanted);
  }
}

const code = (refusal: Refusal | undefined): number => (refusal === undefined ? ALLOWED : CODES.indexOf(refusal) + 1);

function refusalByTraits(traits: Traits, request: Request): Refusal | undefined {
  if (traits.quarantine !== undefined) return "quarantined";
  const { isolation } = request;
  const fits = isolation === undefined ? traits.isolation.length === 0 : traits.isolation.includes(isolation);
  if (!fits) return "isolation";
  if (!isOpen(traits.windows, request.atMs)) return "closed";
  if (request.encrypted === true && !traits.tags.includes(ENCRYPTED)) return "plain";
  return request.never?.some((criterion) => hasTrait(traits, criterion)) ? "never" : undefined;
}

/** A POP in quarantine, or of isolation sets that were not named, begins and ends paths and is never between. */
function refusalToRelay(pop: Matrix["pops"][number], request: Request): Refusal | undefined {
  const { isolation } = request;
  if (pop.quarantine !== undefined) return "relay";
  if (pop.isolation.length > 0 && (isolation === undefined || !pop.isolation.includes(isolation))) return "relay";
  const isNamed = ({ kind, name }: Criterion) => kind === "pop" && name === pop.name;
  return request.never?.some((one) => isNamed(one) || hasTrait(pop, one)) ? "never" : undefined;
}

/** Whether traits meet a criterion; POPs and transits are known by name, not by traits. */
export function hasTrait(traits: Traits, { kind, name }: Criterion): boolean {
  switch (kind) {
    case "country":
      return traits.country === name;
    case "region":
      return traits.region === name;
    case "asn":
      return String(traits.asn) === name;
    case "tag":
      return traits.tags.includes(name);
    case "risk":
      return traits.riskGroups.includes(name);
    case "pop":
    case "transit":
      return false;
  }
}

/** Whether a segment shares something with the paths of others. Their ends are POPs like any other to this request. */
function sharedWith(matrix: Matrix, { apartFrom, apart, from, to }: Request): (id: SegmentId) => boolean {
  const theirs = apartFrom?.flat() ?? [];
  if (theirs.length === 0) return () => false;
  // The usual question of a detour: not these segments, whatever else is shared.
  if (apart?.length === 0) {
    const segments = new Set(theirs);
    return (id) => segments.has(id);
  }
  const elements = new Elements(matrix, [from, to], apart);
  const used = new Set(elements.ofPath(theirs));
  if (apart === undefined || apart.includes("pop")) {
    for (const id of theirs) used.add(`pop ${matrix.pops[matrix.from(id)]?.name}`);
  }
  return (id) => elements.of(id).some((element) => used.has(element));
}
