// Probes of paths: what they have to be, what their answers say, and who is told.

import type { PeerId } from "../pulse/model.ts";
import type { PulseNews } from "../pulse/plan.ts";
import type { Prefix } from "../srv6/address.ts";
import type { PathProbe } from "./goal.ts";
import { type PathMeasured, Probings } from "./probing.ts";
import type { Probing } from "./proof.ts";
import type { Pulses } from "./pulses.ts";

export class Prober {
  readonly #probings: Probings;
  readonly #pulses: Pulses;
  /** A probe was answered, or fell silent. */
  onChange: (key: string) => void = () => undefined;
  /** Answers came in. */
  onAnswers: () => void = () => undefined;

  constructor(pulses: Pulses, { namespace, port }: { readonly namespace: string; readonly port: number }) {
    this.#pulses = pulses;
    this.#probings = new Probings(namespace, port);
    pulses.use({
      owns: (peer) => this.#probings.has(peer),
      plans: () => this.#probings.plans(),
      take: (news) => this.#take(news),
    });
  }

  set(near: Prefix, probes: readonly PathProbe[]): void {
    const { add, remove, intervals } = this.#probings.set(near, probes);
    for (const peer of remove) this.#pulses.remove(peer);
    for (const { peer, intervalMs } of intervals) this.#pulses.setInterval(peer, intervalMs);
    for (const plan of add) this.#pulses.add(plan);
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
    }
  }
}
