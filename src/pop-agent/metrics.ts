// The agent's metrics for Prometheus, on loopback.

import { counter, gauge, type MetricSpec, Metrics } from "../base/metrics.ts";
import { serveMetrics as serve } from "../base/metrics-server.ts";
import type { SegmentReport } from "../wire/report.ts";
import type { Told } from "./spool.ts";
import type { AgentStatus } from "./status.ts";

export const AGENT_METRICS = {
  connected: gauge("agent_service_connected", "Whether the agent is connected to its service."),
  waiting: gauge("agent_tellings_waiting", "Tellings that the service has not kept yet."),
  version: gauge("agent_desired_version", "Version of the document that the agent holds."),
  inPlace: gauge("agent_objects_in_place", "Objects of ours in the machine, read back."),
  refused: gauge("agent_objects_refused", "Objects that the machine or the agent refused."),
  memory: gauge("agent_memory_resident_bytes", "Memory of this process."),
  certificate: gauge("agent_certificate_ends_timestamp_seconds", "When the POP's certificate ends."),
  carrying: gauge("agent_path_carrying", "Whether a path carries, read back and proved.", ["policy", "path"]),
  actual: gauge("agent_path_delay_seconds", "One-way delay over the path, clocks of both ends and all.", [
    "policy",
    "path",
  ]),
  up: gauge("agent_segment_up", "Whether a segment's pulses are answered.", ["segment"]),
  delay: gauge("agent_segment_delay_seconds", "Estimate of a segment's true one-way delay.", ["segment"]),
  error: gauge("agent_segment_delay_error_seconds", "How far that may be off.", ["segment"]),
  loss: gauge("agent_segment_loss_ratio", "Pulses that were lost on the way out.", ["segment"]),
  events: counter("agent_events_total", "What the agent told the service of, since it started.", ["type"]),
  edgeRefused: counter(
    "agent_edge_refused_packets_total",
    "Packets that the edge refused, by kind; since it started.",
    ["kind"],
  ),
  octets: counter("agent_counted_bytes_total", "Traffic by SID, peer or policy; kept over restarts.", ["what", "name"]),
  packets: counter("agent_counted_packets_total", "The same in packets.", ["what", "name"]),
} as const satisfies Record<string, MetricSpec<string>>;

export type AgentFigures = {
  readonly status: AgentStatus;
  readonly cells: readonly SegmentReport[];
  readonly events: ReadonlyMap<string, number>;
  readonly counters: Extract<Told, { kind: "counters" }>["counters"];
  readonly edgeRefused: ReadonlyMap<string, bigint>;
  readonly certificateEndsMs: number;
};

/** Serves until what it gives back is called. */
export async function serveMetrics(port: number, figures: () => AgentFigures): Promise<() => void> {
  const { metrics, set } = agentMetrics();
  return (await serve(port, metrics, () => set(figures()))).close;
}

export function agentMetrics(): { readonly metrics: Metrics; readonly set: (figures: AgentFigures) => void } {
  const metrics = new Metrics();
  const M = AGENT_METRICS;
  const [connected, waiting, version] = [M.connected, M.waiting, M.version].map((one) => metrics.define(one));
  const [inPlace, refused] = [M.inPlace, M.refused].map((one) => metrics.define(one));
  const [memory, certificate] = [M.memory, M.certificate].map((one) => metrics.define(one));
  const [carrying, actual] = [metrics.define(M.carrying), metrics.define(M.actual)];
  const [up, delay, error, loss] = [M.up, M.delay, M.error, M.loss].map((one) => metrics.define(one));
  const [events, octets, packets] = [metrics.define(M.events), metrics.define(M.octets), metrics.define(M.packets)];
  const edge = metrics.define(M.edgeRefused);
  const set = ({ status, cells, events: told, counters, edgeRefused, certificateEndsMs }: AgentFigures): void => {
    connected?.set(status.service.connected ? 1 : 0);
    waiting?.set(status.service.waiting);
    version?.set(status.version);
    inPlace?.set(status.objectsInPlace);
    refused?.set(status.refused.length);
    memory?.set(process.memoryUsage.rss());
    certificate?.set(certificateEndsMs / 1_000);
    for (const one of [carrying, actual, up, delay, error, loss, events, edge, octets, packets]) one?.reset();
    for (const { policy, path, carries, state, actualUs } of status.paths) {
      carrying.set({ policy, path }, carries && state === "carrying" ? 1 : 0);
      if (actualUs !== null) actual.set({ policy, path }, actualUs / 1e6);
    }
    for (const { segment, state } of status.segments) up?.set({ segment }, state === "up" ? 1 : 0);
    for (const { segment, delayUs, errorUs, lossPpm } of cells) {
      if (delayUs !== null) delay?.set({ segment }, delayUs / 1e6);
      error?.set({ segment }, errorUs / 1e6);
      if (lossPpm !== null) loss?.set({ segment }, lossPpm / 1e6);
    }
    for (const [type, times] of told) events.inc({ type }, times);
    for (const [kind, count] of edgeRefused) edge.inc({ kind }, Number(count));
    for (const { what, name, octets: bytes, packets: count } of counters) {
      octets.inc({ what, name }, Number(bytes));
      packets.inc({ what, name }, Number(count));
    }
  };
  return { metrics, set };
}
