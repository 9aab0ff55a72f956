// What the edge refused since the agent started, by kind. Its table begins at nothing each time it is put in anew; what is
// told never goes back. Pure.

export class Refusals {
  readonly #totals = new Map<string, bigint>();
  #read: ReadonlyMap<string, bigint> | undefined;

  /** Undefined: the table did not stand, or could not be read. What was there at the first look is not counted. */
  take(read: ReadonlyMap<string, bigint> | undefined): void {
    if (read === undefined) return;
    for (const [kind, packets] of read) {
      const before = this.#read === undefined ? packets : (this.#read.get(kind) ?? 0n);
      const more = packets < before ? packets : packets - before;
      this.#totals.set(kind, (this.#totals.get(kind) ?? 0n) + more);
    }
    this.#read = read;
  }

  get totals(): ReadonlyMap<string, bigint> {
    return this.#totals;
  }
}
