// The service as a process of its own, which can be killed as a crash would.

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

export type Pace = { readonly reportMs: number; readonly heartbeatMs: number };
const QUICK: Pace = { reportMs: 200, heartbeatMs: 1_000 };

export class ServiceProcess {
  readonly folder: string;
  readonly port: number;
  readonly #store: string | undefined;
  readonly #pace: Pace;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  log = "";

  private constructor(folder: string, port: number, store: string | undefined, pace: Pace, env = {}) {
    this.folder = folder;
    this.port = port;
    this.#store = store;
    this.#pace = pace;
    this.#env = env;
  }

  /** `like`: another service of the same store, whose authority it shares. */
  static async start(
    store?: string,
    like?: ServiceProcess,
    pace: Pace = QUICK,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServiceProcess> {
    const folder = mkdtempSync(join(tmpdir(), "srwan-process-"));
    if (like)
      for (const file of ["authority.pem", "operator.token"]) cpSync(join(like.folder, file), join(folder, file));
    const service = new ServiceProcess(folder, await freePort(), store, pace, env);
    await service.resume();
    return service;
  }

  get store(): string {
    return this.#store ?? join(this.folder, "store.db");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get token(): string {
    return readFileSync(join(this.folder, "operator.token"), "utf8").trim();
  }

  resume(): Promise<void> {
    const flags = ["--folder", this.folder, "--listen", `127.0.0.1:${this.port}`];
    const env = {
      ...process.env,
      ...this.#env,
      SRWAN_PULSE_REPORT_MS: String(this.#pace.reportMs),
      SRWAN_AGENTS_HEARTBEAT_MS: String(this.#pace.heartbeatMs),
      ...(this.#store === undefined ? {} : { SRWAN_STORE: this.#store }),
    };
    const child = spawn(process.execPath, ["src/cli/main.ts", "controller", ...flags], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.stderr?.on("data", (more: Buffer) => {
        this.log += more.toString();
        if (more.toString().includes("the service is up")) resolve();
      });
      child.once("exit", (code, signal) => reject(new Error(`it ended with ${code ?? signal}: ${this.log}`)));
    });
  }

  /** As a crash. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: never }> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as never };
  }

  async joinToken(): Promise<string> {
    const { body } = await this.call("POST", "/api/v1/join-tokens", {});
    return (body as { token: string }).token;
  }
}
