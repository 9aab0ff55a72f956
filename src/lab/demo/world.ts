// The demo's world: a lab, a controller beside it, and an agent in each POP. All of it ends with the demo.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { SMALL_HEAP } from "../../base/heap.ts";
import { withTools } from "../../base/program.ts";
import { join as joinService } from "../../pop-agent/join.ts";
import { StateFolder } from "../../pop-agent/state-folder.ts";
import { segmentName } from "../../wire/parts.ts";
import type { PopRecord } from "../../wire/pop.ts";
import type { Where } from "../flow/flows.ts";
import { directionFrom } from "../model.ts";
import { labDown } from "../net/down.ts";
import { intoNode, nodeEnv } from "../net/enter.ts";
import { LabFolder, labsFolder } from "../net/folder.ts";
import { FOLDER_VARIABLE } from "../net/names.ts";
import { labUp } from "../net/up.ts";
import { popRecords } from "../wan.ts";
import { DemoApi, until } from "./api.ts";

export type WorldOptions = {
  readonly file: string;
  readonly rootless: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly self: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where the controller listens; 0: any port. */
  readonly port: number;
  readonly tell: (text: string) => void;
  readonly pulse?: { readonly intervalMs: number; readonly reportMs: number };
};

const GROUP = "core";
/** Quick enough that a newcomer need not wait, and slow enough that fourteen processes on two cores keep up. */
const PULSE = { intervalMs: 200, reportMs: 250 } as const;
const STARTED_MS = 30_000;
const ENDED_MS = 5_000;

export class World {
  readonly where: Where;
  readonly records: readonly PopRecord[];
  readonly #options: WorldOptions;
  readonly #folder: string;
  readonly #children = new Map<string, ChildProcess>();
  /** Who was signalled on purpose may be gone. */
  readonly #spoilt = new Set<string>();
  #api: DemoApi | undefined;

  private constructor(where: Where, options: WorldOptions) {
    this.where = where;
    this.records = popRecords(where.lab);
    this.#options = options;
    this.#folder = join(where.folder.path, "demo");
    mkdirSync(this.#logs, { recursive: true, mode: 0o700 });
  }

  static async up(options: WorldOptions): Promise<World> {
    const report = await labUp({ ...options, reconfigure: true, progress: () => undefined });
    const folder = new LabFolder(join(labsFolder(options.env), report.lab.name));
    return new World({ folder, record: report.record, lab: report.lab, self: options.self }, options);
  }

  get api(): DemoApi {
    if (this.#api === undefined) throw new Error("the controller is not up yet");
    return this.#api;
  }

  record(pop: string): PopRecord {
    return this.records.find(({ name }) => name === pop) as PopRecord;
  }

  /** The interface of a lab's node that a segment leaves by, as the keeper names it. */
  endOf(segment: string): string {
    const [from = "", rest = ""] = segment.split("/");
    const [transit, to] = rest.split(">");
    const port = this.record(from).segments.find((one) => one.transit === transit && one.to === to);
    const node = this.where.lab.nodes.find(({ pop }) => pop?.name === from);
    return `${node?.name}:${port?.device}`;
  }

  delayUs(segment: string): number {
    return directionFrom(this.where.lab, this.endOf(segment))?.does.delayUs ?? 0;
  }

  segments(): string[] {
    return this.records.flatMap(({ name, segments }) =>
      segments.map(({ transit, to }) => segmentName({ from: name, transit, to })),
    );
  }

  async startController(): Promise<void> {
    const folder = join(this.#folder, "controller");
    const config = join(this.#folder, "controller.yaml");
    const settings = {
      folder,
      listen: `127.0.0.1:${this.#options.port}`,
      socket: this.#socket,
      pulse: this.#options.pulse ?? PULSE,
    };
    writeFileSync(config, JSON.stringify(settings), { mode: 0o600 });
    this.#start("controller", [...this.#options.self, "controller", "--config", config], {
      ...process.env,
      [FOLDER_VARIABLE]: this.where.folder.path,
    });
    const log = this.#logOf("controller");
    const url = await until(
      () => {
        this.needAll();
        return /"url":"([^"]+)"/.exec(readFileSync(log, "utf8"))?.[1];
      },
      STARTED_MS,
      this.#options.signal,
    );
    if (url === undefined) throw this.#failed("controller");
    this.#api = new DemoApi(url, readFileSync(join(folder, "operator.token"), "utf8").trim());
  }

  async startAgents(): Promise<void> {
    for (const record of this.records) await this.#joinAgent(record);
    for (const { name } of this.records) this.startAgent(name);
  }

  /** For those who want to see what happens when a process stands still or is gone. */
  signalAgent(pop: string, signal: NodeJS.Signals): void {
    this.#spoilt.add(pop);
    this.#children.get(pop)?.kill(signal);
  }

  /** Throws where a process is gone that should be here: nothing that is waited for would come. */
  needAll(): void {
    for (const [name, { exitCode, signalCode }] of this.#children) {
      if ((exitCode !== null || signalCode !== null) && !this.#spoilt.has(name)) throw this.#failed(name);
    }
  }

  /** Logs go too, unless somebody may want to read them: then it gives where they are from now on. */
  async down(keepLogs: boolean): Promise<string | undefined> {
    const ends = [...this.#children.values()].map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), ENDED_MS);
      await gone;
      clearTimeout(late);
    });
    await Promise.all(ends);
    const kept = keepLogs ? mkdtempSync(join(tmpdir(), "srwan-demo-")) : undefined;
    if (kept !== undefined) cpSync(this.#logs, kept, { recursive: true });
    await labDown(this.where.folder, this.#options.clock);
    return kept;
  }

  get #logs(): string {
    return join(this.#folder, "logs");
  }

  get #socket(): string {
    return join(this.#folder, "service.sock");
  }

  /** In the order of the lab's file, so that locators are numbered as its addresses are. */
  async #joinAgent(record: PopRecord): Promise<void> {
    const state = join(this.#folder, `${record.name}.state`);
    writeFileSync(this.#configOf(record.name), JSON.stringify({ state }), { mode: 0o600 });
    const token = await this.api.joinToken(record.name, GROUP);
    const plan = { folder: new StateFolder(state), service: `unix:${this.#socket}`, token, record };
    await joinService(plan, this.#options.clock);
  }

  startAgent(pop: string): void {
    const { folder, record, lab } = this.where;
    const node = lab.nodes.find((one) => one.pop?.name === pop);
    if (node === undefined) return;
    const [program = "", ...rest] = this.#options.self;
    const words = [...intoNode(folder, record, node.name), program, ...SMALL_HEAP, ...rest];
    this.#spoilt.delete(pop);
    this.#start(pop, [...words, "agent", "run", "--config", this.#configOf(pop)], {
      ...process.env,
      ...nodeEnv(folder, record, node),
    });
  }

  #start(name: string, words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    const [program = "", ...args] = words;
    const log = openSync(this.#logOf(name), "a", 0o600);
    const child = spawn(program, args, { stdio: ["ignore", log, log], env: withTools(env) });
    closeSync(log);
    this.#children.set(name, child);
    return child;
  }

  #configOf = (name: string): string => join(this.#folder, `${name}.yaml`);
  #logOf = (name: string): string => join(this.#logs, `${name}.log`);

  #failed(name: string): SrwanError {
    const said = readFileSync(this.#logOf(name), "utf8").trim().split("\n").slice(-3).join("\n");
    return new SrwanError("LAB_FAILED", `the demo's ${name} ended by itself: ${said}`, {
      remedy: "See `srwan doctor` for what this kernel and this user may do.",
    });
  }
}
