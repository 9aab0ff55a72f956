// The few calls of the service's API that the demo makes, as any other caller would.

import { setTimeout as sleep } from "node:timers/promises";
import type { PolicySpec, PolicyStatus } from "../../wire/policy.ts";
import type { SegmentReport } from "../../wire/report.ts";

export type SegmentSeen = { readonly segment: string; readonly measured: SegmentReport | null };
export type EventSeen = { readonly id: number; readonly type: string; readonly subject: string; readonly text: string };

type Page<T> = { readonly items: readonly T[]; readonly next?: string | null };

export class DemoApi {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  /** Opens signed in. What follows the # never leaves the browser. */
  get dashboard(): string {
    return `${this.url}/#token=${this.#token}`;
  }

  async joinToken(pop: string, group: string): Promise<string> {
    return (await this.#call<{ token: string }>("POST", "/api/v1/join-tokens", { pop, group })).token;
  }

  segments(): Promise<SegmentSeen[]> {
    return this.#all<SegmentSeen>("/api/v1/segments");
  }

  async status(policy: string): Promise<PolicyStatus | null> {
    return (await this.#call<{ status: PolicyStatus | null }>("GET", `/api/v1/policies/${policy}`)).status;
  }

  async stage(policy: PolicySpec): Promise<void> {
    await this.#call("PUT", `/api/v1/config/candidate/policies/${policy.name}`, policy);
  }

  async commit(why: string): Promise<void> {
    await this.#call("POST", "/api/v1/config/commit", { why });
  }

  async #all<T>(path: string): Promise<T[]> {
    const found: T[] = [];
    let after = "";
    do {
      const page = await this.#call<Page<T>>(
        "GET",
        `${path}?limit=200${after && `&after=${encodeURIComponent(after)}`}`,
      );
      found.push(...page.items);
      after = page.next ?? "";
    } while (after !== "");
    return found;
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(new URL(path, this.url), {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 400)}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

/** Asks again until what comes is wanted; undefined when the time is over. */
export async function until<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs: number,
  signal: AbortSignal,
  everyMs = 200,
): Promise<T | undefined> {
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(everyMs, undefined, { signal });
  }
  return undefined;
}
