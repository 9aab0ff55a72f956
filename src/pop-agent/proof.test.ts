// What is known of a path's life, from its probes, its first segment and its interface.

import { describe, expect, it } from "vitest";
import { outlives, type Probing, proofOf, type SegmentLife, unprobedProof } from "./proof.ts";

const probing = (state: Probing["state"], answeredMs?: number): Probing => ({ state, answeredMs, intervalMs: 100 });
const WELL: SegmentLife = { linkUp: true, state: "up", dead: undefined };
const down = (dead: "out" | "in" | undefined): SegmentLife => ({ linkUp: true, state: "down", dead });

describe("a path", () => {
  it.each([
    ["asked and not answered yet", [probing("unknown")], WELL, "asked"],
    ["answered", [probing("up", 5)], WELL, "answered"],
    ["missed a few times", [probing("suspect", 5)], WELL, "answered"],
    ["silent on all its ways back", [probing("down", 5), probing("down", 5)], WELL, "silent"],
    ["answered on one way back", [probing("down", 5), probing("up", 9)], WELL, "answered"],
    ["one way back dead, the other about to be", [probing("down", 5), probing("suspect", 9)], WELL, "silent"],
    ["well, with a silent neighbour whose way here may be dead", [probing("up", 9)], down("in"), "answered"],
    ["missed too, with a silent neighbour", [probing("suspect", 9)], down("in"), "silent"],
    ["well by its probe, and dead on the way out", [probing("up", 9)], down("out"), "silent"],
    ["well by its probe, and its interface down", [probing("up", 9)], { ...WELL, linkUp: false }, "silent"],
  ] as const)("that is %s", (_what, probings, segment, state) => {
    expect(proofOf(probings, segment).state).toBe(state);
  });

  it("tells its own dead way back from its death", () => {
    expect(proofOf([probing("down", 5), probing("up", 9)], WELL).returnDead).toBe(true);
    expect(proofOf([probing("up", 9), probing("down", 5)], WELL).returnDead).toBe(false);
  });

  it("that nobody probes lives while its first segment does", () => {
    expect(unprobedProof(WELL).state).toBe("answered");
    expect(unprobedProof(down("in")).state).toBe("silent");
    expect(unprobedProof(undefined).state).toBe("answered");
  });
});

it("one that answered before the other fell silent proves nothing", () => {
  const dead = proofOf([probing("down", 1_000)], WELL);
  expect(outlives(proofOf([probing("up", 1_100)], WELL), dead)).toBe(false);
  expect(outlives(proofOf([probing("up", 1_200)], WELL), dead)).toBe(true);
  expect(outlives(proofOf([probing("down", 9_000)], WELL), dead)).toBe(false);
});
