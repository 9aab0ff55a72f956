// What became of each of our pulses over the window, and on which leg: the reflector's own count tells those that were
// lost on the way out from those whose reply was lost on the way back.

/** What was counted of one leg. What the numbers cannot tell is in neither figure. */
export type LegCount = {
  readonly packets: number;
  /** May be a fraction: of losses that began before the window, its share is counted. */
  readonly lost: number;
  readonly reordered: number;
  readonly duplicated: number;
};

const NOTHING: LegCount = { packets: 0, lost: 0, reordered: 0, duplicated: 0 };

export type ReplyCounts = {
  /** Undefined where the reflector keeps no count. */
  readonly out: LegCount | undefined;
  readonly back: LegCount | undefined;
  /** Pulses after the last answered one whose time has run out: lost, nobody knows where. */
  readonly unanswered: number;
};

type Fate = {
  readonly sequence: number;
  readonly sentMs: number;
  /** The lowest and the highest number that the reflector gave it: twice where the pulse was doubled on its way. */
  low: number | undefined;
  high: number | undefined;
  answered: boolean;
  overtakenBack: boolean;
  extraOut: number;
  extraBack: number;
};

type Answered = Fate & { low: number; high: number };

/** A count that falls behind by more began anew: the reflector was restarted, or forgot us. */
const RESTART_BEHIND = 64;
/** Time that goes back by more was set back. */
const BACKWARDS_MS = 1_000;

export class ReplyCount {
  readonly #spanMs: number;
  readonly #maxPulses: number;
  /** By sequence, without gaps, oldest first. */
  #fates: Fate[] = [];
  /** The newest answered one that left the window. */
  #before: Answered | undefined;
  #highest: number | undefined;
  #stateless = false;

  constructor(spanMs: number, maxPulses: number) {
    this.#spanMs = spanMs;
    this.#maxPulses = maxPulses;
  }

  sent(sequence: number, atMs: number): void {
    const last = this.#fates.at(-1);
    if (last !== undefined && (sequence !== last.sequence + 1 || atMs < last.sentMs - BACKWARDS_MS)) this.#forget();
    this.#fates.push(fateOf(sequence, atMs));
    if (this.#fates.length > this.#maxPulses) this.#release(1);
    this.pass(atMs);
  }

  /** True for the first answer to a pulse that the window holds. */
  answered(sequence: number, reflected: number | undefined): boolean {
    const fate = this.#fates[sequence - (this.#fates[0]?.sequence ?? 0)];
    if (fate === undefined) return false;
    this.#stateless = reflected === undefined;
    if (reflected !== undefined && this.#highest !== undefined && reflected < this.#highest - RESTART_BEHIND) {
      // What the old count said of pulses before this one cannot be set beside the new one.
      this.#release(this.#fates.indexOf(fate));
      this.#before = undefined;
      this.#highest = undefined;
    }
    if (fate.answered) {
      if (reflected === undefined || reflected === fate.low || reflected === fate.high) fate.extraBack++;
      else fate.extraOut++;
    } else if (reflected !== undefined) fate.overtakenBack = reflected < (this.#highest ?? -1);
    const isFirst = !fate.answered;
    fate.answered = true;
    if (reflected !== undefined) {
      fate.low = Math.min(fate.low ?? reflected, reflected);
      fate.high = Math.max(fate.high ?? reflected, reflected);
      this.#highest = Math.max(this.#highest ?? reflected, reflected);
    }
    return isFirst;
  }

  /** Lets go of what is older than the window. */
  pass(nowMs: number): void {
    let old = 0;
    while ((this.#fates[old]?.sentMs ?? Number.POSITIVE_INFINITY) < nowMs - this.#spanMs) old++;
    if (old > 0) this.#release(old);
  }

  counts(nowMs: number, overdueMs: number): ReplyCounts {
    this.pass(nowMs);
    const newest = this.#fates.findLastIndex(({ answered }) => answered);
    const unanswered = this.#fates.filter(({ sentMs }, i) => i > newest && sentMs <= nowMs - overdueMs).length;
    if (newest >= 0 && this.#stateless) return { out: undefined, back: undefined, unanswered };
    const firstAt = this.#fates.findIndex(isTold);
    const answered = this.#fates.filter(isTold);
    const first = answered[0];
    if (first === undefined) return { out: NOTHING, back: NOTHING, unanswered };
    const lastAt = this.#fates.findLastIndex(isTold);
    const sent = lastAt - firstAt + 1;
    const low = Math.min(...answered.map((fate) => fate.low));
    const reflected = Math.max(...answered.map((fate) => fate.high)) - low + 1;
    const doubled = sum(answered, ({ extraOut }) => extraOut);
    const led = this.#leading(firstAt, first);
    const arrived = Math.min(sent, reflected - doubled);
    const outLost = sent - arrived;
    const backLost = Math.max(0, reflected - answered.length - doubled);
    return {
      unanswered,
      out: {
        packets: sent + firstAt * (led === undefined ? 0 : 1),
        lost: outLost + (led?.outLost ?? 0),
        reordered: overtakenOut(answered),
        duplicated: doubled,
      },
      back: {
        packets: reflected + (led?.backLost ?? 0),
        lost: backLost + (led?.backLost ?? 0),
        reordered: answered.filter(({ overtakenBack }) => overtakenBack).length,
        duplicated: sum(answered, ({ extraBack }) => extraBack),
      },
    };
  }

  /** Pulses of the window before its first answered one: all of one gap that may reach back, and share its fate. */
  #leading(count: number, first: Answered): { outLost: number; backLost: number } | undefined {
    if (this.#before === undefined || count === 0) return undefined;
    const gap = first.sequence - this.#before.sequence - 1;
    const reflected = Math.min(gap, Math.max(0, first.low - this.#before.high - 1));
    const backLost = (count * reflected) / gap;
    return { outLost: count - backLost, backLost };
  }

  #release(count: number): void {
    const gone = this.#fates.splice(0, count);
    this.#before = gone.findLast(isTold) ?? this.#before;
  }

  #forget(): void {
    this.#fates = [];
    this.#before = undefined;
    this.#highest = undefined;
  }
}

const fateOf = (sequence: number, sentMs: number): Fate => ({
  sequence,
  sentMs,
  low: undefined,
  high: undefined,
  answered: false,
  overtakenBack: false,
  extraOut: 0,
  extraBack: 0,
});

const isTold = (fate: Fate): fate is Answered => fate.low !== undefined;

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** RFC 4737 §3: it arrived after one that was sent later. */
function overtakenOut(answered: readonly Answered[]): number {
  let [overtaken, lowestAfter] = [0, Number.POSITIVE_INFINITY];
  for (const { low } of answered.toReversed()) {
    if (low > lowestAfter) overtaken++;
    lowestAfter = Math.min(lowestAfter, low);
  }
  return overtaken;
}
