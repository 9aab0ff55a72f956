// One agent's report as few octets: variable-length numbers, each value told as its distance from the one it lies near.
// What was not measured takes a bit. Pure.
//
// A cell: which of its fields are there (13 bits), then those, in the order of FIELDS; the error, the age, the samples.

import { SrwanError } from "../../base/errors.ts";
import type { SegmentReport } from "../../wire/report.ts";

const FORMAT = 1;

/** What may be missing, and the field before it that it lies near; zero stands for itself. */
const FIELDS = [
  ["p50Us", undefined],
  ["p5Us", "p50Us"],
  ["p95Us", "p50Us"],
  ["delayUs", "p50Us"],
  ["lowUs", "delayUs"],
  ["highUs", "delayUs"],
  ["roundTripUs", "p50Us"],
  ["jitterUs", undefined],
  ["lossPpm", undefined],
  ["reorderedPpm", undefined],
  ["duplicatedPpm", undefined],
] as const satisfies readonly (readonly [keyof SegmentReport, keyof SegmentReport | undefined])[];
const SAMPLE = 1 << FIELDS.length;
const LOST = 1 << (FIELDS.length + 1);

/** The most a cell takes: 16 numbers of at most 8 octets. */
const CELL_OCTETS_MAX = 128;

let scratch = Buffer.alloc(4_096);
let at = 0;

export function packCells(cells: readonly SegmentReport[]): Buffer {
  at = 0;
  room();
  put(FORMAT);
  for (const cell of cells) {
    room();
    packCell(cell);
  }
  return Buffer.from(scratch.subarray(0, at));
}

function packCell(cell: SegmentReport): void {
  let mask = 0;
  for (let i = 0; i < FIELDS.length; i++) if (cell[(FIELDS[i] as (typeof FIELDS)[number])[0]] !== null) mask |= 1 << i;
  if (cell.sampleUs === "lost") mask |= LOST;
  else if (cell.sampleUs !== null) mask |= SAMPLE;
  put(mask);
  for (const [field, near] of FIELDS) {
    const value = cell[field];
    if (value !== null) putSigned(value - (near === undefined ? 0 : (cell[near] ?? 0)));
  }
  if (typeof cell.sampleUs === "number") putSigned(cell.sampleUs - (cell.p50Us ?? 0));
  put(cell.errorUs);
  put(cell.ageMs);
  put(cell.samples);
}

/** `segments` are in the order in which they were packed. */
export function unpackCells(octets: Uint8Array, segments: readonly string[]): SegmentReport[] {
  const reader = { octets, at: 0 };
  if (take(reader) !== FORMAT) throw damaged("its format is not known");
  const cells = segments.map((segment) => unpackCell(reader, segment));
  if (reader.at !== octets.length) throw damaged("it does not end where it should");
  return cells;
}

type Reader = { readonly octets: Uint8Array; at: number };

function unpackCell(reader: Reader, segment: string): SegmentReport {
  const mask = take(reader);
  const cell: Record<(typeof FIELDS)[number][0], number | null> = {
    p50Us: null,
    p5Us: null,
    p95Us: null,
    delayUs: null,
    lowUs: null,
    highUs: null,
    roundTripUs: null,
    jitterUs: null,
    lossPpm: null,
    reorderedPpm: null,
    duplicatedPpm: null,
  };
  for (let i = 0; i < FIELDS.length; i++) {
    const [field, near] = FIELDS[i] as (typeof FIELDS)[number];
    if (mask & (1 << i)) cell[field] = takeSigned(reader) + (near === undefined ? 0 : (cell[near] ?? 0));
  }
  const sampleUs = mask & LOST ? "lost" : mask & SAMPLE ? takeSigned(reader) + (cell.p50Us ?? 0) : null;
  return { segment, sampleUs, ...cell, errorUs: take(reader), ageMs: take(reader), samples: take(reader) };
}

function room(): void {
  if (scratch.length - at < CELL_OCTETS_MAX) {
    const larger = Buffer.alloc(scratch.length * 2);
    scratch.copy(larger);
    scratch = larger;
  }
}

/** Seven bits an octet, the lowest first; the highest bit says that more follow. */
function put(value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    // Past 2³¹ the bit operators would cut it.
    scratch[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  scratch[at++] = rest;
}

/** 0, −1, 1, −2, 2 as 0, 1, 2, 3, 4. */
const putSigned = (value: number): void => put(value < 0 ? -2 * value - 1 : 2 * value);

function take(reader: Reader): number {
  let value = 0;
  for (let scale = 1; ; scale *= 0x80) {
    const octet = reader.octets[reader.at++];
    if (octet === undefined) throw damaged("it ends too early");
    value += (octet & 0x7f) * scale;
    if (octet < 0x80) return value;
  }
}

function takeSigned(reader: Reader): number {
  const value = take(reader);
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

const damaged = (why: string): SrwanError =>
  new SrwanError("INTERNAL", `a row of measurements is damaged: ${why}`, {
    remedy: "Check the disk of the store; restore a backup if others are damaged too.",
  });
