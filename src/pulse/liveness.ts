// Whether a neighbour's path is alive, as a function of pulses sent, answered and missed. Three misses in a row make it
// suspect; then three extra pulses 20 ms apart ask at once, and when none of them is answered, or five in a row have
// been missed by then, it is down. It is up again only after a stable run.

export type LivenessState = "unknown" | "up" | "suspect" | "down";

export type LivenessChange = {
  readonly state: LivenessState;
  readonly before: LivenessState;
  readonly atMs: number;
  /** Pulses missed in a row. */
  readonly missed: number;
  /**
   * Which way is dead: `out` while the peer's own pulses still come in, `in` when they have stopped (the way out is then
   * not known). Undefined for a peer that sends none.
   */
  readonly dead: "out" | "in" | undefined;
};

export const LIVENESS = {
  suspectAfter: 3,
  downAfter: 5,
  extraPulses: 3,
  extraGapMs: 20,
  /** Answers in a row that make a path up which was down or not known. */
  stableRun: 3,
  /** RFC 6298, with limits of our own: a path is asked often, and an answer that comes late still counts. */
  firstMissMs: 1_000,
  leastMissMs: 20,
  mostMissMs: 3_000,
  leastVariationMs: 10,
} as const;

type Waiting = { readonly sequence: number; readonly sentMs: number; readonly dueMs: number; readonly extra: boolean };

export class Liveness {
  #state: LivenessState = "unknown";
  /** Pulses without an answer whose time has not run out, oldest first. */
  #waiting: Waiting[] = [];
  /** Those whose time has, after the newest answered one. */
  #missed: Waiting[] = [];
  #newestAnswered = -1;
  #run = 0;
  /** When each extra pulse is to be sent. */
  #extras: number[] = [];
  #rttMs: number | undefined;
  #variationMs = 0;
  #heardMs: number | undefined;

  get state(): LivenessState {
    return this.#state;
  }

  /** How long an answer may take: smoothed RTT and four times its variation (RFC 6298 §2). */
  get missAfterMs(): number {
    if (this.#rttMs === undefined) return LIVENESS.firstMissMs;
    const wait = this.#rttMs + Math.max(LIVENESS.leastVariationMs, 4 * this.#variationMs);
    return Math.min(LIVENESS.mostMissMs, Math.max(LIVENESS.leastMissMs, wait));
  }

  /** When an extra pulse is due, or when the oldest wait runs out. */
  get dueMs(): number {
    return Math.min(this.#extras[0] ?? Number.POSITIVE_INFINITY, this.#waiting[0]?.dueMs ?? Number.POSITIVE_INFINITY);
  }

  /** Whether an extra pulse is to be sent now; it is to be told by `sent` like any other. */
  takeExtra(nowMs: number): boolean {
    if ((this.#extras[0] ?? Number.POSITIVE_INFINITY) > nowMs) return false;
    this.#extras.shift();
    return true;
  }

  sent(sequence: number, nowMs: number, extra = false): void {
    this.#waiting.push({ sequence, sentMs: nowMs, dueMs: nowMs + this.missAfterMs, extra });
  }

  /** An answer says that the path was alive when its pulse was sent, so all misses before it are single losses. */
  answered(sequence: number, rttMs: number, nowMs: number): LivenessChange | undefined {
    this.#learnRtt(rttMs);
    if (sequence <= this.#newestAnswered) return undefined;
    this.#newestAnswered = sequence;
    // Whose answer came late is none of them: who is slow to read may still see a stable run.
    if (this.#missed.some((one) => one.sequence < sequence)) this.#run = 0;
    this.#waiting = this.#waiting.filter((one) => one.sequence > sequence);
    this.#missed = this.#missed.filter((one) => one.sequence > sequence);
    this.#run++;
    if (this.#missed.length > 0) return undefined;
    if (this.#state === "suspect" || (this.#state !== "up" && this.#run >= LIVENESS.stableRun)) {
      return this.#become("up", nowMs);
    }
    return undefined;
  }

  /** A pulse of the peer's own came in. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  /** Lets time pass to `nowMs`; what has arrived by then must have been told before. */
  pass(nowMs: number): LivenessChange | undefined {
    let late = 0;
    while ((this.#waiting[late]?.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs) late++;
    if (late === 0) return undefined;
    this.#missed.push(...this.#waiting.splice(0, late));
    // It may be down for months: that pulses were missed is enough.
    if (this.#state === "down") this.#missed = this.#missed.slice(-1);
    if (this.#state === "up" || this.#state === "unknown") {
      if (this.#missed.length < LIVENESS.suspectAfter) return undefined;
      this.#extras = Array.from({ length: LIVENESS.extraPulses }, (_, i) => nowMs + i * LIVENESS.extraGapMs);
      return this.#become("suspect", nowMs);
    }
    if (this.#state !== "suspect") return undefined;
    const extras = this.#missed.filter(({ extra }) => extra).length;
    const confirmed = extras >= LIVENESS.extraPulses || this.#missed.length - extras >= LIVENESS.downAfter;
    return confirmed ? this.#become("down", nowMs) : undefined;
  }

  #become(state: LivenessState, atMs: number): LivenessChange {
    const before = this.#state;
    this.#state = state;
    if (state !== "suspect") this.#extras = [];
    const change = {
      state,
      before,
      atMs,
      missed: this.#missed.length,
      dead: state === "up" ? undefined : this.#dead(),
    };
    if (state !== "suspect") this.#missed = [];
    return change;
  }

  #dead(): "out" | "in" | undefined {
    const since = this.#missed[0]?.sentMs;
    if (this.#heardMs === undefined || since === undefined) return undefined;
    return this.#heardMs > since ? "out" : "in";
  }

  #learnRtt(rttMs: number): void {
    if (this.#rttMs === undefined) {
      this.#rttMs = rttMs;
      this.#variationMs = rttMs / 2;
      return;
    }
    this.#variationMs += (Math.abs(this.#rttMs - rttMs) - this.#variationMs) / 4;
    this.#rttMs += (rttMs - this.#rttMs) / 8;
  }
}
