// Which groups are decided here. Over one PostgreSQL the services share them: whatever group nobody has is taken at the
// next look, and a service that has clearly more than another lets one go.

import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import type { Wan } from "../loop/wan.ts";
import { Leases } from "../store/leases.ts";
import type { News } from "../store/news.ts";
import { groupSizes } from "../store/pops.ts";
import { beat, type ServiceRow } from "../store/services.ts";
import { closeOrphans } from "../store/sessions.ts";
import type { Store } from "../store/store.ts";
import type { Told } from "../store/tellings.ts";
import type { MakeBrain } from "./brain.ts";
import { Deciding } from "./deciding.ts";

export type GroupsOptions = {
  readonly store: Store;
  readonly service: string;
  readonly makeBrain: MakeBrain;
  readonly pulse: Wan["pulse"];
  readonly log: Logger;
  readonly decided: (tookMs: number, behindMs: number) => void;
};

const PREFIX = "group-";

export class Groups {
  readonly #options: GroupsOptions;
  readonly #leases: Leases;
  readonly #deciding = new Map<string, Deciding>();
  /** Let go of for another's sake: not taken again before then. */
  readonly #letGo = new Map<string, number>();
  readonly #groupOf = new Map<string, string>();
  readonly #stop = new AbortController();
  #unevenLooks = 0;
  #running: Promise<void> = Promise.resolve();
  #wake: AbortController | undefined;

  constructor(options: GroupsOptions) {
    this.#options = options;
    this.#leases = new Leases(options.store, options.service, () => this.#lostAll());
  }

  /** Those decided here. */
  get names(): readonly string[] {
    return [...this.#deciding.keys()].sort();
  }

  get leases(): Leases {
    return this.#leases;
  }

  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("closing"));
    this.#wake?.abort();
    await this.#running;
    await Promise.all([...this.#deciding.values()].map((one) => one.close()));
    this.#deciding.clear();
    await this.#leases.close();
  }

  /** What agents of this service told and is kept. */
  take(fresh: readonly Told[]): void {
    const now = this.#options.store.nowMs();
    for (const { pop, group, telling } of fresh) {
      this.#groupOf.set(pop, group);
      this.#deciding.get(group)?.take(pop, telling, now);
    }
  }

  news(news: News): void {
    if (news.topic === "told" && news.from !== this.#options.service) void this.#fetch(news.pops);
    else if (news.topic === "config") for (const one of this.#deciding.values()) one.reconfigure();
    else if (news.topic === "pops") {
      this.#deciding.get(news.group)?.reconfigure();
      this.#look();
    } else if (news.topic === "session") {
      for (const one of this.#deciding.values()) one.presence(news.pop, news.service !== "");
    }
  }

  missed(): void {
    for (const one of this.#deciding.values()) one.reconfigure();
  }

  /** Told to another service. Who is in which group is asked once; a change of groups is news of its own. */
  async #fetch(pops: readonly (readonly [string, number, number])[]): Promise<void> {
    if (this.#deciding.size === 0) return;
    try {
      await this.#learn(pops.map(([pop]) => pop).filter((pop) => !this.#groupOf.has(pop)));
      for (const [pop, first, last] of pops) {
        await this.#deciding.get(this.#groupOf.get(pop) ?? "")?.takeKept(pop, first, last);
      }
    } catch (thrown) {
      this.#options.log.warn("tellings of another service could not be read", { error: thrown });
    }
  }

  async #learn(pops: readonly string[]): Promise<void> {
    if (pops.length === 0) return;
    const rows = await this.#options.store.read((db) =>
      db.selectFrom("pops").select(["name", "group_name"]).where("name", "in", pops).execute(),
    );
    for (const { name, group_name } of rows) this.#groupOf.set(name, group_name);
  }

  #look(): void {
    this.#wake?.abort();
  }

  async #run(): Promise<void> {
    const { store, service, log } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        const services = await beat(store, service);
        await closeOrphans(
          store,
          services.filter(({ alive }) => alive).map(({ id }) => id),
        );
        await this.#share(services);
      } catch (thrown) {
        if (!this.#stop.signal.aborted) log.warn("the share of groups could not be looked at", { error: thrown });
      }
      this.#wake = new AbortController();
      await store.clock
        .sleepMs(LIMITS.shareLookMs, AbortSignal.any([this.#wake.signal, this.#stop.signal]))
        .catch(() => undefined);
    }
  }

  async #share(services: readonly ServiceRow[]): Promise<void> {
    const { store } = this.#options;
    const groups = [...(await groupSizes(store)).keys()];
    this.#groupOf.clear();
    for (const name of this.#deciding.keys()) if (!groups.includes(name)) await this.#leave(name);
    const now = performance.now();
    for (const group of groups) {
      if (this.#deciding.has(group) || (this.#letGo.get(group) ?? 0) > now || this.#stop.signal.aborted) continue;
      await this.#enter(group);
    }
    await this.#balance(services);
  }

  async #enter(group: string): Promise<void> {
    const { store, makeBrain, pulse, log, decided } = this.#options;
    const lease = await this.#leases.take(`${PREFIX}${group}`);
    if (lease === undefined) return;
    const lost = (): void => void this.#leave(group);
    this.#deciding.set(group, await Deciding.start({ store, lease, group, makeBrain, pulse, log, lost, decided }));
    log.info("deciding for a group", { group, epoch: lease.epoch });
  }

  async #leave(group: string): Promise<void> {
    const deciding = this.#deciding.get(group);
    this.#deciding.delete(group);
    await deciding?.close();
    await this.#leases.release(`${PREFIX}${group}`).catch(() => undefined);
    if (deciding) this.#options.log.info("no longer deciding for a group", { group });
  }

  /** Uneven for several looks in a row, so that a service that just died or just came moves nothing back and forth. */
  async #balance(services: readonly ServiceRow[]): Promise<void> {
    const { store, service } = this.#options;
    const others = services.filter(({ id, alive }) => alive && id !== service);
    const own = this.#deciding.size;
    const held = await store.read((db) => db.selectFrom("leases").select(["name", "holder"]).execute());
    const count = (id: string) => held.filter(({ name, holder }) => holder === id && name.startsWith(PREFIX)).length;
    const least = Math.min(...others.map(({ id }) => count(id)));
    this.#unevenLooks = own - least >= 2 ? this.#unevenLooks + 1 : 0;
    if (this.#unevenLooks < LIMITS.unevenLooks) return;
    const [first] = this.#deciding.keys();
    if (first === undefined) return;
    this.#letGo.set(first, performance.now() + LIMITS.shareLookMs * LIMITS.unevenLooks);
    await this.#leave(first);
  }

  /** The connection that held the leases broke: whoever takes them next reads everything from the store. */
  #lostAll(): void {
    this.#options.log.warn("the leases of all groups are lost", { groups: this.#deciding.size });
    const all = [...this.#deciding.values()];
    this.#deciding.clear();
    for (const one of all) void one.close();
  }
}
