// The matrix of a simulated group against what was true: real statistics, real row encoding, made-up clocks and paths.

import { describe, expect, it } from "vitest";
import { type GroupWorld, PulseGroup } from "../../../test/support/pulse-group.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Cell, PeerId, Row } from "../model.ts";
import { GroupMatrix } from "./group-matrix.ts";

const KNOWN_S = 60;

type Shown = {
  readonly second: number;
  readonly observer: number;
  readonly from: number;
  readonly to: number;
  readonly cell: Cell;
};

/** Cells that show something else than the truth, in words. */
function untrue(group: PulseGroup, { second, observer, from, to, cell }: Shown): string[] {
  const truth = group.truth(observer, from, to);
  const { p50Bound, p50Us } = cell;
  if (truth === undefined || p50Bound === undefined || p50Us === undefined) return [];
  const holds = (us: number): boolean => p50Bound.lowUs <= us && us <= p50Bound.highUs;
  if (holds(truth.p50Us) && holds(p50Us)) return [];
  return [
    `${second} s, ${observer} sees ${from}→${to}: ${truth.p50Us} is not in ${p50Bound.lowUs}..${p50Bound.highUs}`,
  ];
}

/** The truth is asked as time passes, for it moves on with the rows. */
function watch(group: PulseGroup, untilS: number, check: (one: Shown) => string[], fromS = KNOWN_S): string[] {
  const wrong: string[] = [];
  group.run(untilS, (second) => {
    for (const [observer, matrix] of group.matrices) {
      for (const cell of matrix.cells(group.clockNs(observer))) {
        if (second < fromS) continue;
        const [from, to] = [group.members.indexOf(cell.from), group.members.indexOf(cell.to)];
        wrong.push(...check({ second, observer, from, to, cell }));
      }
    }
  });
  return wrong;
}

describe("every cell of a group whose clocks are off by ± 500 ms and drift by ± 50 ppm", () => {
  it.each([1, 2, 3])("holds the truth, and is known, after a minute (seed %i)", (seed) => {
    const group = new PulseGroup({ seed, size: 8, observers: [0, 5] });
    const wrong = watch(group, 75, (one) => [
      ...(one.cell.p50Us === undefined ? [`${one.second} s: ${one.cell.from}→${one.cell.to} is missing`] : []),
      ...untrue(group, one),
    ]);
    expect(wrong).toEqual([]);
  });

  it.each([
    ["a fifth of the pulses lost, and long queues", { loss: 0.2, queueUs: 5_000 }],
    ["slow pulses", { intervalMs: 5_000 }],
    ["two members", { size: 2 }],
    ["clocks ten seconds apart", { offsetUs: 10_000_000, driftPpm: 100 }],
  ] as const)("holds it with %s", (_name, world: Partial<GroupWorld>) => {
    const group = new PulseGroup({ seed: 31, size: 7, ...world });
    expect(watch(group, 100, (one) => untrue(group, one))).toEqual([]);
  });

  it("is no wider than the two lowest delays above light allow, and what stamps and drift err", () => {
    const group = new PulseGroup({ seed: 5, size: 8 });
    let narrower = 0;
    const wrong = watch(group, 75, ({ observer, from, to, cell }) => {
      const [there, back] = [group.truth(observer, from, to), group.truth(observer, to, from)];
      if (there === undefined || back === undefined || cell.p50Bound === undefined) return [];
      const floorUs = group.path(from, to).floorUs + group.path(to, from).floorUs;
      const widthUs = cell.p50Bound.highUs - cell.p50Bound.lowUs;
      const pairUs = there.minUs + back.minUs - floorUs;
      if (widthUs < 0.9 * pairUs) narrower++;
      return widthUs <= pairUs + 5 * (cell.comparisonErrorUs ?? 0) ? [] : [`${from}→${to}: ${widthUs} for ${pairUs}`];
    });
    expect(wrong).toEqual([]);
    // The group knows more than any of its pairs.
    expect(narrower).toBeGreaterThan(100);
  });

  it("is within 1 ms where the clocks follow UTC, and a false claim narrows nothing", () => {
    const followers = new PulseGroup({ seed: 6, size: 8, offsetUs: 300, driftPpm: 0.2, withinUs: 450 });
    const far = watch(followers, 75, (one) => {
      const truth = followers.truth(0, one.from, one.to);
      const error = Math.abs((one.cell.p50Us ?? Number.NaN) - (truth?.p50Us ?? Number.NaN));
      return [...untrue(followers, one), ...(error <= 1_000 ? [] : [`${one.from}→${one.to} is off by ${error}`])];
    });
    expect(far).toEqual([]);
    const alone = [{ member: 2, atS: 1, byUs: 40_000 }];
    for (const [lie, believed] of [
      [{ offsetUs: 300_000 }, []],
      [{ offsetUs: 300, driftPpm: 0.2, steps: alone }, ["pop-1", "pop-3", "pop-4", "pop-5", "pop-6", "pop-7"]],
    ] as const) {
      const group = new PulseGroup({ seed: 6, size: 8, withinUs: 450, ...lie });
      expect(watch(group, 70, (one) => untrue(group, one))).toEqual([]);
      const offsets = group.matrices.get(0)?.offsets(group.clockNs(0)) ?? [];
      expect(offsets.filter(({ synchronised }) => synchronised).map(({ member }) => member)).toEqual(believed);
    }
  });

  it("comes with offsets that hold each clock's own", () => {
    const group = new PulseGroup({ seed: 7, size: 8, observers: [3] });
    const wrong: string[] = [];
    group.run(75, (second) => {
      for (const { member, bound, ratePpm } of group.matrices.get(3)?.offsets(group.clockNs(3)) ?? []) {
        const i = group.members.indexOf(member);
        const truth = group.offsetUs(i) - group.offsetUs(3);
        if (second < KNOWN_S) continue;
        if (bound === undefined || truth < bound.lowUs || truth > bound.highUs) wrong.push(`${second} s: ${member}`);
        expect(Math.abs((ratePpm ?? 0) - group.ratePpm(i) + group.ratePpm(3))).toBeLessThan(10);
      }
    });
    expect(wrong).toEqual([]);
  });
});

describe("which of two paths is faster", () => {
  it.each([1, 2])("is decided right wherever they differ by over 1 ms, with clocks ± 10 s apart (seed %i)", (seed) => {
    const size = 7;
    const group = new PulseGroup({ seed, size, offsetUs: 10_000_000 });
    let decided = 0;
    const check = (): string[] => {
      const matrix = group.matrices.get(0);
      const cells = new Map(matrix?.cells(group.clockNs(0)).map((cell) => [`${cell.from} ${cell.to}`, cell]));
      const cell = (i: number, j: number): Cell | undefined => cells.get(`${group.members[i]} ${group.members[j]}`);
      const sum = (path: readonly number[], of: (i: number, j: number) => number): number =>
        path.slice(1).reduce((total, to, at) => total + of(path[at] ?? 0, to), 0);
      const told = (path: readonly number[]): number => sum(path, (i, j) => cell(i, j)?.p50Us ?? Number.NaN);
      const errorOf = (path: readonly number[]): number =>
        sum(path, (i, j) => cell(i, j)?.comparisonErrorUs ?? Number.NaN);
      const true_ = (path: readonly number[]): number => sum(path, (i, j) => group.truth(0, i, j)?.p50Us ?? Number.NaN);
      const wrong: string[] = [];
      for (let from = 0; from < size; from++) {
        for (let to = 0; to < size; to++) {
          const relays = [...group.members.keys()].filter((via) => via !== from && via !== to);
          const ways = from === to ? [] : [[from, to], ...relays.map((via) => [from, via, to])];
          for (const [at, a] of ways.entries()) {
            for (const b of ways.slice(0, at)) {
              const [difference, shownDifference] = [true_(a) - true_(b), told(a) - told(b)];
              const isWrong = Math.abs(difference) > 1_000 && !(difference * shownDifference > 0);
              // What is left of the error is no more than what the cells admit.
              const isBeyond = !(Math.abs(difference - shownDifference) <= errorOf(a) + errorOf(b));
              if (isWrong || isBeyond) wrong.push(`${a} against ${b}: ${difference}, shown as ${shownDifference}`);
              decided++;
            }
          }
        }
      }
      return wrong;
    };
    group.run(KNOWN_S, () => group.matrices.get(0)?.cells(group.clockNs(0)));
    const wrong = check();
    group.run(75);
    expect([...wrong, ...check()]).toEqual([]);
    expect(decided).toBeGreaterThan(1_000);
  });
});

describe("a clock that is set", () => {
  const steps = [
    { member: 2, atS: 65.5, byUs: 120_000 },
    { member: 0, atS: 75.3, byUs: -400_000 },
    { member: 5, atS: 85.3, byUs: 2_000_000 },
  ];

  it.each([21, 22])("never makes a cell untrue, and everything is known again seconds later (seed %i)", (seed) => {
    const group = new PulseGroup({ seed, size: 8, steps, observers: [0, 3] });
    const settled = (second: number): boolean => steps.every(({ atS }) => second < atS || second > atS + 3);
    const wrong = watch(group, 100, (one) => [
      ...untrue(group, one),
      ...(settled(one.second) && one.cell.p50Us === undefined
        ? [`${one.second} s: ${one.from}→${one.to} missing`]
        : []),
    ]);
    expect(wrong).toEqual([]);
    const seenBy3 = group.matrices.get(3);
    const counts = seenBy3?.offsets(group.clockNs(3)).map(({ clockSteps }) => clockSteps);
    expect(counts).toEqual([1, 0, 1, 0, 1, 0, 0]);
    expect(group.matrices.get(0)?.ownClockSteps).toBe(1);
    for (const [observer, matrix] of group.matrices) expect(matrix.contradictions(group.clockNs(observer))).toEqual([]);
  });

  it.each([51, 52, 53])(
    "at the very start, or by no more than queues scatter, makes nobody a liar (seed %i)",
    (seed) => {
      const early = [
        { member: 2, atS: 1.2, byUs: 50_000 },
        { member: 4, atS: 0.6, byUs: -50_000 },
        { member: 5, atS: 30.2, byUs: 2_500 },
        { member: 1, atS: 45.7, byUs: -4_000 },
      ];
      const group = new PulseGroup({ seed, size: 7, steps: early, queueUs: 2_000 });
      const blamed: unknown[] = [];
      const wrong = watch(
        group,
        80,
        (one) => {
          blamed.push(...(group.matrices.get(0)?.contradictions(group.clockNs(0)) ?? []));
          return one.second < KNOWN_S ? [] : untrue(group, one);
        },
        0,
      );
      expect([...wrong, ...blamed]).toEqual([]);
    },
  );
});

const LIAR = 3;

/** A row whose delays towards some are off by so much. */
const lying = (row: Row, byUs: (to: PeerId) => number, isBothWays: boolean): Row => ({
  ...row,
  cells: new Map(
    [...row.cells].map(([peer, cell]) => {
      const by = byUs(peer);
      const { out, inMinUs } = cell;
      const moved = out && {
        ...out,
        minUs: out.minUs + by,
        p5Us: out.p5Us + by,
        p50Us: out.p50Us + by,
        p95Us: out.p95Us + by,
      };
      return [peer, { ...cell, out: moved, inMinUs: isBothWays && inMinUs !== undefined ? inMinUs - by : inMinUs }];
    }),
  ),
});

describe("a bad reporter", () => {
  const turn = (peer: number): number => (peer % 2 === 0 ? 1 : -1) * (50_000 + 3_000 * peer);
  const place = (peer: PeerId): number => Number(peer.slice("pop-".length));
  const worlds: readonly (readonly [string, Partial<GroupWorld>])[] = [
    ["says that it is nearer than it is", { lie: (row, i) => (i === LIAR ? lying(row, () => -20_000, false) : row) }],
    [
      "says that it is farther from some",
      { lie: (row, i) => (i === LIAR ? lying(row, (p) => (place(p) < 6 ? 35_000 : 0), false) : row) },
    ],
    [
      "lies about both ways so that round trips fit",
      { lie: (row, i) => (i === LIAR ? lying(row, (p) => turn(place(p)), true) : row) },
    ],
    ["shows each peer another clock", { stampLieUs: (member, peer) => (member === LIAR ? turn(peer) : 0) }],
  ];

  it.each(worlds)(
    "that %s is named with evidence; nobody else ever is, and no other cell is untrue",
    (_name, world) => {
      const group = new PulseGroup({ seed: 41, size: 9, observers: [0, 8], ...world });
      const blamed = new Set<string>();
      const liesInStamps = world.stampLieUs !== undefined;
      const wrong = watch(
        group,
        70,
        (one) => {
          for (const { reporters } of group.matrices.get(one.observer)?.contradictions(group.clockNs(one.observer)) ??
            []) {
            blamed.add(`${reporters}`);
          }
          if (one.second < KNOWN_S || one.from === LIAR || (liesInStamps && one.to === LIAR)) return [];
          return [...untrue(group, one), ...(one.cell.p50Us === undefined ? [`${one.from}→${one.to} is missing`] : [])];
        },
        0,
      );
      expect(wrong).toEqual([]);
      expect([...blamed]).toEqual([`pop-${LIAR}`]);
      for (const [observer, matrix] of group.matrices) {
        const nowNs = group.clockNs(observer);
        const [contradiction] = matrix.contradictions(nowNs);
        expect(contradiction?.lastedMs).toBeGreaterThanOrEqual(LIMITS.contradictionLastsMs);
        expect(contradiction?.evidence.length).toBeGreaterThanOrEqual(3);
        for (const proof of contradiction?.evidence ?? []) {
          if (proof.kind === "cycle") {
            expect(proof.members).toContain(`pop-${LIAR}`);
            expect(proof.sumUs).toBeLessThan(proof.floorUs);
          } else {
            expect([proof.from, proof.to]).toContain(`pop-${LIAR}`);
            expect(Math.abs(proof.senderUs - proof.receiverUs)).toBeGreaterThan(proof.toleranceUs);
          }
        }
        const reported = matrix.cells(nowNs).filter(({ from }) => from === `pop-${LIAR}`);
        expect(reported.every(({ p50Us }) => p50Us === undefined)).toBe(true);
      }
    },
  );

  it("cannot be told from its victim where they are alone with it: both are shown, neither is named", () => {
    const lie = (row: Row, i: number): Row =>
      i === LIAR ? lying(row, (p) => (p === "pop-1" ? -30_000 : 0), false) : row;
    const group = new PulseGroup({ seed: 42, size: 9, lie });
    // Nobody asks in all this time.
    group.run(40);
    expect(group.matrices.get(0)?.contradictions(group.clockNs(0))).toMatchObject([{ reporters: ["pop-1", "pop-3"] }]);
    const cell = group.matrices
      .get(0)
      ?.cells(group.clockNs(0))
      .find(({ from, to }) => from === "pop-3" && to === "pop-1");
    expect(cell).toMatchObject({ p50Us: undefined, p50Bound: undefined });
  });

  it("is no honest member that two liars accuse together", () => {
    const lie = (row: Row, i: number): Row =>
      i === LIAR || i === 4 ? lying(row, (p) => (p === "pop-1" ? 40_000 : 0), false) : row;
    const group = new PulseGroup({ seed: 43, size: 9, lie });
    group.run(40, () => group.matrices.get(0)?.cells(group.clockNs(0)));
    const reporters = group.matrices
      .get(0)
      ?.contradictions(group.clockNs(0))
      .map((one) => one.reporters);
    expect(reporters).toEqual([
      ["pop-1", "pop-3"],
      ["pop-1", "pop-4"],
    ]);
  });

  it("is believed again some time after it mends", () => {
    let isLying = true;
    const lie = (row: Row, i: number): Row => (i === LIAR && isLying ? lying(row, () => -20_000, false) : row);
    const group = new PulseGroup({ seed: 44, size: 6, lie });
    const look = (): number => {
      group.matrices.get(0)?.cells(group.clockNs(0));
      return group.matrices.get(0)?.contradictions(group.clockNs(0)).length ?? 0;
    };
    group.run(40, look);
    expect(look()).toBe(1);
    isLying = false;
    group.run(80, look);
    expect(look()).toBe(0);
  });
});

describe("rows", () => {
  const members = ["pop-0", "pop-1", "pop-2"] as PeerId[];
  const [self, other] = members as [PeerId, PeerId];
  const row = (sequence: number): Row => ({ member: other, sequence, madeNs: 0n, cells: new Map([[self, LOSS]]) });
  const LOSS = { out: undefined, outLossPpm: 5_000, inMinUs: undefined, inLossPpm: 0 };
  const seconds = (s: number): bigint => BigInt(s) * 1_000_000_000n;
  const lossOf = (matrix: GroupMatrix, s: number): number | undefined =>
    matrix.cells(seconds(s)).find(({ from, to }) => from === other && to === self)?.lossPpm;

  it("are taken once, the newest wins, and they age out", () => {
    const matrix = new GroupMatrix(self, members);
    expect(matrix.takeRow(row(7), seconds(100))).toBe(true);
    expect(matrix.takeRow(row(7), seconds(101))).toBe(false);
    expect(matrix.takeRow(row(6), seconds(101))).toBe(false);
    expect(matrix.takeRow({ ...row(8), member: "stranger" as PeerId }, seconds(101))).toBe(false);
    expect([lossOf(matrix, 101), lossOf(matrix, 115), lossOf(matrix, 116)]).toEqual([5_000, 5_000, undefined]);
    // One that began anew with its clock set back is heard again, once its old row is stale.
    expect(matrix.takeRow(row(2), seconds(117))).toBe(true);
    expect(lossOf(matrix, 117)).toBe(5_000);
  });

  it("show every ordered pair; what nobody said is undefined, never zero", () => {
    const cells = new GroupMatrix(self, members).cells(seconds(1));
    expect(cells).toHaveLength(6);
    for (const { from, to, samples, ...rest } of cells) {
      expect([from === to, samples, ...new Set(Object.values(rest))]).toEqual([false, 0, undefined]);
    }
  });

  it("go with a member that is forgotten", () => {
    const matrix = new GroupMatrix(self, members);
    matrix.takeRow(row(7), seconds(100));
    matrix.forget(other);
    expect(lossOf(matrix, 100)).toBeUndefined();
  });

  it("of a member that died leave the others' cells true", () => {
    const group = new PulseGroup({ seed: 8, size: 6, deaths: [{ member: 4, atS: 62 }] });
    expect(watch(group, 90, (one) => untrue(group, one))).toEqual([]);
    const cells = group.matrices.get(0)?.cells(group.clockNs(0)) ?? [];
    const missing = cells.filter(({ p50Us }) => p50Us === undefined);
    expect(missing.every(({ from, to }) => from === "pop-4" || to === "pop-4")).toBe(true);
    expect(missing.filter(({ from }) => from === "pop-4")).toHaveLength(5);
  });
});
