// What was lost, overtaken and doubled of the peer's own pulses over the window, by the peer's sequence numbers alone:
// known even while nothing of ours arrives there.

import type { LegCount } from "./reply-count.ts";

type Heard = { readonly sequence: number; readonly atMs: number; readonly overtaken: boolean; extra: number };

/** Numbers that fall back by more began anew. */
const RESTART_BEHIND = 64;
const BACKWARDS_MS = 1_000;

export class HeardCount {
  readonly #spanMs: number;
  readonly #maxPulses: number;
  /** In order of arrival. */
  #heard: Heard[] = [];
  #bySequence = new Map<number, Heard>();
  #highest: number | undefined;
  /** The highest number that left the window. */
  #before: number | undefined;
  #gapMs: number | undefined;

  constructor(spanMs: number, maxPulses: number) {
    this.#spanMs = spanMs;
    this.#maxPulses = maxPulses;
  }

  get lastMs(): number | undefined {
    return this.#heard.at(-1)?.atMs;
  }

  /** True for the first of its number. */
  add(sequence: number, atMs: number): boolean {
    const last = this.#heard.at(-1);
    if (
      (this.#highest !== undefined && sequence < this.#highest - RESTART_BEHIND) ||
      (last !== undefined && atMs < last.atMs - BACKWARDS_MS)
    ) {
      this.#forget();
    }
    this.pass(atMs);
    const known = this.#bySequence.get(sequence);
    if (known !== undefined) {
      known.extra++;
      return false;
    }
    if (this.#before !== undefined && sequence <= this.#before) return false;
    const one = { sequence, atMs, overtaken: sequence < (this.#highest ?? -1), extra: 0 };
    this.#heard.push(one);
    this.#bySequence.set(sequence, one);
    this.#highest = Math.max(this.#highest ?? sequence, sequence);
    if (this.#heard.length > this.#maxPulses) this.#release(1);
    return true;
  }

  pass(nowMs: number): void {
    let old = 0;
    while ((this.#heard[old]?.atMs ?? Number.POSITIVE_INFINITY) < nowMs - this.#spanMs) old++;
    if (old > 0) this.#release(old);
  }

  /** `silentMs`: how long nothing at all has come from the peer; pulses that were due in that time are lost. */
  count(nowMs: number, overdueMs: number, silentMs: number): LegCount | undefined {
    this.#learnGap();
    this.pass(nowMs);
    const silent = Math.min(silentMs, this.#spanMs) - overdueMs;
    const due = this.#gapMs === undefined || silent <= 0 ? 0 : Math.floor(silent / this.#gapMs);
    const got = this.#heard.length;
    if (got === 0) return due === 0 ? undefined : { packets: due, lost: due, reordered: 0, duplicated: 0 };
    const numbers = this.#heard.map(({ sequence }) => sequence);
    const lowest = Math.min(...numbers);
    const missing = Math.max(...numbers) - lowest + 1 - got + this.#leading(lowest, nowMs);
    return {
      packets: got + missing + due,
      lost: missing + due,
      reordered: this.#heard.filter(({ overtaken }) => overtaken).length,
      duplicated: this.#heard.reduce((total, { extra }) => total + extra, 0),
    };
  }

  /** Those that were due in the window before the first that came. */
  #leading(lowest: number, nowMs: number): number {
    const first = this.#heard[0];
    if (this.#before === undefined || first === undefined || this.#gapMs === undefined) return 0;
    const due = Math.floor((first.atMs - (nowMs - this.#spanMs)) / this.#gapMs);
    return Math.max(0, Math.min(lowest - this.#before - 1, due));
  }

  /** How far apart the peer's pulses are. */
  #learnGap(): void {
    const [first, last] = [this.#heard[0], this.#heard.at(-1)];
    if (first === undefined || last === undefined || last.sequence <= first.sequence) return;
    this.#gapMs = Math.max(1, (last.atMs - first.atMs) / (last.sequence - first.sequence));
  }

  #release(count: number): void {
    for (const { sequence } of this.#heard.splice(0, count)) {
      this.#bySequence.delete(sequence);
      this.#before = Math.max(this.#before ?? sequence, sequence);
    }
  }

  #forget(): void {
    this.#heard = [];
    this.#bySequence = new Map();
    this.#highest = undefined;
    this.#before = undefined;
  }
}
