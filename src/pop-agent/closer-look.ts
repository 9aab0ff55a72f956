// A pulse that comes back late may be the first sign of congestion: its segment is then looked at more closely for a
// moment, so that whoever decides need not wait for three more pulses of a slow rhythm. Pure.

/** Pulses and reports of a closer look come so often, and it lasts so long: a judgement asks for five samples. */
export const LOOK = { everyMs: 200, forMs: 2_000 } as const;
/** One look in so long; what stays late is looked at once. */
const REST_MS = 10_000;
/** So many in time, one after the other, and it was chance: the look ends, and the next one need not wait. */
const ENOUGH_GOOD = 2;
/** Later than usual by this part of there and back: 20 % of one way, as detection has it. */
const [LATE_PERMILLE, LATE_FLOOR_US] = [100, 1_000];
/** What is usual follows by this part of itself with each pulse, up or down: it comes to rest at the median. */
const FOLLOW = 1 / 200;
/** Pulses before anything is usual. */
const KNOWN_AFTER = 10;

export class CloserLook {
  #usualUs = 0;
  #seen = 0;
  #isLate = false;
  #good = 0;
  #beganMs = Number.NEGATIVE_INFINITY;

  /** The next way there and back; true where a closer look begins with it. */
  take(roundTripUs: number, nowMs: number): boolean {
    const wasLate = this.#isLate;
    const excess = roundTripUs - this.#usualUs;
    const isKnown = this.#seen >= KNOWN_AFTER;
    this.#isLate = isKnown && excess > Math.max(LATE_FLOOR_US, (this.#usualUs * LATE_PERMILLE) / 1_000);
    // Quick to learn at first: the least of what was seen is the best guess.
    if (this.#seen === 0 || (!isKnown && excess < 0)) this.#usualUs = roundTripUs;
    else if (isKnown) this.#usualUs += Math.sign(excess) * Math.max(1, this.#usualUs * FOLLOW);
    this.#seen++;
    this.#good = this.#isLate ? 0 : this.#good + 1;
    if (this.#good >= ENOUGH_GOOD && this.lasts(nowMs)) this.#beganMs = Number.NEGATIVE_INFINITY;
    if (!this.#isLate || wasLate || nowMs - this.#beganMs < REST_MS) return false;
    this.#beganMs = nowMs;
    return true;
  }

  lasts = (nowMs: number): boolean => nowMs - this.#beganMs < LOOK.forMs;
}
