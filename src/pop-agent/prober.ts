// Probes of paths: a pulse loop whose packets leave from the probe namespace, and the reflector that answers the probes of
// others there.

import type { Logger } from "../base/log.ts";
import type { PeerId } from "../pulse/model.ts";
import type { PulseNews, ReflectorPlan } from "../pulse/plan.ts";
import { Pulse } from "../pulse/pulse.ts";
import type { Prefix } from "../srv6/address.ts";
import type { PathProbe } from "./goal.ts";
import { type PathMeasured, Probings } from "./probing.ts";
import type { Probing } from "./proof.ts";

export type ProberPlan = { readonly namespace: string; readonly port: number; readonly stamps: "kernel" | "handler" };

const REFLECTOR = {
  mode: "open",
  stateful: true,
  format: "ntp",
  returnAddresses: [],
  steersReplies: true,
} as const satisfies Partial<ReflectorPlan>;

export class Prober {
  readonly #plan: ProberPlan;
  readonly #probings: Probings;
  readonly #log: Logger;
  readonly #failed = Promise.withResolvers<void>();
  #pulse: Pulse | undefined;
  /** A probe was answered, or fell silent. */
  onChange: (key: string) => void = () => undefined;
  /** Answers came in. */
  onAnswers: () => void = () => undefined;

  constructor(plan: ProberPlan, log: Logger) {
    this.#plan = plan;
    this.#log = log;
    this.#probings = new Probings(plan.namespace, plan.port);
    this.#failed.promise.catch(() => undefined);
  }

  /** Rejects when its thread ended by itself. */
  get ended(): Promise<void> {
    return this.#failed.promise;
  }

  /** The namespace is there. Called again when it was made anew: sockets in the old one reach nobody. */
  async start(): Promise<void> {
    const { namespace, port, stamps } = this.#plan;
    await this.#pulse?.stop();
    const reflectors = [new Uint8Array(16), new Uint8Array(4)].map((address) => ({
      ...REFLECTOR,
      address,
      port,
      namespace,
    }));
    const plan = {
      neighbours: [...this.#probings.plans()],
      reflectors,
      synchronised: false,
      stamps,
      tellsReplies: false,
    };
    this.#pulse = new Pulse({ ...plan, phaseStart: Math.random() }, (news) => this.#take(news));
    this.#pulse.ended.catch(this.#failed.reject);
    await this.#pulse.ready;
  }

  async stop(): Promise<void> {
    await this.#pulse?.stop();
  }

  set(near: Prefix, probes: readonly PathProbe[]): void {
    const { add, remove, intervals } = this.#probings.set(near, probes);
    for (const peer of remove) this.#pulse?.remove(peer);
    for (const { peer, intervalMs } of intervals) this.#pulse?.setInterval(peer, intervalMs);
    for (const plan of add) this.#pulse?.add(plan);
  }

  of = (key: string): readonly Probing[] => this.#probings.of(key);

  measured = (key: string): PathMeasured => this.#probings.measured(key, BigInt(Date.now()) * 1_000_000n);

  #take(news: PulseNews): void {
    if (news.kind === "samples") {
      this.#probings.take(news.samples, performance.now());
      this.onAnswers();
    } else if (news.kind === "change") {
      const key = this.#probings.changed(news.peer as PeerId, news.change);
      if (key !== undefined) this.onChange(key);
    } else if (news.kind === "refused") {
      this.#log.warn("a path cannot be probed", { probe: news.peer, error: news.error });
    }
  }
}
