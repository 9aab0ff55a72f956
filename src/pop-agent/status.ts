// What an agent says of itself on its control socket, and the same as a table for people. Pure.

import { type LaneFacts, stateOf } from "./applied.ts";
import type { Lane } from "./lane.ts";
import { allPaths, keyOf } from "./lane.ts";

export type PathStatus = {
  readonly policy: string;
  readonly path: string;
  readonly state: string;
  readonly carries: boolean;
  readonly actualUs: number | null;
  readonly why: string;
  readonly segments: string;
};

/** `why`: of a segment inside WireGuard that is silent, what its tunnel lacks; else empty. */
export type SegmentStatus = { readonly segment: string; readonly state: string; readonly why: string };

export type AgentStatus = {
  readonly schema: "srwan.agent-status/1";
  readonly pop: string;
  readonly service: { readonly url: string; readonly connected: boolean; readonly waiting: number };
  /** Of the document it holds; 0: none yet. */
  readonly version: number;
  readonly objectsInPlace: number;
  readonly refused: readonly { readonly object: string; readonly why: string }[];
  readonly paths: readonly PathStatus[];
  readonly segments: readonly SegmentStatus[];
};

export const pathStatuses = (lanes: readonly LaneFacts[]): PathStatus[] =>
  lanes.flatMap((facts) => [...named(facts), ...unnamed(facts)]);

function named(facts: LaneFacts): PathStatus[] {
  const carrying = new Set(facts.carried.map(({ name }) => name));
  return allPaths(facts.lane).map((path) => {
    const actualUs = facts.actualUs(path);
    return {
      policy: facts.lane.policy,
      path: path.name,
      state: stateOf(facts, path),
      carries: carrying.has(keyOf(path)),
      actualUs: actualUs === undefined ? null : Math.round(actualUs),
      why: facts.proof(path).why,
      segments: path.first ?? "",
    };
  });
}

/** What carries until its successor is proved, and no document names any more. */
function unnamed({ lane, carried }: LaneFacts): PathStatus[] {
  const known = new Set(allPaths(lane).map(keyOf));
  return carried
    .filter(({ name }) => !known.has(name))
    .map(({ name }) => ({ ...OLD, policy: lane.policy, path: name }));
}

const OLD = {
  state: "carrying",
  carries: true,
  actualUs: null,
  why: "of an earlier document; it goes when its successor is proved",
  segments: "",
} as const;

/** Policies that are carried by what their document names, with every path proved. */
export const isProgrammed = (lane: Lane, paths: readonly PathStatus[]): boolean =>
  paths.some((path) => path.policy === lane.policy && path.state === "carrying" && path.carries);
