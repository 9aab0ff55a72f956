// Names a Prometheus user expects; anything else is refused with the reason.

import { describe, expect, it } from "vitest";
import { type MetricSpec, Metrics, namingBreach } from "./metrics.ts";

const help = "Packets that were sent.";

describe("Metrics", () => {
  it("serves what it was told", async () => {
    const metrics = new Metrics();
    const sent = metrics.define({ kind: "counter", name: "pulse_packets_total", help, labels: ["peer"] });
    const delay = metrics.define({ kind: "histogram", name: "pulse_delay_seconds", help, buckets: [0.01, 0.1] });
    metrics.define({ kind: "gauge", name: "agents", help: "Agents connected now." }).set(12);
    sent.inc({ peer: "fra" }, 3);
    delay.observe(0.05);
    const text = await metrics.expose();
    expect(text).toContain('srwan_pulse_packets_total{peer="fra"} 3');
    expect(text).toContain('srwan_pulse_delay_seconds_bucket{le="0.1"} 1');
    expect(text).toContain("srwan_agents 12");
    expect(metrics.contentType).toContain("text/plain");
  });

  it("refuses the same name twice", () => {
    const metrics = new Metrics();
    const spec = { kind: "counter", name: "moves_total", help } as const;
    metrics.define(spec);
    expect(() => metrics.define(spec)).toThrow(/srwan_moves_total is declared twice/);
  });
});

it.each<[string, Partial<MetricSpec>, string]>([
  ["a counter without _total", { name: "packets" }, "must end in _total"],
  ["a gauge with _total", { kind: "gauge", name: "packets_total" }, "no counter"],
  ["milliseconds", { name: "delay_ms_total" }, "base unit seconds"],
  ["octets", { name: "sent_octets_total" }, "base unit bytes"],
  ["a percentage", { kind: "gauge", name: "loss_percent" }, "base unit ratio"],
  ["camel case", { name: "packetsSent_total" }, "lower-case"],
  ["our prefix twice", { name: "srwan_packets_total" }, "prefix"],
  ["a histogram's suffix", { kind: "gauge", name: "peers_count" }, "histogram"],
  ["an odd label", { labels: ["Peer"] }, "label"],
  ["no help", { help: "" }, "help"],
])("names %s", (_what, change, breach) => {
  expect(namingBreach({ kind: "counter", name: "packets_total", help, ...change })).toContain(breach);
});
