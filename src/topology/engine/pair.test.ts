// Primary and backup against every pair of paths, and on the shapes that trap whoever takes the best path first.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { everyPath, sharedWith, type Tried } from "../../../test/support/every-path.ts";
import { sceneKeys, sceneOf } from "../../../test/support/matrices.ts";
import { Matrix } from "./matrix.ts";
import type { SegmentSpec } from "./matrix-schema.ts";
import { findPaths } from "./paths.ts";
import type { Request } from "./request.ts";

/** "a>b 5" is a segment of 5 µs; "a/t2>b 5 duct" is on transit t2 and in risk group duct. */
function matrixOf(...lines: readonly string[]): Matrix {
  const segments = lines.map((line): SegmentSpec => {
    const [way = "", delay = "", risk] = line.split(" ");
    const [from = "", to = ""] = way.split(">");
    const [pop = "", transit = `own-${way.replace(">", "-")}`] = from.split("/");
    const risks = risk === undefined ? {} : { riskGroups: [risk] };
    return { from: pop, transit, to, delayUs: Number(delay), boundUs: 0, ...risks };
  });
  const names = [...new Set(segments.flatMap(({ from, to }) => [from, to]))];
  return new Matrix({ pops: names.map((name) => ({ name })), segments });
}

function pairOf(matrix: Matrix, from: string, to: string, rest: Partial<Request> = {}) {
  const ends = { from: matrix.popId(from) ?? -1, to: matrix.popId(to) ?? -1 };
  const { paths, receipt } = findPaths(matrix, { ...ends, intent: "redundant", ...rest });
  const names = paths.map(({ pops }) => pops.map((pop) => matrix.pops[pop]?.name).join(""));
  return {
    names,
    delays: paths.map(({ totals }) => totals.delayUs),
    shared: receipt.shared,
    isProved: receipt.isProved,
  };
}

describe("a primary and its backup", () => {
  it("share least and cost least together, of every pair of paths there is", () => {
    fc.assert(
      fc.property(sceneKeys(6), (key) => {
        const scene = sceneOf(...key);
        const { matrix } = scene;
        const { intent: _, ...request } = scene.request;
        const tried = everyPath(matrix, request);
        fc.pre(tried.length <= 120);
        const total = (a: Tried, b: Tried) => a.cost + b.cost + (a.path.length + b.path.length) / 1e3;
        let [fewest, least] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
        for (const [i, a] of tried.entries()) {
          for (const b of tried.slice(i + 1)) {
            const shared = sharedWith(matrix, request, a.path, b.path).length;
            if (shared < fewest || (shared === fewest && total(a, b) < least)) [fewest, least] = [shared, total(a, b)];
          }
        }
        const { paths, receipt } = findPaths(matrix, { ...request, intent: "redundant" });
        expect(paths.length).toBe(Math.min(tried.length, 2));
        if (paths.length < 2) return;
        const of = paths.map(({ segments }) => tried.find(({ path }) => path.join() === segments.join()) as Tried);
        expect([receipt.shared?.length, total(of[0] as Tried, of[1] as Tried)]).toEqual([fewest, least]);
        expect(receipt.isProved).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it("are found where the best path alone leaves no second one", () => {
    const trap = matrixOf("s>a 1", "a>b 1", "b>t 1", "s>b 5", "a>t 5");
    expect(pairOf(trap, "s", "t")).toEqual({ names: ["sat", "sbt"], delays: [6, 6], shared: [], isProved: true });
  });

  it("are looked for beyond the first two that share nothing, as long as others may cost less together", () => {
    const dear = matrixOf("s>a 1", "a>b 1", "b>t 1", "s>b 5", "a>t 5", "s>x 10", "x>t 10");
    expect(pairOf(dear, "s", "t")).toEqual({ names: ["sat", "sbt"], delays: [6, 6], shared: [], isProved: true });
  });

  it("are kept apart by risk group where POPs and transits alone would not", () => {
    const ducts = matrixOf("s>a 1 d1", "a>t 1", "s>b 2 d1", "b>t 2", "s>c 9", "c>t 9");
    expect(pairOf(ducts, "s", "t").names).toEqual(["sat", "sct"]);
    expect(pairOf(ducts, "s", "t", { apart: ["pop", "transit"] }).names).toEqual(["sat", "sbt"]);
  });

  it("say what they share where they must", () => {
    const bridge = matrixOf("s>a 1", "s>b 2", "a>m 1", "b>m 1", "m/x>t 1", "m/y>t 1");
    expect(pairOf(bridge, "s", "t").shared).toEqual(["pop m"]);
  });

  it("is one path where there is one, and the receipt says no more", () => {
    const only = matrixOf("s>a 1", "a>t 1");
    expect(pairOf(only, "s", "t")).toMatchObject({ names: ["sat"], shared: undefined });
  });

  it("both keep every limit", () => {
    const limited = matrixOf("s>a 1", "a>t 1", "s>b 2", "b>t 2", "s>c 9", "c>t 1");
    expect(pairOf(limited, "s", "t", { maxDelayUs: 9 }).names).toEqual(["sat", "sbt"]);
    const [primary, backup] = pairOf(limited, "s", "t", { never: [{ kind: "pop", name: "b" }], maxDelayUs: 9 }).names;
    expect([primary, backup]).toEqual(["sat", undefined]);
  });
});
