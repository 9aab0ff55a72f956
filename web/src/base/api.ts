// Calls of the API. What the service refuses becomes a Problem with its remedy; a service that does not answer, an Away.

import { session } from "./session.ts";
import type { Page } from "./types.ts";

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string;

  constructor(status: number, code: string, detail: string, remedy: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

/** Nobody answered, or something that is no srwan service. */
export class Away extends Error {}

export type Reply<T> = { readonly body: T; readonly etag: string | undefined };

export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  more: { readonly etag?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<Reply<T>> {
  const { token } = session;
  if (token === undefined) throw new Away("nobody is signed in");
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      cache: "no-store",
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(more.etag === undefined ? {} : { "if-match": more.etag }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(more.signal === undefined ? {} : { signal: more.signal }),
    });
    text = await response.text();
  } catch (thrown) {
    if (more.signal?.aborted) throw thrown;
    throw new Away("the service does not answer", { cause: thrown });
  }
  const value = text === "" ? undefined : parsed(text);
  if (response.ok) return { body: value as T, etag: response.headers.get("etag") ?? undefined };
  const { code, detail, remedy } = (value ?? {}) as Partial<Record<"code" | "detail" | "remedy", string>>;
  if (code === undefined) throw new Away(`what answers is no srwan service: status ${response.status}`);
  const problem = new Problem(response.status, code, detail ?? code, remedy ?? "");
  if (response.status === 401 && token === session.token) session.signOut(problem.message);
  throw problem;
}

export const get = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await call<T>("GET", path, undefined, { signal })).body;

/** Every item of a list, up to `most`. */
export async function all<T>(path: string, signal?: AbortSignal, most = 2_000): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined;
  do {
    const sign = path.includes("?") ? "&" : "?";
    const page: Page<T> = await get(
      `${path}${sign}limit=1000${next === undefined ? "" : `&after=${encodeURIComponent(next)}`}`,
      signal,
    );
    items.push(...page.items);
    next = page.next;
  } while (next !== undefined && items.length < most);
  return items;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const at = (name: string): string => encodeURIComponent(name);
