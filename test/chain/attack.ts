// An attack: what it needs, how it goes, and the defence that stops it. It must fail against the contracts, and succeed
// against a copy without that defence: then the defence is what stopped it, and the test would see it go. All attacks of a
// file share a world; a contract's copy stands at its address, with its own money and people, until the attack is over.

import { getCreateAddress } from "ethers";
import { beforeAll, describe, expect, it } from "vitest";
import type { ContractName } from "../../src/settlement/chain/artifacts.ts";
import { constructorArguments } from "../../src/settlement/chain/deploy.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { coins, consumer } from "./flows.ts";
import { type Code, compileMutants, type Removal } from "./mutants.ts";
import { type Stage, stage } from "./stage.ts";
import { PARAMETERS, Refused, type World, whyNoChain } from "./world.ts";

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
async function scene({ world, flows }: Stage): Promise<void> {
  await flows.validators(3);
  await flows.providers(3);
  for (let i = 0; i < 3; i++) await flows.deposit(consumer(i), coins(100), coins(10));
  await world.toEpoch(world.epoch + 1n);
}

/** From now on a contract is the copy: its code, made for the same constructor's arguments, over what the contract keeps. */
async function become(world: World, name: ContractName, { interface: made, bytecode }: Code): Promise<void> {
  const at = Object.fromEntries(
    Object.entries(world.deployment.contracts).map(([contract, { address }]) => [contract, address]),
  ) as Record<ContractName, Hex>;
  const { deployer: from } = world;
  const nonce = await world.provider.getTransactionCount(from);
  const data = bytecode + made.encodeDeploy(constructorArguments(at, from, PARAMETERS)[name]).slice(2);
  await world.sendCall({ from, data });
  const code = await world.provider.getCode(getCreateAddress({ from, nonce }));
  await world.provider.send("anvil_setCode", [at[name], code]);
}

export function theAttacks(about: string, attacks: readonly Attack[]): void {
  const why = whyNoChain();
  let mutants: ReturnType<typeof compileMutants> = new Map();
  describe(about, () => {
    beforeAll(() => {
      if (why === undefined) mutants = compileMutants(new Map(attacks.map(({ name, without }) => [name, without])));
    }, 300_000);
    const here = stage(scene);
    const outcome = async (attack: Attack, copies: ReadonlyMap<ContractName, Code>): Promise<string> => {
      const back = await here.world.snapshot();
      for (const [name, code] of copies) await become(here.world, name, code);
      const succeeds = await attack.succeeds(here);
      await back();
      return succeeds ? "succeeds" : "fails";
    };
    it.each(attacks)("$name", async (attack) => {
      const without = mutants.get(attack.name);
      if (without === undefined) throw new Error("no copy without the defence");
      expect(await outcome(attack, new Map()), "against the contracts").toBe("fails");
      expect(await outcome(attack, without), "without the defence").toBe("succeeds");
    });
  });
}
