// The path engine against every simple path, tried one by one: each constraint and all together, the order of the k best,
// pairs that share least. Thousands of small graphs whose values are few, so that ties are many.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { everyPath } from "../../../test/support/every-path.ts";
import { type Scene, sceneKeys, sceneOf } from "../../../test/support/matrices.ts";
import { fieldOf, segmentsOf } from "./field.ts";
import { pathsInOrder } from "./in-order.ts";
import { Matrix } from "./matrix.ts";
import type { Constraints, Request } from "./request.ts";
import { Search } from "./search.ts";

/** Paths of a request in order, as many as there are up to `most`. */
function inOrder({ matrix, request }: Scene, most: number): (readonly number[])[] {
  const search = new Search(fieldOf(matrix, request));
  const paths: (readonly number[])[] = [];
  for (const { edges } of pathsInOrder(search)) {
    if (paths.push(segmentsOf(search.field, edges)) >= most) break;
  }
  return paths;
}

const expectAsTried = (scene: Scene, most: number): void => {
  const tried = everyPath(scene.matrix, scene.request);
  expect(inOrder(scene, most)).toEqual(tried.slice(0, most).map(({ path }) => path));
};

describe("paths in order", () => {
  it("are every path that fits, in exact order, under any constraints together", () => {
    fc.assert(
      fc.property(sceneKeys(6), (key) => expectAsTried(sceneOf(...key), 40)),
      { numRuns: 2_500 },
    );
  });

  it("are in order of their segments where all cost alike, whatever else they use up", () => {
    // Three layers of two POPs between the ends, two transits everywhere.
    const layers = [["a"], ["b", "c"], ["d", "e"], ["f", "g"], ["h"]];
    const pairs = layers
      .slice(1)
      .flatMap((layer, i) => layer.flatMap((to) => (layers[i] ?? []).map((from) => ({ from, to }))));
    const segments = pairs.flatMap((pair) =>
      ["t1", "t2"].map((transit, i) => ({ ...pair, transit, delayUs: 10, boundUs: 0, jitterUs: 9 - 8 * i })),
    );
    const matrix = new Matrix({ pops: layers.flat().map((name) => ({ name })), segments });
    for (const maxJitterUs of [36, 20]) {
      const scene = { matrix, request: { from: 0, to: 7, maxJitterUs } };
      expect(everyPath(matrix, scene.request).length).toBeGreaterThan(80);
      expectAsTried(scene, 200);
    }
  });

  const ALONE = ["maxDelayUs", "maxJitterUs", "maxLossPpm", "maxPriceMicroPerGB", "maxHops", "maxSids"] as const;
  const OTHERS = ["minBandwidthBps", "must", "never", "isolation"] as const;
  it.each([...ALONE, ...OTHERS])("are so with %s alone", (name: keyof Constraints) => {
    fc.assert(
      fc.property(
        sceneKeys(6).filter((key) => sceneOf(...key).request[name] !== undefined),
        (key) => {
          const { matrix, request } = sceneOf(...key);
          const { from, to, owner, atMs, bounds, intent, weights } = request;
          const alone = { from, to, owner, atMs, bounds, intent, weights, [name]: request[name] };
          expectAsTried({ matrix, request: JSON.parse(JSON.stringify(alone)) as Request }, 12);
        },
      ),
      { numRuns: 150 },
    );
  });
});
