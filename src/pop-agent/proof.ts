// What is known of a path's life: by its own probes, by the neighbour that it leaves over, by the interface. Pure.

import type { LivenessState } from "../pulse/liveness.ts";

/** One way of asking a path: its answers come back one way of several. */
export type Probing = {
  readonly state: LivenessState;
  /** When the newest pulse left that was answered, on a clock that never steps. */
  readonly answeredMs: number | undefined;
  readonly intervalMs: number;
};

/** What is known of the segment that a path leaves over. */
export type SegmentLife = {
  readonly linkUp: boolean;
  readonly state: LivenessState;
  readonly dead: "out" | "in" | undefined;
};

export type Proof = {
  /** asked: no word yet; answered: alive; silent: dead, or never alive. */
  readonly state: "asked" | "answered" | "silent";
  readonly answeredMs: number | undefined;
  readonly intervalMs: number;
  /** Known without waiting for anybody: the interface is down, or only the way out is dead. */
  readonly certain: boolean;
  /** Answers come, but not by the way back that this path is given. */
  readonly returnDead: boolean;
  /** Why it is not alive; empty where it is. */
  readonly why: string;
  /** What it is taken for alive by. */
  readonly by: string;
};

export const UNASKED: Proof = {
  state: "asked",
  answeredMs: undefined,
  intervalMs: 1_000,
  certain: false,
  returnDead: false,
  why: "its probe was not sent yet",
  by: "its probe is answered end to end",
};

/**
 * A path lives as long as one of its probes is answered, whichever way the answer took. Its neighbour's silence alone
 * does not kill it, for that may be the way back: only with a probe that is missed too, or where the way out is known to
 * be the dead one.
 */
export function proofOf(probings: readonly Probing[], segment: SegmentLife | undefined): Proof {
  const answered = probings.flatMap(({ answeredMs }) => (answeredMs === undefined ? [] : [answeredMs]));
  const base = {
    answeredMs: answered.length === 0 ? undefined : Math.max(...answered),
    intervalMs: Math.min(...probings.map(({ intervalMs }) => intervalMs), UNASKED.intervalMs),
    returnDead: false,
    by: UNASKED.by,
  };
  const silent = (why: string, certain: boolean): Proof => ({ ...base, state: "silent", certain, why });
  if (segment?.linkUp === false) return silent("the interface that it leaves by is down", true);
  if (segment?.state === "down" && segment.dead === "out") {
    return silent("its first segment is dead on the way out", true);
  }
  const up = probings.filter(({ state }) => state === "up");
  const suspect = probings.filter(({ state }) => state === "suspect");
  if (up.length === 0 && segment?.state === "down" && probings.length > 0 && base.answeredMs !== undefined) {
    return silent("its first segment and its probe are silent", false);
  }
  const dead = probings.filter(({ state }) => state === "down");
  if (up.length === 0 && dead.length > 0 && dead.length + suspect.length === probings.length) {
    return silent("its probe is not answered", false);
  }
  if (up.length + suspect.length > 0) {
    const returnDead = up.length > 0 && probings[0]?.state === "down";
    return {
      ...base,
      state: base.answeredMs === undefined ? "asked" : "answered",
      certain: false,
      returnDead,
      why: "",
    };
  }
  return { ...UNASKED, ...base, why: probings.length === 0 ? UNASKED.why : "its probe has no answer yet" };
}

/** What the machine that forwards says of a list itself. */
export type Word = { readonly state: Proof["state"]; readonly why: string };

/** By that word, and the segment that the path leaves over. */
export function toldProof(word: Word, segment: SegmentLife | undefined): Proof {
  const bySegment = unprobedProof(segment);
  if (bySegment.state === "silent") return bySegment;
  const answeredMs = word.state === "answered" ? 0 : undefined;
  return { ...UNASKED, ...word, answeredMs, certain: word.state === "silent", by: "the router says that it is up" };
}

/** Of a path that is not probed: it lives while the segment that it leaves over does. */
export function unprobedProof(segment: SegmentLife | undefined): Proof {
  const why = segment?.linkUp === false ? "the interface that it leaves by is down" : "its first segment is dead";
  const isDead = segment?.linkUp === false || segment?.state === "down";
  return {
    ...UNASKED,
    state: isDead ? "silent" : "answered",
    answeredMs: 0,
    certain: isDead,
    why: isDead ? why : "",
    by: "it is not probed, and the segment that it leaves over is alive",
  };
}

/** Answers are told in batches. */
const TOLD_WITHIN_MS = 50;

/**
 * Whether `other` is proved alive after `dead` fell silent: it answered a pulse that left when one of the dead path's
 * should have been answered. A far end that is gone as a whole silences both, and then nothing is gained by moving.
 */
export function outlives(other: Proof, dead: Proof): boolean {
  if (other.state !== "answered" || other.answeredMs === undefined) return false;
  if (dead.certain || dead.answeredMs === undefined) return true;
  return other.answeredMs > dead.answeredMs + dead.intervalMs + TOLD_WITHIN_MS;
}
