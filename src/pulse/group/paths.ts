// A probed path beside the unsteered way to the same member. Both are measured between the same two clocks, so that their
// difference holds no clock at all; and the path's own delay is the direct way's, known within its bound, plus that. Pure.

import type { Cell } from "../model.ts";
import type { PeerView } from "../stats/peer-stats.ts";
import type { HeldPath } from "./held.ts";

type Measured = Omit<HeldPath, "path" | "peer" | "state" | "dead" | "since">;

export function heldPath(view: PeerView | undefined, direct: PeerView | undefined, cell: Cell | undefined): Measured {
  const [out, way] = [view?.out, direct?.out];
  const moreUs = out === undefined || way === undefined ? undefined : out.p50Us - way.p50Us;
  const errorUs = (out?.stampErrorUs ?? 0) + (way?.stampErrorUs ?? 0);
  const shifted = (us: number | undefined): number | null =>
    us === undefined || moreUs === undefined ? null : us + moreUs;
  const bound = cell?.p50Bound;
  return {
    p50Us: shifted(cell?.p50Us),
    lowUs: shifted(bound && bound.lowUs - errorUs),
    highUs: shifted(bound && bound.highUs + errorUs),
    againstDirectUs: moreUs ?? null,
    lossPpm: view?.outLossPpm ?? null,
    ageMs: out?.ageMs ?? null,
    samples: out?.samples ?? null,
  };
}
