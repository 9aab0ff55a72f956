// A small WAN for tests: POPs on a ring with cross links, true delays, clocks that are off, and the tellings that their
// agents would send. No network and no time of its own.

import { parsePrefix } from "../../srv6/address.ts";
import { type Ledger, newLedger } from "../../srv6/locator-plan.ts";
import { segmentName } from "../../wire/parts.ts";
import type { PolicySpec, WanConfig } from "../../wire/policy.ts";
import type { PopRecord } from "../../wire/pop.ts";
import type { Applied, Measured } from "../../wire/report.ts";
import type { DocumentBody } from "./documents.ts";
import { pathName } from "./documents.ts";
import { grantAll, type Wan, type WanPop } from "./wan.ts";

type Link = readonly [a: string, b: string, delayUs: number];

export class SimWan {
  readonly names: readonly string[];
  readonly delayUs = new Map<string, number>();
  readonly lost = new Set<string>();
  readonly clockUs = new Map<string, number>();
  /** What a POP's agent adds to the delay of a segment that it reports. */
  readonly liesUs = new Map<string, number>();
  #ledger: Ledger;
  readonly #links: readonly Link[];
  #number = 0;

  constructor(names: readonly string[], links: readonly Link[]) {
    this.names = names;
    this.#links = links;
    for (const [a, b, us] of links) {
      this.delayUs.set(segmentName({ from: a, transit: "t", to: b }), us);
      this.delayUs.set(segmentName({ from: b, transit: "t", to: a }), us);
    }
    this.#ledger = newLedger(parsePrefix("fcbb:bb00::/32"), { blockBits: 32, nodeBits: 16, functionBits: 16 });
  }

  record(name: string): PopRecord {
    const place = this.names.indexOf(name) + 1;
    const near = this.#links.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : []));
    return {
      name,
      platform: "linux",
      address: `2001:db8:${place}::1`,
      transits: [{ name: "t" }],
      segments: near.map((to, i) => ({
        transit: "t",
        to,
        device: `eth${i}`,
        nexthop: `fe80::${this.names.indexOf(to) + 1}`,
        local: `fe80::${place}`,
      })),
    };
  }

  wan(policies: readonly PolicySpec[], more: Partial<WanConfig> & { pops?: readonly WanPop[] } = {}): Wan {
    const pops = more.pops ?? this.names.map((name) => ({ record: this.record(name), group: "core" }));
    const { maintenance = [], signing } = more;
    const config: WanConfig = { policies: [...policies], maintenance, ...(signing === undefined ? {} : { signing }) };
    const records = pops.map(({ record }) => record);
    this.#ledger = grantAll(this.#ledger, records, config);
    return { pops, config, ledger: this.#ledger, pulse: { intervalMs: 1_000, port: 862, reportMs: 1_000 } };
  }

  measured(pop: string, atMs: number): Measured {
    const cells = this.record(pop).segments.map(({ to, transit }) => {
      const segment = segmentName({ from: pop, transit, to });
      const back = segmentName({ from: to, transit, to: pop });
      const [there, home] = [this.delayUs.get(segment) ?? 0, this.delayUs.get(back) ?? 0];
      const lie = this.liesUs.get(segment) ?? 0;
      const raw = Math.round(there + (this.clockUs.get(to) ?? 0) - (this.clockUs.get(pop) ?? 0) + lie);
      const isLost = this.lost.has(segment);
      return {
        segment,
        sampleUs: isLost ? ("lost" as const) : raw,
        p5Us: raw,
        p50Us: raw,
        p95Us: raw,
        delayUs: there,
        lowUs: Math.max(0, there - 500),
        highUs: there + 500,
        roundTripUs: there + home,
        errorUs: 20,
        jitterUs: 10,
        lossPpm: isLost ? 1_000_000 : 0,
        reorderedPpm: 0,
        duplicatedPpm: 0,
        ageMs: 0,
        samples: 10,
      };
    });
    return { kind: "measured", number: this.#number++, atMs, intervalMs: 1_000, cells, paths: [] };
  }

  /** As an agent answers that could do all it was told. */
  applied(body: DocumentBody, version: number, atMs: number): Applied {
    const policies = body.policies.map(({ name, paths, backup }) => ({
      name,
      active: "paths" as const,
      paths: [...paths, ...(backup ? [backup] : [])].map((path, i) => ({
        name: path.name,
        state: i === 0 ? ("carrying" as const) : ("proved" as const),
        actualUs: 1_000,
        why: "",
      })),
    }));
    return {
      kind: "applied",
      number: this.#number++,
      atMs,
      version,
      done: true,
      objectsInPlace: 9,
      refused: [],
      policies,
    };
  }
}

export const nameOfPath = (...names: string[]): string => pathName(names.map((name) => ({ name })));
