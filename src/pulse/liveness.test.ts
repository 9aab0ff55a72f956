// The life of a path by the clock: how soon a dead one is suspect and down, what does not make it so, and how often chance
// alone does, by a simulation with a seed.

import { describe, expect, it } from "vitest";
import { SeededRng, unit } from "../base/rng.ts";
import { LIVENESS, Liveness, type LivenessChange } from "./liveness.ts";

type World = {
  readonly intervalMs: number;
  readonly rttMs: number;
  readonly untilMs: number;
  /** Whether the pulse sent at this time is answered. */
  readonly answers: (atMs: number, sequence: number) => boolean;
  /** When the peer's own pulses arrive. */
  readonly hears?: (atMs: number) => boolean;
};

/** Runs a machine against a world, event by event. */
function run({ intervalMs, rttMs, untilMs, answers, hears }: World): LivenessChange[] {
  const machine = new Liveness();
  const changes: LivenessChange[] = [];
  const replies: { readonly atMs: number; readonly sequence: number }[] = [];
  let [sequence, nextMs, hearMs] = [0, 0, 0];
  const note = (change: LivenessChange | undefined): void => {
    if (change !== undefined) changes.push(change);
  };
  const send = (nowMs: number, extra: boolean): void => {
    machine.sent(sequence, nowMs, extra);
    if (answers(nowMs, sequence)) replies.push({ atMs: nowMs + rttMs, sequence });
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
      if (reply !== undefined) note(machine.answered(reply.sequence, rttMs, nowMs));
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
  it("makes a path down no more often than six losses in a row do: at most once a day in a group of 100", () => {
    // Losses of a fifth of the pulses, so that a short simulation sees many; the rate falls with its sixth power.
    const [share, pulses] = [0.2, 400_000];
    const rng = new SeededRng(7);
    const changes = run({ intervalMs: 100, rttMs: 20, untilMs: pulses * 100, answers: () => unit(rng) >= share });
    const downs = changes.filter(({ state }) => state === "down").length;
    expect(downs / pulses).toBeLessThan(share ** 6 * 1.2);
    expect(downs).toBeGreaterThan(0);
    // Both directions of a round trip lose 1 %; 9,900 sessions, 10 pulses a second.
    const roundTripLoss = 1 - 0.99 ** 2;
    expect(roundTripLoss ** 6 * 9_900 * 10 * 86_400).toBeLessThan(1);
  });
});
