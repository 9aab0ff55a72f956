// What became of a flow's packets, as its receiver sees it, window by window.

export type FlowWindow = {
  /** Packets, duplicates among them. */
  readonly received: number;
  /** Of the numbers that this window reached, those that had not arrived when it closed. */
  readonly lost: number;
  /** Arrived after one that was sent later. */
  readonly reordered: number;
  readonly duplicated: number;
  /** Of what arrived in the window; undefined where nothing did. */
  readonly latency?: LatencySummary;
};

export type LatencySummary = {
  readonly minUs: number;
  readonly p50Us: number;
  readonly p95Us: number;
  readonly maxUs: number;
};

export class FlowStats {
  readonly #seen = new Set<number>();
  #highest = -1;
  #closedAt = -1;
  #inRange = 0;
  #received = 0;
  #reordered = 0;
  #duplicated = 0;
  #latencies: number[] = [];

  take(sequence: number, latencyUs: number): void {
    this.#received++;
    this.#latencies.push(latencyUs);
    if (this.#seen.has(sequence)) {
      this.#duplicated++;
      return;
    }
    this.#seen.add(sequence);
    if (sequence > this.#closedAt) this.#inRange++;
    if (sequence < this.#highest) this.#reordered++;
    else this.#highest = sequence;
  }

  /** Closes the window and begins the next. */
  close(): FlowWindow {
    const latency = summary(this.#latencies);
    const window = {
      received: this.#received,
      lost: this.#highest - this.#closedAt - this.#inRange,
      reordered: this.#reordered,
      duplicated: this.#duplicated,
      ...(latency === undefined ? {} : { latency }),
    };
    this.#closedAt = this.#highest;
    [this.#inRange, this.#received, this.#reordered, this.#duplicated, this.#latencies] = [0, 0, 0, 0, []];
    return window;
  }
}

export function summary(latencies: readonly number[]): LatencySummary | undefined {
  if (latencies.length === 0) return undefined;
  const sorted = Float64Array.from(latencies).sort();
  const at = (percent: number): number => sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] as number;
  return { minUs: at(0), p50Us: at(50), p95Us: at(95), maxUs: at(100) };
}
