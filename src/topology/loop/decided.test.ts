// What the journal says of a decision, read as a person reads it.

import { describe, expect, it } from "vitest";
import type { SegmentView } from "../engine/decide/schema.ts";
import { decidedOf } from "./decided.ts";

const view = (segment: string, delayUs: number | null, more: Partial<SegmentView> = {}): SegmentView => ({
  segment,
  state: "UP",
  trouble: null,
  fresh: true,
  delayUs,
  scaleUs: delayUs,
  errorUs: 100,
  lossPpm: 0,
  regime: 0,
  foreseenUs: null,
  roomBps: null,
  arrivals: 0,
  closed: null,
  ...more,
});

const line = (segments: readonly SegmentView[], current: number, path: number, reason: string): string =>
  JSON.stringify({
    n: 1,
    input: { atMs: 7, policy: "gold", paths: segments.map((_, i) => [i]), current, segments },
    decision: { path, reason, wish: null, wishSinceMs: null },
  });

describe("a decision in words", () => {
  const segments = [
    view("a/t>b", 90_000, { state: "DEGRADED", trouble: "delay" }),
    view("a/u>b", 40_000),
    view("a/v>b", 55_500),
    view("a/w>b", 30_000, { closed: "drain" }),
    view("a/x>b", null),
  ];
  const decided = decidedOf(line(segments, 0, 1, "delay"));

  it("says what moved, from where, to where, and what it gains", () => {
    expect(decided).toMatchObject({ policy: "gold", moved: true, from: ["a/t>b"], to: ["a/u>b"] });
    expect(decided?.words).toBe(
      "its path was slower than usual: a/t>b is DEGRADED by delay; the new path is 50.0 ms quicker",
    );
  });

  it("says of every other path why not", () => {
    expect(decided?.alternatives.map(({ why }) => why)).toEqual([
      "a/t>b is DEGRADED by delay",
      decided?.words,
      "15.5 ms slower than the one taken",
      "a/w>b is in drain",
      "a/x>b was not measured often enough of late",
    ]);
  });

  it("is nothing for the first line of a journal, and for what is none", () => {
    expect(decidedOf('{"journal":"srwan.decisions","version":1,"settings":{}}')).toBeUndefined();
    expect(decidedOf("{")).toBeUndefined();
  });
});
