// An attack: what it needs, how it goes, and the defence that stops it. It must fail against the contracts, and succeed
// against a copy without that defence: then the defence is what stopped it, and the test would see it go.

import { beforeAll, describe, expect, it } from "vitest";
import { coins, consumer, Flows } from "./flows.ts";
import { compileMutants, type Removal } from "./mutants.ts";
import type { Stage } from "./stage.ts";
import { type Artifacts, PARAMETERS, Refused, World, whyNoChain } from "./world.ts";

export type Attack = {
  readonly name: string;
  /** What is taken out of a copy. */
  readonly without: readonly Removal[];
  /** Whether the attacker got what it wanted. */
  readonly succeeds: (stage: Stage) => Promise<boolean>;
};

/** Whether a call was taken; any other failure is the test's. */
export async function taken(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** Three validators, three providers, three consumers of a hundred coins with a cap of ten. */
async function scene(artifacts?: Artifacts): Promise<Stage> {
  const world = await World.start(PARAMETERS, artifacts);
  const flows = new Flows(world);
  await flows.validators(3);
  await flows.providers(3);
  for (let i = 0; i < 3; i++) await flows.deposit(consumer(i), coins(100), coins(10));
  await world.toEpoch(world.epoch + 1n);
  return { world, flows };
}

export function theAttacks(about: string, attacks: readonly Attack[]): void {
  const why = whyNoChain();
  let mutants: ReadonlyMap<string, Artifacts> = new Map();
  const outcome = async (attack: Attack, artifacts?: Artifacts): Promise<string> => {
    const stage = await scene(artifacts);
    try {
      return (await attack.succeeds(stage)) ? "succeeds" : "fails";
    } finally {
      await stage.world.end();
    }
  };
  describe(about, () => {
    beforeAll(() => {
      if (why === undefined) mutants = compileMutants(new Map(attacks.map(({ name, without }) => [name, without])));
    }, 300_000);
    it.each(attacks)("$name", async (attack) => {
      const without = mutants.get(attack.name);
      if (why !== undefined || without === undefined) throw new Error(why ?? "no copy without the defence");
      expect(await outcome(attack), "against the contracts").toBe("fails");
      expect(await outcome(attack, without), "without the defence").toBe("succeeds");
    });
  });
}
