// The WAN of the demo without its packets: an agent for every POP of the lab's file, which speaks the real wire protocol to
// a real controller and reports the delays that the file gives its links. Congestion is a number.

import { directions } from "../../src/lab/model.ts";
import { readTopology } from "../../src/lab/topology-file.ts";
import { popRecords } from "../../src/lab/wan.ts";
import { segmentName, segmentParts } from "../../src/wire/parts.ts";
import type { PopRecord } from "../../src/wire/pop.ts";
import type { SegmentReport } from "../../src/wire/report.ts";
import { TestAgent } from "./test-agent.ts";

export const DEMO_LAB = "labs/containerlab/transatlantic/transatlantic.clab.yml";

const REPORT_MS = 200;
const COUNT_MS = 1_000;
/** A little noise, the same in every run. */
const noiseUs = (step: number, place: number): number => Math.round(120 * Math.sin(step * 1.7 + place * 2.3));

/** What POPs' records say of money, by their names: a price is that of each of their segments. */
export type Accounts = Readonly<
  Record<string, Pick<PopRecord, "account" | "owner"> & { readonly priceMicroPerGB?: number | "infinity" }>
>;
export type Service = { readonly url: string; joinToken(): Promise<string> };

export class SimulatedWan {
  readonly records: readonly PopRecord[];
  readonly agents: readonly TestAgent[];
  /** True delays; change them as you like. */
  readonly delayUs = new Map<string, number>();
  readonly lossPpm = new Map<string, number>();
  readonly #timers: NodeJS.Timeout[] = [];
  #step = 0;
  #octets = 0n;

  private constructor(url: string, file: string, accounts: Accounts) {
    const { lab } = readTopology(file);
    this.records = popRecords(lab).map((record) => {
      const { priceMicroPerGB, ...said } = accounts[record.name] ?? {};
      const price = priceMicroPerGB === undefined ? {} : { priceMicroPerGB };
      return { ...record, ...said, segments: record.segments.map((port) => ({ ...port, ...price })) };
    });
    const device = new Map(directions(lab).map(({ from, does }) => [`${from.node} ${from.interface}`, does.delayUs]));
    const nodes = new Map(lab.nodes.flatMap(({ name, pop }) => (pop ? [[pop.name, name] as const] : [])));
    for (const { name, segments } of this.records) {
      for (const port of segments) {
        const us = device.get(`${nodes.get(name)} ${port.device}`) ?? 0;
        this.delayUs.set(segmentName({ from: name, transit: port.transit, to: port.to }), us);
      }
    }
    this.agents = this.records.map((record) => new TestAgent(url, record));
  }

  static async join(service: Service, file = DEMO_LAB, accounts: Accounts = {}): Promise<SimulatedWan> {
    const wan = new SimulatedWan(service.url, file, accounts);
    for (const agent of wan.agents) await agent.join(await service.joinToken());
    for (const agent of wan.agents) void agent.stay([service.url]);
    wan.#timers.push(
      setInterval(() => wan.#report(), REPORT_MS),
      setInterval(() => wan.#count(), COUNT_MS),
    );
    return wan;
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const agent of this.agents) agent.close();
  }

  agent(pop: string): TestAgent {
    const found = this.agents.find(({ record }) => record.name === pop);
    if (found === undefined) throw new Error(`there is no POP ${pop}`);
    return found;
  }

  #report(): void {
    this.#step++;
    const atMs = Date.now();
    for (const [place, agent] of this.agents.entries()) {
      if (!agent.isConnected) continue;
      const { name, segments } = agent.record;
      const cells = segments.map(({ transit, to }) => this.#cell(segmentName({ from: name, transit, to }), place));
      const paths = (agent.document?.policies ?? []).flatMap(({ name: policy, paths: all }) =>
        all.map((path) => ({
          policy,
          path: path.name,
          actualUs:
            path.segments.reduce((sum, one) => sum + (this.delayUs.get(one) ?? 0), 0) + noiseUs(this.#step, place) + 90,
          lossPpm: Math.max(0, ...path.segments.map((one) => this.lossPpm.get(one) ?? 0)),
          samples: 5,
        })),
      );
      agent.tell({ kind: "measured", atMs, intervalMs: REPORT_MS, cells, paths });
    }
  }

  #cell(segment: string, place: number): SegmentReport {
    const us = Math.max(50, (this.delayUs.get(segment) ?? 0) + noiseUs(this.#step, place + segment.length));
    const lossPpm = this.lossPpm.get(segment) ?? 0;
    return {
      segment,
      ...{ sampleUs: lossPpm === 1_000_000 ? "lost" : us, p5Us: us - 90, p50Us: us, p95Us: us + 160, delayUs: us },
      ...{
        lowUs: Math.max(0, us - 400),
        highUs: us + 400,
        roundTripUs: us + this.#backUs(segment),
        errorUs: 400,
        jitterUs: 120,
      },
      ...{ lossPpm, reorderedPpm: 0, duplicatedPpm: 0, ageMs: 60, samples: 30 },
    };
  }

  /** Both ends tell of the same way there and back: whoever says otherwise contradicts. */
  #backUs(segment: string): number {
    const { from, transit, to } = segmentParts(segment);
    return this.delayUs.get(segmentName({ from: to, transit, to: from })) ?? 0;
  }

  /** Each of a POP's SIDs and policies carries what it carries in earnest: more from time to time. */
  #count(): void {
    this.#octets += 1_250_000n;
    const atMs = Date.now();
    for (const agent of this.agents) {
      const sids = (agent.document?.localSids ?? []).map(({ sid }) => ({ what: "sid" as const, name: sid }));
      const policies = (agent.document?.policies ?? []).map(({ name }) => ({ what: "policy" as const, name }));
      const counters = [...sids, ...policies].map(({ what, name }, i) => {
        const octets = (this.#octets * BigInt(7 + ((i * 5) % 11))) / 7n;
        return { what, name, epoch: 1, packets: String(octets / 1_200n), octets: String(octets), gapMs: 0 };
      });
      if (counters.length > 0) agent.tell({ kind: "counters", atMs, bootMs: BOOT_MS, counters });
    }
  }
}

const BOOT_MS = Date.now() - 37 * 86_400_000;

/** As an agent tells of an object that it put back. */
export const repaired = (subject: string) =>
  ({
    kind: "event",
    atMs: Date.now(),
    type: "drift-repaired",
    subject,
    text: "somebody else had removed it",
    data: {},
  }) as const;
