// The agent's metrics for Prometheus, on loopback.

import { createServer } from "node:http";
import { type MetricSpec, Metrics } from "../base/metrics.ts";
import type { AgentStatus } from "./status.ts";

const gauge = <const L extends string = never>(name: string, help: string, labels: readonly L[] = []) =>
  ({ kind: "gauge", name, help, labels }) as const satisfies MetricSpec<L>;

const SPECS = {
  connected: gauge("agent_service_connected", "Whether the agent is connected to its service."),
  waiting: gauge("agent_tellings_waiting", "Tellings that the service has not kept yet."),
  version: gauge("agent_desired_version", "Version of the document that the agent holds."),
  inPlace: gauge("agent_objects_in_place", "Objects of ours in the machine, read back."),
  refused: gauge("agent_objects_refused", "Objects that the machine or the agent refused."),
  carrying: gauge("agent_path_carrying", "Whether a path carries, read back and proved.", ["policy", "path"]),
  actual: gauge("agent_path_delay_seconds", "One-way delay over the path, clocks of both ends and all.", [
    "policy",
    "path",
  ]),
  up: gauge("agent_segment_up", "Whether a segment's pulses are answered.", ["segment"]),
};

/** Serves until what it gives back is called. */
export async function serveMetrics(port: number, status: () => AgentStatus): Promise<() => void> {
  const metrics = new Metrics();
  const set = define(metrics);
  const server = createServer((request, answer) => {
    if (request.url !== "/metrics") return void answer.writeHead(404).end();
    set(status());
    metrics.expose().then(
      (text) => answer.writeHead(200, { "content-type": metrics.contentType }).end(text),
      () => answer.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return () => void server.close();
}

function define(metrics: Metrics): (status: AgentStatus) => void {
  const [connected, waiting, version] = [SPECS.connected, SPECS.waiting, SPECS.version].map((one) =>
    metrics.define(one),
  );
  const [inPlace, refused] = [SPECS.inPlace, SPECS.refused].map((one) => metrics.define(one));
  const [carrying, actual, up] = [
    metrics.define(SPECS.carrying),
    metrics.define(SPECS.actual),
    metrics.define(SPECS.up),
  ];
  return (status) => {
    connected?.set(status.service.connected ? 1 : 0);
    waiting?.set(status.service.waiting);
    version?.set(status.version);
    inPlace?.set(status.objectsInPlace);
    refused?.set(status.refused.length);
    for (const one of [carrying, actual, up]) one.reset();
    for (const { policy, path, carries, state, actualUs } of status.paths) {
      carrying.set({ policy, path }, carries && state === "carrying" ? 1 : 0);
      if (actualUs !== null) actual.set({ policy, path }, actualUs / 1e6);
    }
    for (const { segment, state } of status.segments) up.set({ segment }, state === "up" ? 1 : 0);
  };
}
