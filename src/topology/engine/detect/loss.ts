// Lost pulses of many segments, counted over the last 10, 60 and 600 in rings of single octets. A report that is missing
// is no lost pulse and leaves everything as it is.

import { LOSS_WINDOWS, lossRule } from "./chance.ts";

const RECORD = 600;
/** One lost pulse in 50 of the whole record is too many, however usual; half of that ends it. */
const ALWAYS_BAD = 12;
/** The usual loss follows by 1/2,048 of each pulse. */
const LEARN = 1 / 2_048;

export class LossRecord {
  readonly #ring: Uint8Array;
  readonly #next: Uint16Array;
  readonly #count: Uint16Array;
  readonly #short: Uint8Array;
  readonly #long: Uint8Array;
  readonly #all: Uint16Array;
  readonly #inARow: Uint16Array;
  readonly #received: Uint16Array;
  readonly #usualPpm: Float64Array;

  constructor(segments: number) {
    this.#ring = new Uint8Array(segments * RECORD);
    this.#next = new Uint16Array(segments);
    this.#count = new Uint16Array(segments);
    this.#short = new Uint8Array(segments);
    this.#long = new Uint8Array(segments);
    this.#all = new Uint16Array(segments);
    this.#inARow = new Uint16Array(segments);
    this.#received = new Uint16Array(segments);
    this.#usualPpm = new Float64Array(segments);
  }

  /** `learn`: whether what leaves the long window is usual; what is seen now never counts as usual yet. */
  push(s: number, isLost: boolean, learn: boolean): void {
    const lost = isLost ? 1 : 0;
    const start = s * RECORD;
    const next = this.#next[s] as number;
    const count = this.#count[s] as number;
    const ago = (pulses: number): number =>
      count < pulses ? 0 : (this.#ring[start + ((next - pulses + RECORD) % RECORD)] as number);
    const leaving = ago(LOSS_WINDOWS.long);
    if (learn && count >= LOSS_WINDOWS.long) {
      const usual = this.#usualPpm[s] as number;
      this.#usualPpm[s] = usual + (leaving * 1e6 - usual) * LEARN;
    }
    this.#short[s] = (this.#short[s] as number) + lost - ago(LOSS_WINDOWS.short);
    this.#long[s] = (this.#long[s] as number) + lost - leaving;
    this.#all[s] = (this.#all[s] as number) + lost - ago(RECORD);
    this.#ring[start + next] = lost;
    this.#next[s] = (next + 1) % RECORD;
    if (count < RECORD) this.#count[s] = count + 1;
    this.#inARow[s] = isLost ? Math.min((this.#inARow[s] as number) + 1, RECORD) : 0;
    this.#received[s] = isLost ? 0 : Math.min((this.#received[s] as number) + 1, RECORD);
  }

  receivedInARow(s: number): number {
    return this.#received[s] as number;
  }

  isDown(s: number): boolean {
    const lost = this.#inARow[s] as number;
    return lost > 1 && lost >= lossRule(this.#usualPpm[s] as number).inARow;
  }

  isLossy(s: number): boolean {
    if (this.#all[s] === 0) return false;
    const rule = lossRule(this.#usualPpm[s] as number);
    const [short, long] = [this.#short[s] as number, this.#long[s] as number];
    return short >= rule.ofShort || long >= rule.ofLong || (this.#all[s] as number) >= ALWAYS_BAD;
  }

  isCalm(s: number): boolean {
    if ((this.#received[s] as number) >= LOSS_WINDOWS.long) return true;
    return this.#short[s] === 0 && !this.isLossy(s) && (this.#all[s] as number) * 2 < ALWAYS_BAD;
  }

  /** Of the record, or of a long window where that is not full yet. */
  lossPpm(s: number): number {
    return Math.round(((this.#all[s] as number) * 1e6) / Math.max(this.#count[s] as number, LOSS_WINDOWS.long));
  }

  /** An outage that is over counts no more. */
  forget(s: number): void {
    this.#ring.fill(0, s * RECORD, (s + 1) * RECORD);
    this.#count[s] = 0;
    this.#short[s] = 0;
    this.#long[s] = 0;
    this.#all[s] = 0;
  }
}
