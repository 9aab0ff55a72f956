// What is due next among many, and when a neighbour's pulses leave so that no two of them queue on each other.

import { LIMITS } from "../base/limits.ts";

type Entry<Name> = { readonly name: Name; at: number; place: number };

/** A binary heap of names by their time; a name has one time, and setting it again moves it. */
export class DueHeap<Name> {
  readonly #heap: Entry<Name>[] = [];
  readonly #entries = new Map<Name, Entry<Name>>();

  get nextAt(): number {
    return this.#at(0);
  }

  set(name: Name, at: number): void {
    const known = this.#entries.get(name);
    if (known?.at === at) return;
    const entry = known ?? { name, at, place: this.#heap.length };
    if (known === undefined) {
      this.#heap.push(entry);
      this.#entries.set(name, entry);
    }
    entry.at = at;
    this.#rise(entry.place);
    this.#sink(entry.place);
  }

  delete(name: Name): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    const { place } = entry;
    this.#swap(place, this.#heap.length - 1);
    this.#heap.pop();
    this.#entries.delete(name);
    if (place < this.#heap.length) {
      this.#rise(place);
      this.#sink(place);
    }
  }

  /** The name whose time has come longest ago. */
  first(now: number): Name | undefined {
    const top = this.#heap[0];
    return top !== undefined && top.at <= now ? top.name : undefined;
  }

  #rise(from: number): void {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (this.#at(parent) <= this.#at(i)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #sink(from: number): void {
    for (let i = from; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (this.#at(left) < this.#at(least)) least = left;
      if (this.#at(right) < this.#at(least)) least = right;
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #at(i: number): number {
    return this.#heap[i]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(i: number, j: number): void {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    if (a === undefined || b === undefined) return;
    this.#heap[i] = b;
    this.#heap[j] = a;
    b.place = i;
    a.place = j;
  }
}

/** The first slot that begins after `ms`: what has no time of its own happens then, so that the loop wakes seldom. */
export const slotAfter = (ms: number, slotMs: number = LIMITS.pulseSlotMs): number =>
  (Math.floor(ms / slotMs) + 1) * slotMs;

/** How long the slots are in which pulses of an interval leave. */
export const slotOf = (intervalMs: number): number =>
  Math.max(LIMITS.pulseSlotMs, intervalMs / LIMITS.pulseSlotsPerInterval);

const GOLDEN = 0.618_033_988_749_895;

/**
 * Where in the interval the n-th neighbour's pulses leave, as a share of it. Steps of the golden ratio keep any number of
 * neighbours apart, so adding one moves no other; `start` is chance, so that no two machines pulse in step.
 */
export const phase = (n: number, start: number): number => (start + n * GOLDEN) % 1;
