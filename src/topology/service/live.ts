// Whoever follows live: each change is read from the store once and written to all. A reader that does not keep up is cut
// off; with Last-Event-ID it goes on from where it was.

import type { ServerResponse } from "node:http";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { running } from "../store/commits.ts";
import { eventsOf, type KeptEvent } from "../store/events.ts";
import type { News } from "../store/news.ts";
import type { Store } from "../store/store.ts";
import { standingTokens } from "../store/tokens.ts";

type Reader = {
  readonly response: ServerResponse;
  /** That it called with. */
  readonly token: string;
  last: number;
  waiting: string[] | undefined;
};

export class Live {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #readers = new Set<Reader>();
  readonly #measured = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #statusesMs: number;
  #order: Promise<void> = Promise.resolve();

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
    this.#statusesMs = store.nowMs();
    this.#timer = setInterval(() => this.#pulse(), LIMITS.livePulseMs);
    this.#timer.unref();
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** `after`: the number of the last event it has seen. */
  add(response: ServerResponse, token: string, after: number | undefined): void {
    if (this.#readers.size >= LIMITS.liveReadersMax) {
      response.end("event: full\ndata: {}\n\n");
      return;
    }
    const reader: Reader = {
      response,
      token,
      last: after ?? Number.MAX_SAFE_INTEGER,
      waiting: after === undefined ? undefined : [],
    };
    this.#readers.add(reader);
    response.on("close", () => void this.#readers.delete(reader));
    response.on("error", () => void this.#readers.delete(reader));
    this.#write(reader, ": srwan\nretry: 1000\n\n");
    if (after !== undefined) void this.#catchUp(reader).catch(() => response.destroy());
  }

  news(news: News): void {
    if (news.topic === "told") for (const [pop] of news.pops) this.#measured.add(pop);
    if (this.#readers.size === 0) return;
    if (news.topic === "events") this.#then(() => this.#events(news.first, news.last));
    else if (news.topic === "statuses") this.#then(() => this.#statuses());
    else if (news.topic === "config") this.#then(() => this.#config());
    else if (news.topic === "session") this.#tell("presence", { pop: news.pop, isThere: news.service !== "" });
  }

  /** Whoever's token was revoked or has ended reads no further; coming back it is told why. */
  async lookAgain(): Promise<void> {
    const standing = await standingTokens(this.#store, [...new Set([...this.#readers].map(({ token }) => token))]);
    for (const reader of this.#readers) {
      if (standing.has(reader.token)) continue;
      this.#readers.delete(reader);
      reader.response.end();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { response } of this.#readers) response.end();
    this.#readers.clear();
  }

  /** One after the other, so that events go out in the order in which they were kept. */
  #then(work: () => Promise<void>): void {
    this.#order = this.#order.then(work).catch((error: unknown) => {
      this.#log.warn("readers of the live stream missed something", { error });
      // They come back with their last event, and miss nothing.
      for (const { response } of this.#readers) response.destroy();
    });
  }

  async #events(first: number, last: number): Promise<void> {
    for (let after = first - 1; ; ) {
      const events = await eventsOf(this.#store, { after, last, limit: LIMITS.pageItemsMax });
      for (const event of events) {
        const text = eventText(event);
        for (const reader of this.#readers) {
          if (reader.waiting) reader.waiting.push(text);
          else this.#write(reader, text);
        }
      }
      if (events.length < LIMITS.pageItemsMax) return;
      after = events.at(-1)?.id ?? last;
    }
  }

  /** What it missed first, then what came in meanwhile and it has not seen. */
  async #catchUp(reader: Reader): Promise<void> {
    for (;;) {
      const events = await eventsOf(this.#store, { after: reader.last, limit: LIMITS.pageItemsMax });
      for (const event of events) {
        this.#write(reader, eventText(event));
        reader.last = event.id;
      }
      if (events.length < LIMITS.pageItemsMax) break;
    }
    for (const text of reader.waiting ?? []) {
      const id = Number(/^id: (\d+)/.exec(text)?.[1]);
      if (id > reader.last) this.#write(reader, text);
    }
    reader.waiting = undefined;
  }

  async #statuses(): Promise<void> {
    const since = this.#statusesMs;
    const rows = await this.#store.read((db) =>
      db.selectFrom("statuses").select(["body", "at_ms"]).where("at_ms", ">=", since).orderBy("at_ms").execute(),
    );
    for (const { body, at_ms } of rows) {
      this.#statusesMs = Math.max(this.#statusesMs, at_ms);
      this.#tell("status", JSON.parse(body));
    }
  }

  async #config(): Promise<void> {
    const { config: _, ...commit } = await this.#store.read((db) => running(db));
    this.#tell("config", commit);
  }

  /** Reports come by the thousand: who reported is told now and then. A word in between keeps proxies awake. */
  #pulse(): void {
    if (this.#readers.size === 0) this.#measured.clear();
    if (this.#measured.size === 0) for (const reader of this.#readers) this.#write(reader, ": still here\n\n");
    else this.#tell("measured", { pops: [...this.#measured].slice(0, LIMITS.pageItemsMax) });
    this.#measured.clear();
  }

  #tell(event: string, data: unknown): void {
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const reader of this.#readers) this.#write(reader, text);
  }

  #write({ response }: Reader, text: string): void {
    if (response.writableLength > LIMITS.liveUnreadOctets) response.destroy();
    else response.write(text);
  }
}

const eventText = (event: KeptEvent): string => `id: ${event.id}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`;
