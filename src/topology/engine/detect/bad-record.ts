// Which of the last 32 samples of many segments were bad, and which share of them usually is.

/** A bad sample counts as usual only after so many more; where its segment is in trouble by then, never. */
const LEARNT_AFTER = 16;
/** What is usual follows by this part of each sample, and quicker while few were seen. */
const LEARN = { least: 1 / 2_048, from: 200 } as const;

export class BadRecord {
  /** One bit a sample, the last one lowest. */
  readonly #bits: Uint32Array;
  readonly #share: Float64Array;
  readonly #learnt: Uint16Array;

  constructor(segments: number) {
    this.#bits = new Uint32Array(segments);
    this.#share = new Float64Array(segments);
    this.#learnt = new Uint16Array(segments);
  }

  /** `learn`: whether what was seen a while ago is usual. */
  push(s: number, isBad: boolean, learn: boolean): void {
    const bits = ((this.#bits[s] as number) << 1) | (isBad ? 1 : 0);
    this.#bits[s] = bits;
    if (!learn) return;
    const seen = this.#learnt[s] as number;
    const rate = Math.max(LEARN.least, 1 / (seen + LEARN.from));
    const usual = this.#share[s] as number;
    this.#share[s] = usual + (((bits >>> LEARNT_AFTER) & 1) - usual) * rate;
    if (rate > LEARN.least) this.#learnt[s] = seen + 1;
  }

  /** How many of the last `window`, 31 at most. */
  of(s: number, window: number): number {
    return ones((this.#bits[s] as number) & ((1 << window) - 1));
  }

  /** None of the last 32: the usual case at little cost. */
  isClear(s: number): boolean {
    return this.#bits[s] === 0;
  }

  usualShare(s: number): number {
    return this.#share[s] as number;
  }

  forget(s: number): void {
    this.#bits[s] = 0;
  }
}

/** How many bits are set. */
function ones(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
