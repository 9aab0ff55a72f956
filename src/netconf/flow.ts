// Values on their way to a reader that may be slower than their source: an async iterable with a bounded queue.

export type FlowOptions = {
  /** Called when more than `high` wait, and again when fewer than half of that do. */
  readonly high: number;
  readonly full?: () => void;
  readonly drained?: () => void;
  /** The reader went away before the end. */
  readonly left?: () => void;
};

export class Flow<T> implements AsyncIterableIterator<T, undefined> {
  #queue: T[] = [];
  #head = 0;
  #readers: PromiseWithResolvers<IteratorResult<T, undefined>>[] = [];
  #end: { readonly error?: unknown } | undefined;
  #full = false;
  readonly #options: FlowOptions;

  constructor(options: FlowOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  put(value: T): void {
    if (this.#end) return;
    const reader = this.#readers.shift();
    if (reader) {
      reader.resolve({ done: false, value });
      return;
    }
    this.#queue.push(value);
    if (!this.#full && this.waiting > this.#options.high) {
      this.#full = true;
      this.#options.full?.();
    }
  }

  /** What waits is still read; then the error, if there is one, or the end. */
  end(...[error]: readonly unknown[]): void {
    if (this.#end) return;
    this.#end = error === undefined ? {} : { error };
    for (const reader of this.#readers.splice(0)) this.#finish(reader);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const reader = Promise.withResolvers<IteratorResult<T, undefined>>();
    if (this.waiting > 0) {
      reader.resolve({ done: false, value: this.#take() });
    } else if (this.#end) this.#finish(reader);
    else this.#readers.push(reader);
    return reader.promise;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    const isEarly = this.#end === undefined;
    this.#end = {};
    [this.#queue, this.#head] = [[], 0];
    if (isEarly) this.#options.left?.();
    this.#release();
    for (const reader of this.#readers.splice(0)) this.#finish(reader);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): T {
    const value = this.#queue[this.#head++] as T;
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (this.waiting * 2 < this.#options.high) this.#release();
    return value;
  }

  #release(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#options.drained?.();
  }

  /** An error is told once; whoever asks again is told that there is no more. */
  #finish(reader: PromiseWithResolvers<IteratorResult<T, undefined>>): void {
    const end = this.#end;
    if (end && "error" in end) {
      this.#end = {};
      reader.reject(end.error);
    } else reader.resolve({ done: true, value: undefined });
  }
}
