// Sequence numbers of 32 bits as counts that do not wrap.

const WRAP = 2 ** 32;

/** Gives each number the count nearest to the newest one seen. */
export class Widener {
  #newest: number | undefined;

  widen(number: number): number {
    if (this.#newest === undefined) {
      this.#newest = number;
      return number;
    }
    const laps = Math.round((this.#newest - number) / WRAP);
    const count = number + Math.max(0, laps) * WRAP;
    this.#newest = Math.max(this.#newest, count);
    return count;
  }
}
