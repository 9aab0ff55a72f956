// Nobody owns the contracts: not whoever deployed them, not their validators alone. What users hold cannot be made less by
// any call of the deployer, and the code cannot be exchanged.

import type { ParamType } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONTRACT_NAMES, type ContractName } from "../../src/settlement/chain/artifacts.ts";
import { encodeEntries } from "../../src/settlement/chain/entries.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { coins, consumer, onePays, owner, path, provider, signer } from "./flows.ts";
import { stage } from "./stage.ts";
import { Refused } from "./world.ts";

const CALLS = 1_000;

const s = stage(async ({ world, flows }) => {
  await flows.validators(3);
  await flows.providers(3);
  for (let i = 0; i < 3; i++) await flows.deposit(consumer(i), coins(100), coins(10));
  await world.toEpoch(world.epoch + 1n);
  await flows.settle(onePays(coins(5)));
  await world.send(consumer(1), "Escrow", "thaw", coins(30));
});

const users = (): Hex[] => [0, 1, 2].flatMap((i) => [consumer(i), provider(i)]);

const claims = async (): Promise<bigint[]> => {
  const parts = users().map(async (who) => {
    const [{ free = 0n }, { amount = 0n }, { earned = 0n }, held] = await Promise.all([
      s.world.readAll("Escrow", "accounts", who),
      s.world.readAll("Escrow", "thaws", who),
      s.world.readAll("Escrow", "earners", who),
      s.flows.coinsOf(who),
    ]);
    return free + amount + earned + held;
  });
  return Promise.all(parts);
};

const addresses = (): Hex[] => [
  ...users(),
  owner(0),
  signer(0).address as Hex,
  s.world.deployer,
  ...CONTRACT_NAMES.map((name) => s.world.at(name)),
];

/** A value of an ABI type, mostly one that means something here. */
function anyOf(type: ParamType): fc.Arbitrary<unknown> {
  if (type.baseType === "array" && type.arrayChildren) return fc.array(anyOf(type.arrayChildren), { maxLength: 2 });
  if (type.baseType === "tuple") return fc.tuple(...(type.components ?? []).map(anyOf));
  if (type.baseType === "address") return fc.constantFrom(...addresses());
  if (type.baseType === "bool") return fc.boolean();
  if (type.baseType === "string") return fc.constant("SEG");
  if (type.baseType === "bytes32") return fc.integer({ min: 0, max: 9 }).map(path);
  if (type.baseType === "bytes") {
    const words = encodeEntries([{ account: consumer(0), amount: coins(1) }]);
    return fc.constantFrom("0x", words, `0x${"11".repeat(65)}`);
  }
  const bits = BigInt(/^uint(\d+)$/.exec(type.baseType)?.[1] ?? 8);
  const some = [0n, 1n, 2n, coins(1), coins(90), s.world.epoch - 1n, BigInt(s.world.seconds) + 100n, 2n ** bits - 1n];
  return fc.constantFrom(...some.filter((n) => n < 2n ** bits));
}

/** Each function that changes something, of each contract. */
const doors = (): { name: ContractName; method: string; inputs: readonly ParamType[] }[] =>
  CONTRACT_NAMES.flatMap((name) => {
    const found: { name: ContractName; method: string; inputs: readonly ParamType[] }[] = [];
    s.world.interfaces[name].forEachFunction((f) => {
      if (!f.constant) found.push({ name, method: f.format("sighash"), inputs: f.inputs });
    });
    return found;
  });

describe("the deployer", () => {
  it("has no function of its own: nothing in any interface speaks of owners, roles, pauses or upgrades", () => {
    const names = CONTRACT_NAMES.flatMap((name) => {
      const found: string[] = [];
      s.world.interfaces[name].forEachFunction((f) => found.push(f.name));
      return found;
    });
    expect(
      names.filter((name) => /^(owner|admin|.*[rR]ole|pause|upgrade|implementation|mint|rescue|sweep)/.test(name)),
    ).toEqual(["ownerOf"]);
  });

  it(`can take nothing from anybody, whatever it calls with whatever arguments (${CALLS} calls)`, async () => {
    const all = doors();
    expect(all.length).toBeGreaterThan(50);
    const call = fc
      .constantFrom(...all)
      .chain(({ name, method, inputs }) => fc.tuple(...inputs.map(anyOf)).map((args) => ({ name, method, args })));
    const before = await claims();
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 50, maxLength: 50 }), async (calls) => {
        for (const { name, method, args } of calls) {
          try {
            await s.world.send(s.world.deployer, name, method, ...args);
            taken++;
          } catch (error) {
            if (!(error instanceof Refused)) throw error;
          }
        }
        for (const [i, now] of (await claims()).entries()) expect(now).toBeGreaterThanOrEqual(before[i] ?? 0n);
      }),
      { numRuns: CALLS / 50, endOnFailure: true },
    );
    expect(taken, "calls that went through").toBeGreaterThan(CALLS / 20);
  });
});

describe("the code of every contract", () => {
  /** Instructions, without the data that some of them carry. */
  const instructions = (code: string): Set<number> => {
    const octets = Buffer.from(code.slice(2), "hex");
    const found = new Set<number>();
    for (let at = 0; at < octets.length; at++) {
      const op = octets[at] ?? 0;
      found.add(op);
      if (op >= PUSH1 && op <= PUSH32) at += op - PUSH1 + 1;
    }
    return found;
  };
  const [PUSH1, PUSH32] = [0x60, 0x7f];
  const FORBIDDEN = { CALLCODE: 0xf2, DELEGATECALL: 0xf4, SELFDESTRUCT: 0xff };

  it.each(CONTRACT_NAMES)("%s is its own for ever: it runs no other and ends never", async (name) => {
    const used = instructions(await s.world.provider.getCode(s.world.at(name)));
    expect(used.size).toBeGreaterThan(20);
    expect(Object.entries(FORBIDDEN).flatMap(([word, op]) => (used.has(op) ? [word] : []))).toEqual([]);
  });
});
