// Measurement of the POP's own segments: statistics of what the pulses over each show, and news of a segment that dies or
// comes back.

import { isDeepStrictEqual } from "node:util";
import { parseAddress } from "../pulse/address.ts";
import type { LivenessChange, LivenessState } from "../pulse/liveness.ts";
import type { PeerId, PulseSample } from "../pulse/model.ts";
import type { NeighbourPlan, PulseGuard, PulseNews } from "../pulse/plan.ts";
import { MemberStats } from "../pulse/stats/member-stats.ts";
import type { WirePeer } from "../wire/desired.ts";
import type { SegmentReport } from "../wire/report.ts";
import { Interval, segmentReport } from "./cells.ts";
import { CloserLook, LOOK } from "./closer-look.ts";
import type { Pulses } from "./pulses.ts";

export type SegmentNews = LivenessChange & { readonly segment: string };

type Segment = {
  readonly peer: WirePeer;
  readonly interval: Interval;
  readonly look: CloserLook;
  state: LivenessState;
  dead: "out" | "in" | undefined;
  clockSteps: number;
};

export class Measure {
  readonly #pulses: Pulses;
  readonly #stats: MemberStats;
  readonly #segments = new Map<string, Segment>();
  /** Pulsed more often for a moment. */
  readonly #looking = new Set<string>();
  #nowMs = 0;
  onSegment: (news: SegmentNews) => void = () => undefined;
  /** The other end's clock was set, or ours. */
  onClockStep: (segment: string) => void = () => undefined;

  constructor(pulses: Pulses, pop: string) {
    this.#pulses = pulses;
    this.#stats = new MemberStats(pop as PeerId);
    pulses.use({
      owns: (peer) => this.#segments.has(peer),
      plans: () => [...this.#segments.values()].map(({ peer }) => neighbourOf(peer)),
      take: (news) => this.#take(news),
    });
  }

  /** Which segments are measured from now on; one that stays keeps what is known of it. */
  set(peers: readonly WirePeer[]): void {
    const wanted = new Map(peers.map((peer) => [peer.segment, peer]));
    for (const [segment, { peer }] of this.#segments) {
      const next = wanted.get(segment);
      if (next !== undefined && same(peer, next)) continue;
      this.#segments.delete(segment);
      this.#pulses.remove(segment as PeerId);
      this.#stats.forget(segment as PeerId);
    }
    for (const [segment, peer] of wanted) {
      const known = this.#segments.get(segment);
      if (known === undefined) {
        this.#segments.set(segment, {
          peer,
          interval: new Interval(),
          look: new CloserLook(),
          state: "unknown",
          dead: undefined,
          clockSteps: 0,
        });
        this.#pulses.add(neighbourOf(peer));
      } else {
        this.#segments.set(segment, { ...known, peer });
        if (known.peer.intervalMs !== peer.intervalMs) {
          this.#pulses.setInterval(segment as PeerId, peer.intervalMs);
        }
        if (!isDeepStrictEqual(known.peer.signed, peer.signed)) {
          this.#pulses.setGuard(segment as PeerId, guardOf(peer));
        }
      }
    }
  }

  /** The time, on a clock that never steps; true while some segment is looked at more closely. */
  tick(nowMs: number): boolean {
    this.#nowMs = nowMs;
    for (const name of this.#looking) {
      const segment = this.#segments.get(name);
      if (segment?.look.lasts(nowMs) === true) continue;
      this.#looking.delete(name);
      if (segment !== undefined) this.#pulses.setInterval(name as PeerId, segment.peer.intervalMs);
    }
    return this.#looking.size > 0;
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
        const segment = this.#segments.get(sample.peer);
        if (segment === undefined) continue;
        this.#stats.take(sample);
        segment.interval.take(sample);
        if (sample.kind === "reply") this.#lookCloser(sample.peer, segment, roundTripUs(sample));
      }
    } else if (news.kind === "change") {
      const segment = this.#segments.get(news.peer);
      if (segment === undefined) return;
      segment.state = news.change.state;
      segment.dead = news.change.dead;
      this.onSegment({ ...news.change, segment: news.peer });
    }
  }

  #lookCloser(peer: PeerId, { peer: { intervalMs }, look }: Segment, tripUs: number): void {
    if (!look.take(tripUs, this.#nowMs) || intervalMs <= LOOK.everyMs) return;
    this.#looking.add(peer);
    this.#pulses.setInterval(peer, LOOK.everyMs);
  }
}

const roundTripUs = ({ t1Ns, t2Ns, t3Ns, t4Ns }: Extract<PulseSample, { kind: "reply" }>): number =>
  Number(t4Ns - t1Ns - (t3Ns - t2Ns)) / 1_000;

function neighbourOf(peer: WirePeer): NeighbourPlan {
  const { segment, address, from, port, intervalMs } = peer;
  const key = signingKey(peer);
  return {
    id: segment as PeerId,
    address: parseAddress(address),
    from: parseAddress(from),
    port,
    intervalMs,
    mode: key === undefined ? "open" : "authenticated",
    key: key === undefined ? undefined : octetsOf(key),
    guard: guardOf(peer),
    format: "ntp",
    extensions: [],
    greets: true,
    countsDirectly: false,
    watchesLiveness: true,
  };
}

const octetsOf = (secret: string): Uint8Array => new Uint8Array(Buffer.from(secret, "base64"));

/** What its own pulses are signed with. */
const signingKey = ({ signed }: WirePeer): string | undefined =>
  signed?.keys.find(({ id }) => id === signed.sign)?.secret;

/** In which way the other's are believed: while keys go round, unsigned too. */
const guardOf = ({ signed }: WirePeer): PulseGuard | undefined =>
  signed && { keys: signed.keys.map(({ secret }) => octetsOf(secret)), takesOpen: signed.require !== true };

/** Pulses that go the same way and are signed alike are one session. */
const same = (a: WirePeer, b: WirePeer): boolean =>
  a.address === b.address && a.from === b.from && a.port === b.port && signingKey(a) === signingKey(b);
