// Metrics of a process for the Prometheus of its machine: on loopback, to everybody there.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.ts";

export type MetricsServer = { readonly port: number; readonly close: () => void };

/** `refresh` brings the figures up to date before each scrape; where it fails the scrape does too. */
export async function serveMetrics(
  port: number,
  metrics: Metrics,
  refresh: () => void | Promise<void>,
): Promise<MetricsServer> {
  const server = createServer((request, answer) => {
    if (request.url !== "/metrics") return void answer.writeHead(404).end();
    const text = async () => {
      await refresh();
      return metrics.expose();
    };
    text().then(
      (told) => answer.writeHead(200, { "content-type": metrics.contentType }).end(told),
      () => answer.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}
