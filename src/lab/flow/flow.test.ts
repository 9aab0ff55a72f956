// Flows: packets say whose they are, windows count each packet once, senders keep their pace on paper.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFlowPacket, writeFlowPacket } from "./packet.ts";
import { dscpTable, type FlowPlan, packetsOf, sendTimeUs } from "./plan.ts";
import { FlowStats, summary } from "./stats.ts";

describe("a flow's packet", () => {
  it("is read as it was written, and other packets are not read at all", () => {
    const any = fc.record({ flow: fc.nat(), sequence: fc.nat(), sentUs: fc.double({ noNaN: true }) });
    fc.assert(
      fc.property(any, fc.integer({ min: 24, max: 99 }), (packet, octets) => {
        const view = new DataView(new ArrayBuffer(octets));
        writeFlowPacket(view, packet);
        expect(readFlowPacket(view)).toEqual(packet);
        expect(readFlowPacket(new DataView(view.buffer, 0, 23))).toBeUndefined();
        view.setUint32(0, 0);
        expect(readFlowPacket(view)).toBeUndefined();
      }),
    );
  });
});

describe("a flow's windows", () => {
  it("count every packet: sent = lost + arrived at the close, of each window's own numbers", () => {
    // Arrivals: each number up to a few times, in any order, and closes in between.
    const arrivals = fc.array(fc.option(fc.nat(60), { freq: 8 }), { maxLength: 200 });
    fc.assert(
      fc.property(arrivals, (steps) => {
        const stats = new FlowStats();
        const seen = new Set<number>();
        let [highest, closedAt, duplicated, received] = [-1, -1, 0, 0];
        for (const step of [...steps, null]) {
          if (step !== null) {
            stats.take(step, 1);
            received++;
            if (seen.has(step)) duplicated++;
            seen.add(step);
            highest = Math.max(highest, step);
            continue;
          }
          const window = stats.close();
          let missing = 0;
          for (let n = closedAt + 1; n <= highest; n++) if (!seen.has(n)) missing++;
          expect(window).toMatchObject({ received, duplicated, lost: missing });
          [closedAt, duplicated, received] = [highest, 0, 0];
        }
      }),
    );
  });

  it("tell late ones from lost ones", () => {
    const stats = new FlowStats();
    for (const n of [0, 1, 3]) stats.take(n, 10);
    expect(stats.close()).toMatchObject({ received: 3, lost: 1, reordered: 0 });
    stats.take(2, 90);
    stats.take(4, 10);
    stats.take(4, 10);
    expect(stats.close()).toMatchObject({ received: 3, lost: 0, reordered: 1, duplicated: 1 });
    expect(stats.close()).toEqual({ received: 0, lost: 0, reordered: 0, duplicated: 0 });
  });

  it("sum up latencies by rank", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(summary(hundred)).toEqual({ minUs: 1, p50Us: 50, p95Us: 95, maxUs: 100 });
    expect(summary([7])).toEqual({ minUs: 7, p50Us: 7, p95Us: 7, maxUs: 7 });
    expect(summary([])).toBeUndefined();
  });
});

const FLOW: FlowPlan = {
  id: 0,
  from: "a",
  to: "b",
  address: "fc00::1",
  port: 40_000,
  packetsPerSecond: 3,
  payloadOctets: 200,
  dscp: 0,
  fromUs: 1_000_000,
  untilUs: 3_000_000,
};

describe("a flow's plan", () => {
  it("sends every packet inside its time, evenly, and one more would be outside", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 5_000_000 }), (pps, lastsUs) => {
        const flow = { ...FLOW, packetsPerSecond: pps, untilUs: FLOW.fromUs + lastsUs };
        const count = packetsOf(flow);
        expect(sendTimeUs(flow, 0)).toBe(flow.fromUs);
        expect(sendTimeUs(flow, count - 1)).toBeLessThan(flow.untilUs);
        expect(sendTimeUs(flow, count)).toBeGreaterThanOrEqual(flow.untilUs - 1e-6);
      }),
    );
  });

  it("marks flows that want a class, and needs nothing for the others", () => {
    expect(dscpTable([FLOW])).toBeUndefined();
    expect(dscpTable([FLOW, { ...FLOW, port: 40_001, dscp: 46 }])).toContain("udp dport 40001 ip6 dscp set 46");
  });
});
