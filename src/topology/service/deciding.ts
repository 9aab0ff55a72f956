// One group while this service has its lease: what is known is given to the group's loop, what the loop says is kept under
// the lease. Whatever happens in between, the store has what the next one needs.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import type { Telling } from "../../wire/message.ts";
import type { PolicyStatus, WanConfig } from "../../wire/policy.ts";
import type { LoopNews } from "../loop/group-loop.ts";
import { grantAll, type Wan } from "../loop/wan.ts";
import { running } from "../store/commits.ts";
import type { EventToKeep } from "../store/events.ts";
import { changeLedger } from "../store/grants.ts";
import { holdLease, type Lease } from "../store/leases.ts";
import { type Pop, popsOf } from "../store/pops.ts";
import { forgetStatuses, memoryOf, type Publication, publish, statesOf } from "../store/published.ts";
import { quarantine, quarantined, release } from "../store/quarantine.ts";
import { presences } from "../store/sessions.ts";
import type { Store } from "../store/store.ts";
import { type Retold, retold, retoldSince } from "../store/tellings-of.ts";
import type { GroupBrain, MakeBrain } from "./brain.ts";

export type DecidingOptions = {
  readonly store: Store;
  readonly lease: Lease;
  readonly group: string;
  readonly makeBrain: MakeBrain;
  readonly pulse: Wan["pulse"];
  readonly log: Logger;
  /** The lease is gone; nothing more is decided here. */
  readonly lost: () => void;
  readonly decided: (tookMs: number, behindMs: number) => void;
};

/** Who put a POP apart, where it was nobody with a name. */
const SERVICE = "srwan";

export class Deciding {
  readonly #options: DecidingOptions;
  readonly #brain: GroupBrain;
  readonly #stop = new AbortController();
  /** Ends the wait for the next decision. */
  #urgent: AbortController | undefined;
  #configured = false;
  #newsBefore = true;
  #oldestMs: number | undefined;
  /** POPs that the loop wants set apart, and when it last said so. */
  readonly #accused = new Map<string, number>();
  /** The state of each policy that the last event about it told. */
  readonly #states = new Map<string, string>();
  readonly #beganMs: number;
  readonly #running: Promise<void>;

  private constructor(options: DecidingOptions, brain: GroupBrain) {
    this.#options = options;
    this.#brain = brain;
    this.#beganMs = options.store.nowMs();
    this.#running = this.#run();
  }

  static async start(options: DecidingOptions): Promise<Deciding> {
    const memory = await memoryOf(options.store, options.group);
    return new Deciding(
      options,
      options.makeBrain(options.group, memory === undefined ? undefined : JSON.parse(memory)),
    );
  }

  take(pop: string, telling: Telling, atMs: number): void {
    if (telling.kind === "measured") this.#oldestMs ??= performance.now();
    // Before it knows its POPs it is given what the store has of them.
    if (this.#configured && this.#brain.take(pop, telling, atMs)) this.#urgent?.abort();
  }

  presence(pop: string, isThere: boolean): void {
    if (!this.#configured) return;
    if (isThere) this.#brain.back(pop);
    else this.#brain.away(pop);
  }

  /** POPs, quarantine or configuration changed, or news were missed: before the next decision all is read anew. */
  reconfigure(): void {
    this.#newsBefore = true;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("closing"));
    this.#urgent?.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, pulse, log, group } = this.#options;
    const { signal } = this.#stop;
    let kept: Publication | undefined;
    for (let nextMs = performance.now(); !signal.aborted; ) {
      try {
        if (this.#newsBefore) await this.#configure();
        kept ??= this.#decide();
        const publication = kept;
        if (says(publication)) await store.manyTurns.run(() => publish(store, this.#options.lease, group, publication));
        kept = undefined;
      } catch (thrown) {
        if (thrown instanceof SrwanError && thrown.code === "LEASE_LOST") return this.#options.lost();
        // What was decided is kept as soon as it can be, before anything else is decided.
        if (!signal.aborted) log.warn("a group is not decided for now", { group, error: thrown });
        await store.clock.sleepMs(LIMITS.storeRetryMs, signal).catch(() => undefined);
        continue;
      }
      const nowMs = performance.now();
      nextMs = Math.min(Math.max(nextMs + pulse.reportMs, nowMs), nowMs + pulse.reportMs);
      await this.#wait(nextMs);
    }
  }

  async #wait(untilMs: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#urgent = new AbortController();
    const ms = Math.max(0, untilMs - performance.now());
    await this.#options.store.clock.sleepMs(ms, this.#urgent.signal).catch(() => undefined);
    this.#urgent = undefined;
  }

  #decide(): Publication {
    const { store, group, decided } = this.#options;
    const now = store.nowMs();
    const started = performance.now();
    const news = this.#brain.tick(now);
    decided(performance.now() - started, this.#oldestMs === undefined ? 0 : performance.now() - this.#oldestMs);
    this.#oldestMs = undefined;
    const quarantine = this.#setApart(news, now);
    const changes = { documents: [...news.documents.values()], statuses: news.statuses };
    const journal = news.journal.map((line) => line.trimEnd());
    const events = eventsOf({ ...news, quarantine, statuses: this.#turned(news.statuses) }, group, now);
    const memory = JSON.stringify(this.#brain.memory());
    return { ...changes, journal, events, memory };
  }

  /** Statuses are told when their delays moved, too; an event is worth one whose state is another. */
  #turned(statuses: readonly PolicyStatus[]): readonly PolicyStatus[] {
    return statuses.filter(({ name, state }) => {
      const before = this.#states.get(name);
      this.#states.set(name, state);
      return before !== state;
    });
  }

  /**
   * Who is in quarantine is kept on its own: the loop is told by a change of its POPs. It says so at each look; gives back
   * what it says for the first time.
   */
  #setApart({ quarantine: verdicts }: LoopNews, now: number): LoopNews["quarantine"] {
    const { store, log } = this.#options;
    const failed = (thrown: unknown) => log.warn("a quarantine was not kept", { error: thrown });
    const fresh = verdicts.filter(({ pop }) => !this.#accused.has(pop));
    for (const { pop, why, evidence } of fresh) void quarantine(store, pop, why, evidence, SERVICE).catch(failed);
    for (const { pop } of verdicts) this.#accused.set(pop, now);
    for (const [pop, lastMs] of this.#accused) {
      // A loop that began just now does not know yet what it will be told again.
      if (now - Math.max(lastMs, this.#beganMs) < LIMITS.quarantineMinMs) continue;
      this.#accused.delete(pop);
      void release(store, pop, SERVICE).catch(failed);
    }
    return fresh;
  }

  async #configure(): Promise<void> {
    this.#newsBefore = false;
    try {
      const { store, lease, group, pulse } = this.#options;
      const pops = await popsOf(store, { group, limit: LIMITS.groupMembersMax });
      const { config } = await store.read((db) => running(db));
      const apart = await quarantined(store, false, 0, LIMITS.quarantinedMax);
      const own = ofGroup(config, pops);
      const records = pops.map(({ record }) => record);
      const names = pops.map(({ name }) => name);
      const ledger = await store.ledgerTurns.run(() =>
        store.write(async (tx) => {
          await holdLease(store, tx, lease);
          return changeLedger(store, tx, names, (before) => grantAll(before, records, own));
        }),
      );
      const why = new Map(apart.map((one) => [one.pop, one.why]));
      for (const { pop, by } of apart)
        if (by === SERVICE && !this.#accused.has(pop)) this.#accused.set(pop, store.nowMs());
      const wanPops = pops.map(({ name, record, joinedMs }) => {
        const reason = why.get(name);
        return { record, group, joinedMs, ...(reason === undefined ? {} : { quarantine: reason }) };
      });
      this.#brain.configure({ pops: wanPops, config: own, ledger, pulse }, store.nowMs());
      this.#configured = true;
      await this.#catchUp(names);
      for (const { name, state } of await statesOf(store, group)) this.#states.set(name, state);
      await forgetStatuses(store, lease, group, new Set(own.policies.map(({ name }) => name)));
    } catch (thrown) {
      this.#newsBefore = true;
      throw thrown;
    }
  }

  /** What the store has of these POPs: who is there, what they answered last, what they measured just now. */
  async #catchUp(names: readonly string[]): Promise<void> {
    const { store } = this.#options;
    const there = await presences(store, names);
    for (const name of names) this.presence(name, there.get(name)?.awayMs === null);
    this.#giveAll(await retoldSince(store, names, store.nowMs() - LIMITS.catchUpMs));
  }

  /** What another service kept. */
  async takeKept(pop: string, first: number, last: number): Promise<void> {
    this.#giveAll(await retold(this.#options.store, pop, first, last));
  }

  #giveAll(all: readonly Retold[]): void {
    for (const { pop, telling, atMs } of all) this.take(pop, telling, atMs);
  }
}

const says = ({ documents, statuses, journal, events }: Publication): boolean =>
  documents.length + statuses.length + journal.length + events.length > 0;

/** A policy belongs to the group in which it begins. */
function ofGroup(config: WanConfig, pops: readonly Pop[]): WanConfig {
  const names = new Set(pops.map(({ name }) => name));
  return {
    policies: config.policies.filter(({ from }) => names.has(from)),
    maintenance: config.maintenance.filter(({ pop }) => names.has(pop)),
    ...(config.signing === undefined ? {} : { signing: config.signing }),
  };
}

function eventsOf({ moves, segments, statuses, quarantine: verdicts }: LoopNews, group: string, atMs: number) {
  const one = (type: string, subject: string, text: string, data: EventToKeep["data"]): EventToKeep => ({
    pop: null,
    group,
    atMs,
    type,
    subject,
    text,
    data,
  });
  return [
    ...segments.map(({ segment, state, trouble }) =>
      one(`segment-is-${state}`, segment, trouble ?? "", { state, ...(trouble === null ? {} : { trouble }) }),
    ),
    ...moves.map(({ policy, why, from, to }) =>
      one("policy-moved", policy, why, { from: from.join(" "), to: to.join(" ") }),
    ),
    ...statuses.map(({ name, state, why }) => one("policy-state", name, why, { state })),
    ...verdicts.map(({ pop, why }) => one("quarantined", pop, why, {})),
  ];
}
