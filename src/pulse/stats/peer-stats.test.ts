// What a member says of one peer while clocks are set: at any moment, also under a pulse that is on its way.

import { describe, expect, it } from "vitest";
import type { PeerId, PulseSample } from "../model.ts";
import { PeerStats } from "./peer-stats.ts";

const PEER = "far" as PeerId;
const EPOCH_NS = 1_800_000_000_000_000_000n;
const [OUT_US, BACK_US, STAY_US] = [20_000, 30_000, 100];
const FLAGS = {
  stampSource: "kernel",
  peerSynchronised: false,
  authenticated: false,
  reflectorStayUnknown: false,
} as const;

type Clock = (atUs: number) => number;
const sound: Clock = () => 0;
const setAt =
  (whenUs: number, byUs: number): Clock =>
  (atUs) =>
    atUs < whenUs ? 0 : byUs;
const ns = (us: number): bigint => EPOCH_NS + BigInt(Math.round(us * 1_000));

/** One pulse each way a second; a few µs of scatter, the same in every run. */
function pulses(stats: PeerStats, seconds: number, ours: Clock, theirs: Clock, fromS = 0): void {
  for (let s = fromS; s < seconds; s++) {
    const scatterUs = (s * 37) % 23;
    const sentUs = s * 1e6;
    const heardUs = sentUs + OUT_US + scatterUs;
    const leftUs = heardUs + STAY_US;
    const backUs = leftUs + BACK_US + scatterUs;
    const read = (clock: Clock, us: number): bigint => ns(us + clock(us));
    const errors = { t1ErrorNs: 5_000, t2ErrorNs: 5_000, t3ErrorNs: 5_000, t4ErrorNs: 5_000 };
    const common = { peer: PEER, sequence: s, flags: FLAGS };
    const samples: PulseSample[] = [
      { kind: "sent", peer: PEER, sequence: s, t1Ns: read(ours, sentUs), t1ErrorNs: 5_000 },
      {
        ...common,
        ...errors,
        kind: "reply",
        reflectorSequence: s,
        t1Ns: read(ours, sentUs),
        t2Ns: read(theirs, heardUs),
        t3Ns: read(theirs, leftUs),
        t4Ns: read(ours, backUs),
      },
      {
        ...common,
        ...errors,
        kind: "heard",
        t1Ns: read(theirs, sentUs + 500_000),
        t2Ns: read(ours, sentUs + 500_000 + BACK_US + scatterUs),
      },
    ];
    for (const sample of samples) stats.take(sample);
  }
}

/** Both ways' lowest less what the clocks put in. */
function lowest(
  stats: PeerStats,
  seconds: number,
  ours: Clock,
  theirs: Clock,
): { out: number; in: number; steps: number } {
  const nowUs = seconds * 1e6;
  const ahead = theirs(nowUs) - ours(nowUs);
  const view = stats.view(Number(ns(nowUs + ours(nowUs)) / 1_000n) / 1_000);
  return {
    out: (view.out?.minUs ?? Number.NaN) - ahead,
    in: (view.in?.minUs ?? Number.NaN) + ahead,
    steps: view.clockSteps,
  };
}

const isRight = (seen: { out: number; in: number }): boolean =>
  Math.abs(seen.out - OUT_US) < 30 && Math.abs(seen.in - BACK_US) < 30;

describe("a clock that is set", () => {
  it.each([
    ["ours, between two pulses", setAt(20.3e6, -400_000), sound],
    ["ours, forward", setAt(20.3e6, 400_000), sound],
    ["ours, while a pulse is on its way out", setAt(20e6 + 5_000, -400_000), sound],
    ["ours, while its answer is on its way back, by less than a round trip", setAt(20e6 + 35_000, -15_000), sound],
    ["the peer's", sound, setAt(20.3e6, 30_000)],
    ["the peer's, while it holds a pulse", sound, setAt(20e6 + OUT_US + 50, -30_000)],
  ])("is seen a pulse or two later: %s", (_which, ours, theirs) => {
    const stats = new PeerStats(PEER);
    pulses(stats, 20, ours, theirs);
    expect(isRight(lowest(stats, 20, sound, sound))).toBe(true);
    pulses(stats, 23, ours, theirs, 20);
    const seen = lowest(stats, 23, ours, theirs);
    expect(isRight(seen)).toBe(true);
    expect(seen.steps).toBe(1);
  });

  it("is told from a path that became shorter: that moves one way alone, and no clock", () => {
    const stats = new PeerStats(PEER);
    pulses(stats, 20, sound, sound);
    const shorter: PulseSample = {
      ...{ kind: "reply", peer: PEER, sequence: 20, reflectorSequence: 20, flags: FLAGS },
      ...{ t1ErrorNs: 5_000, t2ErrorNs: 5_000, t3ErrorNs: 5_000, t4ErrorNs: 5_000 },
      ...{ t1Ns: ns(20e6), t2Ns: ns(20e6 + 12_000), t3Ns: ns(20e6 + 12_100), t4Ns: ns(20e6 + 12_100 + BACK_US) },
    };
    stats.take({ kind: "sent", peer: PEER, sequence: 20, t1Ns: ns(20e6), t1ErrorNs: 5_000 });
    stats.take(shorter);
    const seen = lowest(stats, 21, sound, sound);
    expect(seen).toMatchObject({ steps: 0 });
    expect(Math.abs(seen.out - 12_000)).toBeLessThan(30);
  });

  it("is found even where it went unseen: what both ways show together cannot be quicker than every round trip", () => {
    const stats = new PeerStats(PEER);
    // Heard by the old clock before anything was answered.
    const early = setAt(0.9e6, 50_000);
    pulses(stats, 1, early, sound);
    pulses(stats, 12, early, sound, 1);
    expect(isRight(lowest(stats, 12, early, sound))).toBe(true);
  });
});
