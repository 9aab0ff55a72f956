// The one pulse loop of an agent, in a thread of its own: segments are measured from the POP itself, paths are probed from
// its probe namespace, and others' pulses are answered in both.

import type { Logger } from "../base/log.ts";
import type { PeerId } from "../pulse/model.ts";
import type { NeighbourPlan, PulseGuard, PulseNews, ReflectorPlan } from "../pulse/plan.ts";
import { Pulse } from "../pulse/pulse.ts";

export type PulsesPlan = {
  readonly port: number;
  readonly stamps: "kernel" | "handler";
  readonly probe: { readonly namespace: string; readonly port: number };
};

/** Who takes its own part of the news, and can say again what it had ordered. */
export type PulseUser = {
  readonly owns: (peer: PeerId) => boolean;
  readonly plans: () => readonly NeighbourPlan[];
  readonly take: (news: PulseNews) => void;
};

const REFLECTOR = { mode: "open", stateful: true, format: "ntp", returnAddresses: [] } as const;
const ANY = [new Uint8Array(16), new Uint8Array(4)] as const;

export class Pulses {
  readonly #plan: PulsesPlan;
  readonly #log: Logger;
  readonly #users: PulseUser[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #pulse: Pulse | undefined;

  constructor(plan: PulsesPlan, log: Logger) {
    this.#plan = plan;
    this.#log = log;
    this.#ended.promise.catch(() => undefined);
  }

  /** Rejects when its thread ended by itself. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  use(user: PulseUser): void {
    this.#users.push(user);
  }

  /** The probe namespace is there. Called again when it was made anew: sockets in the old one reach nobody. */
  async start(): Promise<void> {
    await this.#pulse?.stop();
    const neighbours = this.#users.flatMap(({ plans }) => plans());
    const plan = { neighbours, reflectors: this.#reflectors(), synchronised: false, stamps: this.#plan.stamps };
    this.#pulse = new Pulse({ ...plan, phaseStart: Math.random(), tellsReplies: false }, (news) => this.#take(news));
    this.#pulse.ended.catch(this.#ended.reject);
    const { stamps } = await this.#pulse.ready;
    this.#log.debug("pulsing", { stamps });
  }

  async stop(): Promise<void> {
    await this.#pulse?.stop();
  }

  add(plan: NeighbourPlan): void {
    this.#pulse?.add(plan);
  }

  remove(peer: PeerId): void {
    this.#pulse?.remove(peer);
  }

  setInterval(peer: PeerId, intervalMs: number): void {
    this.#pulse?.setInterval(peer, intervalMs);
  }

  setGuard(peer: PeerId, guard: PulseGuard | undefined): void {
    this.#pulse?.setGuard(peer, guard);
  }

  /** Only probes may ask for a way back of their choice: they come from other POPs' probe namespaces. */
  #reflectors(): ReflectorPlan[] {
    const { port, probe } = this.#plan;
    return ANY.flatMap((address) => [
      { ...REFLECTOR, address, port, steersReplies: false },
      { ...REFLECTOR, address, port: probe.port, namespace: probe.namespace, steersReplies: true },
    ]);
  }

  #take(news: PulseNews): void {
    if (news.kind === "refused") this.#log.warn("it cannot be pulsed", { peer: news.peer, error: news.error });
    const peer = "peer" in news ? news.peer : undefined;
    for (const user of this.#users) if (peer === undefined || user.owns(peer)) user.take(news);
  }
}
