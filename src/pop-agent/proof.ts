// What is known of a path's life: by its own probes, by the neighbour that it leaves over, by the interface. Pure.

import type { LivenessState } from "../pulse/liveness.ts";

/** One way of asking a path: its answers come back one way of several. */
export type Probing = {
  readonly state: LivenessState;
  /** When the newest pulse left that was answered, on the pulse loop's clock. */
  readonly answeredNs: bigint | undefined;
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
  readonly answeredNs: bigint | undefined;
  readonly intervalMs: number;
  /** Known without waiting for anybody: the interface is down, or only the way out is dead. */
  readonly certain: boolean;
  /** Answers come, but not by the way back that this path is given. */
  readonly returnDead: boolean;
  readonly why: string;
};

export const UNASKED: Proof = {
  state: "asked",
  answeredNs: undefined,
  intervalMs: 1_000,
  certain: false,
  returnDead: false,
  why: "its probe was not sent yet",
};

/**
 * A path lives as long as one of its probes is answered, whichever way the answer took. Its neighbour's silence alone
 * does not kill it, for that may be the way back: only with a probe that is missed too, or where the way out is known to
 * be the dead one.
 */
export function proofOf(probings: readonly Probing[], segment: SegmentLife | undefined): Proof {
  const answered = probings.flatMap(({ answeredNs }) => (answeredNs === undefined ? [] : [answeredNs]));
  const base = {
    answeredNs: answered.length === 0 ? undefined : answered.reduce((a, b) => (a > b ? a : b)),
    intervalMs: Math.min(...probings.map(({ intervalMs }) => intervalMs), UNASKED.intervalMs),
    returnDead: false,
  };
  const silent = (why: string, certain: boolean): Proof => ({ ...base, state: "silent", certain, why });
  if (segment?.linkUp === false) return silent("the interface that it leaves by is down", true);
  if (segment?.state === "down" && segment.dead === "out") {
    return silent("its first segment is dead on the way out", true);
  }
  const up = probings.filter(({ state }) => state === "up");
  const suspect = probings.filter(({ state }) => state === "suspect");
  if (up.length === 0 && segment?.state === "down" && probings.length > 0 && base.answeredNs !== undefined) {
    return silent("its first segment and its probe are silent", false);
  }
  if (up.length + suspect.length > 0) {
    const returnDead = up.length > 0 && probings[0]?.state === "down";
    return {
      ...base,
      state: base.answeredNs === undefined ? "asked" : "answered",
      certain: false,
      returnDead,
      why: "",
    };
  }
  if (probings.length > 0 && probings.every(({ state }) => state === "down")) {
    return silent("its probe is not answered", false);
  }
  return { ...UNASKED, ...base, why: probings.length === 0 ? UNASKED.why : "its probe has no answer yet" };
}

/** Of a path that is not probed: it lives while the segment that it leaves over does. */
export function unprobedProof(segment: SegmentLife | undefined): Proof {
  const why = segment?.linkUp === false ? "the interface that it leaves by is down" : "its first segment is dead";
  const isDead = segment?.linkUp === false || segment?.state === "down";
  return { ...UNASKED, state: isDead ? "silent" : "answered", answeredNs: 0n, certain: isDead, why: isDead ? why : "" };
}

/**
 * Whether `other` is proved alive after `dead` fell silent: it answered a pulse that left when one of the dead path's
 * should have been answered. A far end that is gone as a whole silences both, and then nothing is gained by moving.
 */
export function outlives(other: Proof, dead: Proof): boolean {
  if (other.state !== "answered" || other.answeredNs === undefined) return false;
  if (dead.certain || dead.answeredNs === undefined) return true;
  return other.answeredNs > dead.answeredNs + BigInt(dead.intervalMs) * 1_000_000n;
}
