// Many policies together: caps are kept in any hour, segments are not stampeded, and the journal replays.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { between, SeededRng } from "../../../base/rng.ts";
import { Decider, type Made, type SegmentFacts } from "./decider.ts";
import { headLine, recordLine, replay } from "./journal.ts";
import { DEFAULTS } from "./schema.ts";

const facts = (name: string, delayUs: number, more: Partial<SegmentFacts> = {}): SegmentFacts => ({
  segment: name,
  state: "UP",
  trouble: null,
  fresh: true,
  delayUs,
  scaleUs: delayUs,
  errorUs: 300,
  lossPpm: 0,
  regime: 0,
  foreseenUs: null,
  closed: null,
  ...more,
});

const TROUBLES = ["delay", "jitter", "loss"] as const;

/** States at random, tick after tick: worse than any network. */
function storm(seed: number, ticks: number, stepMs: number) {
  const rng = new SeededRng(seed);
  const policies = Array.from({ length: 6 }, (_, i) => ({
    name: `p${i}`,
    paths: [[i % 3], [3, 4], [5]],
    demandBps: 10,
    improve: i % 2 === 0,
  }));
  const decider = new Decider(policies, DEFAULTS);
  const made: Made[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const now = Array.from({ length: 6 }, (_, s) => {
      const kind = between(rng, 0, 5);
      const state = kind < 3 ? "UP" : kind === 3 ? "DOWN" : "DEGRADED";
      const trouble = state === "UP" ? null : (TROUBLES[between(rng, 0, 2)] ?? null);
      return facts(`s${s}`, between(rng, 10_000, 90_000), { state, trouble, fresh: between(rng, 0, 9) > 0 });
    });
    if (between(rng, 0, 99) === 0) decider.pin("p1", between(rng, 0, 1) === 0 ? null : between(rng, 0, 2));
    const world = {
      segment: (s: number) => now[s] as SegmentFacts,
      capacityBps: (s: number) => (s === 5 ? 30 : undefined),
    };
    decider.tick(1_000_000 + tick * stepMs, world, (one) => made.push(one));
  }
  return { made, lines: [headLine(DEFAULTS).trimEnd(), ...made.map((one, i) => recordLine(i + 1, one).trimEnd())] };
}

describe("the cap", () => {
  it("is never exceeded in any hour, in the worst storm", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 200, max: 90_000 }), (seed, stepMs) => {
        const moves = storm(seed, 300, stepMs).made.filter(({ input, decision }) => decision.path !== input.current);
        for (const policy of new Set(moves.map(({ input }) => input.policy))) {
          const times = moves.filter(({ input }) => input.policy === policy).map(({ input }) => input.atMs);
          for (const [i, at] of times.entries()) {
            expect(times.slice(i).filter((later) => later - at < 3_600_000).length).toBeLessThanOrEqual(
              DEFAULTS.flipsPerHour,
            );
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("two hundred policies and one good segment", () => {
  const GOOD = 200;
  const policies = Array.from({ length: 200 }, (_, i) => ({ name: `p${i}`, paths: [[i], [GOOD]], demandBps: 10 }));
  const late = (s: number) => facts(`s${s}`, 60_000, { state: "DEGRADED", trouble: "delay" });
  const on = (decider: Decider) => policies.filter(({ name }) => decider.current(name) === 1).length;

  it("fill the room there is, a few at a time, and no more", () => {
    const decider = new Decider(policies, DEFAULTS);
    let before = 0;
    for (let tick = 0; tick < 200; tick++) {
      decider.tick(tick * 1_000, {
        segment: (s) => (s === GOOD ? facts("good", 20_000) : late(s)),
        capacityBps: (s) => (s === GOOD ? 600 : undefined),
      });
      expect(on(decider) - before).toBeLessThanOrEqual(DEFAULTS.herdMoves);
      before = on(decider);
    }
    expect(before).toBe(60);
  });

  it("stop coming where nobody knows the room, when the segment slows down under them, and do not swing back", () => {
    const decider = new Decider(policies, DEFAULTS);
    let moves = 0;
    for (let tick = 0; tick < 1_000; tick++) {
      // Every policy adds a millisecond; past 40 of them the segment is late as well.
      const load = on(decider);
      const good = facts("good", 20_000 + 1_000 * load, load > 40 ? { state: "DEGRADED", trouble: "delay" } : {});
      decider.tick(tick * 1_000, { segment: (s) => (s === GOOD ? good : late(s)) }, ({ input, decision }) => {
        if (decision.path !== input.current) moves++;
      });
    }
    expect(on(decider)).toBeGreaterThan(20);
    expect(on(decider)).toBeLessThanOrEqual(48);
    expect(moves).toBeLessThanOrEqual(60);
  });

  it("that are all cut off are all moved at once, where there is known to be room", () => {
    const decider = new Decider(policies, DEFAULTS);
    decider.tick(0, {
      segment: (s) => (s === GOOD ? facts("good", 20_000) : facts(`s${s}`, 60_000, { state: "DOWN", trouble: "loss" })),
      capacityBps: (s) => (s === GOOD ? 10_000 : undefined),
    });
    expect(on(decider)).toBe(200);
  });
});

describe("who decides first", () => {
  it("is the higher priority where there is room for one", () => {
    const policies = [
      { name: "bulk", paths: [[0], [1]], demandBps: 10 },
      { name: "voice", paths: [[0], [1]], demandBps: 10, priority: 1 },
    ];
    const decider = new Decider(policies, DEFAULTS);
    const dead = facts("a>b", 40_000, { state: "DOWN", trouble: "loss" });
    decider.tick(0, { segment: (s) => (s === 0 ? dead : facts("a>c", 50_000)), capacityBps: () => 10 });
    expect([decider.current("voice"), decider.current("bulk")]).toEqual([1, 0]);
  });
});

describe("account of who is where", () => {
  const well = (s: number) => facts(`s${s}`, 30_000);
  const down = (s: number) => facts(`s${s}`, 30_000, { state: "DOWN", trouble: "loss" });

  it("gives room back when a policy leaves", () => {
    const policies = ["a", "b"].map((name, i) => ({ name, paths: [[i], [2]], demandBps: 10 }));
    const decider = new Decider(policies, DEFAULTS);
    const capacityBps = (s: number) => (s === 2 ? 10 : undefined);
    const tick = (nowMs: number, dead: number) =>
      decider.tick(nowMs, { segment: (s) => (s === dead ? down(s) : well(s)), capacityBps });
    tick(0, 0);
    expect([decider.current("a"), decider.current("b")]).toEqual([1, 0]);
    tick(60_000, -1);
    tick(61_000, 1);
    expect([decider.current("a"), decider.current("b")]).toEqual([0, 1]);
  });

  it("is the same after a restart that remembers", () => {
    const policies = [
      { name: "a", paths: [[0], [2]], demandBps: 10 },
      { name: "b", paths: [[1], [2]], demandBps: 10 },
      { name: "c", paths: [[3], [0]], demandBps: 10 },
    ];
    const world = (...dead: number[]) => ({
      segment: (s: number) => (dead.includes(s) ? down(s) : well(s)),
      capacityBps: (s: number) => (s === 0 || s === 2 ? 10 : undefined),
    });
    const before = new Decider(policies, DEFAULTS);
    before.tick(0, world(0));
    const after = new Decider(policies, DEFAULTS);
    for (const memory of before.memories()) after.remember(memory);
    expect(after.memories()).toEqual(before.memories());
    // a has taken what 2 has room for, and left 0: b finds nothing, c does.
    after.tick(1_000, world(1, 3));
    expect(["a", "b", "c"].map((name) => after.current(name))).toEqual([1, 0, 1]);
  });

  it("counts nobody as new on a segment that it was on before", () => {
    const moving = Array.from({ length: DEFAULTS.herdMovesDown }, (_, i) => ({
      name: `m${i}`,
      paths: [
        [0, 9],
        [i + 10, 9],
      ],
    }));
    const decider = new Decider([...moving, { name: "z", paths: [[1], [9]] }], DEFAULTS);
    decider.tick(0, { segment: (s) => (s <= 1 ? down(s) : well(s)) });
    expect(moving.every(({ name }) => decider.current(name) === 1)).toBe(true);
    expect(decider.current("z")).toBe(1);
  });
});

describe("the journal", () => {
  const { lines, made } = storm(5, 400, 20_000);

  it("replays: the same decisions from the same inputs", () => {
    const moves = made.filter(({ input, decision }) => decision.path !== input.current).length;
    expect(moves).toBeGreaterThan(10);
    expect(replay(lines, "j")).toEqual({ decisions: made.length, moves, difference: undefined });
  });

  it("is the same text when the same storm is run again", () => {
    expect(storm(5, 400, 20_000).lines).toEqual(lines);
  });

  const at = made.findIndex(({ decision, input }) => decision.path !== input.current) + 1;
  const tampered = (change: (text: string) => string) => lines.map((text, i) => (i === at ? change(text) : text));

  it("that was changed in an input, an outcome or a line says where", () => {
    const outcome = tampered((text) => text.replace(/("decision":\{"path":)\d/, "$10"));
    const other = tampered((text) => text.replace(/("decision":\{"path":)0/, "$12"));
    const first = replay(outcome, "j").difference ?? replay(other, "j").difference;
    expect(first).toMatchObject({ line: at + 1, what: "the decision is another" });
    const gone = lines.filter((_, i) => i !== at);
    expect(replay(gone, "j").difference).toMatchObject({ line: at + 1, what: "a decision is missing before this one" });
    const blind = tampered((text) => text.replaceAll('"fresh":true', '"fresh":false'));
    expect(replay(blind, "j").difference).toMatchObject({ line: at + 1, what: "the decision is another" });
  });

  it("that forgets a move is found by where the policy stood", () => {
    const cut = lines.filter((_, i) => i !== at).map((text, i) => text.replace(/^\{"n":\d+/, `{"n":${i}`));
    expect(replay(cut, "j").difference?.what).toBe("the policy stood elsewhere");
  });

  it("that is no journal is refused with line and field", () => {
    expect(() => replay(["{}"], "j")).toThrow(/j:1: /);
    expect(() => replay([], "j")).toThrow(/no first line/);
    expect(() => replay([lines[0] as string, '{"n":1}'], "j")).toThrow(/j:2: /);
    expect(() => replay([lines[0] as string, "{"], "j")).toThrow(/not JSON/);
    const stray = tampered((text) => text.replace(/"paths":\[\[\d/, '"paths":[[77'));
    expect(() => replay(stray, "j")).toThrow(/names segment 77/);
  });
});

describe("a decider", () => {
  it("refuses policies it cannot tell apart or place, and pins to paths that are not there", () => {
    const one = { name: "a", paths: [[0]] };
    expect(() => new Decider([one, one], DEFAULTS)).toThrow(/same name/);
    expect(() => new Decider([{ name: "b", paths: [] }], DEFAULTS)).toThrow(/no path/);
    expect(() => new Decider([one], DEFAULTS).pin("a", 3)).toThrow(/no path 3/);
    expect(() => new Decider([one], DEFAULTS).pin("z", 0)).toThrow(/no policy z/);
  });
});
