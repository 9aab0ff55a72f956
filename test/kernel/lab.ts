// `it` for the kernel tests: a test that takes `world` gets the one world of its file, or is skipped with the reason why
// there can be none.

import { afterAll, test } from "vitest";
import { lacksWorld } from "./needs.ts";
import { World } from "./world.ts";

let opened: Promise<World> | undefined;
const lacking = lacksWorld();

export const openWorld = (): Promise<World> => (opened ??= World.open());

export const it = test.extend<{ world: World }>({
  world: async ({ skip }, use) => {
    if (lacking !== undefined) skip(lacking);
    await use(await openWorld());
  },
});

afterAll(async () => (await opened)?.close());
