// Our own extension: a member's latest row, carried by each of its pulses, so that every member holds the whole matrix.
// A cell is 87 bits, so that a row towards 99 peers fits an authenticated packet of 1,232 octets, the most that passes
// everywhere (1,280 less IPv6 and UDP headers).

import { BitReader, BitWriter, type RoughScale, roughBits, roughCode, roughErrorOf, roughValue } from "./bits.ts";
import type { DirectionStats, PeerId, Row, RowCell, RowCells } from "./model.ts";
import { viewOf } from "./stamp-packet.ts";

export const ROW_VERSION = 1;
/** Version, flags, group, sequence, owner, members, age. */
export const ROW_HEADER_OCTETS = 14;
const STATEFUL = 1;

/** A cell's widths. Delays above the minimum are told roughly; so the rounding touches the queueing part alone. */
const MIN_BITS = 26;
const ROUND_TRIP: RoughScale = { exponentBits: 4, mantissaBits: 8, unit: 1 };
const P5: RoughScale = { exponentBits: 4, mantissaBits: 1, unit: 1 };
const P50: RoughScale = { exponentBits: 4, mantissaBits: 4, unit: 2 };
const P95: RoughScale = { exponentBits: 4, mantissaBits: 4, unit: 4 };
const JITTER: RoughScale = { exponentBits: 4, mantissaBits: 3, unit: 4 };
const LOSS: RoughScale = { exponentBits: 4, mantissaBits: 3, unit: 4 };
const LOSS_BACK: RoughScale = { exponentBits: 4, mantissaBits: 1, unit: 32 };
/** Told as the next larger of these, or the next smaller: an age and an error never too small, a count never too large. */
export const AGE_STEPS_MS = [1_000, 4_000, 15_000, 60_000] as const;
const SAMPLES = [1, 3, 10, 30, 100, 300, 1_000, 3_000] as const;
const ERRORS_US = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000] as const;
const [AGE_BITS, SAMPLE_BITS, ERROR_BITS] = [2, 3, 4];

const roughWidths = [ROUND_TRIP, P5, P50, P95, JITTER, LOSS, LOSS_BACK].reduce((sum, one) => sum + roughBits(one), 0);
export const CELL_BITS = MIN_BITS + roughWidths + AGE_BITS + SAMPLE_BITS + ERROR_BITS;

/** A minimum that says: no delay known, or clocks more than 33 s apart. */
const NO_DELAY = 2 ** (MIN_BITS - 1);
const MAX_MIN = NO_DELAY - 1;
const ALL_PPM = 1_000_000;

export const rowOctets = (members: number): number =>
  ROW_HEADER_OCTETS + Math.ceil((Math.max(0, members - 1) * CELL_BITS) / 8);

/** Of lists that do not change: a member asks the same of its group's with every row. */
function remembered<T extends {}>(of: (members: readonly PeerId[]) => T): (members: readonly PeerId[]) => T {
  const known = new WeakMap<readonly PeerId[], T>();
  return (members) => {
    const made = known.get(members) ?? of(members);
    known.set(members, made);
    return made;
  };
}

/** The group as both ends must know it, in the same order: FNV-1a over the names. */
export const groupHash = remembered((members): number => {
  let hash = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(members.join("\n"))) hash = Math.imul(hash ^ octet, 0x01000193) >>> 0;
  return hash >>> 0;
});

/** A greeting without cells: says to a peer that we are one of its kind, and whether we count what we reflect. */
export function encodeGreeting(stateful: boolean): Uint8Array {
  const octets = new Uint8Array(ROW_HEADER_OCTETS);
  octets.set([ROW_VERSION, stateful ? STATEFUL : 0]);
  return octets;
}

export function encodeRow(row: Row, members: readonly PeerId[], stateful: boolean): Uint8Array {
  const octets = new Uint8Array(rowOctets(members.length));
  const view = viewOf(octets);
  octets.set([ROW_VERSION, stateful ? STATEFUL : 0]);
  view.setUint32(2, groupHash(members));
  view.setUint32(6, row.sequence);
  octets[10] = members.indexOf(row.member);
  octets[11] = members.length;
  const bits = new BitWriter(octets, ROW_HEADER_OCTETS);
  for (const member of members) if (member !== row.member) writeCell(bits, row.cells.get(member));
  return octets;
}

/** The age is written as the row leaves, for one row leaves many times. */
export function ageRow(octets: Uint8Array, ageMs: number): void {
  viewOf(octets).setUint16(12, Math.min(0xffff, Math.round(ageMs)));
}

/** Marks an answer: this reflector is one of ours. */
export function markStateful(octets: Uint8Array, stateful: boolean): void {
  if (octets.length >= ROW_HEADER_OCTETS) octets[1] = ((octets[1] ?? 0) & ~STATEFUL) | (stateful ? STATEFUL : 0);
}

export type RowHeader = {
  readonly stateful: boolean;
  readonly group: number;
  readonly sequence: number;
  readonly owner: number;
  readonly members: number;
  readonly ageMs: number;
};

export type RowRefusal = "row-version" | "row-length" | "row-group";

export function readRowHeader(octets: Uint8Array): RowHeader | RowRefusal {
  if (octets[0] !== ROW_VERSION) return "row-version";
  if (octets.length < ROW_HEADER_OCTETS) return "row-length";
  const view = viewOf(octets);
  const members = view.getUint8(11);
  if (octets.length !== rowOctets(members)) return "row-length";
  return {
    stateful: (view.getUint8(1) & STATEFUL) !== 0,
    group: view.getUint32(2),
    sequence: view.getUint32(6),
    owner: view.getUint8(10),
    members,
    ageMs: view.getUint16(12),
  };
}

/** `t1Ns` is the packet's own timestamp: the row's age is counted from it, on the owner's clock. */
export function decodeRow(octets: Uint8Array, members: readonly PeerId[], t1Ns: bigint): Row | RowRefusal {
  const header = readRowHeader(octets);
  if (typeof header === "string") return header;
  const member = members[header.owner];
  if (header.members !== members.length || header.group !== groupHash(members) || member === undefined) {
    return "row-group";
  }
  const madeNs = t1Ns - BigInt(header.ageMs) * 1_000_000n;
  return { member, sequence: header.sequence, madeNs, cells: new EncodedCells(octets.slice(), members, header.owner) };
}

/** Where each name stands in lists that do not change. */
const placesOf = remembered((members: readonly PeerId[]) => new Map(members.map((member, i) => [member, i])));

/** A row's cells as they came, read when they are asked for: a hundred rows a second are ten thousand cells to hold. */
class EncodedCells implements RowCells {
  readonly #octets: Uint8Array;
  readonly #members: readonly PeerId[];
  readonly #owner: number;

  constructor(octets: Uint8Array, members: readonly PeerId[], owner: number) {
    this.#octets = octets;
    this.#members = members;
    this.#owner = owner;
  }

  get(peer: PeerId): RowCell | undefined {
    const place = placesOf(this.#members).get(peer);
    if (place === undefined || place === this.#owner) return undefined;
    const index = place < this.#owner ? place : place - 1;
    return readCell(new BitReader(this.#octets, ROW_HEADER_OCTETS * 8 + index * CELL_BITS));
  }

  *[Symbol.iterator](): Iterator<[PeerId, RowCell]> {
    for (const peer of this.#members) {
      const cell = this.get(peer);
      if (cell !== undefined) yield [peer, cell];
    }
  }
}

function writeCell(bits: BitWriter, cell: RowCell | undefined): void {
  const out = cell?.out !== undefined && isTellable(cell.out) ? cell.out : undefined;
  const above = (us: number): number => us - (out?.minUs ?? us);
  const roundTrip = out === undefined || cell?.inMinUs === undefined ? undefined : out.minUs + cell.inMinUs;
  bits.write(out === undefined ? NO_DELAY : out.minUs < 0 ? out.minUs + 2 ** MIN_BITS : out.minUs, MIN_BITS);
  bits.write(codeOrMissing(roundTrip, ROUND_TRIP), roughBits(ROUND_TRIP));
  bits.write(roughCode(above(out?.p5Us ?? 0), P5), roughBits(P5));
  bits.write(roughCode(above(out?.p50Us ?? 0), P50), roughBits(P50));
  bits.write(roughCode(above(out?.p95Us ?? 0), P95), roughBits(P95));
  bits.write(roughCode(out?.jitterUs ?? 0, JITTER), roughBits(JITTER));
  bits.write(lossCode(cell?.outLossPpm, LOSS), roughBits(LOSS));
  bits.write(lossCode(cell?.inLossPpm, LOSS_BACK), roughBits(LOSS_BACK));
  bits.write(nextUp(AGE_STEPS_MS, out?.ageMs ?? 0), AGE_BITS);
  bits.write(nextDown(SAMPLES, out?.samples ?? 0), SAMPLE_BITS);
  bits.write(nextUp(ERRORS_US, out?.stampErrorUs ?? 0), ERROR_BITS);
}

function isTellable(out: DirectionStats): boolean {
  return (
    Math.abs(out.minUs) <= MAX_MIN &&
    out.ageMs <= (AGE_STEPS_MS.at(-1) ?? 0) &&
    out.stampErrorUs <= (ERRORS_US.at(-1) ?? 0)
  );
}

function readCell(bits: BitReader): RowCell | undefined {
  const min = bits.read(MIN_BITS);
  const minUs = min > NO_DELAY ? min - 2 ** MIN_BITS : min;
  const trip = bits.read(roughBits(ROUND_TRIP));
  const roundTrip = valueOrMissing(trip, ROUND_TRIP);
  const p5 = bits.read(roughBits(P5));
  const p50 = bits.read(roughBits(P50));
  const p95 = bits.read(roughBits(P95));
  const jitter = bits.read(roughBits(JITTER));
  const outLossPpm = lossOf(bits.read(roughBits(LOSS)), LOSS);
  const inLossPpm = lossOf(bits.read(roughBits(LOSS_BACK)), LOSS_BACK);
  const ageMs = AGE_STEPS_MS[bits.read(AGE_BITS)] ?? 0;
  const samples = SAMPLES[bits.read(SAMPLE_BITS)] ?? 0;
  const errorUs = ERRORS_US[bits.read(ERROR_BITS)] ?? 0;
  if (min === NO_DELAY) {
    if (outLossPpm === undefined && inLossPpm === undefined) return undefined;
    return { out: undefined, outLossPpm, inMinUs: undefined, inLossPpm };
  }
  const p50Us = minUs + roughValue(p50, P50);
  const out: DirectionStats = {
    minUs,
    p5Us: Math.min(minUs + roughValue(p5, P5), p50Us),
    p50Us,
    p95Us: Math.max(minUs + roughValue(p95, P95), p50Us),
    jitterUs: roughValue(jitter, JITTER),
    lossPpm: outLossPpm,
    reorderedPpm: undefined,
    duplicatedPpm: undefined,
    ageMs,
    samples,
    stampErrorUs: errorUs,
    p50RoundedUs: Math.ceil(roughErrorOf(p50, P50)),
  };
  if (roundTrip === undefined) return { out, outLossPpm, inMinUs: undefined, inLossPpm };
  const inRoundedUs = Math.ceil(roughErrorOf(trip, ROUND_TRIP));
  return { out, outLossPpm, inMinUs: roundTrip - minUs, inLossPpm, inRoundedUs };
}

const largest = (scale: RoughScale): number => 2 ** roughBits(scale) - 1;

/** The largest code says that it is missing. */
const codeOrMissing = (value: number | undefined, scale: RoughScale): number =>
  value === undefined ? largest(scale) : roughCode(value, scale, largest(scale) - 1);
const valueOrMissing = (code: number, scale: RoughScale): number | undefined =>
  code === largest(scale) ? undefined : roughValue(code, scale);

/** As above, and the largest but one says that all was lost; less than all never becomes all, some never becomes none. */
function lossCode(ppm: number | undefined, scale: RoughScale): number {
  if (ppm === undefined || ppm >= ALL_PPM) return largest(scale) - (ppm === undefined ? 0 : 1);
  return ppm === 0 ? 0 : Math.max(1, roughCode(ppm, scale, largest(scale) - 2));
}

function lossOf(code: number, scale: RoughScale): number | undefined {
  if (code === largest(scale)) return undefined;
  return code === largest(scale) - 1 ? ALL_PPM : roughValue(code, scale);
}

/** The first step that is not less; callers have refused what is beyond the last. */
const nextUp = (steps: readonly number[], value: number): number =>
  Math.max(
    0,
    steps.findIndex((step) => step >= value),
  );
const nextDown = (steps: readonly number[], value: number): number =>
  Math.max(
    0,
    steps.findLastIndex((step) => step <= value),
  );
