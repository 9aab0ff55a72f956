// A process inside one node's namespace. Does there what the test asks over the process channel (world.ts): runs commands,
// the scripted service and the agent, and sends and hears numbered datagrams.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { askStatus } from "../../src/pop-agent/control.ts";
import type { AgentStatus } from "../../src/pop-agent/status.ts";
import type { PopDesired } from "../../src/wire/desired.ts";
import type { Telling } from "../../src/wire/message.ts";
import { ScriptedService } from "../support/scripted-service.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");

/** A receiver that stands still for a second on a busy machine loses nothing. */
const ROOM = 4_194_304;
const service = new ScriptedService();
let agent: ChildProcess | undefined;
const helpers: ChildProcess[] = [];
let flow: { readonly socket: Socket; readonly timer: NodeJS.Timeout; sent: number } | undefined;
type Heard = { readonly number: number; readonly atMs: number; readonly from: string };
const heard: Heard[] = [];

type Ran = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

const nowMs = (): number => performance.timeOrigin + performance.now();

const verbs = {
  run: (...words: string[]): string => {
    const [command = "", ...args] = words;
    const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${words.join(" ")}: ${error?.message ?? stderr.trim()}`);
    return stdout;
  },

  /** Wall time right before and after: what is done lies between. */
  timed: (...words: string[]): number => {
    const before = nowMs();
    verbs.run(...words);
    return before;
  },

  serve: (port: number): Promise<number> => service.listen(port),
  vanish: (): Promise<void> => service.vanish(),
  desire: (document: PopDesired): void => service.desire(document),
  isConnected: (): boolean => service.isConnected,
  hellos: (): number => service.hellos,
  tellings: (after: number): Telling[] => service.tellings.filter(({ number }) => number > after),

  /** The service answers meanwhile, so the process is not waited for in one stroke. */
  srwan: async (env: Record<string, string>, ...words: string[]): Promise<Ran> => {
    const args = [...process.execArgv, MAIN, ...words];
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const ran = { status: null as number | null, stdout: "", stderr: "" };
    child.stdout.on("data", (part) => (ran.stdout += String(part)));
    child.stderr.on("data", (part) => (ran.stderr += String(part)));
    const [status] = (await once(child, "close")) as [number | null];
    return { ...ran, status };
  },

  startAgent: (env: Record<string, string>): void => {
    agent = spawn(process.execPath, [...process.execArgv, MAIN, "agent", "run"], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, ...env },
    });
  },

  /** Answers pulses here, as another POP's agent would. */
  reflect: (): void => {
    const args = [...process.execArgv, MAIN, "pulse", "reflect"];
    helpers.push(spawn(process.execPath, args, { stdio: "ignore" }));
  },

  endAgent: async (signal: "SIGKILL" | "SIGTERM"): Promise<number | null> => {
    const ended = agent;
    agent = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return ended?.exitCode ?? null;
    ended.kill(signal);
    const [code] = (await once(ended, "exit")) as [number | null];
    return code;
  },

  agentPid: (): number => agent?.pid ?? 0,
  status: (socket: string): Promise<AgentStatus> => askStatus(socket),

  /** Numbered datagrams to one place until `endFlow`. */
  startFlow: (address: string, port: number, everyMs: number): void => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const state = { socket, timer: setInterval(() => undefined, 1e6), sent: 0 };
    clearInterval(state.timer);
    const beganMs = performance.now();
    const send = (): void => {
      // What a late timer missed is sent at once: the numbers go on with the time.
      for (const due = Math.floor((performance.now() - beganMs) / everyMs); state.sent <= due; state.sent++) {
        socket.send(String(state.sent), port, address, () => undefined);
      }
    };
    flow = Object.assign(state, { timer: setInterval(send, everyMs) });
  },

  endFlow: async (): Promise<number> => {
    const ended = flow;
    flow = undefined;
    if (ended === undefined) return 0;
    clearInterval(ended.timer);
    await new Promise((resolve) => setTimeout(resolve, 100));
    ended.socket.close();
    return ended.sent;
  },

  listen: async (port: number): Promise<void> => {
    for (const socket of [
      createSocket({ type: "udp4", recvBufferSize: ROOM }),
      createSocket({ type: "udp6", ipv6Only: true, recvBufferSize: ROOM }),
    ]) {
      socket.on("message", (octets, { address }) =>
        heard.push({ number: Number(octets), atMs: nowMs(), from: address }),
      );
      socket.bind(port);
      await once(socket, "listening");
    }
  },

  /** And forgets them. */
  heard: (): readonly Heard[] => heard.splice(0),
};

export type Verbs = typeof verbs;
export type Question = { readonly id: number; readonly verb: keyof Verbs; readonly args: readonly unknown[] };
export type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string };

process.on("message", async ({ id, verb, args }: Question) => {
  const work = verbs[verb] as (...args: readonly unknown[]) => unknown;
  try {
    process.send?.({ id, value: await work(...args) } satisfies Answer);
  } catch (error) {
    process.send?.({ id, error: (error as Error).message } satisfies Answer);
  }
});
process.on("error", () => process.exit(0));
process.on("disconnect", () => {
  for (const child of [agent, ...helpers]) child?.kill("SIGKILL");
  process.exit(0);
});
