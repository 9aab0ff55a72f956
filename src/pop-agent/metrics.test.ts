// What a scrape of an agent says.

import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { type AgentFigures, agentMetrics, serveMetrics } from "./metrics.ts";

const figures = (more: Partial<AgentFigures> = {}): AgentFigures => ({
  status: {
    schema: "srwan.agent-status/1",
    pop: "sea",
    service: { url: "https://wan.example.net", connected: true, waiting: 2 },
    version: 7,
    objectsInPlace: 12,
    refused: [],
    paths: [
      {
        ...{ policy: "gold", path: "p1", state: "carrying", carries: true },
        ...{ actualUs: 40_500, why: "", segments: "sea/alder>fra" },
      },
    ],
    segments: [{ segment: "sea/alder>fra", state: "up", why: "" }],
  },
  cells: [],
  events: new Map([["drift-repaired", 3]]),
  counters: [{ what: "policy", name: "gold", epoch: 1, packets: "10", octets: "14000", gapMs: 0 }],
  edgeRefused: new Map([
    ["source", 8n],
    ["ipv4", 0n],
  ]),
  certificateEndsMs: 1_800_000_000_000,
  ...more,
});

describe("a scrape of an agent", () => {
  it("says where its paths stand, in base units", async () => {
    const { metrics, set } = agentMetrics();
    set(figures());
    const text = await metrics.expose();
    expect(text).toContain('srwan_agent_path_carrying{policy="gold",path="p1"} 1\n');
    expect(text).toContain('srwan_agent_path_delay_seconds{policy="gold",path="p1"} 0.0405\n');
    expect(text).toContain("srwan_agent_certificate_ends_timestamp_seconds 1800000000\n");
  });

  it("says totals as they are, however often it is asked", async () => {
    const { metrics, set } = agentMetrics();
    set(figures());
    set(figures());
    const text = await metrics.expose();
    expect(text).toContain('srwan_agent_events_total{type="drift-repaired"} 3\n');
    expect(text).toContain('srwan_agent_edge_refused_packets_total{kind="source"} 8\n');
    expect(text).toContain('srwan_agent_edge_refused_packets_total{kind="ipv4"} 0\n');
    expect(text).toContain('srwan_agent_counted_bytes_total{what="policy",name="gold"} 14000\n');
  });

  it("forgets a path that is gone", async () => {
    const { metrics, set } = agentMetrics();
    set(figures());
    set(figures({ status: { ...figures().status, paths: [] } }));
    expect(await metrics.expose()).not.toContain('policy="gold",path=');
  });

  it("is answered on loopback, and nothing else is", async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as { port: number };
    free.close();
    await once(free, "close");
    const stop = await serveMetrics(port, () => figures());
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=/);
      expect(await answer.text()).toContain("srwan_agent_desired_version 7\n");
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    } finally {
      stop();
    }
  });
});
