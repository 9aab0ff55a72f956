// A slip of the finger finds its word; a different word finds nothing.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

describe("nearest", () => {
  it.each([
    ["log.levle", "log.level"],
    ["outptu", "output"],
    ["LOG.FORMAT", "log.format"],
    ["zebra", undefined],
  ])("%s → %s", (word, expected) => {
    expect(nearest(word, ["output", "log.level", "log.format"])).toBe(expected);
  });
});

describe("editDistance", () => {
  it("counts a swap of neighbours once", () => {
    expect(editDistance("doctro", "doctor")).toBe(1);
  });

  it("is zero only for the same word, the same both ways, and never more than the longer word", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
