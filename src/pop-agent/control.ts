// The agent's control socket: whoever may open it asks how it stands, or what it counts, and gets
// one JSON line. Nothing listens on a network.

import { chmodSync, existsSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { onLine } from "../base/socket-lines.ts";
import type { AgentStatus } from "./status.ts";

const ASK = JSON.stringify({ ask: "status" });
const ASK_COUNTERS = JSON.stringify({ ask: "counters" });

export type Asked = { readonly status: () => AgentStatus; readonly counters: () => unknown };

/** Answers from now on; gives back what ends it. Another agent that answers there already is left alone. */
export async function serveStatus(path: string, { status, counters }: Asked): Promise<() => void> {
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
      const answer = line === ASK ? status() : line === ASK_COUNTERS ? counters() : { error: "not known" };
      socket.end(`${JSON.stringify(answer)}\n`);
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

export async function askStatus(path: string): Promise<AgentStatus> {
  const socket = connect(path);
  socket.setTimeout(LIMITS.agentControlTimeoutMs, () => socket.destroy(new Error("no answer in time")));
  try {
    return await new Promise<AgentStatus>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("it hung up")));
      onLine(socket, LIMITS.agentControlMaxOctets, (line) => resolve(JSON.parse(line)));
      socket.write(`${ASK}\n`);
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
