// What each constraint costs: the best path once more without it. Of an answer it says which constraints bind; of no
// answer, which one alone stands in the way.

import { fieldOf, segmentsOf } from "./field.ts";
import { bestOf } from "./in-order.ts";
import type { Matrix } from "./matrix.ts";
import { objectiveCost, type Path, pathOf } from "./path.ts";
import type { Constraints, Criterion, Request } from "./request.ts";
import { Search } from "./search.ts";

export type Lifted = {
  readonly constraint: keyof Constraints | "apartFrom";
  /** What it says; of must and never the one criterion. */
  readonly value: number | string | boolean | Criterion | undefined;
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
  "encrypted",
  "isolation",
] as const satisfies readonly (keyof Constraints)[];

/** One entry for each constraint without which the best path is another, or exists. */
export function bindingConstraints(matrix: Matrix, request: Request): Lifted[] {
  const best = bestUnder(matrix, request);
  return withoutEach(request).flatMap(({ without, ...lift }) => {
    const lifted = bestUnder(matrix, without);
    if (!lifted || lifted.path.segments.join() === best?.path.segments.join()) return [];
    return [{ ...lift, path: lifted.path, gain: best && best.cost - lifted.cost }];
  });
}

type Without = Pick<Lifted, "constraint" | "value"> & { readonly without: Request };

function withoutEach(request: Request): Without[] {
  const single = SINGLE.filter((key) => request[key] !== undefined).map((constraint) => {
    const { [constraint]: value, ...without } = request;
    return { constraint, value, without };
  });
  const listed = (["must", "never"] as const).flatMap((constraint) =>
    (request[constraint] ?? []).map((value) => ({
      constraint,
      value,
      without: { ...request, [constraint]: request[constraint]?.filter((one) => one !== value) },
    })),
  );
  const { apartFrom, ...without } = request;
  const apart = apartFrom?.length ? [{ constraint: "apartFrom", value: undefined, without } as const] : [];
  return [...single, ...listed, ...apart];
}

function bestUnder(matrix: Matrix, request: Request): { path: Path; cost: number } | undefined {
  const field = fieldOf(matrix, request);
  const found = bestOf(new Search(field), { prefix: [] });
  if (!found) return undefined;
  return { path: pathOf(matrix, request, segmentsOf(field, found.edges)), cost: objectiveCost(field, found.edges) };
}
