// Clock steps and drift, told from congestion. A clock that moves by s shows as s on all that reaches its POP and as −s
// on all that leaves it, at once; congestion never shortens the way back. What both sides agree on is taken out of every
// sample. It is a potential of the POPs, so whatever is taken out, wrongly too, cancels on every way between two POPs.

/** Less than this is left to the segments' own medians. */
const STEP_MIN_US = 500;
/** A POP is judged by no fewer segments on each side. */
const SEGMENTS_MIN = 2;

export class ClockSteps {
  /** What each POP's clock has moved since the beginning, in µs. */
  readonly movedUs: Float64Array;
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  readonly #out: readonly Int32Array[];
  readonly #in: readonly Int32Array[];
  readonly #scratch: Float64Array;

  constructor(pops: number, from: Int32Array, to: Int32Array) {
    this.movedUs = new Float64Array(pops);
    this.#from = from;
    this.#to = to;
    const of = (ends: Int32Array, pop: number) => Int32Array.from(ends.keys().filter((s) => ends[s] === pop));
    this.#out = Array.from({ length: pops }, (_, pop) => of(from, pop));
    this.#in = Array.from({ length: pops }, (_, pop) => of(to, pop));
    this.#scratch = new Float64Array(from.length);
  }

  /**
   * Takes out of `residualUs` (sample less its running median, NaN where there is none) what is a clock's, largest step
   * first. One round for each POP at most: each takes out the largest of what is left.
   */
  remove(residualUs: Float64Array): void {
    const pops = this.movedUs.length;
    // Two POPs prove nothing: forward congestion and a way back that got better look the same.
    if (pops < 3) return;
    for (let round = 0; round < pops; round++) {
      let [step, stepped] = [0, -1];
      for (let pop = 0; pop < pops; pop++) {
        const seen = this.#stepOf(pop, residualUs);
        if (Math.abs(seen) > Math.abs(step)) [step, stepped] = [seen, pop];
      }
      if (Math.abs(step) < STEP_MIN_US) return;
      this.movedUs[stepped] = (this.movedUs[stepped] as number) + step;
      for (const segment of this.#in[stepped] as Int32Array)
        residualUs[segment] = (residualUs[segment] as number) - step;
      for (const segment of this.#out[stepped] as Int32Array)
        residualUs[segment] = (residualUs[segment] as number) + step;
    }
  }

  /** What clocks have moved on a segment since the beginning. */
  onSegment(segment: number): number {
    const [from, to] = [this.#from[segment] as number, this.#to[segment] as number];
    return (this.movedUs[to] as number) - (this.movedUs[from] as number);
  }

  /** Whether enough is seen of both ends of a segment for a step of either to be known. */
  sees(segment: number, residualUs: Float64Array): boolean {
    return [this.#from[segment], this.#to[segment]].every((pop) =>
      [this.#in, this.#out].every(
        (side) =>
          (side[pop as number] as Int32Array).reduce(
            (seen, s) => seen + (s !== segment && !Number.isNaN(residualUs[s] as number) ? 1 : 0),
            0,
          ) >= SEGMENTS_MIN,
      ),
    );
  }

  /** The smaller of what the two sides say, and nothing unless both say it. */
  #stepOf(pop: number, residualUs: Float64Array): number {
    const arriving = this.#middle(this.#in[pop] as Int32Array, residualUs);
    if (arriving === 0) return 0;
    const leaving = -this.#middle(this.#out[pop] as Int32Array, residualUs);
    if (arriving * leaving <= 0) return 0;
    return Math.abs(arriving) < Math.abs(leaving) ? arriving : leaving;
  }

  /** The median, of an even number the middle one nearer to zero; nothing unless most are on one side by a step or more. */
  #middle(segments: Int32Array, residualUs: Float64Array): number {
    let [count, above, below] = [0, 0, 0];
    for (const segment of segments) {
      const residual = residualUs[segment] as number;
      if (Number.isNaN(residual)) continue;
      this.#scratch[count++] = residual;
      if (residual >= STEP_MIN_US) above++;
      else if (residual <= -STEP_MIN_US) below++;
    }
    if (count < SEGMENTS_MIN || Math.max(above, below) * 2 <= count) return 0;
    const sorted = this.#scratch.subarray(0, count).sort();
    return sorted[above > below ? (count - 1) >> 1 : count >> 1] as number;
  }
}
