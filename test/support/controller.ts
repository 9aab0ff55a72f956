// A service of the tests' own, in this process, with a folder that goes when it goes; and calling its API.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RealClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/base/config.ts";
import type { Logger } from "../../src/base/log.ts";
import { controllerRole } from "../../src/base/roles.ts";
import { deskOf } from "../../src/cli/service/desk.ts";
import { type Controller, startController } from "../../src/topology/service/controller.ts";
import { silent } from "./stores.ts";

export type Called = { readonly status: number; readonly body: never; readonly headers: Headers };

export class TestService {
  readonly folder: string;
  readonly #flags: Readonly<Record<string, string>>;
  readonly #log: Logger;
  controller: Controller | undefined;

  private constructor(folder: string, flags: Readonly<Record<string, string>>, log: Logger) {
    this.folder = folder;
    this.#flags = flags;
    this.#log = log;
  }

  static async start(flags: Readonly<Record<string, string>> = {}, log: Logger = silent): Promise<TestService> {
    const service = new TestService(mkdtempSync(join(tmpdir(), "srwan-service-")), flags, log);
    await service.resume();
    return service;
  }

  /** Also after it was stopped: over the same folder. */
  async resume(): Promise<void> {
    const quick = { listen: "127.0.0.1:0", "agents.heartbeatMs": "500", "pulse.reportMs": "100" };
    const { values } = loadConfig(controllerRole, { flags: { folder: this.folder, ...quick, ...this.#flags } });
    const clock = new RealClock();
    const settlement = await deskOf(values.settlement, clock, this.#log);
    this.controller = await startController(values, { clock, log: this.#log, version: "0.0.0", settlement });
  }

  get running(): Controller {
    if (this.controller === undefined) throw new Error("the service is not up");
    return this.controller;
  }

  get url(): string {
    return this.running.url;
  }

  get token(): string {
    return readFileSync(join(this.folder, "operator.token"), "utf8").trim();
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Called> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? undefined : JSON.parse(text)) as never,
    };
  }

  async joinToken(more: object = {}): Promise<string> {
    const { body } = await this.call("POST", "/api/v1/join-tokens", more);
    return (body as { token: string }).token;
  }

  async stop(): Promise<void> {
    const { controller } = this;
    this.controller = undefined;
    const report = (await controller?.close()) ?? [];
    const failed = report.find(({ error }) => error !== undefined);
    if (failed) throw failed.error;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }
}
