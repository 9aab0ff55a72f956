// What the router itself says of the lists on trial: up, not yet, or down. The proof of a POP whose probes do not pass
// through its router.

import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { look } from "../../netconf/devices/change.ts";
import type { Driver as Family } from "../../netconf/devices/driver.ts";
import type { Session } from "../../netconf/session.ts";
import type { IntentOf } from "../../wire/intent.ts";
import type { Word } from "../proof.ts";
import { type Standing, trialOf } from "./standing.ts";

export class Trials {
  readonly #family: Family;
  readonly #clock: Clock;
  /** Since when each list stands. */
  readonly #since = new Map<string, bigint>();
  readonly #held = new Set<string>();
  #words = new Map<string, Word>();

  constructor(family: Family, clock: Clock) {
    this.#family = family;
    this.#clock = clock;
  }

  /** Refused where the family has no state of a policy that could be asked for. */
  need(): void {
    const any: IntentOf<"policy"> = {
      kind: "policy",
      name: "any",
      color: 1,
      endpoint: "2001:db8::1",
      format: "usid",
      paths: [{ name: "any", sids: ["2001:db8::1"], weight: 1 }],
    };
    if (!this.#family.supports(any).supported || this.#family.verify(any).length > 0) return;
    throw new SrwanError("NETCONF_UNSUPPORTED", `${this.#family.title} has no state of a policy that proves it`, {
      remedy: "Prove by probes: set router.proof to probes, and lead this machine's probes through the router.",
    });
  }

  async ask(session: Session, { policies }: Standing): Promise<void> {
    const trials = [...policies.values()].flatMap((policy) => {
      const key = trialOf(policy.name);
      return key === undefined ? [] : [{ key, policy }];
    });
    const words = await Promise.all(
      trials.map(async ({ key, policy }) => [key, await this.#word(session, key, policy)] as const),
    );
    this.#words = new Map(words);
    for (const key of this.#since.keys()) if (!this.#words.has(key)) this.#forget(key);
  }

  of(key: string): Word {
    return this.#words.get(key) ?? { state: "asked", why: "the router was not asked yet" };
  }

  async #word(session: Session, key: string, policy: IntentOf<"policy">): Promise<Word> {
    const now = this.#clock.monoUs();
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    for (const check of this.#family.verify(policy)) {
      const finding = await look(session, check);
      if (finding.state === "holds") continue;
      // What was never up may need a moment; what was is down.
      const isYoung = now - since < BigInt(LIMITS.deviceWorkMs) * 1_000n && !this.#held.has(key);
      return { state: finding.state === "not-yet" && isYoung ? "asked" : "silent", why: finding.why };
    }
    this.#held.add(key);
    return { state: "answered", why: "" };
  }

  #forget(key: string): void {
    this.#since.delete(key);
    this.#held.delete(key);
  }
}
