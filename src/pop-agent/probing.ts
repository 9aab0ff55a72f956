// Which probe sessions there have to be, and what their answers have said. Pure: samples and changes come in, proofs are
// read out.

import { parseAddress } from "../pulse/address.ts";
import type { LivenessChange, LivenessState } from "../pulse/liveness.ts";
import type { PeerId, PulseSample } from "../pulse/model.ts";
import type { NeighbourPlan } from "../pulse/plan.ts";
import { returnPath } from "../pulse/stamp-sr.ts";
import { PeerStats } from "../pulse/stats/peer-stats.ts";
import { formatIpv6, formatPrefix, ipv6ToBytes, type Prefix } from "../srv6/address.ts";
import { probeSource } from "../srv6/probe.ts";
import type { Sid } from "../srv6/sid.ts";
import { type PathProbe, probeKey } from "./goal.ts";
import type { Probing } from "./proof.ts";

type Session = {
  readonly id: PeerId;
  intervalMs: number;
  readonly plan: NeighbourPlan;
  readonly stats: PeerStats;
  state: LivenessState;
  answeredMs: number | undefined;
};

export type ProbeOrders = {
  readonly add: readonly NeighbourPlan[];
  readonly remove: readonly PeerId[];
  readonly intervals: readonly { readonly peer: PeerId; readonly intervalMs: number }[];
};

export type PathMeasured = {
  readonly actualUs: number | undefined;
  readonly lossPpm: number | undefined;
  readonly samples: number;
};

const PORT = 862;

export class Probings {
  readonly #namespace: string;
  readonly #port: number;
  /** By "to list": its own way back first. */
  readonly #probes = new Map<string, readonly Session[]>();
  readonly #sessions = new Map<PeerId, { readonly session: Session; readonly key: string }>();

  constructor(namespace: string, port = PORT) {
    this.#namespace = namespace;
    this.#port = port;
  }

  /** What has to be told to the pulse loop. What is probed as it was keeps what is known of it. */
  set(near: Prefix, probes: readonly PathProbe[]): ProbeOrders {
    const intervals: { peer: PeerId; intervalMs: number }[] = [];
    const add: NeighbourPlan[] = [];
    const before = new Map(this.#sessions);
    this.#probes.clear();
    this.#sessions.clear();
    for (const probe of probes) {
      const key = probeKey(probe.to, probe.list.name);
      const sessions = probe.backs.map((back) => {
        const id = `${key} ${formatPrefix(near)} ${formatPrefix(probe.address)} ${backText(back)}` as PeerId;
        const known = before.get(id)?.session;
        if (known === undefined) {
          const made = this.#session(id, probe, near, back);
          add.push(made.plan);
          return made;
        }
        if (known.intervalMs !== probe.intervalMs) {
          known.intervalMs = probe.intervalMs;
          intervals.push({ peer: id, intervalMs: probe.intervalMs });
        }
        return known;
      });
      this.#probes.set(key, sessions);
      for (const session of sessions) this.#sessions.set(session.id, { session, key });
    }
    return { add, intervals, remove: [...before.keys()].filter((id) => !this.#sessions.has(id)) };
  }

  has = (peer: PeerId): boolean => this.#sessions.has(peer);

  /** As they have to run now. */
  plans(): readonly NeighbourPlan[] {
    return [...this.#probes.values()].flatMap((sessions) =>
      sessions.map(({ plan, intervalMs }) => ({ ...plan, intervalMs })),
    );
  }

  /** The probe that it changed, undefined for one that is gone. */
  changed(peer: PeerId, change: LivenessChange): string | undefined {
    const found = this.#sessions.get(peer);
    if (found !== undefined) found.session.state = change.state;
    return found?.key;
  }

  /** Samples that were told together, at a time of a clock that never steps: only differences of their own are used. */
  take(samples: readonly PulseSample[], nowMs: number): void {
    const newestNs = samples.reduce(
      (newest, one) => (one.kind === "reply" && one.t4Ns > newest ? one.t4Ns : newest),
      0n,
    );
    for (const sample of samples) {
      const session = this.#sessions.get(sample.peer)?.session;
      if (session === undefined) continue;
      session.stats.take(sample);
      if (sample.kind !== "reply") continue;
      const leftMs = nowMs - Number(newestNs - sample.t1Ns) / 1e6;
      session.answeredMs = Math.max(session.answeredMs ?? leftMs, leftMs);
    }
  }

  of(key: string): readonly Probing[] {
    return this.#probes.get(key) ?? [];
  }

  /** As its first probe sees it, or the one beside it while that is silent. */
  measured(key: string, nowNs: bigint): PathMeasured {
    const views = this.#probes.get(key)?.map(({ stats }) => stats.view(Number(nowNs / 1_000n) / 1_000)) ?? [];
    const view = views.find(({ out }) => out !== undefined) ?? views[0];
    return { actualUs: view?.out?.p50Us, lossPpm: view?.outLossPpm, samples: view?.out?.samples ?? 0 };
  }

  #session(id: PeerId, probe: PathProbe, near: Prefix, back: readonly Sid[] | undefined): Session {
    const plan: NeighbourPlan = {
      id,
      address: hostOctets(probe.address),
      from: hostOctets(probeSource(near)),
      namespace: this.#namespace,
      port: this.#port,
      intervalMs: probe.intervalMs,
      mode: "open",
      format: "ntp",
      extensions: back === undefined ? [] : [returnPath({ kind: "path", sids: back.map(ipv6ToBytes) })],
      greets: true,
      countsDirectly: false,
      watchesLiveness: true,
    };
    return {
      id,
      intervalMs: probe.intervalMs,
      plan,
      stats: new PeerStats(id),
      state: "unknown",
      answeredMs: undefined,
    };
  }
}

const hostOctets = (host: Prefix): Uint8Array => parseAddress(formatPrefix(host).replace(/\/\d+$/, ""));

const backText = (back: readonly Sid[] | undefined): string => back?.map(formatIpv6).join() ?? "-";
