// How the whole WAN is, for Prometheus: read from the store when somebody scrapes, so that every service over one store says
// the same. What is counted here has a runbook in docs/runbooks.

import { LIMITS } from "../../base/limits.ts";
import type { MetricSpec, Metrics } from "../../base/metrics.ts";
import type { Store } from "../store/store.ts";
import { factsOf } from "./api/health-endpoints.ts";
import { CONDITIONS, conditionsOf, type Facts } from "./conditions.ts";

export const HEALTH_METRICS = {
  info: { kind: "gauge", name: "service_info", help: "Always 1; which version answers.", labels: ["version"] },
  pops: { kind: "gauge", name: "pops", help: "POPs that joined: there, away, or in quarantine.", labels: ["state"] },
  policies: { kind: "gauge", name: "policies", help: "Policies in force, by where they stand.", labels: ["state"] },
  conditions: {
    kind: "gauge",
    name: "conditions",
    help: "What is not as it should be, by condition: how many POPs, segments, policies or groups.",
    labels: ["condition"],
  },
  confirmBy: {
    kind: "gauge",
    name: "commit_confirm_by_timestamp_seconds",
    help: "When the commit that waits goes back unless it is confirmed; 0 where none waits.",
  },
} as const satisfies Record<string, MetricSpec<string>>;

export type HealthMeasures = {
  /** Brings them up to date; scrapes that come together share one look at the store. */
  readonly look: () => Promise<void>;
};

export function healthMeasures(metrics: Metrics, store: Store, version: string): HealthMeasures {
  const gauges = {
    pops: metrics.define(HEALTH_METRICS.pops),
    policies: metrics.define(HEALTH_METRICS.policies),
    conditions: metrics.define(HEALTH_METRICS.conditions),
    confirmBy: metrics.define(HEALTH_METRICS.confirmBy),
  };
  metrics.define(HEALTH_METRICS.info).set({ version }, 1);
  let last: { readonly atMs: number; readonly done: Promise<void> } | undefined;
  const read = async (): Promise<void> => {
    const facts = await factsOf(store);
    for (const [state, count] of popStates(facts)) gauges.pops.set({ state }, count);
    gauges.policies.reset();
    for (const { state } of facts.policies) gauges.policies.inc({ state });
    for (const condition of Object.keys(CONDITIONS)) gauges.conditions.set({ condition }, 0);
    for (const { id } of conditionsOf(facts)) gauges.conditions.inc({ condition: id });
    gauges.confirmBy.set((facts.commit.confirmByMs ?? 0) / 1_000);
  };
  return {
    look: () => {
      const atMs = store.nowMs();
      if (last === undefined || atMs - last.atMs >= LIMITS.healthSharedMs) {
        const done = read();
        last = { atMs, done };
        done.catch(() => {
          last = undefined;
        });
      }
      return last.done;
    },
  };
}

function popStates({ pops, apart }: Facts): [string, number][] {
  const quarantined = new Set(apart.map(({ pop }) => pop));
  const rest = pops.filter(({ name }) => !quarantined.has(name));
  const there = rest.filter(({ isThere }) => isThere).length;
  return [
    ["there", there],
    ["away", rest.length - there],
    ["quarantined", pops.length - rest.length],
  ];
}
