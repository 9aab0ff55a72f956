// Lanes as they stand in a kernel: which lists carry, which stand ready, and whose a kernel object is. Pure.

import { formatPrefix } from "../../srv6/address.ts";
import { compilePolicies, type PolicyObjects } from "../../srv6/linux/compile.ts";
import type { Encap, KernelGroup, KernelNexthop, KernelObject } from "../../srv6/linux/objects.ts";
import { identity } from "../../srv6/linux/text.ts";
import type { CandidatePath, Policy } from "../../srv6/model.ts";
import { type Goal, PROBE } from "../goal.ts";
import { allPaths, keyed, keyOf, type Lane } from "../lane.ts";

export type LanesSeen = {
  readonly carried: ReadonlyMap<string, readonly CandidatePath[]>;
  /** "lane key" of each list that is read back as it should be. */
  readonly installed: ReadonlySet<string>;
};

const asPolicy = (lane: Lane): Policy => ({
  name: lane.policy,
  paths: allPaths(lane).map(({ list }) => list),
  active: "paths",
  ...(lane.resilientBuckets === undefined ? {} : { resilientBuckets: lane.resilientBuckets }),
});

export function lanesSeen(ours: readonly KernelObject[], lanes: readonly Lane[]): LanesSeen {
  const nexthops = new Map<number, KernelNexthop>();
  const groups = new Map<number, KernelGroup>();
  const steered = new Map<string, number>();
  for (const object of ours) {
    if (object.kind === "nexthop") nexthops.set(object.id, object);
    else if (object.kind === "group") groups.set(object.id, object);
    else if (object.kind === "route" && object.target.kind === "nexthop") {
      steered.set(`${formatPrefix(object.prefix)} ${object.table}`, object.target.id);
    }
  }
  const compiled = compilePolicies(lanes.map(asPolicy));
  const carried = new Map<string, readonly CandidatePath[]>();
  const installed = new Set<string>();
  for (const lane of lanes) {
    const objects = compiled.get(lane.policy) as PolicyObjects;
    const byId = new Map<number, CandidatePath>();
    for (const path of allPaths(lane)) {
      const id = objects.nexthops.get(keyOf(path)) ?? 0;
      byId.set(id, path.list);
      if (contentKey(nexthops.get(id)?.hop.encap) === keyOf(path)) installed.add(`${lane.policy} ${keyOf(path)}`);
    }
    const group = groups.get(objects.group) ?? groups.get(groupOfPrefix(lane, steered));
    carried.set(lane.policy, group === undefined ? [] : membersOf(group, lane.policy, byId, nexthops));
  }
  return { carried, installed };
}

/** A lane whose group is of another type now: its prefixes still say which it was. */
function groupOfPrefix({ prefixes, table }: Lane, steered: ReadonlyMap<string, number>): number {
  const [first] = prefixes;
  return first === undefined ? 0 : (steered.get(`${formatPrefix(first)} ${table}`) ?? 0);
}

/** A list that no document names is known by what it says, if it stands under the identifier that its name gives. */
function membersOf(
  group: KernelGroup,
  lane: string,
  byId: ReadonlyMap<number, CandidatePath>,
  nexthops: ReadonlyMap<number, KernelNexthop>,
): CandidatePath[] {
  return group.members.flatMap(({ id, weight }) => {
    const known = byId.get(id);
    if (known !== undefined) return [{ ...known, weight }];
    const encap = nexthops.get(id)?.hop.encap;
    if (encap?.kind !== "seg6") return [];
    const list = keyed(encap, weight);
    const own = compilePolicies([{ name: lane, paths: [list], active: "paths" }])
      .get(lane)
      ?.nexthops.get(list.name);
    return own === id ? [list] : [];
  });
}

const contentKey = (encap: Encap | undefined): string | undefined =>
  encap?.kind === "seg6" ? keyed(encap, 1).name : undefined;

/** Groups that stand are wanted as they stand, and so is what they lead to: which paths carry is not this plan's matter. */
export function holdingGroups(wanted: readonly KernelObject[], ours: readonly KernelObject[]): readonly KernelObject[] {
  const standing = new Map(ours.flatMap((one) => (one.kind === "group" ? [[one.id, one] as const] : [])));
  const there = new Map(ours.flatMap((one) => (one.kind === "nexthop" ? [[one.id, one] as const] : [])));
  const ids = new Set(wanted.flatMap((one) => (one.kind === "nexthop" ? [one.id] : [])));
  const held: KernelNexthop[] = [];
  const kept = wanted.map((one) => {
    const group = one.kind === "group" ? standing.get(one.id) : undefined;
    if (one.kind !== "group" || group === undefined) return one;
    if (group.resilient?.buckets !== one.resilient?.buckets) return one;
    const members = group.members.filter(({ id }) => ids.has(id) || there.has(id));
    if (members.length === 0) return one;
    for (const { id } of members) {
      const nexthop = there.get(id);
      if (ids.has(id) || nexthop === undefined) continue;
      ids.add(id);
      held.push(nexthop);
    }
    return { ...one, members };
  });
  return [...held, ...kept];
}

/** The policy that a kernel object is there for. */
export function owners(goal: Goal): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const put = (id: string, policy: string): void => void (policy.startsWith(PROBE) || found.set(id, policy));
  for (const [policy, { objects }] of compilePolicies(goal.desired.policies)) {
    for (const object of objects) put(identity(object), policy);
  }
  for (const { policy, prefixes, table, metric } of goal.desired.steering) {
    for (const prefix of prefixes) {
      const route = { kind: "route", prefix, table, metric, protocol: 0, target: { kind: "nexthop", id: 0 } } as const;
      put(identity(route), policy);
    }
  }
  return found;
}
