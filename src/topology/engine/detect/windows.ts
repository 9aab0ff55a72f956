// Running medians of many segments: one sorted window each, in one typed array. A sample that comes replaces the oldest
// in its place; nothing is sorted again.

export class MedianWindows {
  readonly #width: number;
  /** In order of arrival. */
  readonly #ring: Float64Array;
  readonly #sorted: Float64Array;
  readonly #count: Uint16Array;
  readonly #next: Uint16Array;

  constructor(segments: number, width: number) {
    this.#width = width;
    this.#ring = new Float64Array(segments * width);
    this.#sorted = new Float64Array(segments * width);
    this.#count = new Uint16Array(segments);
    this.#next = new Uint16Array(segments);
  }

  count(segment: number): number {
    return this.#count[segment] as number;
  }

  push(segment: number, value: number): void {
    const start = segment * this.#width;
    const at = start + (this.#next[segment] as number);
    let end = start + this.count(segment);
    if (this.count(segment) === this.#width) {
      const gone = this.#place(start, end, this.#ring[at] as number);
      this.#sorted.copyWithin(gone, gone + 1, end--);
    } else {
      this.#count[segment] = this.count(segment) + 1;
    }
    const place = this.#place(start, end, value);
    this.#sorted.copyWithin(place + 1, place, end);
    this.#sorted[place] = value;
    this.#ring[at] = value;
    this.#next[segment] = ((this.#next[segment] as number) + 1) % this.#width;
  }

  /** The lower of the two middle ones where their number is even, so that a median is always a value that was there. */
  median(segment: number): number {
    const count = this.count(segment);
    return count === 0 ? Number.NaN : (this.#sorted[segment * this.#width + ((count - 1) >> 1)] as number);
  }

  clear(segment: number): void {
    this.#count[segment] = 0;
    this.#next[segment] = 0;
  }

  /** Where the first value that is not below `value` stands. */
  #place(start: number, end: number, value: number): number {
    let [low, high] = [start, end];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
