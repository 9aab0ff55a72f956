// The controller as a process in a network namespace, and its API asked over its socket: what an operator beside it sees.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { PolicySpec, PolicyStatus } from "../../src/wire/policy.ts";
import type { Namespace } from "../support/namespace.ts";
import { HUB } from "./wan.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");

export type PolicyShown = { readonly spec: PolicySpec; readonly status: PolicyStatus | null };
type Page<T> = { readonly items: readonly T[]; readonly next?: string };
type Said = { readonly status: number; readonly text: string };

export class ControllerProcess {
  readonly #namespace: Namespace;
  readonly #folder: string;
  readonly #store: string | undefined;
  #child: ChildProcess | undefined;
  /** All that it wrote, over all its lives. */
  log = "";

  constructor(namespace: Namespace, folder: string, store: string | undefined) {
    this.#namespace = namespace;
    this.#folder = folder;
    this.#store = store;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  get token(): string {
    return readFileSync(join(this.#folder, "operator.token"), "utf8").trim();
  }

  /** Until it is up. */
  async start(): Promise<void> {
    const env = {
      ...process.env,
      SRWAN_FOLDER: this.#folder,
      SRWAN_LISTEN: `[${HUB.address}]:${HUB.port}`,
      SRWAN_SOCKET: this.#socket,
      SRWAN_PULSE_INTERVAL_MS: "100",
      SRWAN_PULSE_REPORT_MS: "250",
      SRWAN_AGENTS_HEARTBEAT_MS: "1000",
      ...(this.#store === undefined ? {} : { SRWAN_STORE: this.#store }),
    };
    const line = `nsenter --net=/run/netns/hub '${process.execPath}' '${MAIN}' controller`;
    const child = this.#namespace.start(line, env);
    this.#child = child;
    child.stdout?.resume();
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on("data", (more: Buffer) => {
        this.log += more.toString();
        if (more.toString().includes("the service is up")) resolve();
      });
      child.once("exit", (code, signal) => reject(new Error(`it ended with ${code ?? signal}: ${this.log}`)));
    });
  }

  /** As a crash. */
  kill = (): Promise<void> => this.#end("SIGKILL");
  stop = (): Promise<void> => this.#end("SIGTERM");

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.#send(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} was answered ${status}: ${text.slice(0, 400)}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  async all<T>(path: string): Promise<T[]> {
    const found: T[] = [];
    for (let next: string | undefined = ""; next !== undefined; ) {
      const after = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
      const page: Page<T> = await this.call<Page<T>>(
        "GET",
        `${path}${path.includes("?") ? "&" : "?"}limit=500${after}`,
      );
      found.push(...page.items);
      next = page.next;
    }
    return found;
  }

  policies = (): Promise<PolicyShown[]> => this.all("/api/v1/policies");

  async status(name: string): Promise<PolicyStatus | null> {
    return (await this.call<PolicyShown>("GET", `/api/v1/policies/${name}`)).status;
  }

  put = (policy: PolicySpec): Promise<unknown> =>
    this.call("PUT", `/api/v1/config/candidate/policies/${policy.name}`, policy);

  drop = (name: string): Promise<unknown> => this.call("DELETE", `/api/v1/config/candidate/policies/${name}`);

  commit = (why: string, confirmMs?: number): Promise<{ readonly id: number }> =>
    this.call("POST", "/api/v1/config/commit", { why, ...(confirmMs === undefined ? {} : { confirmMs }) });

  get #socket(): string {
    return join(this.#folder, "api.sock");
  }

  #send(method: string, path: string, body: unknown): Promise<Said> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(text === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: this.#socket, method, path, headers, timeout: 10_000 }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
      });
      asked.on("timeout", () => asked.destroy(new Error("no answer in time")));
      asked.on("error", reject);
      asked.end(text);
    });
  }
}
