// What is true of a path, from what is true of its segments. Delays of two paths between the same ends may be compared
// whatever their clocks say: those in the middle cancel, those at the ends are the same. Only the part in percent is held
// against a delay without clocks.

import type { Input, SegmentView, Settings } from "./schema.ts";

/** 0 well, 1 late, 2 uneven, 3 lossy, 4 down. */
export type Severity = 0 | 1 | 2 | 3 | 4;
export const DOWN: Severity = 4;

export type PathView = {
  readonly index: number;
  readonly segments: readonly number[];
  readonly severity: Severity;
  readonly isOpen: boolean;
  readonly isFresh: boolean;
  readonly delayUs: number | null;
  readonly scaleUs: number | null;
  readonly lossPpm: number;
  readonly regime: number;
  /** Null: no bad time is near. */
  readonly foreseenUs: number | null;
};

const TROUBLE = { delay: 1, jitter: 2, loss: 3 } as const;

const severityOf = ({ state, trouble }: SegmentView): Severity =>
  state === "UP" ? 0 : state === "DOWN" ? DOWN : trouble === null ? 1 : TROUBLE[trouble];

export function viewPath(input: Input, index: number): PathView {
  const segments = input.paths[index] ?? [];
  let severity: Severity = 0;
  let [isOpen, isFresh, lossPpm, regime] = [true, true, 0, 0];
  let [delayUs, scaleUs, foreseenUs]: [number | null, number | null, number | null] = [0, 0, null];
  for (const at of segments) {
    const segment = input.segments[at] as SegmentView;
    const own = severityOf(segment);
    if (own > severity) severity = own;
    isOpen &&= segment.closed === null;
    isFresh &&= segment.fresh && segment.delayUs !== null;
    // What is lost on one segment cannot be lost again on the next.
    lossPpm += Math.round(((1_000_000 - lossPpm) * segment.lossPpm) / 1_000_000);
    regime += segment.regime;
    if (segment.foreseenUs !== null) foreseenUs = (foreseenUs ?? 0) + segment.foreseenUs;
    delayUs = plus(delayUs, segment.delayUs);
    scaleUs = plus(scaleUs, segment.scaleUs);
  }
  return { index, segments, severity, isOpen, isFresh, delayUs, scaleUs, lossPpm, regime, foreseenUs };
}

/** Null is contagious. */
const plus = (sum: number | null, more: number | null): number | null =>
  sum === null || more === null ? null : sum + more;

/** What the segments that only one of two paths has may be off by. */
export function errorUs(input: Input, a: PathView, b: PathView): number {
  let error = 0;
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const at of one.segments)
      if (!other.segments.includes(at)) error += (input.segments[at] as SegmentView).errorUs;
  }
  return error;
}

/** Whether `b` is better than `a` by the least gain and the least part together, and by more than the error. */
export function gains(input: Input, settings: Settings, a: PathView, b: PathView, ahead = false): boolean {
  if (a.delayUs === null || b.delayUs === null || a.scaleUs === null) return false;
  const gainUs = a.delayUs - b.delayUs + (ahead ? (a.foreseenUs ?? 0) - (b.foreseenUs ?? 0) : 0);
  return (
    gainUs >= settings.gainMinUs &&
    gainUs * 1_000 >= a.scaleUs * settings.gainMinPermille &&
    gainUs > errorUs(input, a, b)
  );
}
