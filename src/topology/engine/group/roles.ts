// Who reports for a group, and which segments join two groups.

import type { Distance } from "./assign.ts";

/** A new reporter must be closer to its members by this part. */
const BETTER_PERMILLE = 200;

/**
 * The member with the shortest way to the others; who reports already keeps doing so as long as it is alive and not
 * clearly worse. Undefined where nobody is alive.
 */
export function reporterOf(
  members: readonly string[],
  distance: Distance,
  isAlive: (pop: string) => boolean,
  before?: string,
): string | undefined {
  const alive = members.filter(isAlive).sort();
  const cost = (pop: string): number => {
    const known = members.flatMap((other) => (other === pop ? [] : (distance(pop, other) ?? [])));
    const unknown = members.length - 1 - known.length;
    // Who is not reached by a member is worse than any distance.
    return known.reduce((sum, us) => sum + us, unknown * 1e9);
  };
  const best = alive.reduce<string | undefined>((a, b) => (a === undefined || cost(b) < cost(a) ? b : a), undefined);
  if (best === undefined || before === undefined || !alive.includes(before)) return best;
  return (cost(before) - cost(best)) * 1_000 > cost(before) * BETTER_PERMILLE ? best : before;
}

export type Crossing = {
  readonly segment: string;
  readonly from: string;
  readonly to: string;
  readonly delayUs: number;
};

/**
 * The segments that are measured between two groups, from `a` to `b`: quickest first, and no POP in two of them, so that
 * one that fails leaves another. Delays must be free of clocks, for they begin and end at different POPs.
 */
export function borderOf(
  a: readonly string[],
  b: readonly string[],
  crossings: readonly Crossing[],
  count = 2,
): readonly Crossing[] {
  const [inA, inB] = [new Set(a), new Set(b)];
  const fit = crossings
    .filter(({ from, to, delayUs }) => inA.has(from) && inB.has(to) && delayUs > 0)
    .sort((x, y) => x.delayUs - y.delayUs || (x.segment < y.segment ? -1 : 1));
  const border: Crossing[] = [];
  for (const one of fit) {
    if (border.length === count) break;
    if (!border.some(({ from, to }) => from === one.from || to === one.to)) border.push(one);
  }
  return border;
}
