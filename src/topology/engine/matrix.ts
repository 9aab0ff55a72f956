// The matrix: POPs, transits, and directed segments (POP, transit) → POP with what was measured of each, in typed
// arrays. What was not measured is undefined to whoever asks; the NaN that stands for it inside never leaves through an
// accessor. Segments and POPs are numbered by name, so that the order of a file changes no answer.

import { SrwanError } from "../../base/errors.ts";
import { groupedBy, startsOf } from "./csr.ts";
import type { MatrixFile, PopSpec, SegmentSpec, Window } from "./matrix-schema.ts";

/** The number of a POP, a transit or a segment in one matrix. */
export type PopId = number;
export type TransitId = number;
export type SegmentId = number;

/** What a POP or a segment is, whatever was measured of it. Segments with the same traits share one object. */
export type Traits = {
  readonly owner: string | undefined;
  readonly region: string | undefined;
  readonly country: string | undefined;
  readonly asn: number | undefined;
  readonly tags: readonly string[];
  readonly riskGroups: readonly string[];
  readonly isolation: readonly string[];
  /** Why it is in quarantine. */
  readonly quarantine: string | undefined;
  /** When it may be used; none means always. */
  readonly windows: readonly Window[];
};

export type Pop = Traits & { readonly name: string };

/** What is measured of a segment at one time. A field that is left out is missing, not zero. */
export type Measurement = {
  readonly delayUs?: number | undefined;
  readonly boundUs?: number | undefined;
  readonly jitterUs?: number | undefined;
  readonly lossPpm?: number | undefined;
  readonly availableBps?: number | undefined;
  readonly reservedBps?: number | undefined;
};

/** The typed arrays, one value a segment, NaN where nothing was measured: for the inner loops of this room alone. */
export type Columns = {
  readonly from: Int32Array;
  readonly transit: Int32Array;
  readonly to: Int32Array;
  readonly delayUs: Float64Array;
  readonly boundUs: Float64Array;
  readonly jitterUs: Float64Array;
  readonly lossPpm: Float64Array;
  readonly availableBps: Float64Array;
  readonly reservedBps: Float64Array;
  /** +Infinity: never used by others. */
  readonly priceMicroPerGB: Float64Array;
  /** Index into `traits`. */
  readonly traits: Int32Array;
};

export class Matrix {
  readonly pops: readonly Pop[];
  readonly transits: readonly string[];
  readonly traits: readonly Traits[];
  readonly columns: Columns;
  /** Segments of POP p leave as outStart[p] … outStart[p + 1] − 1, in order of (to, transit). */
  readonly outStart: Int32Array;
  /** Segments that reach POP p are inSegment[inStart[p]] … inSegment[inStart[p + 1] − 1]. */
  readonly inStart: Int32Array;
  readonly inSegment: Int32Array;
  readonly #popIds: ReadonlyMap<string, PopId>;
  readonly #transitIds: ReadonlyMap<string, TransitId>;

  /** From what a file says, already held to its schema; matrix-file.ts is the reader for what is not. */
  constructor(file: Pick<MatrixFile, "pops" | "segments">) {
    this.pops = file.pops.map((pop) => ({ ...traitsOf(pop), name: pop.name })).sort(byName);
    this.#popIds = numbered(this.pops.map((pop) => pop.name));
    this.transits = [...new Set(file.segments.map((segment) => segment.transit))].sort();
    this.#transitIds = numbered(this.transits);
    const table = new TraitsTable();
    const keyed = file.segments.map((spec) => ({ spec, ...this.#place(spec) }));
    keyed.sort((a, b) => a.from - b.from || a.to - b.to || a.transit - b.transit);
    this.columns = emptyColumns(keyed.length);
    for (const [id, { spec, from, to, transit }] of keyed.entries()) {
      const before = keyed[id - 1];
      if (before?.from === from && before.to === to && before.transit === transit) {
        throw invalid(`segment ${spec.from}/${spec.transit}>${spec.to} is there twice`, "Keep one of them.");
      }
      this.columns.from[id] = from;
      this.columns.to[id] = to;
      this.columns.transit[id] = transit;
      this.columns.traits[id] = table.idOf(traitsOf(spec));
      this.columns.priceMicroPerGB[id] =
        spec.priceMicroPerGB === "infinity" ? Number.POSITIVE_INFINITY : (spec.priceMicroPerGB ?? Number.NaN);
      this.record(id, measurementOf(spec));
    }
    this.traits = table.all;
    this.outStart = startsOf(this.columns.from, this.pops.length);
    this.inStart = startsOf(this.columns.to, this.pops.length);
    this.inSegment = groupedBy(this.columns.to, this.inStart);
  }

  get segmentCount(): number {
    return this.columns.from.length;
  }

  popId(name: string): PopId | undefined {
    return this.#popIds.get(name);
  }

  transitId(name: string): TransitId | undefined {
    return this.#transitIds.get(name);
  }

  /** The segments of all transits from one POP to another. */
  segmentsBetween(from: PopId, to: PopId): SegmentId[] {
    let low = this.outStart[from] ?? 0;
    let high = this.outStart[from + 1] ?? 0;
    const end = high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.columns.to[middle] ?? 0) < to) low = middle + 1;
      else high = middle;
    }
    const found: SegmentId[] = [];
    for (let id = low; id < end && this.columns.to[id] === to; id++) found.push(id);
    return found;
  }

  /** "fra/cogent>nyc". */
  segmentName(id: SegmentId): string {
    const { from, transit, to } = this.columns;
    return `${this.pops[at(from, id)]?.name}/${this.transits[at(transit, id)]}>${this.pops[at(to, id)]?.name}`;
  }

  from(id: SegmentId): PopId {
    return at(this.columns.from, id);
  }

  to(id: SegmentId): PopId {
    return at(this.columns.to, id);
  }

  transit(id: SegmentId): TransitId {
    return at(this.columns.transit, id);
  }

  traitsOf(id: SegmentId): Traits {
    return this.traits[at(this.columns.traits, id)] as Traits;
  }

  delayUs(id: SegmentId): number | undefined {
    return known(this.columns.delayUs, id);
  }

  boundUs(id: SegmentId): number | undefined {
    return known(this.columns.boundUs, id);
  }

  jitterUs(id: SegmentId): number | undefined {
    return known(this.columns.jitterUs, id);
  }

  lossPpm(id: SegmentId): number | undefined {
    return known(this.columns.lossPpm, id);
  }

  availableBps(id: SegmentId): number | undefined {
    return known(this.columns.availableBps, id);
  }

  reservedBps(id: SegmentId): number | undefined {
    return known(this.columns.reservedBps, id);
  }

  /** Available less reserved; what is reserved counts 0 where nobody says, what is available never does. */
  residualBps(id: SegmentId): number | undefined {
    const available = this.availableBps(id);
    return available === undefined ? undefined : Math.max(0, available - (this.reservedBps(id) ?? 0));
  }

  priceMicroPerGB(id: SegmentId): number | "infinity" | undefined {
    const price = known(this.columns.priceMicroPerGB, id);
    return price === Number.POSITIVE_INFINITY ? "infinity" : price;
  }

  /**
   * Replaces all that was measured of a segment; what is left out becomes missing. No way takes no time at all, so a delay
   * of 0 is a sample that went wrong, and missing too.
   */
  record(id: SegmentId, measurement: Measurement): void {
    const { delayUs, boundUs, jitterUs, lossPpm, availableBps, reservedBps } = this.columns;
    const isMeasured = measurement.delayUs !== undefined && measurement.delayUs !== 0;
    delayUs[id] = isMeasured ? (measurement.delayUs ?? Number.NaN) : Number.NaN;
    boundUs[id] = isMeasured ? (measurement.boundUs ?? Number.NaN) : Number.NaN;
    jitterUs[id] = measurement.jitterUs ?? Number.NaN;
    lossPpm[id] = measurement.lossPpm ?? Number.NaN;
    availableBps[id] = measurement.availableBps ?? Number.NaN;
    reservedBps[id] = measurement.reservedBps ?? Number.NaN;
  }

  #place(spec: SegmentSpec): { from: PopId; to: PopId; transit: TransitId } {
    const [from, to] = [this.#popIds.get(spec.from), this.#popIds.get(spec.to)];
    const name = `${spec.from}/${spec.transit}>${spec.to}`;
    if (from === undefined || to === undefined) {
      const missing = from === undefined ? spec.from : spec.to;
      throw invalid(
        `segment ${name}: "${missing}" is no POP of this matrix`,
        "Add it under pops, or correct the name.",
      );
    }
    if (from === to) throw invalid(`segment ${name} ends where it begins`, "Leave it out.");
    return { from, to, transit: this.#transitIds.get(spec.transit) ?? 0 };
  }
}

function traitsOf(spec: PopSpec | SegmentSpec): Traits {
  return {
    owner: spec.owner,
    region: spec.region,
    country: spec.country,
    asn: spec.asn,
    tags: spec.tags ?? [],
    riskGroups: spec.riskGroups ?? [],
    isolation: spec.isolation ?? [],
    quarantine: spec.quarantine,
    windows: "windows" in spec ? (spec.windows ?? []) : [],
  };
}

const measurementOf = (spec: SegmentSpec): Measurement => ({
  delayUs: spec.delayUs ?? undefined,
  boundUs: spec.boundUs ?? undefined,
  jitterUs: spec.jitterUs ?? undefined,
  lossPpm: spec.lossPpm ?? undefined,
  availableBps: spec.availableBps ?? undefined,
  reservedBps: spec.reservedBps ?? undefined,
});

/** Each combination of traits once, however many segments have it. */
class TraitsTable {
  readonly all: Traits[] = [];
  readonly #ids = new Map<string, number>();

  idOf(traits: Traits): number {
    const key = JSON.stringify(traits);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#ids.set(key, this.all.length);
    return this.all.push(traits) - 1;
  }
}

function emptyColumns(count: number): Columns {
  const missing = () => new Float64Array(count).fill(Number.NaN);
  return {
    from: new Int32Array(count),
    transit: new Int32Array(count),
    to: new Int32Array(count),
    delayUs: missing(),
    boundUs: missing(),
    jitterUs: missing(),
    lossPpm: missing(),
    availableBps: missing(),
    reservedBps: missing(),
    priceMicroPerGB: missing(),
    traits: new Int32Array(count),
  };
}

const at = (array: Int32Array, index: number): number => array[index] as number;

function known(column: Float64Array, id: SegmentId): number | undefined {
  const value = column[id] as number;
  return Number.isNaN(value) ? undefined : value;
}

const byName = (a: Pop, b: Pop): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function numbered(names: readonly string[]): ReadonlyMap<string, number> {
  const ids = new Map(names.map((name, id) => [name, id]));
  if (ids.size === names.length) return ids;
  const twice = names.find((name, id) => ids.get(name) !== id);
  throw invalid(`POP "${twice}" is there twice`, "Give each POP a name of its own.");
}

const invalid = (message: string, remedy: string): SrwanError => new SrwanError("MATRIX_INVALID", message, { remedy });
