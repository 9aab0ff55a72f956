// A RESTCONF client: finds its root, reads and writes data, invokes operations, follows event streams. Errors carry what
// the device said, all of it.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { Flow } from "../flow.ts";
import type { RpcError } from "../reply.ts";
import { attribute, elementsOf } from "../xml/element.ts";
import { parseXml } from "../xml/read.ts";
import {
  bodyText,
  type Content,
  type Encoding,
  encodingOf,
  mediaType,
  type PatchEdit,
  type PatchStatus,
  readContent,
  readErrors,
  readPatchStatus,
  yangPatch,
} from "./body.ts";
import { EventReader } from "./events.ts";
import { type Answered, type Asked, type Basic, Https, type Tls } from "./https.ts";
import { type PathStep, pathText, type Query, queryText } from "./path.ts";

export type RestconfOptions = {
  /** "https://192.0.2.1". */
  readonly url: string;
  readonly auth?: Basic;
  readonly tls?: Tls;
  /** What is asked for where a body does not say. */
  readonly encoding?: Encoding;
  readonly deadlineMs?: number;
};

export type RestconfAnswer = {
  readonly status: number;
  readonly content: Content | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Of what a POST made. */
  readonly location: string | undefined;
  /** 304: it is as the entity tag that was sent says. */
  readonly isUnchanged: boolean;
};

export type Condition = {
  /** Only if it still is as this entity tag says. */
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly signal?: AbortSignal;
};

export class Restconf {
  readonly #https: Https;
  readonly #options: RestconfOptions;
  readonly #origin: URL;
  readonly #root: string;

  private constructor(options: RestconfOptions, origin: URL, https: Https, root: string) {
    this.#options = options;
    this.#origin = origin;
    this.#https = https;
    this.#root = root;
  }

  /** Finds the root resource (RFC 8040 section 3.1); /restconf where the device does not say. */
  static async open(options: RestconfOptions): Promise<Restconf> {
    const origin = URL.canParse(options.url) ? new URL(options.url) : undefined;
    if (origin?.protocol !== "https:") {
      throw new SrwanError("VALUE_INVALID", `"${options.url}" is no https URL`, { remedy: "Write https://192.0.2.1." });
    }
    const client = new Restconf(options, origin, new Https(options.tls), "");
    const asked = client.#asked("GET", "/.well-known/host-meta", { accept: "application/xrd+xml" });
    const { status, text } = await client.#https.ask(asked);
    const links = status === 200 && text.trimStart().startsWith("<") ? elementsOf(parseXml(text)) : [];
    const href = links.find((link) => attribute(link, "rel") === "restconf");
    const root = (href && attribute(href, "href"))?.replace(/\/$/, "") ?? "/restconf";
    return new Restconf(options, origin, client.#https, root.replace(/^https:\/\/[^/]+/, ""));
  }

  get root(): string {
    return this.#root;
  }

  /** The device's capabilities (section 9.1), as their URIs. */
  async capabilities(): Promise<readonly string[]> {
    const path = ["ietf-restconf-monitoring:restconf-state", "capabilities"];
    const { content } = await this.get(path);
    if (content && "xml" in content) return elementsOf(content.xml).map(({ children }) => String(children[0] ?? ""));
    const list = content && "json" in content ? deep(content.json, "capabilities", "capability") : undefined;
    return Array.isArray(list) ? list.map(String) : [];
  }

  get(path: readonly PathStep[], query: Query = {}, condition: Condition = {}): Promise<RestconfAnswer> {
    return this.#data("GET", path, query, undefined, condition);
  }

  /** Makes a child of the path's resource; its place is in the answer's `location`. */
  post(
    path: readonly PathStep[],
    content: Content,
    query: Query = {},
    condition: Condition = {},
  ): Promise<RestconfAnswer> {
    return this.#data("POST", path, query, content, condition);
  }

  /** Makes or replaces the resource. */
  put(
    path: readonly PathStep[],
    content: Content,
    query: Query = {},
    condition: Condition = {},
  ): Promise<RestconfAnswer> {
    return this.#data("PUT", path, query, content, condition);
  }

  /** Merges into the resource (section 4.6.1). */
  patch(path: readonly PathStep[], content: Content, condition: Condition = {}): Promise<RestconfAnswer> {
    return this.#data("PATCH", path, {}, content, condition);
  }

  delete(path: readonly PathStep[], condition: Condition = {}): Promise<RestconfAnswer> {
    return this.#data("DELETE", path, {}, undefined, condition);
  }

  /** Several edits at once, all or none (RFC 8072). The status names the edits that the device refuses. */
  async yangPatch(
    path: readonly PathStep[],
    patchId: string,
    edits: readonly PatchEdit[],
    condition: Condition = {},
  ): Promise<PatchStatus> {
    const encoding = this.#encoding;
    const asked = this.#asked("PATCH", `${this.#root}/data${pathText(path)}`, {
      accept: mediaType(encoding),
      "content-type": mediaType(encoding, "patch"),
      ...conditionHeaders(condition),
    });
    const answered = await this.#https.ask({
      ...asked,
      body: bodyText(yangPatch(patchId, edits, encoding)),
      ...signalOf(condition),
    });
    const content = readContent(answered.text, answered.headers["content-type"] ?? "");
    const status = content && readPatchStatus(content);
    if (status && (status.edits.length > 0 || answered.status < 300)) return status;
    this.#refuse(asked, answered, content);
    return { ok: true, errors: [], edits: [] };
  }

  /** An operation of a module ("module:name"), or an action where a path leads to it. */
  async invoke(operation: string, input?: Content, condition: Condition = {}): Promise<RestconfAnswer> {
    return this.#send("POST", `${this.#root}/operations${pathText([operation])}`, input, condition);
  }

  /** An event stream by its name (section 6.3); each event as its content. Ends with the connection. */
  async subscribe(stream: string, query: Query = {}, signal?: AbortSignal): Promise<AsyncIterableIterator<Content>> {
    const stop = new AbortController();
    const any = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const url = new URL((await this.#streamPlace(stream)) + queryText(query), this.#origin);
    // The stream itself may be silent for days: only its beginning has a deadline.
    const asked = { ...this.#asked("GET", url.pathname + url.search, { accept: "text/event-stream" }), signal: any };
    const response = await this.#https.stream({ ...asked, deadlineMs: STREAM_MS });
    if (response.statusCode !== 200) {
      response.destroy();
      throw refused(asked, response.statusCode ?? 0, []);
    }
    const flow: Flow<Content> = new Flow({
      high: LIMITS.netconfStreamElements,
      full: () => response.pause(),
      drained: () => response.resume(),
      left: () => stop.abort(new Error("left")),
    });
    const reader = new EventReader((data) => flow.put(eventContent(data)));
    response.setEncoding("utf8");
    response.on("data", (text: string) => {
      try {
        reader.push(text);
      } catch (error) {
        flow.end(error);
        response.destroy();
      }
    });
    response.on("end", () => flow.end());
    response.on("error", (error) => flow.end(signal?.aborted ? signal.reason : streamLost(error)));
    return flow;
  }

  close(): void {
    this.#https.close();
  }

  get #encoding(): Encoding {
    return this.#options.encoding ?? "json";
  }

  async #streamPlace(stream: string): Promise<string> {
    const keys = [stream];
    const path = ["ietf-restconf-monitoring:restconf-state", "streams", { name: "stream", keys }];
    const { content } = await this.get(path);
    if (content && "xml" in content) {
      const access = elementsOf(content.xml).filter(({ name }) => name === "access");
      const place = access.flatMap(elementsOf).find(({ name }) => name === "location")?.children[0];
      if (typeof place === "string") return place;
    }
    const first =
      content && "json" in content ? deep(content.json, "stream", "0", "access", "0", "location") : undefined;
    if (typeof first === "string") return first;
    throw new SrwanError("RESTCONF_MALFORMED", `the stream ${stream} has no location`, {
      remedy: "Look at ietf-restconf-monitoring:restconf-state/streams of the device.",
    });
  }

  #data(
    method: string,
    path: readonly PathStep[],
    query: Query,
    content: Content | undefined,
    condition: Condition,
  ): Promise<RestconfAnswer> {
    return this.#send(method, `${this.#root}/data${pathText(path)}${queryText(query)}`, content, condition);
  }

  async #send(
    method: string,
    path: string,
    content: Content | undefined,
    condition: Condition,
  ): Promise<RestconfAnswer> {
    const encoding = content ? encodingOf(content) : this.#encoding;
    const asked = this.#asked(method, path, {
      accept: mediaType(encoding),
      ...(content && { "content-type": mediaType(encoding) }),
      ...conditionHeaders(condition),
    });
    const body = content && bodyText(content);
    const answered = await this.#https.ask({ ...asked, ...(body !== undefined && { body }), ...signalOf(condition) });
    const held = readContent(answered.text, answered.headers["content-type"] ?? "");
    if (answered.status !== 304) this.#refuse(asked, answered, held);
    return {
      status: answered.status,
      content: held,
      etag: answered.headers.etag,
      lastModified: answered.headers["last-modified"],
      location: answered.headers.location,
      isUnchanged: answered.status === 304,
    };
  }

  #asked(method: string, path: string, headers: Readonly<Record<string, string>>): Asked {
    const { auth, deadlineMs = LIMITS.restconfAnswerMs } = this.#options;
    const basic = auth && Buffer.from(`${auth.user}:${auth.password}`).toString("base64");
    return {
      method,
      url: new URL(path, this.#origin),
      headers: { ...headers, ...(basic !== undefined && { authorization: `Basic ${basic}` }) },
      deadlineMs,
      changes: method !== "GET",
    };
  }

  #refuse(asked: Asked, { status }: Answered, content: Content | undefined): void {
    if (status < 200 || status > 299) throw refused(asked, status, readErrors(content));
  }
}

const STREAM_MS = 2 ** 31 - 1;

const conditionHeaders = ({ ifMatch, ifNoneMatch }: Condition): Record<string, string> => ({
  ...(ifMatch !== undefined && { "if-match": ifMatch }),
  ...(ifNoneMatch !== undefined && { "if-none-match": ifNoneMatch }),
});

const signalOf = ({ signal }: Condition): { readonly signal?: AbortSignal } => (signal ? { signal } : {});

const eventContent = (data: string): Content =>
  readContent(data, data.trimStart().startsWith("<") ? "application/xml" : "application/json") ?? { json: null };

/** Down names that may have their module's name before them, and numbers of a list. */
function deep(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => {
    if (Array.isArray(at)) return at[Number(name)];
    if (typeof at !== "object" || at === null) return undefined;
    return Object.entries(at).find(([key]) => key === name || key.endsWith(`:${name}`))?.[1];
  }, value);
}

const RETRYABLE_TAGS = ["in-use", "lock-denied", "resource-denied"];

function refused({ method, url, changes }: Asked, status: number, errors: readonly RpcError[]): SrwanError {
  const [first] = errors;
  const said = first?.message ?? first?.tag ?? `status ${status}`;
  const where = first?.path === undefined ? "" : ` at ${first.path}`;
  const isPartial = errors.some(({ tag }) => tag === "partial-operation" || tag === "rollback-failed");
  return new SrwanError("RESTCONF_REFUSED", `${method} ${url.pathname} was refused (${status}): ${said}${where}`, {
    remedy: REMEDIES[status] ?? "Correct what the device names; details.errors has every error it gave.",
    retryable: status === 503 || (errors.length > 0 && errors.every(({ tag }) => RETRYABLE_TAGS.includes(tag))),
    // A server's own trouble (5xx) may have come after it began.
    deviceStateKnown: !changes || (status < 500 && !isPartial),
    details: { status, errors },
  });
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: "Give a user and password that the device takes.",
  403: "Give the user the right to do this on the device.",
  404: "Nothing is there: check the path, each name with its module.",
  409: "Somebody holds it or it is there already: read it again.",
  412: "Somebody changed it since it was read: read it again, and decide anew.",
};

const streamLost = (error: Error): SrwanError =>
  new SrwanError("RESTCONF_UNREACHABLE", `the event stream ended: ${error.message}`, {
    remedy: "Subscribe again, with start-time where the stream can be replayed.",
    deviceStateKnown: true,
    cause: error,
  });
