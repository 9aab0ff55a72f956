// The matrix as CSV (RFC 4180), a line a cell, in the order and with the names of the published schema. What is missing is
// empty.

import type { HeldCell, HeldMatrix } from "../../pulse/group/held.ts";

const COLUMNS = [
  ["from", "from"],
  ["to", "to"],
  ["min_us", "minUs"],
  ["p5_us", "p5Us"],
  ["p50_us", "p50Us"],
  ["p95_us", "p95Us"],
  ["low_us", "lowUs"],
  ["high_us", "highUs"],
  ["jitter_us", "jitterUs"],
  ["loss_ppm", "lossPpm"],
  ["reordered_ppm", "reorderedPpm"],
  ["duplicated_ppm", "duplicatedPpm"],
  ["age_ms", "ageMs"],
  ["samples", "samples"],
] as const satisfies readonly (readonly [string, keyof HeldCell])[];

export function csvText({ cells }: HeldMatrix): string {
  const lines = cells.map((cell) => COLUMNS.map(([, field]) => cell[field] ?? "").join(","));
  return `${[COLUMNS.map(([title]) => title).join(","), ...lines].join("\r\n")}\r\n`;
}
