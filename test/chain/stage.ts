// A world that the tests of a file share: prepared once, and as it was prepared before each of them.

import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { Flows } from "./flows.ts";
import { PARAMETERS, World, whyNoChain } from "./world.ts";

export type Stage = { readonly world: World; readonly flows: Flows };

export function stage(prepare: (stage: Stage) => Promise<void> = async () => {}, parameters = PARAMETERS): Stage {
  const why = whyNoChain();
  let held: Stage | undefined;
  let back: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    if (why !== undefined) return;
    const world = await World.start(parameters);
    held = { world, flows: new Flows(world) };
    await prepare(held);
  });
  afterAll(() => held?.world.end());
  beforeEach(async ({ skip }) => {
    if (why !== undefined) skip(why);
    back = await held?.world.snapshot();
  });
  afterEach(() => back?.());
  const now = (): Stage => {
    if (held === undefined) throw new Error("the world is there inside tests only");
    return held;
  };
  return {
    get world() {
      return now().world;
    },
    get flows() {
      return now().flows;
    },
  };
}
