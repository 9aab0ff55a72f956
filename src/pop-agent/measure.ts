// Measurement of the POP's own segments: pulses over each in a thread of its own, statistics here, and news of a segment
// that dies or comes back.

import type { Logger } from "../base/log.ts";
import { parseAddress } from "../pulse/address.ts";
import type { LivenessChange, LivenessState } from "../pulse/liveness.ts";
import type { PeerId } from "../pulse/model.ts";
import type { NeighbourPlan, PulseNews } from "../pulse/plan.ts";
import { Pulse } from "../pulse/pulse.ts";
import { MemberStats } from "../pulse/stats/member-stats.ts";
import type { WirePeer } from "../wire/desired.ts";
import type { SegmentReport } from "../wire/report.ts";
import { Interval, segmentReport } from "./cells.ts";

export type MeasurePlan = {
  readonly pop: string;
  readonly port: number;
  readonly stamps: "kernel" | "handler";
};

export type SegmentNews = LivenessChange & { readonly segment: string };

type Segment = {
  readonly peer: WirePeer;
  readonly interval: Interval;
  state: LivenessState;
  dead: "out" | "in" | undefined;
  clockSteps: number;
};

export class Measure {
  readonly #pulse: Pulse;
  readonly #log: Logger;
  readonly #stats: MemberStats;
  readonly #segments = new Map<string, Segment>();
  #latenessP99Us = 0;
  onSegment: (news: SegmentNews) => void = () => undefined;
  /** The other end's clock was set, or ours. */
  onClockStep: (segment: string) => void = () => undefined;

  constructor({ pop, port, stamps }: MeasurePlan, log: Logger) {
    this.#log = log;
    this.#stats = new MemberStats(pop as PeerId);
    const reflectors = [new Uint8Array(16), new Uint8Array(4)].map((address) => ({
      address,
      port,
      mode: "open" as const,
      stateful: true,
      format: "ntp" as const,
      returnAddresses: [],
      steersReplies: false,
    }));
    this.#pulse = new Pulse(
      { neighbours: [], reflectors, synchronised: false, stamps, phaseStart: Math.random(), tellsReplies: false },
      (news) => this.#take(news),
    );
  }

  get ended(): Promise<void> {
    return this.#pulse.ended;
  }

  get latenessP99Us(): number {
    return this.#latenessP99Us;
  }

  async start(): Promise<void> {
    await this.#pulse.ready;
  }

  stop(): Promise<void> {
    return this.#pulse.stop();
  }

  /** Which segments are measured from now on; one that stays keeps what is known of it. */
  set(peers: readonly WirePeer[]): void {
    const wanted = new Map(peers.map((peer) => [peer.segment, peer]));
    for (const [segment, { peer }] of this.#segments) {
      const next = wanted.get(segment);
      if (next !== undefined && same(peer, next)) continue;
      this.#segments.delete(segment);
      this.#pulse.remove(segment as PeerId);
      this.#stats.forget(segment as PeerId);
    }
    for (const [segment, peer] of wanted) {
      const known = this.#segments.get(segment);
      if (known === undefined) {
        this.#segments.set(segment, {
          peer,
          interval: new Interval(),
          state: "unknown",
          dead: undefined,
          clockSteps: 0,
        });
        this.#pulse.add(neighbourOf(peer));
      } else if (known.peer.intervalMs !== peer.intervalMs) {
        this.#segments.set(segment, { ...known, peer });
        this.#pulse.setInterval(segment as PeerId, peer.intervalMs);
      } else this.#segments.set(segment, { ...known, peer });
    }
  }

  life(segment: string): { readonly state: LivenessState; readonly dead: "out" | "in" | undefined } | undefined {
    return this.#segments.get(segment);
  }

  states(): { readonly segment: string; readonly state: LivenessState }[] {
    return [...this.#segments].map(([segment, { state }]) => ({ segment, state }));
  }

  /** Every segment, since the last time it was asked. */
  report(nowMs: number): SegmentReport[] {
    const nowNs = BigInt(Math.round(nowMs)) * 1_000_000n;
    return [...this.#segments].map(([segment, one]) => {
      const view = this.#stats.view(segment as PeerId, nowNs);
      if (view !== undefined && view.clockSteps > one.clockSteps) {
        one.clockSteps = view.clockSteps;
        this.onClockStep(segment);
      }
      return segmentReport(segment, view, one.interval.close(nowNs), one.peer.floorUs);
    });
  }

  #take(news: PulseNews): void {
    if (news.kind === "samples") {
      for (const sample of news.samples) {
        this.#stats.take(sample);
        this.#segments.get(sample.peer)?.interval.take(sample);
      }
    } else if (news.kind === "change") {
      const segment = this.#segments.get(news.peer);
      if (segment === undefined) return;
      segment.state = news.change.state;
      segment.dead = news.change.dead;
      this.onSegment({ ...news.change, segment: news.peer });
    } else if (news.kind === "counters") this.#latenessP99Us = news.latenessUs.p99Us;
    else if (news.kind === "refused") {
      this.#log.warn("a segment cannot be measured", { segment: news.peer, error: news.error });
    }
  }
}

const neighbourOf = ({ segment, address, from, port, intervalMs }: WirePeer): NeighbourPlan => ({
  id: segment as PeerId,
  address: parseAddress(address),
  from: parseAddress(from),
  port,
  intervalMs,
  mode: "open",
  format: "ntp",
  extensions: [],
  greets: true,
  countsDirectly: false,
  watchesLiveness: true,
});

const same = (a: WirePeer, b: WirePeer): boolean => a.address === b.address && a.from === b.from && a.port === b.port;
