// The live stream: who changed what, as it happens. It goes on from the last event it has seen, and says since when it is
// cut off. Browsers' own EventSource cannot send a token, so the stream is read by hand.

import { Away, call, get } from "./api.ts";
import { session } from "./session.ts";
import type { EventView, Page } from "./types.ts";

export const TOPICS = ["event", "status", "config", "presence", "measured"] as const;
export type Topic = (typeof TOPICS)[number];
type Listener = (data: unknown) => void;

/** The service says something every second; after so long without a word the connection is given up. */
const SILENT_MS = 4_000;
const RETRY_MS = 1_000;

export class Live {
  readonly #listeners = new Map<Topic | "state", Set<Listener>>();
  #last: number | undefined;
  #abort: AbortController | undefined;
  #heardMs = 0;
  /** Undefined while connected. */
  staleSinceMs: number | undefined;
  /** How often it was connected: what was read before the newest is out of date. */
  connections = 0;

  start(): void {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    void this.#run(abort.signal);
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  on(topic: Topic | "state", listener: Listener): () => void {
    const all = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, all);
    all.add(listener);
    return () => void all.delete(listener);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && session.token !== undefined) {
      try {
        await this.#follow(signal);
      } catch (thrown) {
        if (!(thrown instanceof Away) && !(thrown instanceof TypeError) && !(thrown instanceof DOMException)) {
          if (session.token === undefined) return;
        }
      }
      if (signal.aborted) return;
      this.#stale();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #follow(outer: AbortSignal): Promise<void> {
    if (this.#last === undefined) {
      const { items } = await get<Page<EventView>>("/api/v1/events?newest=true&limit=1", outer);
      this.#last = items[0]?.id ?? 0;
    }
    const abort = new AbortController();
    const signal = AbortSignal.any([outer, abort.signal]);
    const watch = setInterval(() => performance.now() - this.#heardMs > SILENT_MS && abort.abort(), 1_000);
    this.#heardMs = performance.now();
    try {
      const response = await fetch("/api/v1/live", {
        headers: { authorization: `Bearer ${session.token}`, "last-event-id": String(this.#last) },
        cache: "no-store",
        signal,
      });
      if (response.status === 401) await call("GET", "/api/v1/caller");
      if (!response.ok || response.body === null) throw new Away(`the stream was refused: ${response.status}`);
      this.#fresh();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.#heardMs = performance.now();
        const blocks = (text + value).split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) this.#take(block);
      }
    } finally {
      clearInterval(watch);
    }
  }

  #take(block: string): void {
    const fields = new Map(
      block.split("\n").map((line) => [line.split(": ")[0] ?? "", line.slice(line.indexOf(": ") + 2)]),
    );
    const id = Number(fields.get("id"));
    if (fields.has("id") && Number.isSafeInteger(id)) this.#last = id;
    const topic = TOPICS.find((one) => one === fields.get("event"));
    if (topic !== undefined) this.#tell(topic, JSON.parse(fields.get("data") ?? "null"));
  }

  #fresh(): void {
    this.staleSinceMs = undefined;
    this.connections++;
    this.#tell("state", undefined);
  }

  #stale(): void {
    if (this.staleSinceMs !== undefined) return;
    this.staleSinceMs = Date.now();
    this.#tell("state", undefined);
  }

  #tell(topic: Topic | "state", data: unknown): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(data);
  }
}

export const live = new Live();
