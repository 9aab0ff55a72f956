// Prove, then shift, for one lane: what it is to carry now, given what it carries, what is installed and what is proved.
// The same function leaves a dead path, and goes on after a restart at any stage: it looks at the world and at nothing
// else. Pure.

import type { CandidatePath } from "../srv6/model.ts";
import { allPaths, keyOf, type Lane, type LanePath, orphan } from "./lane.ts";
import { outlives, type Proof } from "./proof.ts";

export type LaneView = {
  readonly lane: Lane;
  /** As read back; empty where nothing is steered into the lane. */
  readonly carried: readonly CandidatePath[];
  readonly installed: (key: string) => boolean;
  readonly proof: (path: LanePath) => Proof;
  /** Left by the POP itself, and not called back. */
  readonly failed: ReadonlySet<string>;
  /** What an earlier document said of a path that this one does not name. */
  readonly recall?: (key: string) => LanePath | undefined;
};

export type MoveKind = "begins" | "moved" | "failed-over";

export type LaneStage = {
  readonly carry: readonly LanePath[];
  /** Installed beside. */
  readonly spare: readonly LanePath[];
  /** Undefined where what is carried stays. */
  readonly move: { readonly kind: MoveKind; readonly why: string } | undefined;
  /** Something is still being installed or proved. */
  readonly pending: boolean;
};

export function stageLane(view: LaneView): LaneStage {
  const { lane, failed } = view;
  const known = new Map(allPaths(lane).map((path) => [keyOf(path), path]));
  const carried = view.carried.map((list): LanePath => {
    const path = known.get(list.name) ?? view.recall?.(list.name);
    return path === undefined ? orphan(list) : { ...path, list: { ...path.list, weight: list.weight } };
  });
  const wanted = lane.paths.filter((path) => !failed.has(keyOf(path)));
  const isReady = (path: LanePath): boolean => view.installed(keyOf(path)) && proofOf(view, path).state === "answered";
  const { carry, why } = chosen(view, carried, wanted, isReady);
  const carrying = new Set(carry.map(keyOf));
  const all = new Map([...carried, ...allPaths(lane)].map((path) => [keyOf(path), path]));
  return {
    carry,
    spare: [...all.values()].filter((path) => !carrying.has(keyOf(path))),
    move: sameMembers(carry, carried) ? undefined : { kind: kindOf(lane, carried, carry, view), why },
    pending: [...wanted, ...(lane.backup === undefined ? [] : [lane.backup])].some(
      (path) => proofOf(view, path).state === "asked",
    ),
  };
}

type Choice = { readonly carry: readonly LanePath[]; readonly why: string };

function chosen(
  view: LaneView,
  carried: readonly LanePath[],
  wanted: readonly LanePath[],
  isReady: (path: LanePath) => boolean,
): Choice {
  if (wanted.length > 0 && sameMembers(wanted, carried) && !isDeadAnywhere(view, carried)) {
    return { carry: carried, why: "" };
  }
  if (wanted.length > 0 && wanted.every(isReady)) return { carry: wanted, why: "proved end to end" };
  const dead = carried.filter((path) => proofOf(view, path).state === "silent");
  if (carried.length > 0 && dead.length === 0) return { carry: carried, why: "" };
  const outlivesAll = (path: LanePath): boolean =>
    dead.every((one) => outlives(proofOf(view, path), proofOf(view, one)));
  const why = dead.map((path) => proofOf(view, path).why)[0] ?? "the only one that is proved";
  const alive = carried.filter((path) => !dead.includes(path) && outlivesAll(path));
  if (alive.length > 0) return { carry: alive, why };
  // What was left before comes last: better a path that was once dead than one that is.
  const { paths, backup } = view.lane;
  const spare = backup === undefined ? [] : [backup];
  for (const choice of [wanted, spare.filter((path) => !view.failed.has(keyOf(path))), paths, spare]) {
    const fit = choice.filter((path) => !dead.includes(path) && isReady(path) && outlivesAll(path));
    if (fit.length === 0) continue;
    // A new policy waits for all of its paths while one of them has not been judged.
    const unjudged = choice.some((path) => proofOf(view, path).state === "asked");
    if (carried.length === 0 && (unjudged || wanted.some((path) => proofOf(view, path).state === "asked"))) break;
    return { carry: fit, why };
  }
  return { carry: carried, why: "" };
}

const proofOf = (view: LaneView, path: LanePath): Proof => view.proof(path);

const isDeadAnywhere = (view: LaneView, paths: readonly LanePath[]): boolean =>
  paths.some((path) => proofOf(view, path).state === "silent");

function sameMembers(a: readonly LanePath[], b: readonly LanePath[]): boolean {
  const weights = new Map(b.map(({ list }) => [list.name, list.weight]));
  return a.length === b.length && a.every(({ list }) => weights.get(list.name) === list.weight);
}

function kindOf(lane: Lane, before: readonly LanePath[], after: readonly LanePath[], view: LaneView): MoveKind {
  if (before.length === 0) return "begins";
  const wanted = new Set(lane.paths.map(keyOf));
  if (before.some((path) => proofOf(view, path).state === "silent")) {
    return after.every((path) => wanted.has(keyOf(path)) && !before.some((one) => keyOf(one) === keyOf(path)))
      ? "moved"
      : "failed-over";
  }
  return "moved";
}
