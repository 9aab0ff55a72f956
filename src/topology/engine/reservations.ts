// Bandwidth promised to paths, with two priorities as in RFC 3209 §4.7: 0 is strongest, 7 weakest. A reservation comes in
// with its setup priority and stays with its hold priority; who is held more weakly than another sets up may be pushed out.

import { SrwanError } from "../../base/errors.ts";
import type { Matrix, SegmentId } from "./matrix.ts";
import type { Path } from "./path.ts";
import { findPaths } from "./paths.ts";
import type { Request } from "./request.ts";

export type Reservation = {
  readonly id: string;
  readonly segments: readonly SegmentId[];
  readonly bps: number;
  readonly setup: number;
  readonly hold: number;
};

/** What is promised, oldest first. */
export type Book = readonly Reservation[];

export type Reserved = {
  readonly book: Book;
  readonly path: Path;
  /** Pushed out, oldest first: they are no longer in the book and want another path. */
  readonly pushedOut: Book;
};

const WEAKEST = 7;

/** What is left of each segment beside those held at least as strongly as `setup`; NaN where nobody knows. */
function residualFor(matrix: Matrix, book: Book, setup: number): Float64Array {
  const left = Float64Array.from({ length: matrix.segmentCount }, (_, id) => matrix.residualBps(id) ?? Number.NaN);
  for (const { segments, bps, hold } of book) {
    if (hold > setup) continue;
    for (const id of segments) left[id] = (left[id] as number) - bps;
  }
  return left;
}

/** Books a path: one that disturbs nobody where there is one, else the best that pushes weaker ones out. */
export function reserve(
  matrix: Matrix,
  book: Book,
  wanted: Omit<Reservation, "segments">,
  request: Request,
): Reserved | undefined {
  check(book, wanted);
  for (const strength of [WEAKEST, wanted.setup]) {
    const residualBps = residualFor(matrix, book, strength);
    const minBandwidthBps = Math.max(wanted.bps, request.minBandwidthBps ?? 0);
    const path = findPaths(matrix, { ...request, count: 1, residualBps, minBandwidthBps }).paths[0];
    if (!path) continue;
    const made: Reservation = { ...wanted, segments: path.segments };
    const pushedOut = strength === WEAKEST ? [] : toPushOut(matrix, book, made);
    return { book: [...book.filter((one) => !pushedOut.includes(one)), made], path, pushedOut };
  }
  return undefined;
}

export const release = (book: Book, id: string): Book => book.filter((one) => one.id !== id);

/** The weakest first, the youngest among those; whoever need not have gone stays. */
function toPushOut(matrix: Matrix, book: Book, made: Reservation): Book {
  const isWeaker = ({ hold, segments }: Reservation) =>
    hold > made.setup && segments.some((id) => made.segments.includes(id));
  const weakestFirst = book
    .filter(isWeaker)
    .toReversed()
    .sort((a, b) => b.hold - a.hold);
  let gone: Reservation[] = [];
  const fits = (without: readonly Reservation[]): boolean => {
    const left = residualFor(matrix, [...book.filter((one) => !without.includes(one)), made], WEAKEST);
    return made.segments.every((id) => (left[id] as number) >= 0);
  };
  for (const one of weakestFirst) if (!fits(gone)) gone.push(one);
  for (const one of gone.toReversed()) {
    const others = gone.filter((other) => other !== one);
    if (fits(others)) gone = others;
  }
  return book.filter((one) => gone.includes(one));
}

function check(book: Book, { id, bps, setup, hold }: Omit<Reservation, "segments">): void {
  const refuse = (what: string, remedy: string) =>
    new SrwanError("VALUE_INVALID", `reservation ${id}: ${what}`, { remedy });
  if (book.some((one) => one.id === id))
    throw refuse("is in the book already", "Release it first, or give another name.");
  if (!(bps > 0)) throw refuse(`bps = ${bps}`, "Reserve more than nothing.");
  for (const [name, priority] of Object.entries({ setup, hold })) {
    if (!Number.isInteger(priority) || priority < 0 || priority > WEAKEST) {
      throw refuse(`${name} = ${priority}`, "Give a priority from 0, the strongest, to 7.");
    }
  }
  // RFC 3209 §4.7.3: or two of them would push each other out for ever.
  if (hold > setup)
    throw refuse(`hold ${hold} is weaker than setup ${setup}`, "Hold at least as strongly as you set up.");
}
