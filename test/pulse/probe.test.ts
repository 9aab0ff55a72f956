// Paths are probed before they are used: a pulse to a path's probe address crosses that path's SIDs and no other's, there
// and back, in both families, though its list begins with the POP's own End.X.

import { join } from "node:path";
import { expect, it } from "vitest";
import type { HeldMatrix } from "../../src/pulse/group/held.ts";
import { Namespace, whyNoNamespace } from "../support/namespace.ts";

type Crossing = { readonly answered: number; readonly hops: number; readonly r1: number; readonly r2: number };
type World = {
  readonly crossed: Readonly<Record<string, Crossing>>;
  readonly back: { readonly answered: number; readonly r2: number };
  readonly group: {
    readonly measured: HeldMatrix;
    readonly after: { readonly lower: string; readonly member: string };
  };
};

it("a probe crosses its own path both ways, its answer can be steered, and a dead path is told from a living one", async (ctx) => {
  const why = whyNoNamespace();
  if (why !== undefined) ctx.skip(why);
  const namespace = await Namespace.open();
  try {
    const part = join(import.meta.dirname, "probe-world.ts");
    const { crossed, back, group } = JSON.parse(namespace.out(`'${process.execPath}' '${part}' world`)) as World;
    const upper: Crossing = { answered: 5, hops: 1, r1: 10, r2: 0 };
    const under: Crossing = { answered: 5, hops: 1, r1: 0, r2: 10 };
    expect(crossed).toEqual({ upper4: upper, upper6: upper, lower4: under, lower6: under });
    expect(back).toEqual({ answered: 5, r2: 5 });
    expect(group.after).toEqual({ lower: "up", member: "up" });
    // Expected beside actual: each path has a delay of its own within its bound, and against the direct way.
    const { paths, cells } = group.measured;
    expect(paths.map(({ path, peer, state }) => ({ path, peer, state }))).toEqual([
      { path: "lower", peer: "pop2", state: "up" },
      { path: "upper", peer: "pop2", state: "up" },
    ]);
    const direct = cells.find(({ from }) => from === "pop1")?.p50Us ?? Number.NaN;
    for (const { p50Us, lowUs, highUs, againstDirectUs, lossPpm } of paths) {
      expect(p50Us).toBe(direct + (againstDirectUs ?? Number.NaN));
      expect(lowUs).toBeLessThanOrEqual(highUs ?? Number.NaN);
      expect(lossPpm).toBe(0);
    }
  } finally {
    namespace.close();
  }
});
