// Delays of one direction over the last so many seconds, kept in order of size: a sample that comes or goes costs one move
// within an array. Delays hold the difference of two clocks, which drifts; the window is kept level by a rate, and every
// delay is told as it would be measured at the time of the question.

const FIRST_CAPACITY = 64;
/** A group of 100 has four hundred windows. */
const GROWTH = 1.5;
/** A stamp this many times worse than usual, and by more than this, says too little of a delay. */
const BAD_STAMP = { times: 4, aboveUs: 20 } as const;
const USUAL_FOLLOWS = 1 / 16;

export type WindowStats = {
  readonly minUs: number;
  readonly p5Us: number;
  readonly p50Us: number;
  readonly p95Us: number;
  /** RFC 3550 §6.4.1. */
  readonly jitterUs: number;
  readonly ageMs: number;
  readonly samples: number;
  /** The worst stamp of the window. */
  readonly stampErrorUs: number;
};

export class DelayWindow {
  readonly #spanMs: number;
  readonly #maxSamples: number;
  /** Rings in order of arrival. */
  #atMs = new Float64Array(FIRST_CAPACITY);
  #delayUs = new Float64Array(FIRST_CAPACITY);
  #errorUs = new Float64Array(FIRST_CAPACITY);
  /** The delays leveled, by size. */
  #sorted = new Float64Array(FIRST_CAPACITY);
  #head = 0;
  #count = 0;
  #ratePpm = 0;
  /** Times are told from here, so that a rate times a time stays small. */
  #epochMs = 0;
  #usualErrorUs: number | undefined;
  #lastUs: number | undefined;
  #jitterUs = 0;

  constructor(spanMs: number, maxSamples: number) {
    this.#spanMs = spanMs;
    this.#maxSamples = maxSamples;
  }

  get count(): number {
    return this.#count;
  }

  /** By how much the receiver's clock is taken to gain on the sender's. */
  get ratePpm(): number {
    return this.#ratePpm;
  }

  /** Since the oldest sample: over so long a wrong rate adds up. */
  spanMs(nowMs: number): number {
    return this.#count === 0 ? 0 : Math.max(0, nowMs - (this.#atMs[this.#head] as number));
  }

  /** False where its stamps are too bad to say anything beside the others. */
  add(atMs: number, delayUs: number, errorUs: number): boolean {
    if (!this.#isUsable(errorUs)) return false;
    this.pass(atMs);
    if (this.#count === this.#maxSamples) this.#drop();
    if (this.#count === this.#atMs.length) this.#grow();
    if (this.#count === 0) this.#epochMs = atMs;
    const slot = (this.#head + this.#count) % this.#atMs.length;
    this.#atMs[slot] = atMs;
    this.#delayUs[slot] = delayUs;
    this.#errorUs[slot] = errorUs;
    this.#insert(this.#leveled(slot));
    this.#count++;
    if (this.#lastUs !== undefined) this.#jitterUs += (Math.abs(delayUs - this.#lastUs) - this.#jitterUs) / 16;
    this.#lastUs = delayUs;
    return true;
  }

  /** Lets go of what is older than the window. */
  pass(nowMs: number): void {
    while (this.#count > 0 && (this.#atMs[this.#head] as number) < nowMs - this.#spanMs) this.#drop();
  }

  /** A clock was set, or everything else is new. */
  forget(): void {
    this.#count = 0;
    this.#head = 0;
    this.#lastUs = undefined;
    this.#jitterUs = 0;
  }

  /** Another rate; the only time that the window is sorted. */
  level(ratePpm: number): void {
    if (ratePpm === this.#ratePpm) return;
    this.#ratePpm = ratePpm;
    for (let i = 0; i < this.#count; i++) {
      this.#sorted[i] = this.#leveled((this.#head + i) % this.#atMs.length);
    }
    this.#sorted.subarray(0, this.#count).sort();
  }

  /** Nearest rank: the smallest delay that `share` of all do not exceed, as of `nowMs`. */
  quantileUs(share: number, nowMs: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    return (this.#sorted[rank - 1] as number) + this.#shiftUs(nowMs);
  }

  stats(nowMs: number): WindowStats | undefined {
    this.pass(nowMs);
    if (this.#count === 0) return undefined;
    const at = (share: number): number => Math.round(this.quantileUs(share, nowMs) ?? 0);
    const newest = (this.#head + this.#count - 1) % this.#atMs.length;
    let worstUs = 0;
    for (let i = 0; i < this.#count; i++) {
      worstUs = Math.max(worstUs, this.#errorUs[(this.#head + i) % this.#errorUs.length] as number);
    }
    return {
      minUs: at(0),
      p5Us: at(0.05),
      p50Us: at(0.5),
      p95Us: at(0.95),
      jitterUs: Math.round(this.#jitterUs),
      ageMs: Math.max(0, Math.round(nowMs - (this.#atMs[newest] as number))),
      samples: this.#count,
      stampErrorUs: Math.ceil(worstUs),
    };
  }

  #isUsable(errorUs: number): boolean {
    const usual = this.#usualErrorUs ?? errorUs;
    this.#usualErrorUs = usual + (errorUs - usual) * USUAL_FOLLOWS;
    return this.#count === 0 || errorUs <= BAD_STAMP.times * usual + BAD_STAMP.aboveUs;
  }

  #shiftUs(atMs: number): number {
    return (this.#ratePpm * (atMs - this.#epochMs)) / 1_000;
  }

  /** The same each time, so that a sample is found again by it. */
  #leveled(slot: number): number {
    return (this.#delayUs[slot] as number) - this.#shiftUs(this.#atMs[slot] as number);
  }

  #drop(): void {
    const place = this.#placeOf(this.#leveled(this.#head));
    this.#sorted.copyWithin(place, place + 1, this.#count);
    this.#head = (this.#head + 1) % this.#atMs.length;
    this.#count--;
  }

  #insert(value: number): void {
    const place = this.#placeOf(value);
    this.#sorted.copyWithin(place + 1, place, this.#count);
    this.#sorted[place] = value;
  }

  /** Where the first value that is not smaller stands, or the end. */
  #placeOf(value: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const size = Math.min(this.#maxSamples, Math.ceil(GROWTH * this.#atMs.length));
    const unrolled = (ring: Float64Array): Float64Array<ArrayBuffer> => {
      const bigger = new Float64Array(size);
      bigger.set(ring.subarray(this.#head));
      bigger.set(ring.subarray(0, this.#head), ring.length - this.#head);
      return bigger;
    };
    this.#atMs = unrolled(this.#atMs);
    this.#delayUs = unrolled(this.#delayUs);
    this.#errorUs = unrolled(this.#errorUs);
    const sorted = new Float64Array(size);
    sorted.set(this.#sorted);
    this.#sorted = sorted;
    this.#head = 0;
  }
}
