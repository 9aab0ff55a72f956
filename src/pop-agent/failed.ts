// Paths that this POP left by itself. It returns to one only by the service's word, or when another document names other
// paths; what it remembers of that outlives a restart. Pure.

import { keyOf, type Lane } from "./lane.ts";

/** By lane: which paths were left, and what the service's word was then. */
export type Failed = Readonly<Record<string, { readonly word: number; readonly keys: readonly string[] }>>;

/** Paths of a lane that must not carry again yet. */
export function failedKeys(failed: Failed, lane: Lane): ReadonlySet<string> {
  const mark = failed[lane.policy];
  return new Set(mark === undefined || lane.word > mark.word ? [] : mark.keys);
}

export function markFailed(failed: Failed, lane: Lane, keys: readonly string[]): Failed {
  const before = failedKeys(failed, lane);
  return { ...failed, [lane.policy]: { word: lane.word, keys: [...new Set([...before, ...keys])] } };
}

/** It carries again after all, because what it was left for is dead. */
export function unmarkFailed(failed: Failed, lane: Lane, keys: readonly string[]): Failed {
  const left = [...failedKeys(failed, lane)].filter((key) => !keys.includes(key));
  return { ...failed, [lane.policy]: { word: lane.word, keys: left } };
}

/** Without marks that no lane heeds any more: a path that was anything else meanwhile is a path like any other. */
export function prunedFailed(failed: Failed, lanes: readonly Lane[]): Failed {
  const kept = lanes.flatMap((lane) => {
    const held = failedKeys(failed, lane);
    const keys = lane.paths.map(keyOf).filter((key) => held.has(key));
    return keys.length === 0 ? [] : [[lane.policy, { word: lane.word, keys }] as const];
  });
  return Object.fromEntries(kept);
}
