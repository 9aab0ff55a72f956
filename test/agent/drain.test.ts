// A POP in maintenance: it goes on forwarding what still comes, and says that it can be worked at only when that is no more
// than pulses and probes.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { whyNoNamespace } from "../support/namespace.ts";
import { documentOf, policy } from "./plan.ts";
import { World } from "./world.ts";

const why = whyNoNamespace();
let opened: World | undefined;
afterAll(() => opened?.close());

/** Until counters are told again. */
async function counted(w: World): Promise<void> {
  const after = (await w.at("pop2").ask("tellings", 0)).at(-1)?.number ?? 0;
  for (let i = 0; i < 800; i++) {
    const told = await w.at("pop2").ask("tellings", after);
    if (told.some(({ kind }) => kind === "counters")) return;
    await sleep(50);
  }
  throw new Error("no counters were told");
}

describe.skipIf(why !== undefined)("a POP in maintenance", () => {
  it("carries what still comes without a loss, and is drained when nothing of others comes any more", async () => {
    const w = await World.open();
    opened = w;
    await Promise.all([w.begin("pop1"), w.begin("pop2")]);
    const home = documentOf("pop2", 1, [policy("pop2", "home", "lower")]);
    await w.desire("pop2", home);
    await w.desire("pop1", documentOf("pop1", 1, [policy("pop1", "gold", "upper")]));
    await w.carries("pop1", "gold", "upper");
    const lost = await w.lostDuring(async () => {
      // From here on a whole count is full of it.
      await counted(w);
      await w.desire("pop2", { ...home, version: 2, settings: { ...home.settings, drained: true } });
      await counted(w);
    });
    expect(lost).toEqual([]);
    expect(await w.events("pop2", "drained")).toEqual([]);
    for (let i = 0; i < 800 && (await w.events("pop2", "drained")).length === 0; i++) await sleep(50);
    expect(await w.events("pop2", "drained")).toMatchObject([{ subject: "pop2" }]);
  });
});
