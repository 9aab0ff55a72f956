// Which paths a policy may be on, from what its POPs say of their segments.

import { describe, expect, it } from "vitest";
import type { PolicySpec } from "../../wire/policy.ts";
import { candidatesFor } from "./candidates.ts";
import { Ground } from "./ground.ts";
import { SimWan } from "./wan-sim.ts";

/** The quickest way is over b; c's links are encrypted. */
const sim = new SimWan(
  ["a", "b", "c", "d"],
  [
    ["a", "b", 10],
    ["b", "d", 10],
    ["a", "c", 20],
    ["c", "d", 20],
  ],
);

function groundWhere(encrypted: (from: string, to: string) => boolean): Ground {
  const pops = sim.names.map((name) => {
    const record = sim.record(name);
    const segments = record.segments.map((port) => (encrypted(name, port.to) ? { ...port, encrypted: true } : port));
    return { record: { ...record, segments }, group: "core" };
  });
  const ground = new Ground(sim.wan([], { pops }));
  for (const name of sim.names) for (const cell of sim.measured(name, 0).cells) ground.record(cell);
  return ground;
}

const policy = (more: Partial<PolicySpec>): PolicySpec => ({ name: "gold", from: "a", to: "d", ...more });
const pathsOf = (ground: Ground, more: Partial<PolicySpec>) => {
  const { paths, why } = candidatesFor(ground, policy(more), 0);
  return { paths: paths.map((path) => path.map((id) => ground.matrix.segmentName(id)).join(" ")), why };
};
const overC = (from: string, to: string): boolean => from === "c" || to === "c";

describe("a policy that demands encryption", () => {
  it("is on encrypted segments alone, its ways around too", () => {
    const ground = groundWhere(overC);
    expect(pathsOf(ground, {}).paths).toEqual(["a/t>b b/t>d", "a/t>c c/t>d"]);
    expect(pathsOf(ground, { encrypted: true })).toEqual({ paths: ["a/t>c c/t>d"], why: undefined });
  });

  it("has no path, rather than a plain one, and says why", () => {
    const ground = groundWhere((from, to) => overC(from, to) && to !== "d");
    const { paths, why } = pathsOf(ground, { encrypted: true });
    expect(paths).toEqual([]);
    expect(why).toContain("not encrypted");
  });

  it("is not pinned to a plain segment", () => {
    const ground = groundWhere(overC);
    const plain = pathsOf(ground, { encrypted: true, pin: ["a/t>b", "b/t>d"] });
    expect(plain).toEqual({ paths: [], why: "a/t>b is pinned and not encrypted" });
    expect(pathsOf(ground, { encrypted: true, pin: ["a/t>c", "c/t>d"] }).paths).toEqual(["a/t>c c/t>d"]);
  });
});
