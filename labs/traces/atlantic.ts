// Three POPs, a segment between each two in each direction, and a policy for each that may go over the third.

import type { TraceHead } from "../../src/topology/engine/sim/trace.ts";

/** There and back beside each other, and what they take in µs. */
export const WAYS = [
  ["fra", "nyc", 40_000],
  ["nyc", "fra", 41_500],
  ["fra", "lon", 6_600],
  ["lon", "fra", 6_700],
  ["lon", "nyc", 35_000],
  ["nyc", "lon", 36_200],
] as const;

export const HEAD: TraceHead = {
  trace: "srwan.trace",
  version: 1,
  // A Monday noon.
  startMs: Date.UTC(2027, 2, 15, 12),
  intervalMs: 1_000,
  graceMs: 500,
  segments: WAYS.map(([from, to]) => ({ from, transit: "north", to })),
  policies: WAYS.map(([from, to]) => {
    const over = ["fra", "lon", "nyc"].find((pop) => pop !== from && pop !== to);
    return {
      name: `${from}-${to}`,
      paths: [[`${from}/north>${to}`], [`${from}/north>${over}`, `${over}/north>${to}`]],
    };
  }),
};
