// The process that keeps a lab: builds it, holds its relay and the timers of impairments that pass, and answers on the
// lab's control socket. Started by `srwan lab up` inside the lab's own namespaces; ended by `down`.

import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { asSrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { onLine } from "../../base/socket-lines.ts";
import type { LinkDriver } from "../link/driver.ts";
import { netemDriver } from "../link/netem-driver.ts";
import { relayDriver } from "../link/relay-driver.ts";
import { inForce, nextEndUs, type Standing, standingAs, withChange, withoutEnded } from "../link/standing.ts";
import { raisePriority } from "../machine.ts";
import { directions, endText, type Lab } from "../model.ts";
import { monoUs } from "../pacer.ts";
import { hostsText } from "./addresses.ts";
import { buildLab, type Progress } from "./build.ts";
import type { ControlAnswer } from "./control.ts";
import type { ControlRequest } from "./control-schema.ts";
import type { LabFolder } from "./folder.ts";
import { type KeeperLine, SETTLED } from "./keeper-lines.ts";
import { carrierNamespace, nodeNamespace } from "./names.ts";
import { runInside } from "./run.ts";

export async function keep(folder: LabFolder): Promise<void> {
  let isSettled = false;
  // Who started the lab stops listening when it stands; whether that one died before is told by stdin.
  process.stdout.removeAllListeners("error").on("error", () => undefined);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    isSettled ||= line === SETTLED;
    if (isSettled) lines.close();
  });
  lines.on("close", () => {
    if (!isSettled) process.exit(1);
    process.stdin.destroy();
  });
  const say = (line: KeeperLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  try {
    raisePriority();
    const record = folder.read();
    if (record === undefined) throw new Error(`${folder.path} holds no record`);
    const lab = folder.lab();
    folder.put("hosts", hostsText(lab));
    const make = record.links === "netem" ? netemDriver : relayDriver;
    const driver = make(lab, {
      run: runInside,
      carrier: carrierNamespace(lab.name),
      namespaceOf: (node) => nodeNamespace(lab.name, node),
    });
    const progress: Progress = (text) => say({ kind: "progress", text });
    const warnings = await buildLab(lab, folder, record, driver, progress);
    await serve(folder, new Directions(lab, driver));
    say({ kind: "up", warnings });
    await loadSchema();
  } catch (error) {
    say({ kind: "failed", error: asSrwanError(error).toJSON() });
    writeFileSync(folder.log, `${(error as Error).stack}\n`, { flag: "a" });
    process.exit(1);
  }
}

class Directions {
  readonly #driver: LinkDriver;
  readonly #standings: Map<string, Standing>;
  #timer: NodeJS.Timeout | undefined;

  constructor(lab: Lab, driver: LinkDriver) {
    this.#driver = driver;
    this.#standings = new Map(directions(lab).map(({ from, does }) => [endText(from), standingAs(does)]));
  }

  async answer(request: ControlRequest): Promise<ControlAnswer> {
    if (request.ask === "reseed") this.#driver.reseed(request.seed);
    if (request.ask === "impair" || request.ask === "reset") {
      const unknown = request.ends.find((end) => !this.#standings.has(end));
      if (unknown !== undefined) return { error: `no link ends at ${unknown}` };
      for (const end of request.ends) {
        const standing = this.#standings.get(end) as Standing;
        await this.#set(end, request.ask === "reset" ? standingAs(standing.file) : changedBy(standing, request));
      }
      this.#armTimer();
    }
    return this.#state();
  }

  async #set(end: string, standing: Standing): Promise<void> {
    this.#standings.set(end, standing);
    await this.#driver.impair(end, inForce(standing));
  }

  #armTimer(): void {
    clearTimeout(this.#timer);
    const nextUs = Math.min(...[...this.#standings.values()].map(nextEndUs));
    if (nextUs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => void this.#end(), Math.ceil((nextUs - monoUs()) / 1_000));
  }

  async #end(): Promise<void> {
    const nowUs = monoUs();
    for (const [end, standing] of this.#standings) {
      if (nextEndUs(standing) <= nowUs) await this.#set(end, withoutEnded(standing, nowUs));
    }
    this.#armTimer();
  }

  async #state(): Promise<ControlAnswer> {
    const counters = await this.#driver.counters();
    const states = [...this.#standings].map(([end, standing]) => ({
      end,
      does: inForce(standing),
      passing: standing.passing.length > 0,
      counters: counters.get(end) ?? { sent: 0, lost: 0, full: 0 },
    }));
    return { directions: states, ownLoss: this.#driver.ownLoss() };
  }
}

const changedBy = (standing: Standing, { change, forMs }: Extract<ControlRequest, { ask: "impair" }>): Standing =>
  withChange(standing, change, forMs === undefined ? undefined : monoUs() + forMs * 1_000);

async function serve(folder: LabFolder, lab: Directions): Promise<void> {
  let turn: Promise<unknown> = Promise.resolve();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onLine(socket, LIMITS.labControlMaxOctets, (line) => {
      // One after another, so that two changes of one direction do not cross.
      turn = turn.then(() => reply(socket, line));
    });
  });
  server.maxConnections = LIMITS.labControlConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(folder.control, resolve);
  });
  chmodSync(folder.control, 0o600);

  async function reply(socket: Socket, line: string): Promise<void> {
    const answer = parsed(line).then((request) => lab.answer(request));
    const said = await answer.catch((error): ControlAnswer => ({ error: (error as Error).message }));
    socket.end(`${JSON.stringify(said)}\n`);
  }
}

/** Loaded once the lab stands: it takes a while, and nobody asks before. */
const loadSchema = () => Promise.all([import("typebox/value"), import("./control-schema.ts")]);

async function parsed(line: string): Promise<ControlRequest> {
  const [{ Check }, { ControlRequest }] = await loadSchema();
  const request: unknown = JSON.parse(line);
  if (Check(ControlRequest, request)) return request;
  throw new Error("a request this keeper does not know");
}
