// A heap of items by two keys, least first: four children a node, so that a level more rarely costs a cache line.

export class Heap {
  #first = new Float64Array(64);
  #second = new Int32Array(64);
  #items = new Int32Array(64);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
  }

  /** The first key of the least item; +Infinity when empty. */
  get least(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#first[0] as number);
  }

  push(first: number, second: number, item: number): void {
    if (this.#size === this.#items.length) this.#grow();
    const keys = this.#first;
    const seconds = this.#second;
    const items = this.#items;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const key = keys[parent] as number;
      if (key < first || (key === first && (seconds[parent] as number) <= second)) break;
      keys[at] = key;
      seconds[at] = seconds[parent] as number;
      items[at] = items[parent] as number;
      at = parent;
    }
    keys[at] = first;
    seconds[at] = second;
    items[at] = item;
  }

  /** The least item, which leaves; −1 when empty. */
  pop(): number {
    if (this.#size === 0) return -1;
    const keys = this.#first;
    const seconds = this.#second;
    const items = this.#items;
    const least = items[0] as number;
    const size = --this.#size;
    const first = keys[size] as number;
    const second = seconds[size] as number;
    let at = 0;
    for (;;) {
      let child = at * 4 + 1;
      if (child >= size) break;
      const end = child + 4 < size ? child + 4 : size;
      for (let other = child + 1; other < end; other++) {
        const less = (keys[other] as number) - (keys[child] as number);
        if (less < 0 || (less === 0 && (seconds[other] as number) < (seconds[child] as number))) child = other;
      }
      const key = keys[child] as number;
      if (key > first || (key === first && (seconds[child] as number) >= second)) break;
      keys[at] = key;
      seconds[at] = seconds[child] as number;
      items[at] = items[child] as number;
      at = child;
    }
    keys[at] = first;
    seconds[at] = second;
    items[at] = items[size] as number;
    return least;
  }

  #grow(): void {
    const size = this.#items.length * 2;
    const larger = <A extends Float64Array | Int32Array>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    this.#first = larger(new Float64Array(size), this.#first);
    this.#second = larger(new Int32Array(size), this.#second);
    this.#items = larger(new Int32Array(size), this.#items);
  }
}
