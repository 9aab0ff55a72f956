// By how much a peer's clock gains on ours, from the lowest delays of both directions over some minutes. Seen over time
// the way out lies above a line that rises with the peer's gain, the negated way back below it, and the slope that leaves
// the widest gap between the two is the gain: queues only ever narrow it. (Moon, Skelly, Towsley 1999, for both ways.)

/** The gain in millionths: µs a second. The truth lies within, as long as paths keep their lowest delay. */
export type RateRange = { readonly ppm: number; readonly lowPpm: number; readonly highPpm: number };

/** How far a clock may run off true. NTP lets the kernel do as much as 500; quartz stays below 100. */
export const CLOCK_RATE_MAX_PPM = 200;
/** Nothing is known of two clocks but this. */
export const ANY_RATE: RateRange = { ppm: 0, lowPpm: -2 * CLOCK_RATE_MAX_PPM, highPpm: 2 * CLOCK_RATE_MAX_PPM };

const SLOTS_MAX = 64;
const SLOT_MS = { first: 1_000, last: 4_000 } as const;
/** How fast a known rate grows old: warming up, a clock changes by a millionth in half a minute. */
const WANDER_PPM_PER_S = 0.03;
/** The shortest round trips of so many slots tell how near to its own a path comes, even when all others are congested. */
const FEW = 8;
/** Halvings of a range of 800 ppm, down to 10⁻⁴. */
const HALVINGS = 23;

/** The lowest of each way within a slot of time, each with its own time, and what their stamps can be wrong by. */
type Slot = {
  readonly startMs: number;
  outUs: number;
  outMs: number;
  backUs: number;
  backMs: number;
  roundTripUs: number;
  errorUs: number;
};

export class PairDrift {
  #slots: Slot[] = [];
  #slotMs: number = SLOT_MS.first;
  /** Known from before a clock was set: its rate did not change. */
  #before: { readonly range: RateRange; readonly atMs: number } | undefined;
  #range = ANY_RATE;
  /** A search costs far more than a sample; one for each slot is enough, for a slot's later samples move little. */
  #isFresh = false;
  #misfits = 0;

  /** How often no line fitted what had been measured. */
  get misfits(): number {
    return this.#misfits;
  }

  add(atMs: number, outUs: number, backUs: number, errorUs: number): void {
    const startMs = Math.floor(atMs / this.#slotMs) * this.#slotMs;
    const slot = this.#slots.at(-1);
    const fresh = { startMs, outUs, outMs: atMs, backUs, backMs: atMs, roundTripUs: outUs + backUs, errorUs };
    if (slot === undefined || startMs > slot.startMs) {
      this.#slots.push(fresh);
      this.#isFresh = false;
      if (this.#slots.length > SLOTS_MAX) this.#shorten();
    } else if (startMs === slot.startMs) join(slot, fresh, this.#range.ppm);
  }

  /** One of the clocks was set. */
  stepped(nowMs: number): void {
    const { lowPpm, highPpm } = this.#range;
    if (highPpm - lowPpm < ANY_RATE.highPpm - ANY_RATE.lowPpm) this.#before = { range: this.#range, atMs: nowMs };
    this.#slots = [];
    this.#slotMs = SLOT_MS.first;
    this.#isFresh = false;
  }

  range(nowMs: number): RateRange {
    if (this.#isFresh) return this.#range;
    let known = this.#known(nowMs);
    if (this.#slots.length <= FEW) {
      this.#range = known;
      return known;
    }
    const slackUs = this.#slackUs();
    let widest = this.#widest(known.lowPpm, known.highPpm);
    const fits = (): boolean => this.#gapUs(widest) >= this.#leastTripUs() - 2 * slackUs;
    if (!fits() && this.#before !== undefined) {
      this.#before = undefined;
      known = ANY_RATE;
      widest = this.#widest(known.lowPpm, known.highPpm);
    }
    if (!fits()) {
      // No line: a clock was set by so little that nobody saw it, or its rate has changed.
      this.#misfits++;
      this.stepped(nowMs);
      this.#range = this.#known(nowMs);
      return this.#range;
    }
    const least = this.#gapUs(widest) - slackUs;
    const lowPpm = this.#edge(known.lowPpm, widest, least);
    const highPpm = this.#edge(known.highPpm, widest, least);
    this.#range = { ppm: (lowPpm + highPpm) / 2, lowPpm, highPpm };
    this.#isFresh = true;
    return this.#range;
  }

  #known(nowMs: number): RateRange {
    if (this.#before === undefined) return ANY_RATE;
    const { range, atMs } = this.#before;
    const wander = (WANDER_PPM_PER_S * Math.max(0, nowMs - atMs)) / 1_000;
    return {
      ppm: range.ppm,
      lowPpm: Math.max(ANY_RATE.lowPpm, range.lowPpm - wander),
      highPpm: Math.min(ANY_RATE.highPpm, range.highPpm + wander),
    };
  }

  /** What is left between the two sets of points at a slope. Concave in the slope, and never above the shortest round trip. */
  #gapUs(ppm: number): number {
    const { out, back } = this.#touching(ppm);
    return out.outUs - rise(ppm, out.outMs, back.backMs) + back.backUs;
  }

  /** The slots that hold the lines up at a slope. */
  #touching(ppm: number): { out: Slot; back: Slot } {
    let [out, back] = [this.#slots[0] as Slot, this.#slots[0] as Slot];
    for (const slot of this.#slots) {
      if (slot.outUs - rise(ppm, slot.outMs, out.outMs) < out.outUs) out = slot;
      if (slot.backUs + rise(ppm, slot.backMs, back.backMs) < back.backUs) back = slot;
    }
    return { out, back };
  }

  /** Where the gap is widest: it grows with the slope while the point that holds the way out is the older one. */
  #widest(low: number, high: number): number {
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      const { out, back } = this.#touching(middle);
      if (out.outMs < back.backMs) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /** How far towards `limit` the slope may go before the gap falls below `leastUs`. */
  #edge(limit: number, widest: number, leastUs: number): number {
    let [inside, outside] = [widest, limit];
    if (this.#gapUs(limit) >= leastUs) return limit;
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (inside + outside) / 2;
      if (this.#gapUs(middle) >= leastUs) inside = middle;
      else outside = middle;
    }
    return outside;
  }

  /** How far the shortest round trip may lie above the path's own: what stamps err, and what round trips scatter. */
  #slackUs(): number {
    const trips = Float64Array.from(this.#slots, ({ roundTripUs }) => roundTripUs).sort();
    const errorUs = Math.max(...this.#slots.map((slot) => slot.errorUs));
    return 2 * errorUs + 2 * ((trips[FEW] as number) - (trips[0] as number));
  }

  #leastTripUs(): number {
    return this.#slots.reduce((least, { roundTripUs }) => Math.min(least, roundTripUs), Number.POSITIVE_INFINITY);
  }

  /** Twice as long slots until they are long enough; then the oldest goes. */
  #shorten(): void {
    if (this.#slotMs >= SLOT_MS.last) {
      this.#slots.shift();
      return;
    }
    this.#slotMs *= 2;
    const joined: Slot[] = [];
    for (const slot of this.#slots) {
      const startMs = Math.floor(slot.startMs / this.#slotMs) * this.#slotMs;
      const last = joined.at(-1);
      if (last?.startMs === startMs) join(last, slot, this.#range.ppm);
      else joined.push({ ...slot, startMs });
    }
    this.#slots = joined;
  }
}

/** Which of two is the lower one, a known drift says. */
function join(slot: Slot, other: Slot, ppm: number): void {
  if (other.outUs - rise(ppm, other.outMs, slot.outMs) < slot.outUs) {
    slot.outUs = other.outUs;
    slot.outMs = other.outMs;
  }
  if (other.backUs + rise(ppm, other.backMs, slot.backMs) < slot.backUs) {
    slot.backUs = other.backUs;
    slot.backMs = other.backMs;
  }
  slot.roundTripUs = Math.min(slot.roundTripUs, other.roundTripUs);
  slot.errorUs = Math.max(slot.errorUs, other.errorUs);
}

/** What a gain adds up to from one time to another, in µs. */
const rise = (ppm: number, toMs: number, fromMs: number): number => (ppm * (toMs - fromMs)) / 1_000;
