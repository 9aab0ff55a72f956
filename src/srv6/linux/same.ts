// Whether two objects say the same: the wanted one and the one that was read back. Field by field and not by their texts,
// for a plan compares a hundred thousand of them.

import type { KernelObject } from "./objects.ts";
import { keptMetric } from "./route-codec.ts";

/** Counters are no part of it, and an IPv6 route without a metric is one with the kernel's own. */
export function same(a: KernelObject, b: KernelObject): boolean {
  if (a.kind === "route" && b.kind === "route") {
    const { metric: metricA, ...restA } = a;
    const { metric: metricB, ...restB } = b;
    return keptMetric(a.prefix.family, metricA) === keptMetric(b.prefix.family, metricB) && alike(restA, restB);
  }
  return alike(a, b);
}

function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  for (const name in left) if (name !== "counters" && !alike(left[name], right[name])) return false;
  for (const name in right) if (name !== "counters" && right[name] !== undefined && !(name in left)) return false;
  return true;
}
