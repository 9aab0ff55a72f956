// Paths are probed before they are used: a pulse to a path's probe address crosses that path's SIDs and no other's, there
// and back, in both families, though its list begins with the POP's own End.X.

import { join } from "node:path";
import { expect, it } from "vitest";
import { Namespace, whyNoNamespace } from "../support/namespace.ts";

type Crossing = { readonly answered: number; readonly hops: number; readonly r1: number; readonly r2: number };
type World = {
  readonly crossed: Readonly<Record<string, Crossing>>;
  readonly back: { readonly answered: number; readonly r2: number };
  readonly lower: string;
};

it("a probe crosses its own path both ways, its answer can be steered, and a dead path is told from a living one", async (ctx) => {
  const why = whyNoNamespace();
  if (why !== undefined) ctx.skip(why);
  const namespace = await Namespace.open();
  try {
    const part = join(import.meta.dirname, "probe-world.ts");
    const { crossed, back, lower } = JSON.parse(namespace.out(`'${process.execPath}' '${part}' world`)) as World;
    const upper: Crossing = { answered: 5, hops: 1, r1: 10, r2: 0 };
    const under: Crossing = { answered: 5, hops: 1, r1: 0, r2: 10 };
    expect(crossed).toEqual({ upper4: upper, upper6: upper, lower4: under, lower6: under });
    expect(back).toEqual({ answered: 5, r2: 5 });
    expect(lower).toBe("up");
  } finally {
    namespace.close();
  }
});
