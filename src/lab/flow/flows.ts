// Runs flows between nodes of a lab: a sink and a sender in each node that needs one, and what they saw in the end.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { SrwanError } from "../../base/errors.ts";
import { withTools } from "../../base/program.ts";
import type { Lab } from "../model.ts";
import { intoNode, nodeEnv } from "../net/enter.ts";
import type { LabFolder, LabRecord } from "../net/folder.ts";
import { monoUs } from "../pacer.ts";
import { dscpTable, FLOW_TABLE, type FlowPlan, type SenderLine, type SinkLine } from "./plan.ts";
import type { FlowWindow } from "./stats.ts";

export type Where = {
  readonly folder: LabFolder;
  readonly record: LabRecord;
  readonly lab: Lab;
  /** How this program is started. */
  readonly self: readonly string[];
};

/** Packet by packet: when it was sent, counted from the start, and how long it took if it arrived. */
export type FlowFate = { readonly sentUs: number; readonly latencyUs?: number };

export type Watch = (flow: FlowPlan, window: FlowWindow) => void;

const WINDOW_MS = 1_000;
/** From telling the senders to the common start: they are processes that have to start. */
const HEAD_START_US = 700_000;

export class Flows {
  readonly #where: Where;
  readonly #flows: readonly FlowPlan[];
  readonly #arrived = new Map<number, Map<number, number>>();
  readonly #sent = new Map<number, readonly number[]>();
  #dropped = 0;
  #sinks: ChildProcess[] = [];
  #senders: Promise<unknown>[] = [];
  #children: ChildProcess[] = [];

  constructor(where: Where, flows: readonly FlowPlan[]) {
    this.#where = where;
    this.#flows = flows;
  }

  /** Gives the common start on the machine's monotonic clock; the senders wait for it. */
  async start(watch: Watch = () => undefined): Promise<number> {
    const byTarget = Map.groupBy(this.#flows, ({ to }) => to);
    const bySource = Map.groupBy(this.#flows, ({ from }) => from);
    this.#sinks = await Promise.all([...byTarget].map(([node, flows]) => this.#startSink(node, flows, watch)));
    await Promise.all([...bySource].map(([node, flows]) => this.#mark(node, dscpTable(flows))));
    const startUs = monoUs() + HEAD_START_US;
    this.#senders = [...bySource].map(([node, flows]) => this.#startSender(node, flows, startUs));
    return startUs;
  }

  /** Once every sender is done and what is under way has had `graceMs` to arrive. */
  async finish(graceMs: number): Promise<ReadonlyMap<FlowPlan, readonly FlowFate[]>> {
    await Promise.all(this.#senders);
    await new Promise((resolve) => setTimeout(resolve, graceMs));
    const ends = this.#sinks.map((sink) => once(sink, "close"));
    for (const sink of this.#sinks) sink.stdin?.end();
    await Promise.all(ends);
    const marked = new Set(this.#flows.filter(({ dscp }) => dscp > 0).map(({ from }) => from));
    await Promise.all([...marked].map((node) => this.#mark(node, `delete table inet ${FLOW_TABLE}\n`)));
    return new Map(this.#flows.map((flow) => [flow, this.#fates(flow)]));
  }

  /** Packets that the sinks themselves lost. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Ends every process at once, when something else has failed. */
  abort(): void {
    for (const sender of this.#senders) sender.catch(() => undefined);
    for (const child of this.#children) child.kill("SIGKILL");
  }

  #fates(flow: FlowPlan): FlowFate[] {
    const arrived = this.#arrived.get(flow.id);
    return (this.#sent.get(flow.id) ?? []).map((sentUs, sequence) => {
      const latencyUs = arrived?.get(sequence);
      return latencyUs === undefined ? { sentUs } : { sentUs, latencyUs };
    });
  }

  async #startSink(node: string, flows: readonly FlowPlan[], watch: Watch): Promise<ChildProcess> {
    const child = this.#spawn(node, [...this.#where.self, "__lab-flow", "sink"]);
    child.stdin?.write(`${JSON.stringify({ windowMs: WINDOW_MS, flows })}\n`);
    await new Promise<void>((resolve, reject) => {
      child.once("close", () => reject(failed(node, "sink")));
      hear(child, (line: SinkLine) => {
        if (line.kind === "ready") return resolve();
        const flow = flows.find(({ id }) => id === line.flow) as FlowPlan;
        if (line.kind === "window") watch(flow, line.window);
        else {
          this.#arrived.set(line.flow, pairs(line.arrivals));
          this.#dropped += line.dropped;
        }
      });
    });
    return child;
  }

  async #startSender(node: string, flows: readonly FlowPlan[], startUs: number): Promise<void> {
    const child = this.#spawn(node, [...this.#where.self, "__lab-flow", "send"]);
    child.stdin?.end(`${JSON.stringify({ startUs, flows })}\n`);
    hear(child, (line: SenderLine) => void this.#sent.set(line.flow, line.sentUs));
    const [code] = await once(child, "close");
    if (code !== 0) throw failed(node, "sender");
  }

  async #mark(node: string, table: string | undefined): Promise<void> {
    if (table === undefined) return;
    const child = this.#spawn(node, ["nft", "-f", "-"]);
    child.stdin?.end(table);
    const [code] = await once(child, "close");
    if (code !== 0) throw failed(node, "nft");
  }

  #spawn(node: string, words: readonly string[]): ChildProcess {
    const { folder, record, lab } = this.#where;
    const [program = "", ...args] = [...intoNode(folder, record, node), ...words];
    const found = lab.nodes.find(({ name }) => name === node);
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "inherit"],
      // A session of its own, so that it can be run first.
      detached: true,
      env: withTools({ ...process.env, ...(found ? nodeEnv(folder, record, found) : {}) }),
    });
    child.stdin.on("error", () => undefined);
    this.#children.push(child);
    return child;
  }
}

function hear<Line>(child: ChildProcess, take: (line: Line) => void): void {
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => take(JSON.parse(line) as Line));
}

function pairs(flat: readonly number[]): Map<number, number> {
  const found = new Map<number, number>();
  for (let i = 0; i + 1 < flat.length; i += 2) found.set(flat[i] as number, flat[i + 1] as number);
  return found;
}

const failed = (node: string, what: string): SrwanError =>
  new SrwanError("LAB_FAILED", `${node}: the flow ${what} ended before its time`, {
    remedy: "Look above for what it said, and whether the lab is still up: `srwan lab inspect`.",
  });
