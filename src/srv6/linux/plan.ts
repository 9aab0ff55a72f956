// A plan: the ordered steps that turn what is there into what is wanted. A value: printed as `ip` commands, as JSON, as a
// diff, and run by apply.ts; nothing else changes a kernel. Pure.
//
// Order: what others lean on comes first, and goes last. Additions before shifts, shifts before removals, so that at no
// moment is a prefix without a path that had one.

import type { KernelObject } from "./objects.ts";
import { same } from "./same.ts";
import { type Change, commandText, identity, objectText } from "./text.ts";

export type Step = {
  readonly change: Change;
  readonly object: KernelObject;
  /** What a replacement or removal takes away. */
  readonly before?: KernelObject;
};

/** A wanted object whose place somebody else's holds; never touched, always named. */
export type Foreign = { readonly wanted: KernelObject; readonly found: KernelObject };

export type Plan = { readonly steps: readonly Step[]; readonly foreign: readonly Foreign[] };

/** What is in a kernel: ours, and of the others' only what stands where we may want to stand. */
export type Actual = { readonly ours: readonly KernelObject[]; readonly others: readonly KernelObject[] };

const LAYER: Readonly<Record<KernelObject["kind"], number>> = {
  vrf: 0,
  setting: 1,
  hmac: 2,
  nexthop: 3,
  group: 4,
  route: 5,
  rule: 6,
};

export function plan(wanted: readonly KernelObject[], actual: Actual): Plan {
  const ours = byIdentity(actual.ours);
  const others = byIdentity(actual.others);
  const keep = new Set<string>();
  const [adds, shifts, foreign]: [Step[], Step[], Foreign[]] = [[], [], []];
  for (const object of wanted) {
    const id = identity(object);
    keep.add(id);
    const blocking = others.get(id);
    const before = ours.get(id);
    if (blocking) foreign.push({ wanted: object, found: blocking });
    else if (!before) adds.push({ change: "add", object });
    else if (before.kind !== object.kind || typeChanges(before, object)) {
      // A group cannot change its type in place, nor become a plain nexthop, nor a VRF its table: it goes and comes again.
      adds.push({ change: "delete", object: before }, { change: "add", object });
    } else if (!same(before, object)) shifts.push({ change: "replace", object, before });
  }
  const removals: Step[] = [];
  for (const [id, object] of ours) if (!keep.has(id)) removals.push({ change: "delete", object, before: object });
  return {
    steps: [...adds.sort(upward), ...shifts.sort(upward), ...removals.sort((a, b) => upward(b, a))],
    foreign,
  };
}

function byIdentity(objects: readonly KernelObject[]): ReadonlyMap<string, KernelObject> {
  return new Map(objects.map((object) => [identity(object), object]));
}

const upward = (a: Step, b: Step): number => LAYER[a.object.kind] - LAYER[b.object.kind];

const typeChanges = (a: KernelObject, b: KernelObject): boolean =>
  (a.kind === "group" && b.kind === "group" && a.resilient?.buckets !== b.resilient?.buckets) ||
  (a.kind === "vrf" && b.kind === "vrf" && a.table !== b.table);

/** What the world is after every step went in: for tests, and to know what a rest of a plan still owes. */
export function applied(actual: Actual, steps: readonly Step[]): Actual {
  const ours = new Map(byIdentity(actual.ours));
  for (const { change, object } of steps) {
    if (change === "delete") ours.delete(identity(object));
    else ours.set(identity(object), object);
  }
  return { ours: [...ours.values()], others: actual.others };
}

/** The plan as commands an engineer could type. */
export const planCommands = (steps: readonly Step[]): string[] =>
  steps.map(({ change, object }) => commandText(change, object));

/** The plan as a diff: what goes with -, what comes with +. */
export function planDiff({ steps, foreign }: Plan): string[] {
  const lines = steps.flatMap(({ change, object, before }) => [
    ...(before && change !== "add" ? [`- ${object.kind} ${objectText(before)}`] : []),
    ...(change === "delete"
      ? before
        ? []
        : [`- ${object.kind} ${objectText(object)}`]
      : [`+ ${object.kind} ${objectText(object)}`]),
  ]);
  return [...lines, ...foreign.map(({ wanted, found }) => `! ${identity(wanted)} is held by ${objectText(found)}`)];
}
