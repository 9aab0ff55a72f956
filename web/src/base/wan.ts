// What several views read: the group, its matrix, POPs, policies, conditions.

import { all, at, get } from "./api.ts";
import { type Query, useQuery } from "./query.ts";
import type { ConditionView, GroupView, MatrixView, Page, PolicyView, PopView } from "./types.ts";

/** Groups change seldom. */
export const useGroups = (): Query<Page<GroupView>> =>
  useQuery("groups", (signal) => get("/api/v1/groups", signal), {
    everyMs: 30_000,
    on: ["presence"],
    atMostEveryMs: 5_000,
  });

/** Once a second, as agents report; of a time that is past only once. */
export const useMatrix = (group: string | undefined, atMs: number | undefined, everyMs = 1_000): Query<MatrixView> =>
  useQuery(
    group === undefined ? undefined : `matrix ${group} ${atMs === undefined ? "now" : Math.round(atMs / 1_000)}`,
    (signal) =>
      get(`/api/v1/groups/${at(group ?? "")}/matrix${atMs === undefined ? "" : `?atMs=${Math.round(atMs)}`}`, signal),
    atMs === undefined ? { everyMs } : {},
  );

export const usePops = (): Query<PopView[]> =>
  useQuery("pops", (signal) => all("/api/v1/pops", signal), {
    on: ["presence"],
    everyMs: 15_000,
    atMostEveryMs: 1_000,
  });

export const usePolicies = (): Query<PolicyView[]> =>
  useQuery("policies", (signal) => all("/api/v1/policies", signal), { on: ["status", "config"], everyMs: 15_000 });

export const useConditions = (): Query<Page<ConditionView>> =>
  useQuery("conditions", (signal) => get("/api/v1/conditions", signal), {
    on: ["event", "status", "config", "presence"],
    everyMs: 5_000,
    atMostEveryMs: 1_000,
  });

/** Segments in trouble, of the conditions. */
export const troubled = (conditions: readonly ConditionView[] | undefined): ReadonlySet<string> =>
  new Set(conditions?.flatMap(({ id, subject }) => (id.startsWith("segment-") ? [subject] : [])) ?? []);
