// The agent's control socket: whoever may open it asks how it stands, what its machine lacks, or what it counts, and gets
// one JSON line. Nothing listens on a network.

import { chmodSync, existsSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { asSrwanError, SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { onLine } from "../base/socket-lines.ts";
import type { AgentStatus } from "./status.ts";

const ASK = JSON.stringify({ ask: "status" });
const ASK_DIFF = JSON.stringify({ ask: "diff" });
const ASK_COUNTERS = JSON.stringify({ ask: "counters" });

/** What the agent tells there. */
export type Told = { status(): AgentStatus; diff(): Promise<readonly string[]>; counters(): unknown };
type Diff = { readonly lines: readonly string[] };

/** Answers from now on; gives back what ends it. Another agent that answers there already is left alone. */
export async function serveStatus(path: string, agent: Told): Promise<() => void> {
  if (existsSync(path)) {
    if (await answers(path)) {
      throw new SrwanError("AGENT_RUNS", `an agent answers at ${path} already`, {
        remedy: "Stop it first, or give this one a state folder of its own.",
      });
    }
    rmSync(path, { force: true });
  }
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onLine(socket, LIMITS.agentControlMaxOctets, (line) => {
      void answer(agent, line).then((said) => socket.end(`${JSON.stringify(said)}\n`));
    });
  });
  server.maxConnections = LIMITS.agentControlConnections;
  const umask = process.umask(0o077);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(umask);
  }
  chmodSync(path, 0o600);
  return () => {
    server.close();
    rmSync(path, { force: true });
  };
}

async function answer(agent: Told, line: string): Promise<unknown> {
  if (line === ASK) return agent.status();
  if (line === ASK_COUNTERS) return agent.counters();
  if (line !== ASK_DIFF) return { error: "not known" };
  try {
    return { lines: await agent.diff() } satisfies Diff;
  } catch (thrown) {
    return { error: asSrwanError(thrown).message };
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

export const askStatus = (path: string): Promise<AgentStatus> => ask<AgentStatus>(path, ASK);

export async function askDiff(path: string): Promise<Diff> {
  const said = await ask<Diff | { readonly error: string }>(path, ASK_DIFF);
  if ("lines" in said) return said;
  throw new SrwanError("AGENT_SILENT", `the agent cannot look at its machine: ${said.error}`, {
    remedy: "See `srwan agent status` and the agent's log.",
  });
}

async function ask<T>(path: string, question: string): Promise<T> {
  const socket = connect(path);
  socket.setTimeout(LIMITS.agentControlTimeoutMs, () => socket.destroy(new Error("no answer in time")));
  try {
    return await new Promise<T>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("it hung up")));
      onLine(socket, LIMITS.agentControlMaxOctets, (line) => resolve(JSON.parse(line)));
      socket.write(`${question}\n`);
    });
  } catch (error) {
    throw new SrwanError("AGENT_SILENT", `no agent answers at ${path}: ${(error as Error).message}`, {
      remedy: "Start it with `srwan agent run`, or name its state folder with --config.",
      cause: error,
    });
  } finally {
    socket.destroy();
  }
}
