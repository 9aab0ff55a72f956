// What the service measures of itself, for Prometheus.

import type { MetricSpec, Metrics } from "../../base/metrics.ts";
import type { Agents } from "./agents.ts";
import type { Groups } from "./groups.ts";
import type { Live } from "./live.ts";

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const SERVICE_METRICS = {
  agents: { kind: "gauge", name: "agents", help: "Agents that speak to this service." },
  groups: { kind: "gauge", name: "groups_decided", help: "Groups that are decided by this service." },
  readers: { kind: "gauge", name: "live_readers", help: "Readers of the live stream." },
  waiting: { kind: "gauge", name: "ingest_waiting_bytes", help: "What agents told and is not kept yet." },
  memory: { kind: "gauge", name: "memory_resident_bytes", help: "Memory of this process." },
  tellings: { kind: "counter", name: "tellings_total", help: "Tellings of agents that were heard." },
  octets: { kind: "counter", name: "tellings_bytes_total", help: "Their text." },
  cells: { kind: "counter", name: "cells_total", help: "Measured segments in reports." },
  foreignCells: {
    kind: "counter",
    name: "cells_foreign_total",
    help: "Cells of segments that are not the reporter's; dropped.",
  },
  refusals: { kind: "counter", name: "agents_refused_total", help: "Connections that ended in a refusal." },
  requests: { kind: "counter", name: "api_requests_total", help: "Requests to the API.", labels: ["method", "status"] },
  decision: {
    kind: "histogram",
    name: "decision_seconds",
    help: "Time that a decision for a group took.",
    buckets: SECONDS,
  },
  behind: {
    kind: "histogram",
    name: "decision_behind_seconds",
    help: "Age of the oldest report that a decision was made of, since it was kept.",
    buckets: SECONDS,
  },
} as const satisfies Record<string, MetricSpec<string>>;

export type Measures = {
  readonly request: (method: string, status: number) => void;
  readonly decided: (tookMs: number, behindMs: number) => void;
  /** Brings gauges and counters up to date. */
  readonly look: (agents: Agents, groups: Groups, live: Live) => void;
};

export function measuresOf(metrics: Metrics): Measures {
  const gauges = {
    agents: metrics.define(SERVICE_METRICS.agents),
    groups: metrics.define(SERVICE_METRICS.groups),
    readers: metrics.define(SERVICE_METRICS.readers),
    waiting: metrics.define(SERVICE_METRICS.waiting),
    memory: metrics.define(SERVICE_METRICS.memory),
  };
  const counters = {
    tellings: metrics.define(SERVICE_METRICS.tellings),
    octets: metrics.define(SERVICE_METRICS.octets),
    cells: metrics.define(SERVICE_METRICS.cells),
    foreignCells: metrics.define(SERVICE_METRICS.foreignCells),
    refusals: metrics.define(SERVICE_METRICS.refusals),
  };
  const told = { tellings: 0, octets: 0, cells: 0, foreignCells: 0, refusals: 0 };
  const requests = metrics.define(SERVICE_METRICS.requests);
  const decision = metrics.define(SERVICE_METRICS.decision);
  const behind = metrics.define(SERVICE_METRICS.behind);
  return {
    request: (method, status) => requests.inc({ method, status: String(status) }),
    decided: (tookMs, behindMs) => {
      decision.observe(tookMs / 1_000);
      behind.observe(behindMs / 1_000);
    },
    look: (agents, groups, live) => {
      gauges.agents.set(agents.counts.sessions);
      gauges.groups.set(groups.names.length);
      gauges.readers.set(live.readers);
      gauges.waiting.set(agents.waiting.octets);
      gauges.memory.set(process.memoryUsage.rss());
      for (const name of Object.keys(told) as (keyof typeof told)[]) {
        counters[name].inc(agents.counts[name] - told[name]);
        told[name] = agents.counts[name];
      }
    },
  };
}
