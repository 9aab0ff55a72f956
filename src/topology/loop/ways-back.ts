// The ways that answers to probes take home: over the same POPs and transits where segments lead back.

import type { SegmentId } from "../engine/matrix.ts";
import type { Choice, WayBack } from "./documents.ts";
import type { Ground } from "./ground.ts";

/** One for each pair of POPs that some policy joins, with a spare. */
export function waysBack(choices: readonly Choice[], ground: Ground): WayBack[] {
  const byEnds = new Map<string, WayBack>();
  for (const { spec, active, backup } of choices) {
    const ends = `${spec.to} ${spec.from}`;
    const paths = [active, ...(backup ? [backup] : [])].flatMap((path) => reversed(path, ground));
    if (paths.length > 0 && !byEnds.has(ends)) byEnds.set(ends, { at: spec.to, to: spec.from, paths });
  }
  return [...byEnds.values()];
}

/** None where a segment of it leads one way only. */
export function reversed(path: readonly SegmentId[], ground: Ground): SegmentId[][] {
  const back = path.toReversed().map((id) => ground.backOf(id));
  return back.every((id): id is SegmentId => id !== undefined) ? [back] : [];
}
