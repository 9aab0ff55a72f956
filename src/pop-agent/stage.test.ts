// What a lane carries, over every state of its paths: traffic moves onto what is proved and nothing else, stays where a
// probe fails, leaves what is dead, and comes back by the service's word only.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrefix } from "../srv6/address.ts";
import { parseSid } from "../srv6/sid.ts";
import { failedKeys, markFailed, prunedFailed } from "./failed.ts";
import { allPaths, keyed, keyOf, type Lane, type LanePath } from "./lane.ts";
import { type Proof, UNASKED } from "./proof.ts";
import { type LaneStage, stageLane } from "./stage.ts";

const path = (name: string, weight = 1): LanePath => {
  const list = keyed({ mode: "encap.red", segments: [parseSid(`fcbb:bb00:${name.charCodeAt(0)}::`)] }, weight);
  return {
    name,
    list,
    probe: { ...list, weight: 1 },
    first: `a/t>${name}`,
    back: undefined,
    mtuOctets: undefined,
  };
};
const [P, Q, N, B] = [path("P"), path("Q"), path("N"), path("B")];

const lane = (paths: readonly LanePath[], backup?: LanePath, word = 0): Lane => ({
  policy: "p",
  to: "fra",
  far: parsePrefix("2001:db8:f::/64"),
  paths,
  backup,
  probed: true,
  word,
  probeMs: 100,
  bindingSid: undefined,
  resilientBuckets: undefined,
  prefixes: [],
  classes: [],
  family: undefined,
  table: 254,
});

const answered = (atMs: number): Proof => ({
  ...UNASKED,
  state: "answered",
  answeredMs: atMs,
  intervalMs: 100,
});
const silentSince = (atMs: number): Proof => ({ ...answered(atMs), state: "silent", why: "its probe is not answered" });

type Case = {
  readonly lane: Lane;
  readonly carried?: readonly LanePath[];
  readonly proofs: ReadonlyMap<LanePath, Proof>;
  readonly installed?: readonly LanePath[];
  readonly failed?: readonly LanePath[];
};

const stage = ({ lane: one, carried = [], proofs, installed, failed = [] }: Case): LaneStage =>
  stageLane({
    lane: one,
    carried: carried.map(({ list }) => list),
    installed: (key) => installed === undefined || installed.some((path) => keyOf(path) === key),
    proof: ({ list }) => [...proofs].find(([path]) => keyOf(path) === list.name)?.[1] ?? UNASKED,
    failed: new Set(failed.map(keyOf)),
  });

const names = (paths: readonly LanePath[]): string[] => paths.map(({ name, list }) => name || list.name);

describe("a lane", () => {
  it("of a new policy carries nothing until all of its paths are proved", () => {
    const one = lane([P, Q], B);
    expect(names(stage({ lane: one, proofs: new Map() }).carry)).toEqual([]);
    expect(names(stage({ lane: one, proofs: new Map([[P, answered(1)]]) }).carry)).toEqual([]);
    const done = stage({
      lane: one,
      proofs: new Map([
        [P, answered(1)],
        [Q, answered(1)],
      ]),
    });
    expect([names(done.carry), names(done.spare), done.move?.kind]).toEqual([["P", "Q"], ["B"], "begins"]);
  });

  it("holds what carries, though no document names it any more, until the new list is installed and proved", () => {
    const one = lane([N], B);
    const old = { lane: one, carried: [P] };
    const alive = [P, answered(9)] as const;
    expect(names(stage({ ...old, proofs: new Map([alive]) }).carry)).toEqual([P.list.name]);
    expect(names(stage({ ...old, proofs: new Map([alive, [N, silentSince(0)]]) }).carry)).toEqual([P.list.name]);
    const proved = new Map([alive, [N, answered(9)]]);
    expect(names(stage({ ...old, proofs: proved, installed: [P, B] }).carry)).toEqual([P.list.name]);
    const moved = stage({ ...old, proofs: proved });
    expect([names(moved.carry), moved.move]).toEqual([["N"], { kind: "moved", why: "proved end to end" }]);
    // Then the old one goes: nothing holds it any more.
    expect(names(stage({ lane: one, carried: [N], proofs: proved }).spare)).toEqual(["B"]);
  });

  it("leaves a dead path for its backup, if that answers what left after", () => {
    const one = { lane: lane([P], B), carried: [P] };
    const dead = [P, silentSince(1_000)] as const;
    expect(stage({ ...one, proofs: new Map([dead, [B, answered(1_150)]]) }).move).toBeUndefined();
    const { carry, move } = stage({ ...one, proofs: new Map([dead, [B, answered(1_151)]]) });
    expect([names(carry), move?.kind, move?.why]).toEqual([["B"], "failed-over", "its probe is not answered"]);
  });

  it("leaves at once where the interface is down, without waiting for the backup's next answer", () => {
    const gone = { ...silentSince(1_000), certain: true };
    const proofs = new Map([
      [P, gone],
      [B, answered(990)],
    ]);
    expect(names(stage({ lane: lane([P], B), carried: [P], proofs }).carry)).toEqual(["B"]);
  });

  it("stays where it is when everything is silent: the far end is gone, or the way back is", () => {
    const proofs = new Map([
      [P, silentSince(1_000)],
      [B, silentSince(1_000)],
    ]);
    expect(stage({ lane: lane([P], B), carried: [P], proofs }).move).toBeUndefined();
  });

  it("carries with those of its paths that live", () => {
    const proofs = new Map([
      [P, silentSince(1_000)],
      [Q, answered(2_000)],
      [B, answered(2_000)],
    ]);
    const { carry, move } = stage({ lane: lane([P, Q], B), carried: [P, Q], proofs });
    expect([names(carry), move?.kind]).toEqual([["Q"], "failed-over"]);
  });

  it("does not return by itself, but when the backup dies in its turn", () => {
    const alive = new Map([
      [P, answered(2_000)],
      [B, answered(2_000)],
    ]);
    const left = { lane: lane([P], B), carried: [B], failed: [P] };
    expect(stage({ ...left, proofs: alive }).move).toBeUndefined();
    const back = stage({ ...left, failed: [], proofs: alive });
    expect([names(back.carry), back.move?.kind]).toEqual([["P"], "moved"]);
    const worse = new Map([
      [P, answered(3_000)],
      [B, silentSince(2_000)],
    ]);
    expect(names(stage({ ...left, proofs: worse }).carry)).toEqual(["P"]);
  });
});

describe("what was left", () => {
  const before = lane([P], B, 3);
  const failed = markFailed({}, before, [keyOf(P)]);

  it("is called back by a later word, or by another document", () => {
    expect([...failedKeys(failed, before)]).toEqual([keyOf(P)]);
    expect([...failedKeys(failed, lane([P], B, 4))]).toEqual([]);
    expect(prunedFailed(failed, [lane([N], B, 3)])).toEqual({});
    expect(prunedFailed(failed, [before])).toEqual(failed);
  });
});

const state = fc.constantFrom("asked", "answered", "silent");
const all = [P, Q, N, B];
const someOf = (from: readonly LanePath[]) => fc.subarray([...from], { minLength: 0 });

it("whatever the world is: traffic goes onto nothing unproved or not installed, and never into nothing", () => {
  const world = fc.record({
    paths: fc.subarray([P, Q, N], { minLength: 1 }),
    backup: fc.option(fc.constant(B), { nil: undefined }),
    carried: someOf(all),
    installed: someOf(all),
    failed: someOf(all),
    proofs: fc.tuple(state, state, state, state),
    at: fc.tuple(fc.nat(500), fc.nat(500), fc.nat(500), fc.nat(500)),
  });
  fc.assert(
    fc.property(world, ({ paths, backup, carried, installed, failed, proofs, at }) => {
      const proof = new Map(
        all.map((one, i) => [one, { ...answered(at[i] ?? 0), state: proofs[i] ?? "asked" } as Proof]),
      );
      const one = lane(paths, backup);
      const { carry, spare, move } = stage({ lane: one, carried, proofs: proof, installed, failed });
      if (carried.length > 0) expect(carry).not.toEqual([]);
      const held = new Set(carried.map(keyOf));
      for (const path of carry) {
        if (held.has(keyOf(path))) continue;
        expect(proof.get(all.find((a) => keyOf(a) === keyOf(path)) as LanePath)?.state).toBe("answered");
        expect(installed.map(keyOf)).toContain(keyOf(path));
      }
      const kept = new Set([...carry, ...spare].map(keyOf));
      for (const path of [...carried, ...allPaths(one)]) expect(kept).toContain(keyOf(path));
      // Once it has moved it stays, the world being what it is.
      const next = stage({ lane: one, carried: carry, proofs: proof, installed, failed });
      if (move !== undefined && move.kind !== "failed-over") expect(next.move).toBeUndefined();
    }),
    { numRuns: 3_000 },
  );
});
