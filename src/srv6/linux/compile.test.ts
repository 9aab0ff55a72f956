// The whole way from a file an operator writes to commands and a table that a network engineer reads. The goldens are
// golden/pop.*; `vitest -u` writes them anew, and what changed in them is what changed for every POP.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDesired } from "../desired.ts";
import { compile, vrfName } from "./compile.ts";
import { edgeText } from "./edge.ts";
import { plan, planCommands } from "./plan.ts";

const golden = (name: string): string => new URL(`golden/${name}`, import.meta.url).pathname;
const pop = readDesired(readFileSync(golden("pop.yaml"), "utf8"), "pop.yaml");
const commands = (state: typeof pop, nexthopEncap: boolean): string =>
  `${planCommands(plan(compile(state, { nexthopEncap }), { ours: [], others: [] }).steps).join("\n")}\n`;

describe("a POP", () => {
  it("becomes nexthop objects, groups and routes that point at groups", async () => {
    await expect(commands(pop, true)).toMatchFileSnapshot(golden("pop.commands.txt"));
  });

  it("becomes routes that carry their own lists where nexthop objects cannot", async () => {
    // An IPv6 route with lists of its own can hold one.
    const single = { ...pop, policies: pop.policies.map((one) => ({ ...one, paths: one.paths.slice(0, 1) })) };
    await expect(commands(single, false)).toMatchFileSnapshot(golden("pop.own-encap.txt"));
  });

  it("guards its edge and marks its classes with one nftables table", async () => {
    await expect(edgeText(pop)).toMatchFileSnapshot(golden("pop.nft.txt"));
  });

  it("gives tenants devices of their own within fifteen characters, however alike their names begin", () => {
    const names = ["blue", "customer-east", "customer-west", "customer-east2"].map(vrfName);
    expect([new Set(names).size, Math.max(...names.map((name) => name.length))]).toEqual([4, 15]);
    expect(names[0]).toBe("srwan-blue");
  });

  it("gives the same identifiers whatever else the file holds", () => {
    const alone = { ...pop, policies: pop.policies.slice(1), steering: pop.steering.slice(1) };
    const ids = (state: typeof pop): number[] =>
      compile(state, { nexthopEncap: true }).flatMap((object) => ("id" in object ? [object.id] : []));
    expect(ids(pop)).toEqual(expect.arrayContaining(ids(alone)));
  });

  it("fails over by replacing a group's members, never by a new group", () => {
    const [frankfurt, ...rest] = pop.policies;
    if (!frankfurt) throw new Error("the golden has no policy");
    const failed = { ...pop, policies: [{ ...frankfurt, active: "backup" as const }, ...rest] };
    const { steps } = plan(compile(failed, { nexthopEncap: true }), {
      ours: compile(pop, { nexthopEncap: true }),
      others: [],
    });
    expect(steps.map(({ change, object }) => `${change} ${object.kind}`)).toEqual(["replace group", "replace group"]);
  });
});
