// What each constraint costs: the best path once more without it. Of an answer it says which constraints bind; of no
// answer, which one alone stands in the way.

import { fieldOf, segmentsOf } from "./field.ts";
import { bestOf } from "./in-order.ts";
import type { Matrix } from "./matrix.ts";
import { objectiveCost, type Path, pathOf } from "./path.ts";
import type { Constraints, Request } from "./request.ts";
import { Search } from "./search.ts";

export type Lifted = {
  /** "maxDelayUs 50000", "never country FR". */
  readonly constraint: string;
  /** The best path without it. */
  readonly path: Path;
  /** By how much that is better, in units of the objective; undefined where there is no path with it. */
  readonly gain: number | undefined;
};

const SINGLE = [
  "maxDelayUs",
  "maxJitterUs",
  "maxLossPpm",
  "maxPriceMicroPerGB",
  "maxHops",
  "maxSids",
  "minBandwidthBps",
  "isolation",
] as const satisfies readonly (keyof Constraints)[];

/** One entry for each constraint without which the best path is another, or exists. */
export function bindingConstraints(matrix: Matrix, request: Request): Lifted[] {
  const best = bestUnder(matrix, request);
  return withoutEach(request).flatMap(({ constraint, without }) => {
    const lifted = bestUnder(matrix, without);
    if (!lifted || lifted.path.segments.join() === best?.path.segments.join()) return [];
    return [{ constraint, path: lifted.path, gain: best && best.cost - lifted.cost }];
  });
}

function withoutEach(request: Request): { constraint: string; without: Request }[] {
  const single = SINGLE.filter((key) => request[key] !== undefined).map((key) => {
    const { [key]: value, ...without } = request;
    return { constraint: `${key} ${String(value)}`, without };
  });
  const listed = (["must", "never"] as const).flatMap((key) =>
    (request[key] ?? []).map((criterion) => ({
      constraint: `${key} ${criterion.kind} ${criterion.name}`,
      without: { ...request, [key]: request[key]?.filter((one) => one !== criterion) },
    })),
  );
  const { apartFrom, ...notApart } = request;
  return [...single, ...listed, ...(apartFrom?.length ? [{ constraint: "apartFrom", without: notApart }] : [])];
}

function bestUnder(matrix: Matrix, request: Request): { path: Path; cost: number } | undefined {
  const field = fieldOf(matrix, request);
  const found = bestOf(new Search(field), { prefix: [] });
  if (!found) return undefined;
  return { path: pathOf(matrix, request, segmentsOf(field, found.edges)), cost: objectiveCost(field, found.edges) };
}
