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
  /** How often trouble came back soon; makes onset and recovery slower. */
  caution: number;
  /** When it was last well; undefined before the first trouble. */
  lastWellMs: number | undefined;
  /** How often a new normal was taken. */
  regime: number;
};

export const STATE_TIMES = {
  /** Calm for so long is well again, doubled by each step of caution. */
  wellAfterMs: 30_000,
  /** Trouble again within this time is a repeat; as long without lowers caution. */
  repeatWithinMs: 1_800_000,
  /** A delay that stays high for so long, without loss and jitter, is the new normal. */
  newNormalAfterMs: 3_600_000,
} as const;

export const CAUTION_MAX = 4;
/** So many pulses in a row through a segment that was down. */
const ALIVE = 5;

export const healthy = (): Health => ({
  state: "UP",
  trouble: undefined,
  sinceMs: 0,
  calmSinceMs: undefined,
  caution: 0,
  lastWellMs: undefined,
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
  if (nowMs - health.calmSinceMs < STATE_TIMES.wellAfterMs << health.caution) return undefined;
  well(health, nowMs);
  return "well";
}

function onset(health: Health, nowMs: number): void {
  const quietMs = health.lastWellMs === undefined ? undefined : nowMs - health.lastWellMs;
  if (quietMs === undefined) return;
  if (quietMs < STATE_TIMES.repeatWithinMs) health.caution = Math.min(CAUTION_MAX, health.caution + 1);
  else health.caution = Math.max(0, health.caution - Math.floor(quietMs / STATE_TIMES.repeatWithinMs));
}

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
