// Groups are near, small, and stay as they are; reporters and borders too; liars are named and honest POPs are not.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { between, SeededRng, unit } from "../../../base/rng.ts";
import { assignGroups, type Distance, type Group } from "./assign.ts";
import { borderOf, reporterOf } from "./roles.ts";
import { suspects } from "./suspects.ts";

type World = { readonly pops: string[]; readonly distance: Distance };

/** POPs in regions on a circle, round trips by distance. */
function world(count: number, regions: number, seed: number): World {
  const rng = new SeededRng(seed);
  const centres = Array.from({ length: regions }, (_, i) => {
    const angle = (2 * Math.PI * i) / regions;
    return [100_000 * Math.cos(angle), 100_000 * Math.sin(angle)] as const;
  });
  const at = new Map(
    Array.from({ length: count }, (_, i) => {
      const [x, y] = centres[i % regions] as readonly [number, number];
      return [`p${String(i).padStart(4, "0")}`, [x + unit(rng) * 15_000, y + unit(rng) * 15_000] as const];
    }),
  );
  const distance: Distance = (a, b) => {
    const [[ax, ay], [bx, by]] = [at.get(a) ?? [0, 0], at.get(b) ?? [0, 0]];
    return Math.round(500 + Math.hypot(ax - bx, ay - by));
  };
  return { pops: [...at.keys()], distance };
}

const placeOf = (groups: readonly Group[]) =>
  new Map(groups.flatMap(({ name, members }) => members.map((pop) => [pop, name] as const)));

describe("assignGroups", () => {
  it("puts every POP into one group of at most 100", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 320 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (count, regions, seed) => {
          const { pops, distance } = world(count, regions, seed);
          const groups = assignGroups(pops, distance);
          expect(groups.flatMap(({ members }) => members).sort()).toEqual(pops);
          expect(Math.max(...groups.map(({ members }) => members.length))).toBeLessThanOrEqual(100);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("keeps regions together where they fit", () => {
    const { pops, distance } = world(240, 3, 2);
    const groups = assignGroups(pops, distance);
    const regionsIn = groups.map(({ members }) => new Set(members.map((pop) => Number(pop.slice(1)) % 3)).size);
    expect(regionsIn).toEqual(groups.map(() => 1));
  });

  it("moves nobody for a tenth more or less of every distance, or for distances that are missing", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { pops, distance } = world(250, 4, seed);
        const before = assignGroups(pops, distance);
        const rng = new SeededRng(seed);
        const shaken: Distance = (a, b) => {
          if (between(rng, 0, 9) === 0) return undefined;
          return Math.round((distance(a, b) ?? 0) * (0.95 + 0.1 * unit(rng)));
        };
        expect(assignGroups(pops, shaken, assignGroups(pops, distance, before))).toEqual(
          assignGroups(pops, distance, before),
        );
      }),
      { numRuns: 5 },
    );
  });

  it("places a newcomer near, and moves nobody for it", () => {
    const { pops, distance } = world(200, 4, 3);
    const before = assignGroups(pops.slice(0, -1), distance);
    const settled = assignGroups(pops.slice(0, -1), distance, before);
    const after = placeOf(assignGroups(pops, distance, settled));
    for (const [pop, group] of placeOf(settled)) expect(after.get(pop)).toBe(group);
    const newcomer = pops.at(-1) as string;
    const neighbour = pops
      .filter((pop) => pop !== newcomer)
      .sort((a, b) => (distance(newcomer, a) ?? 0) - (distance(newcomer, b) ?? 0))[0];
    expect(after.get(newcomer)).toBe(after.get(neighbour as string));
  });

  it("moves who has clearly come nearer to another group", () => {
    const { pops, distance } = world(160, 2, 5);
    const before = assignGroups(pops, distance);
    const mover = pops.find((pop) => Number(pop.slice(1)) % 2 === 0 && pop !== "p0000") as string;
    const twin = pops[1] as string;
    const moved: Distance = (a, b) => distance(a === mover ? twin : a, b === mover ? twin : b);
    expect(placeOf(assignGroups(pops, moved, before)).get(mover)).toBe(placeOf(before).get(twin));
  });

  it("moves for a quarter and 5 ms together, and for neither alone", () => {
    // Two groups around a and b; x is in a's.
    const before: Group[] = [
      { name: "g1", members: ["a", "a1", "a2", "x"], isQuarantine: false },
      { name: "g2", members: ["b", "b1", "b2"], isQuarantine: false },
    ];
    const groupOfX = (toA: number, toB: number) => {
      const distance: Distance = (p, q) => {
        const ends = [p, q].sort().join("");
        if (ends.includes("x")) return ends.includes("a") ? toA + (ends === "ax" ? 0 : 1_000) : toB;
        if (ends[0] !== "a" || ends.includes("b")) return ends.startsWith("b") ? 1_000 : 90_000;
        return ends === "a1a2" ? 2_000 : 1_000;
      };
      return placeOf(assignGroups(["a", "a1", "a2", "b", "b1", "b2", "x"], distance, before)).get("x");
    };
    expect(groupOfX(100_000, 76_000)).toBe("g1");
    expect(groupOfX(100_000, 74_000)).toBe("g2");
    expect(groupOfX(10_000, 5_500)).toBe("g1");
    expect(groupOfX(10_000, 4_900)).toBe("g2");
  });

  it("splits a group that has outgrown its limit and leaves the others", () => {
    const { pops, distance } = world(30, 1, 7);
    const before = assignGroups(pops.slice(0, 10), distance, [], { membersMax: 10 });
    const after = assignGroups(pops, distance, before, { membersMax: 10 });
    expect(after.flatMap(({ members }) => members).sort()).toEqual(pops);
    expect(Math.max(...after.map(({ members }) => members.length))).toBeLessThanOrEqual(10);
    expect(after.map(({ name }) => name)).toContain(before[0]?.name);
    const tighter = assignGroups(pops, distance, after, { membersMax: 4 });
    expect(tighter.flatMap(({ members }) => members).sort()).toEqual(pops);
    expect(Math.max(...tighter.map(({ members }) => members.length))).toBeLessThanOrEqual(4);
  });

  it("keeps the quarantined apart, and takes them back when they are clean", () => {
    const { pops, distance } = world(20, 2, 8);
    const quarantined = new Set(["p0003", "p0004"]);
    const groups = assignGroups(pops, distance, assignGroups(pops, distance), { quarantined });
    expect(groups.filter(({ isQuarantine }) => isQuarantine).map(({ members }) => members)).toEqual([
      ["p0003", "p0004"],
    ]);
    expect(assignGroups(pops, distance, groups).filter(({ isQuarantine }) => isQuarantine)).toEqual([]);
  });
});

describe("reporterOf", () => {
  const { pops, distance } = world(12, 1, 4);
  const all = () => true;
  const best = reporterOf(pops, distance, all) as string;

  it("is in the middle, stays while it is nearly as good, and is replaced when it is gone", () => {
    expect(reporterOf(pops, distance, all, best)).toBe(best);
    const second = reporterOf(pops, distance, (pop) => pop !== best) as string;
    expect(second).not.toBe(best);
    expect(reporterOf(pops, distance, all, second)).toBe(second);
    expect(reporterOf(pops, distance, (pop) => pop !== second, second)).toBe(best);
    expect(reporterOf(pops, distance, () => false, best)).toBeUndefined();
  });

  it("is nobody whom members cannot reach, however near it is to the rest", () => {
    const cut: Distance = (a, b) => (a === best || b === best ? undefined : distance(a, b));
    expect(reporterOf(pops, cut, all)).not.toBe(best);
  });
});

describe("borderOf", () => {
  it("takes the quickest crossings that share no POP, and never one without a delay", () => {
    const crossing = (from: string, to: string, delayUs: number) => ({ segment: `${from}/t>${to}`, from, to, delayUs });
    const crossings = [
      crossing("a1", "b1", 20_000),
      crossing("a1", "b2", 21_000),
      crossing("a2", "b2", 25_000),
      crossing("a3", "b3", 0),
      crossing("b1", "a1", 1_000),
    ];
    const border = borderOf(["a1", "a2", "a3"], ["b1", "b2", "b3"], crossings);
    expect(border.map(({ segment }) => segment)).toEqual(["a1/t>b1", "a2/t>b2"]);
  });
});

describe("suspects", () => {
  const names = Array.from({ length: 8 }, (_, i) => `p${i}`);
  const pairs = (lies: (a: string, b: string) => number) =>
    names.flatMap((a, i) =>
      names.slice(i + 1).map((b) => ({ a, b, reportedUs: 40_000 - lies(a, b), floorUs: 30_000 })),
    );

  it("names who makes itself nearer than light allows, and nobody whose clock is off", () => {
    expect(suspects(pairs(() => 0))).toEqual([]);
    const found = suspects(pairs((a, b) => (a === "p5" || b === "p5" ? 15_000 : 0)));
    expect(found.map(({ pop }) => pop)).toEqual(["p5"]);
    expect(found[0]?.contradicts).toEqual(names.filter((pop) => pop !== "p5"));
  });

  it("names two who lie, and not who is only contradicted by them", () => {
    const liars = ["p2", "p6"];
    expect(
      suspects(pairs((a, b) => (liars.includes(a) || liars.includes(b) ? 15_000 : 0)))
        .map(({ pop }) => pop)
        .sort(),
    ).toEqual(liars);
  });

  it("accuses nobody over one pair", () => {
    expect(suspects(pairs((a, b) => (a === "p1" && b === "p2" ? 15_000 : 0)))).toEqual([]);
  });
});
