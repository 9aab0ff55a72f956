// Calling the topology service: where it is and who calls come from the configuration, and its problems become our errors.

import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { readConfig } from "../../base/config-file.ts";
import { ERRORS, type ErrorCode, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { refuseExposed } from "../../base/private.ts";
import { cliRole } from "../../base/roles.ts";
import type { Context } from "../verb.ts";

export type Reply<T> = { readonly body: T; readonly etag: string | undefined };

export class ServiceClient {
  readonly #url: URL;
  readonly #token: string | undefined;
  readonly #authority: string | undefined;

  readonly #withinMs: number;

  constructor(
    url: string,
    token: string | undefined,
    authority: string | undefined,
    withinMs: number = LIMITS.requestMs,
  ) {
    this.#withinMs = withinMs;
    this.#url = new URL(url);
    this.#token = token;
    this.#authority = authority;
  }

  static of(context: Context, withinMs?: number): ServiceClient {
    const { values } = readConfig(cliRole, { env: context.env, file: context.configFile });
    const { url, token, tokenFile, authority } = values.service;
    return new ServiceClient(
      url,
      token ?? fromFile(tokenFile),
      authority === undefined ? undefined : readOrFail(authority),
      withinMs,
    );
  }

  async get<T>(path: string): Promise<T> {
    return (await this.call<T>("GET", path)).body;
  }

  /** Every item of a list, page by page. */
  async all<T>(path: string, most: number = Number.POSITIVE_INFINITY): Promise<T[]> {
    const items: T[] = [];
    const size = Math.min(most, LIMITS.pageItemsMax);
    for (let next: string | undefined = ""; next !== undefined && items.length < most; ) {
      const sign = path.includes("?") ? "&" : "?";
      const after = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
      const page: Page<T> = await this.get<Page<T>>(`${path}${sign}limit=${size}${after}`);
      items.push(...page.items);
      next = page.next;
    }
    return items.slice(0, most);
  }

  async call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply<T>> {
    const { status, text, etag } = await this.#send(method, path, body, headers);
    const value = text === "" ? undefined : parsed(text);
    if (status >= 200 && status < 300) return { body: value as T, etag };
    throw asError(status, value);
  }

  #send(method: string, path: string, body: unknown, more: Record<string, string>) {
    const secure = this.#url.protocol === "https:";
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise<{ status: number; text: string; etag: string | undefined }>((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(new URL(path, this.#url), {
        method,
        timeout: this.#withinMs,
        ...(this.#withinMs < LIMITS.requestMs ? { signal: AbortSignal.timeout(this.#withinMs) } : {}),
        headers: {
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
          ...more,
        },
        ...(secure && this.#authority !== undefined ? { ca: this.#authority } : {}),
      });
      request.on("timeout", () => request.destroy(new Error("no answer in time")));
      request.on("error", (error) => reject(unreachable(this.#url, error)));
      request.on("response", (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", (error) => reject(unreachable(this.#url, error)));
        response.on("end", () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, text: Buffer.concat(parts).toString("utf8"), etag: headers.etag });
        });
      });
      request.end(text);
    });
  }
}

type Page<T> = { readonly items: readonly T[]; readonly next?: string };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asError(status: number, value: unknown): SrwanError {
  const { code, detail, remedy, details, retryable } = (value ?? {}) as Record<string, unknown>;
  if (typeof code === "string" && Object.hasOwn(ERRORS, code)) {
    return new SrwanError(code as ErrorCode, String(detail), {
      remedy: String(remedy),
      retryable: retryable === true,
      ...(typeof details === "object" && details !== null ? { details: { ...details } } : {}),
    });
  }
  return new SrwanError("SERVICE_UNREACHABLE", `what answers is no srwan service: status ${status}`, {
    remedy: "Check service.url: `srwan config show`.",
  });
}

const unreachable = (url: URL, error: Error): SrwanError =>
  new SrwanError("SERVICE_UNREACHABLE", `the service at ${url.origin} does not answer: ${error.message}`, {
    remedy: /certificate|self.signed|issuer/.test(error.message)
      ? "Set service.authority to a file with its authority's certificate: GET /api/v1/authority."
      : "Start it (srwan controller), or set service.url (SRWAN_SERVICE_URL) to where it is.",
    cause: error,
  });

function fromFile(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    refuseExposed(path, "the token to call the service with");
    return text;
  } catch (thrown) {
    if (thrown instanceof SrwanError) throw thrown;
    // Said by the service, if it is needed.
    return undefined;
  }
}

function readOrFail(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw new SrwanError("FILE_UNUSABLE", `service.authority: ${(thrown as Error).message}`, {
      remedy: "Check the path and its permissions.",
      cause: thrown,
    });
  }
}
