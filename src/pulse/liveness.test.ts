// The life of a path by the clock: how soon a dead one is suspect and down, what does not make it so, and how often chance
// alone does, by a simulation with a seed.

import { describe, expect, it } from "vitest";
import { SeededRng, unit } from "../base/rng.ts";
import { LIVENESS, Liveness, type LivenessChange } from "./liveness.ts";

type World = {
  readonly intervalMs: number;
  readonly rttMs: number | (() => number);
  readonly untilMs: number;
  /** Whether the pulse sent at this time is answered. */
  readonly answers: (atMs: number, sequence: number) => boolean;
  /** How long an answer lies there until it is read; the trip's time does not hold it. */
  readonly readAfterMs?: number;
  /** When the peer's own pulses arrive. */
  readonly hears?: (atMs: number) => boolean;
};

/** Runs a machine against a world, event by event. */
function run({ intervalMs, rttMs, untilMs, answers, readAfterMs = 0, hears }: World): LivenessChange[] {
  const machine = new Liveness();
  const changes: LivenessChange[] = [];
  const replies: { readonly atMs: number; readonly sequence: number; readonly tripMs: number }[] = [];
  let [sequence, nextMs, hearMs] = [0, 0, 0];
  const note = (change: LivenessChange | undefined): void => {
    if (change !== undefined) changes.push(change);
  };
  const send = (nowMs: number, extra: boolean): void => {
    machine.sent(sequence, nowMs, extra);
    const tripMs = typeof rttMs === "number" ? rttMs : rttMs();
    if (answers(nowMs, sequence)) replies.push({ atMs: nowMs + tripMs + readAfterMs, sequence, tripMs });
    replies.sort((a, b) => a.atMs - b.atMs);
    sequence++;
  };
  for (;;) {
    const nowMs = Math.min(nextMs, machine.dueMs, replies[0]?.atMs ?? Number.POSITIVE_INFINITY, hearMs);
    if (nowMs > untilMs) return changes;
    if (hearMs <= nowMs) {
      if (hears?.(nowMs)) machine.heard(nowMs);
      hearMs += hears === undefined ? Number.POSITIVE_INFINITY : intervalMs;
    }
    while ((replies[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      const reply = replies.shift();
      if (reply !== undefined) note(machine.answered(reply.sequence, reply.tripMs, nowMs));
    }
    note(machine.pass(nowMs));
    if (machine.takeExtra(nowMs)) send(nowMs, true);
    if (nextMs <= nowMs) {
      send(nowMs, false);
      nextMs += intervalMs;
    }
  }
}

const states = (changes: readonly LivenessChange[]): string[] => changes.map(({ state }) => state);

describe("a path that dies", () => {
  it("is suspect and down in time at 100 ms, wherever between two pulses it dies", () => {
    for (let diesMs = 2_000; diesMs < 2_100; diesMs += 7) {
      const changes = run({ intervalMs: 100, rttMs: 20, untilMs: 5_000, answers: (at) => at < diesMs });
      expect(states(changes)).toEqual(["up", "suspect", "down"]);
      const [, suspect, down] = changes.map(({ atMs }) => atMs - diesMs);
      expect(suspect).toBeLessThanOrEqual(350);
      expect(down).toBeLessThanOrEqual(500);
    }
  });

  it("is suspect and down in time where round trips scatter and one in a hundred pulses is lost each way", () => {
    const rng = new SeededRng(3);
    const suspects: number[] = [];
    const downs: number[] = [];
    for (let trial = 0; trial < 300; trial++) {
      const diesMs = 3_000 + 100 * unit(rng);
      const changes = run({
        ...{ intervalMs: 100, untilMs: 5_000 },
        rttMs: () => 10 + 10 * unit(rng),
        answers: (at) => at < diesMs && unit(rng) > 0.02,
      });
      for (const { state, atMs } of changes) {
        if (atMs > diesMs && state === "suspect") suspects.push(atMs - diesMs);
        if (atMs > diesMs && state === "down") downs.push(atMs - diesMs);
      }
    }
    expect(downs).toHaveLength(300);
    const share = (times: readonly number[], part: number): number =>
      times.toSorted((a, b) => a - b)[Math.floor(part * (times.length - 1))] ?? Number.NaN;
    expect(share(suspects, 0.99)).toBeLessThanOrEqual(350);
    expect(share(downs, 0.5)).toBeLessThanOrEqual(500);
    expect(share(downs, 0.99)).toBeLessThanOrEqual(700);
  });

  it("is judged by its own round trip: a far one is given the time that its answers take", () => {
    const changes = run({ intervalMs: 100, rttMs: 250, untilMs: 8_000, answers: (at) => at < 5_000 });
    expect(states(changes)).toEqual(["up", "suspect", "down"]);
    const [, suspect] = changes;
    expect(suspect?.atMs).toBeGreaterThanOrEqual(5_000 + 200 + 250);
    expect(suspect?.atMs).toBeLessThanOrEqual(5_000 + 350 + 2 * 250);
  });

  it("says which way is dead by the peer's own pulses", () => {
    const dying = { intervalMs: 100, rttMs: 20, untilMs: 4_000, answers: (at: number) => at < 2_000 };
    expect(run({ ...dying, hears: () => true }).at(-1)).toMatchObject({ state: "down", dead: "out" });
    expect(run({ ...dying, hears: (at) => at < 2_000 }).at(-1)).toMatchObject({ state: "down", dead: "in" });
    expect(run(dying).at(-1)).toMatchObject({ state: "down", dead: undefined });
  });

  it("is up again only after a stable run", () => {
    const answers = (at: number, sequence: number): boolean =>
      at < 2_000 || (at > 4_000 && (at > 5_000 || sequence % 2 === 0));
    const changes = run({ intervalMs: 100, rttMs: 20, untilMs: 8_000, answers });
    expect(states(changes)).toEqual(["up", "suspect", "down", "up"]);
    expect(changes[3]?.atMs).toBeGreaterThan(5_000 + (LIVENESS.stableRun - 1) * 100);
  });

  it("is up again where each answer is read after its time, on a machine with too much to do", () => {
    const answers = (at: number) => at < 20_000 || at >= 50_000;
    const slow = { intervalMs: 1_000, rttMs: 1, readAfterMs: 300, untilMs: 90_000, answers };
    const changes = run(slow);
    expect(states(changes)).toEqual(["up", "suspect", "down", "up"]);
    expect(changes[3]?.atMs).toBeLessThan(54_000);
  });

  it("was never up where nothing ever answered", () => {
    expect(states(run({ intervalMs: 1_000, rttMs: 20, untilMs: 20_000, answers: () => false }))).toEqual([
      "suspect",
      "down",
    ]);
  });
});

describe("a path that lives", () => {
  it("is not suspect for two misses, however often", () => {
    const answers = (at: number, sequence: number): boolean => at < 1_000 || sequence % 3 === 0;
    expect(states(run({ intervalMs: 100, rttMs: 20, untilMs: 60_000, answers }))).toEqual(["up"]);
  });

  it("is saved by one answer to an extra pulse", () => {
    let asked = 0;
    const answers = (at: number): boolean => at < 2_000 || at > 2_201 || asked++ > 20;
    expect(states(run({ intervalMs: 100, rttMs: 20, untilMs: 4_000, answers }))).toEqual(["up", "suspect", "up"]);
  });

  it("is not down because answers come late: a late one still counts", () => {
    const machine = new Liveness();
    for (let i = 0; i < 4; i++) {
      machine.sent(i, i * 100);
      machine.answered(i, 20, i * 100 + 20);
    }
    for (let i = 4; i < 7; i++) machine.sent(i, i * 100);
    expect(machine.pass(700)).toMatchObject({ state: "suspect", missed: 3 });
    expect(machine.answered(6, 130, 730)).toMatchObject({ state: "up" });
    expect(machine.missAfterMs).toBeGreaterThan(60);
  });
});

describe("chance", () => {
  /** How many pulses have to be lost in a row. */
  const fewestLost = (rttMs: number): number => {
    for (let lost = 1; ; lost++) {
      const answers = (_at: number, sequence: number): boolean => sequence < 10 || !isOneOf(sequence, lost);
      if (states(run({ intervalMs: 100, rttMs, untilMs: 4_000, answers })).includes("down")) return lost;
    }
  };
  const isOneOf = (sequence: number, lost: number): boolean => sequence >= 10 && sequence < 10 + lost;

  it.each([1, 5, 20])(
    "makes no path down more often than once a day in a group of 100 at 1 %% loss (%i ms)",
    (rttMs) => {
      const lost = fewestLost(rttMs);
      // Both ways of a round trip lose 1 %; 9,900 sessions, 10 pulses a second, a run begins after an answer.
      const loss = 1 - 0.99 ** 2;
      expect((1 - loss) * loss ** lost * 9_900 * 10 * 86_400).toBeLessThan(1);
    },
  );

  it("has no other way to a down than that run: as many as it makes, at a loss high enough to see them", () => {
    const [share, pulses] = [0.2, 400_000];
    const rng = new SeededRng(7);
    const changes = run({ intervalMs: 100, rttMs: 20, untilMs: pulses * 100, answers: () => unit(rng) >= share });
    const downs = changes.filter(({ state }) => state === "down").length;
    const expected = pulses * (1 - share) * share ** fewestLost(20);
    expect(downs).toBeGreaterThan(expected / 2);
    expect(downs).toBeLessThan(expected * 2);
  });
});
