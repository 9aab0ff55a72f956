// Groups of POPs that are close to each other, 100 at most. Who is in a group stays there unless another is closer by a
// clear margin, so that a small change of the network moves nobody. Closeness is a round trip: it needs no clocks.

import { LIMITS } from "../../../base/limits.ts";

/** Round trip in µs; undefined where it is not known. */
export type Distance = (a: string, b: string) => number | undefined;

export type Group = {
  readonly name: string;
  /** Sorted. */
  readonly members: readonly string[];
  /** Measured like any other, used by nobody. */
  readonly isQuarantine: boolean;
};

export type GroupOptions = {
  readonly membersMax?: number;
  /** In quarantine: together in groups of their own. */
  readonly quarantined?: ReadonlySet<string>;
};

/** A member moves for a group whose centre is closer by this part and by so much. */
const MOVE_PERMILLE = 250;
const MOVE_MIN_US = 5_000;
/** New groups are made this full, so that there is room to grow. */
const FILL = 0.8;
/** Rounds of centres and members until nothing moves. */
const ROUNDS_MAX = 20;

export function assignGroups(
  pops: readonly string[],
  distance: Distance,
  before: readonly Group[] = [],
  { membersMax = LIMITS.groupMembers, quarantined = new Set() }: GroupOptions = {},
): Group[] {
  const sorted = [...new Set(pops)].sort();
  const free = sorted.filter((pop) => !quarantined.has(pop));
  const apart = sorted.filter((pop) => quarantined.has(pop));
  const used = new Set(before.map(({ name }) => name));
  const kept = keep(before, new Set(free), false);
  const groups =
    kept.length > 0
      ? settle(kept, free, distance, membersMax, used)
      : divide(free, distance, membersMax).map((members) => ({ name: freshName("g", used), members }));
  return [
    ...groups.map(({ name, members }) => ({ name, members: [...members].sort(), isQuarantine: false })),
    ...chunks(keep(before, new Set(apart), true), apart, membersMax, used),
  ];
}

type Open = { readonly name: string; members: string[] };

/** What is left of the groups there were. */
const keep = (before: readonly Group[], pops: ReadonlySet<string>, isQuarantine: boolean): Open[] =>
  before
    .filter((group) => group.isQuarantine === isQuarantine)
    .map(({ name, members }) => ({ name, members: members.filter((pop) => pops.has(pop)) }))
    .filter(({ members }) => members.length > 0);

/** From nothing: centres far apart, members closest first, until the centres stay. */
function divide(pops: readonly string[], distance: Distance, membersMax: number): string[][] {
  if (pops.length === 0) return [];
  if (pops.length <= membersMax) return [[...pops]];
  let centres = spread(pops, distance, Math.ceil(pops.length / Math.max(1, Math.floor(membersMax * FILL))));
  let groups: string[][] = [];
  for (let round = 0; round < ROUNDS_MAX; round++) {
    groups = fill(pops, centres, distance, membersMax);
    const next = groups.map((members, i) =>
      members.length === 0 ? (centres[i] as string) : centreOf(members, distance),
    );
    if (next.join() === centres.join()) break;
    centres = next;
  }
  return groups.filter((members) => members.length > 0);
}

/** Each next centre is farthest from those there are. */
function spread(pops: readonly string[], distance: Distance, count: number): string[] {
  const centres = [centreOf(pops, distance)];
  const nearest = new Map(pops.map((pop) => [pop, far(distance, pop, centres[0] as string)]));
  while (centres.length < count) {
    const next = pops.reduce((a, b) => ((nearest.get(b) as number) > (nearest.get(a) as number) ? b : a));
    centres.push(next);
    for (const pop of pops) nearest.set(pop, Math.min(nearest.get(pop) as number, far(distance, pop, next)));
  }
  return centres;
}

/** The closest pairs of POP and centre first, as long as a group has room. */
function fill(pops: readonly string[], centres: readonly string[], distance: Distance, membersMax: number): string[][] {
  const groups: string[][] = centres.map(() => []);
  const pairs = pops.flatMap((pop) => centres.map((centre, group) => ({ pop, group, us: far(distance, pop, centre) })));
  pairs.sort((a, b) => a.us - b.us || (a.pop < b.pop ? -1 : a.pop > b.pop ? 1 : a.group - b.group));
  const placed = new Set<string>();
  for (const { pop, group } of pairs) {
    const members = groups[group] as string[];
    if (placed.has(pop) || members.length >= membersMax) continue;
    members.push(pop);
    placed.add(pop);
  }
  return groups;
}

/** Places newcomers, splits what is too large, and moves who is clearly closer elsewhere. */
function settle(
  groups: Open[],
  pops: readonly string[],
  distance: Distance,
  membersMax: number,
  used: Set<string>,
): Open[] {
  const placed = new Set(groups.flatMap(({ members }) => members));
  const hasRoom = ({ members }: Open) => members.length < membersMax;
  const centre = new Map(groups.map((group) => [group, centreOf(group.members, distance)]));
  const open = (members: string[]): Open => {
    const group = { name: freshName("g", used), members };
    centre.set(group, centreOf(members, distance));
    groups.push(group);
    return group;
  };
  for (const pop of pops.filter((one) => !placed.has(one))) {
    const best = closest(pop, groups.filter(hasRoom), centre, distance);
    if (best) best.members.push(pop);
    else open([pop]);
  }
  for (const group of groups.filter(({ members }) => members.length > membersMax)) {
    const [first = [], ...others] = divide(group.members, distance, membersMax).sort((a, b) => b.length - a.length);
    group.members = first;
    centre.set(group, centreOf(first, distance));
    for (const members of others) open(members);
  }
  for (const group of [...groups]) {
    for (const pop of [...group.members]) {
      const own = centre.get(group) as string;
      const now = distance(pop, own);
      // Who was not measured stays where it is.
      if (pop === own || now === undefined) continue;
      const best = closest(
        pop,
        groups.filter((other) => other !== group && hasRoom(other)),
        centre,
        distance,
      );
      const gain = best ? now - far(distance, pop, centre.get(best) as string) : 0;
      if (!best || gain < MOVE_MIN_US || gain * 1_000 < now * MOVE_PERMILLE) continue;
      group.members = group.members.filter((member) => member !== pop);
      best.members.push(pop);
    }
  }
  return groups.filter(({ members }) => members.length > 0);
}

function closest(
  pop: string,
  groups: readonly Open[],
  centre: ReadonlyMap<Open, string>,
  distance: Distance,
): Open | undefined {
  let [best, bestUs]: [Open | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const group of groups) {
    const us = far(distance, pop, centre.get(group) as string);
    if (best === undefined || us < bestUs) [best, bestUs] = [group, us];
  }
  return best;
}

/** Who has the shortest way to all others in sum. */
function centreOf(members: readonly string[], distance: Distance): string {
  let [best, bestSum] = [members[0] as string, Number.POSITIVE_INFINITY];
  for (const pop of members) {
    const sum = members.reduce((total, other) => total + (other === pop ? 0 : far(distance, pop, other)), 0);
    if (sum < bestSum || (sum === bestSum && pop < best)) [best, bestSum] = [pop, sum];
  }
  return best;
}

/** What is not known is far, and finite so that sums compare. */
const FAR_US = 1e9;
const far = (distance: Distance, a: string, b: string): number => (a === b ? 0 : (distance(a, b) ?? FAR_US));

function chunks(kept: Open[], pops: readonly string[], membersMax: number, used: Set<string>): Group[] {
  const placed = new Set(kept.flatMap(({ members }) => members));
  for (const pop of pops) {
    if (placed.has(pop)) continue;
    const open = kept.find(({ members }) => members.length < membersMax);
    if (open) open.members.push(pop);
    else kept.push({ name: freshName("q", used), members: [pop] });
  }
  return kept.map(({ name, members }) => ({ name, members: [...members].sort(), isQuarantine: true }));
}

function freshName(letter: string, used: Set<string>): string {
  let number = 1;
  while (used.has(`${letter}${number}`)) number++;
  used.add(`${letter}${number}`);
  return `${letter}${number}`;
}
