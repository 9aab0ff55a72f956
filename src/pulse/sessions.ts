// What a reflector remembers of each session, in a table of bounded size: a sender is an address, a port and an SSID
// (RFC 8972 §3).

import { LIMITS } from "../base/limits.ts";
import { Widener } from "./sequence.ts";

export type ReflectorSession = {
  received: number;
  sent: number;
  /** The reply before this one (RFC 8972 §4.7). */
  last: { readonly sequence: number; readonly ns: bigint } | undefined;
  /** How long sending takes: a reply's T3 is that much too early. */
  sendErrorNs: number;
  readonly widener: Widener;
  /** The newest sequence heard: an older one that comes again proves nothing of the path now. */
  newest: number;
  seenMs: number;
};

/** Until sends have been timed. */
const FIRST_LAG_NS = 20_000;

export const newSession = (nowMs: number): ReflectorSession => ({
  received: 0,
  sent: 0,
  last: undefined,
  sendErrorNs: FIRST_LAG_NS,
  widener: new Widener(),
  newest: -1,
  seenMs: nowMs,
});

/** How often a session moves to the young end of the table. */
const TOUCH_MS = 1_000;

export class Sessions {
  /** Oldest first. */
  readonly #sessions = new Map<string, ReflectorSession>();
  readonly #most: number;
  readonly #idleMs: number;

  constructor(most: number = LIMITS.pulseSessionsMax, idleMs: number = LIMITS.pulseSessionIdleMs) {
    this.#most = most;
    this.#idleMs = idleMs;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Undefined where the table is full of sessions that are alive. */
  of(sourceKey: string, ssid: number, nowMs: number): ReflectorSession | undefined {
    const key = `${ssid}|${sourceKey}`;
    const known = this.#sessions.get(key);
    if (known !== undefined && nowMs - known.seenMs <= this.#idleMs) {
      if (nowMs - known.seenMs >= TOUCH_MS) {
        this.#sessions.delete(key);
        this.#sessions.set(key, known);
        known.seenMs = nowMs;
      }
      return known;
    }
    this.#sessions.delete(key);
    if (this.#sessions.size >= this.#most && !this.#dropOldest(nowMs)) return undefined;
    const made = newSession(nowMs);
    this.#sessions.set(key, made);
    return made;
  }

  #dropOldest(nowMs: number): boolean {
    for (const [key, { seenMs }] of this.#sessions) {
      if (nowMs - seenMs <= this.#idleMs) return false;
      this.#sessions.delete(key);
      return true;
    }
    return false;
  }
}
