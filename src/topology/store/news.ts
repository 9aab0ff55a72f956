// What services of one store tell each other, after the transaction that made it true: in this process over SQLite, by
// LISTEN and NOTIFY over PostgreSQL. News are hints where to look; whoever may have missed some reads everything anew.

import pg from "pg";
import type { Clock } from "../../base/clock.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";

export type News =
  /** Tellings of these POPs were kept: from this number to that. */
  | { readonly topic: "told"; readonly from: string; readonly pops: readonly (readonly [string, number, number])[] }
  | { readonly topic: "desired"; readonly pops: readonly (readonly [string, number])[] }
  | { readonly topic: "events"; readonly first: number; readonly last: number }
  | { readonly topic: "statuses"; readonly group: string }
  /** The agent speaks to this service now, in this session; an empty session: it is away. */
  | { readonly topic: "session"; readonly pop: string; readonly service: string; readonly session: string }
  | { readonly topic: "config" }
  /** A token to call with was revoked. */
  | { readonly topic: "tokens" }
  | { readonly topic: "pops"; readonly group: string };

export type Listener = {
  readonly news: (news: News) => void;
  /** News may have been missed. */
  readonly missed: () => void;
};

export class Listeners {
  readonly #all = new Set<Listener>();

  add(listener: Listener): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  tell(news: News): void {
    for (const { news: hear } of this.#all) hear(news);
  }

  missed(): void {
    for (const { missed } of this.#all) missed();
  }
}

export const CHANNEL = "srwan";

/** A notification takes less than 8,000 octets; what is longer goes in parts. */
export function* parts(news: News): Generator<string> {
  if (news.topic !== "told" && news.topic !== "desired") {
    yield JSON.stringify(news);
    return;
  }
  for (let at = 0; at < news.pops.length; at += LIMITS.newsPopsMax) {
    yield JSON.stringify({ ...news, pops: news.pops.slice(at, at + LIMITS.newsPopsMax) });
  }
}

/** One connection that only listens, made anew for as long as it takes. */
export class PostgresListener {
  readonly #config: pg.ClientConfig;
  readonly #listeners: Listeners;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #client: pg.Client | undefined;
  readonly #running: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();

  constructor(config: pg.ClientConfig, listeners: Listeners, clock: Clock, log: Logger) {
    this.#config = config;
    this.#listeners = listeners;
    this.#clock = clock;
    this.#log = log;
    this.#running = this.#run();
  }

  /** Resolves when the first news can be heard. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("closing"));
    await this.#client?.end().catch(() => undefined);
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let first = true; !this.#stop.signal.aborted; first = false) {
      try {
        await this.#session(first);
      } catch (thrown) {
        if (!this.#stop.signal.aborted) this.#log.warn("no news from the store", { why: (thrown as Error).message });
      }
      await this.#clock.sleepMs(LIMITS.storeRetryMs, this.#stop.signal).catch(() => undefined);
    }
  }

  async #session(first: boolean): Promise<void> {
    const client = new pg.Client({ ...this.#config, keepAlive: true });
    this.#client = client;
    const ended = new Promise<void>((resolve) => {
      client.on("end", resolve);
      client.on("error", () => resolve());
    });
    client.on("notification", ({ payload }) => {
      if (payload !== undefined) this.#listeners.tell(JSON.parse(payload) as News);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.#ready.resolve();
      if (!first) this.#listeners.missed();
      await ended;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
