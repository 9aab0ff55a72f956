// UP, DEGRADED, DOWN of one segment as a machine: evidence in, state out. It is quick to see trouble and slow to believe
// that it is over, slower after each repeat.

export type State = "UP" | "DEGRADED" | "DOWN";
export type Trouble = "delay" | "jitter" | "loss";

/** What one tick says of a segment. */
export type Evidence = {
  readonly isDown: boolean;
  /** The worst rule that is broken, or that the segment is DEGRADED by and not calm in yet. */
  readonly trouble: Trouble | undefined;
  /** Nothing is near its line. */
  readonly isCalm: boolean;
  readonly receivedInARow: number;
};

export type Health = {
  state: State;
  trouble: Trouble | undefined;
  /** When the state was entered. */
  sinceMs: number;
  /** Since when all is calm. */
  calmSinceMs: number | undefined;
  /** When this trouble began, and the first of those it follows closely. */
  onsetMs: number;
  seriesMs: number;
  /** How many it follows closely. */
  repeats: number;
  lastWellMs: number | undefined;
  /** How often delays were only a burst, lately: the next must last longer to count. */
  caution: number;
  lastBurstMs: number;
  /** How often a new normal was taken. */
  regime: number;
};

export const STATE_TIMES = {
  /** Calm for so long is well again, and so many times as long for each repeat, but not past half the whole series. */
  delay: { wellAfterMs: 15_000, timesEach: 2 },
  jitter: { wellAfterMs: 30_000, timesEach: 2 },
  loss: { wellAfterMs: 30_000, timesEach: 4 },
  wellAfterMaxMs: 1_800_000,
  /** Trouble again within this time after the last is a repeat. */
  repeatWithinMs: 600_000,
  /** Late for less than this was a burst. */
  burstMs: 30_000,
  /** So long without a burst takes one step of caution back. */
  cautionMs: 7_200_000,
  /** A delay that stays high for so long, without loss and jitter, is the new normal. */
  newNormalAfterMs: 3_600_000,
} as const;

export const CAUTION_MAX = 3;
/** So many pulses in a row through a segment that was down. */
const ALIVE = 5;

export const healthy = (): Health => ({
  state: "UP",
  trouble: undefined,
  sinceMs: 0,
  calmSinceMs: undefined,
  onsetMs: 0,
  seriesMs: 0,
  repeats: 0,
  lastWellMs: undefined,
  caution: 0,
  lastBurstMs: 0,
  regime: 0,
});

export type Change = "down" | "degraded" | "alive" | "well" | "new normal" | undefined;

/** Moves `health` on by one tick and says what changed. */
export function advance(health: Health, evidence: Evidence, nowMs: number): Change {
  if (evidence.isDown) {
    if (health.state === "DOWN") return undefined;
    if (health.state === "UP") onset(health, nowMs);
    enter(health, "DOWN", "loss", nowMs);
    return "down";
  }
  if (health.state === "DOWN") {
    if (evidence.receivedInARow < ALIVE) return undefined;
    enter(health, "DEGRADED", "loss", nowMs);
    return "alive";
  }
  if (health.state === "UP") {
    if (evidence.trouble === undefined) return undefined;
    onset(health, nowMs);
    enter(health, "DEGRADED", evidence.trouble, nowMs);
    return "degraded";
  }
  return recover(health, evidence, nowMs);
}

function recover(health: Health, { trouble, isCalm }: Evidence, nowMs: number): Change {
  if (trouble !== undefined && trouble !== health.trouble) {
    enter(health, "DEGRADED", trouble, nowMs);
    return "degraded";
  }
  if (!isCalm) {
    health.calmSinceMs = undefined;
    const isSettled = health.trouble === "delay" && trouble === "delay";
    if (!isSettled || nowMs - health.sinceMs < STATE_TIMES.newNormalAfterMs) return undefined;
    health.regime++;
    well(health, nowMs);
    return "new normal";
  }
  health.calmSinceMs ??= nowMs;
  if (nowMs - health.calmSinceMs < wellAfterMs(health, nowMs)) return undefined;
  if (health.trouble === "delay" && health.calmSinceMs - health.onsetMs < STATE_TIMES.burstMs) {
    health.caution = Math.min(CAUTION_MAX, cautionAt(health, nowMs) + 1);
    health.lastBurstMs = nowMs;
  }
  well(health, nowMs);
  return "well";
}

/** Longer after each repeat, yet a series of troubles is never held against a segment for longer than half of it. */
function wellAfterMs({ trouble, repeats, seriesMs }: Health, nowMs: number): number {
  const { wellAfterMs: least, timesEach } = STATE_TIMES[trouble ?? "delay"];
  const most = Math.min(STATE_TIMES.wellAfterMaxMs, Math.max(least, (nowMs - seriesMs) / 2));
  return Math.min(least * timesEach ** repeats, most);
}

function onset(health: Health, nowMs: number): void {
  const isRepeat = health.lastWellMs !== undefined && nowMs - health.lastWellMs < STATE_TIMES.repeatWithinMs;
  health.repeats = isRepeat ? health.repeats + 1 : 0;
  if (!isRepeat) health.seriesMs = nowMs;
  health.onsetMs = nowMs;
}

/** Steps of caution that are left at a time. */
export const cautionAt = ({ caution, lastBurstMs }: Health, nowMs: number): number =>
  caution === 0 ? 0 : Math.max(0, caution - Math.floor((nowMs - lastBurstMs) / STATE_TIMES.cautionMs));

function enter(health: Health, state: State, trouble: Trouble | undefined, nowMs: number): void {
  health.state = state;
  health.trouble = trouble;
  health.sinceMs = nowMs;
  health.calmSinceMs = undefined;
}

function well(health: Health, nowMs: number): void {
  enter(health, "UP", undefined, nowMs);
  health.lastWellMs = nowMs;
}
