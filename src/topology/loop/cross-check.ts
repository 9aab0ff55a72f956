// What both ends say of the way between them, held against each other: there by one end and back by the other is there and
// back by either's own clock, since what their clocks differ by goes out of the sum. Whoever makes delays up does not know
// what the other end will measure. Which of the two is wrong one pair does not tell; several neighbours do.

import type { Contradiction, SegmentReport } from "../../wire/report.ts";

/** A segment as its own end reports it. */
export type Side = { readonly pop: string; readonly cell: SegmentReport };

export type Accused = { readonly accuser: string; readonly against: Pick<Contradiction, "member" | "evidence"> };

/** Medians of short intervals that were not the same differ by so much, or by this part of the whole. */
const [SLACK_US, SLACK_PART] = [5_000, 8];
/** One report is early where another is late: the middle of several tells what lasts. */
const LOOKS = 5;
/** Contradicted for so long in all, less a part of the time without, both are accused. */
const [LASTS_MS, FORGIVEN_PART] = [10_000, 4];
/** A pair that nobody spoke of for so long is judged anew. */
const SILENT_MS = 15_000;

type Pair = {
  offUs: readonly number[];
  seen: readonly [SegmentReport, SegmentReport];
  lookedMs: number;
  lastedMs: number;
  sides: readonly [Side, Side];
};

export class CrossCheck {
  readonly #pairs = new Map<string, Pair>();

  /** Takes what both said last. A pair is looked at again when both have said something new. */
  look(one: Side, other: Side, nowMs: number): void {
    const key = keyOf(one, other);
    const sides = one.cell.segment < other.cell.segment ? ([one, other] as const) : ([other, one] as const);
    const before = this.#pairs.get(key);
    if (before?.seen.some((cell) => cell === one.cell || cell === other.cell)) return;
    const offUs = offBy(one.cell, other.cell);
    if (offUs === undefined) return;
    const isNew = before === undefined || nowMs - before.lookedMs > SILENT_MS;
    const all = [...(isNew ? [] : before.offUs), offUs].slice(-LOOKS);
    const sinceMs = isNew ? 0 : nowMs - before.lookedMs;
    const lasted = isNew ? 0 : before.lastedMs;
    const lastedMs = isOff(all)
      ? Math.min(2 * LASTS_MS, lasted + sinceMs)
      : Math.max(0, lasted - sinceMs / FORGIVEN_PART);
    this.#pairs.set(key, { offUs: all, seen: [one.cell, other.cell], lookedMs: nowMs, lastedMs, sides });
  }

  /** Neither end's word is worth anything now. */
  isDisputed(one: Side, other: Side, nowMs: number): boolean {
    const pair = this.#pairs.get(keyOf(one, other));
    return pair !== undefined && nowMs - pair.lookedMs <= SILENT_MS && isOff(pair.offUs);
  }

  /** Each end against the other, where they have contradicted each other for long. */
  accused(nowMs: number): Accused[] {
    const found: Accused[] = [];
    for (const [key, { sides, lookedMs, lastedMs }] of this.#pairs) {
      if (nowMs - lookedMs > 2 * LASTS_MS) this.#pairs.delete(key);
      if (lastedMs < LASTS_MS || nowMs - lookedMs > SILENT_MS) continue;
      const [a, b] = sides;
      const evidence = [evidenceOf(a, b)];
      found.push({ accuser: a.pop, against: { member: b.pop, evidence } });
      found.push({ accuser: b.pop, against: { member: a.pop, evidence } });
    }
    return found;
  }
}

/** Both said the same, as far as can be told now; true where one of them said nothing that can be held against the other. */
export function agree(one: SegmentReport, other: SegmentReport): boolean {
  const whole = offBetween(one.p50Us, other.p50Us, one.roundTripUs, other.roundTripUs);
  return whole === undefined || whole <= 0;
}

const keyOf = (one: Side, other: Side): string => [one.cell.segment, other.cell.segment].sort().join(" ");

const offBy = (one: SegmentReport, other: SegmentReport): number | undefined =>
  offBetween(number(one.sampleUs), number(other.sampleUs), one.roundTripUs, other.roundTripUs);

const number = (value: SegmentReport["sampleUs"]): number | null => (typeof value === "number" ? value : null);

/** How much more the two are apart than they may be; undefined where nothing can be compared. */
function offBetween(
  thereUs: number | null,
  backUs: number | null,
  ...roundTrips: readonly (number | null)[]
): number | undefined {
  if (thereUs === null || backUs === null) return undefined;
  const offs = roundTrips.flatMap((whole) =>
    whole === null ? [] : [Math.abs(thereUs + backUs - whole) - Math.max(SLACK_US, whole / SLACK_PART)],
  );
  return offs.length === 0 ? undefined : Math.max(...offs);
}

const isOff = (offUs: readonly number[]): boolean =>
  offUs.length > LOOKS / 2 && (offUs.toSorted((a, b) => a - b)[(offUs.length - 1) >> 1] ?? 0) > 0;

const ms = (us: SegmentReport["sampleUs"]): string => (typeof us === "number" ? `${(us / 1_000).toFixed(1)} ms` : "?");

const evidenceOf = ({ pop: a, cell: there }: Side, { pop: b, cell: back }: Side): string =>
  `${there.segment} ${ms(there.sampleUs)} and ${back.segment} ${ms(back.sampleUs)} are together not there and back: ` +
  `${ms(there.roundTripUs)} by ${a}, ${ms(back.roundTripUs)} by ${b}`;
