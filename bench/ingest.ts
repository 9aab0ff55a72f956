// What one service takes in: agents with real WebSockets, 99 cells each every ten seconds, kept on disk and acknowledged,
// decided for, over both kinds of store. Needs PostgreSQL for the second half; says so where it is missing.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PostgresServer, whyNoPostgres } from "../test/support/postgres.ts";
import { GROUP, popName, seed } from "./ingest-seed.ts";
import { atLeast, atMost, type Figure, type Goal, type Measured } from "./lib.ts";
import { cpuOf } from "./proc.ts";

/** How many agents; fewer where a machine is small or the figure is tried. */
const AGENTS = Number(process.env.BENCH_AGENTS ?? 10_000);
const STORES = (process.env.BENCH_STORES ?? "sqlite,postgres").split(",");
const INTERVAL_MS = 10_000;
const PUSHED = Math.min(1_000, AGENTS);
const WARM_UP_MS = 30_000;
const MEASURE_MS = 30_000;
const PORT = 17_178;

export const ingest: Figure = {
  name: "ingest",
  about: `${AGENTS.toLocaleString("en-US")} agents with ${GROUP - 1} segments each, a report every ten seconds, over real WebSockets into one service`,
  measure: async () => {
    const parts: Measured[] = [];
    const why = whyNoPostgres();
    if (STORES.includes("sqlite")) parts.push(await overStore("sqlite", undefined));
    if (!STORES.includes("postgres")) return joined(parts);
    if (why === undefined) {
      const server = await PostgresServer.start();
      try {
        parts.push(await overStore("postgres", await server.database()));
      } finally {
        await server.stop();
      }
    } else process.stderr.write(`ingest: PostgreSQL is left out: ${why}\n`);
    return joined(parts);
  },
};

const joined = (parts: readonly Measured[]): Measured => ({
  figures: Object.assign({ agents: AGENTS }, ...parts.map(({ figures }) => figures)),
  goals: parts.flatMap(({ goals }) => goals),
});

async function overStore(kind: string, database: string | undefined): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "srwan-ingest-"));
  const children: ChildProcess[] = [];
  try {
    const seeded = await seed(folder, database ?? join(folder, "store.db"), AGENTS);
    const file = join(folder, "agents.json");
    writeFileSync(file, JSON.stringify(seeded));
    const env = {
      ...process.env,
      SRWAN_LOG_LEVEL: "warn",
      SRWAN_PULSE_REPORT_MS: "1000",
      ...(database === undefined ? {} : { SRWAN_STORE: database }),
    };
    const args = ["src/cli/main.ts", "controller", "--folder", folder, "--listen", `127.0.0.1:${PORT}`];
    const service = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "inherit"] });
    children.push(service);
    const url = `http://127.0.0.1:${PORT}`;
    await answering(url);
    // The authority and the SIDs of a new store; without an operator's token there is nothing to ask.
    const token = readFileSync(join(folder, "operator.token"), "utf8").trim();
    const load = spawn(
      process.execPath,
      ["bench/ingest-load.ts", url.replace("http", "ws"), file, String(AGENTS), String(INTERVAL_MS)],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    children.push(load);
    const lines = createInterface({ input: load.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    const ask = async (): Promise<Seen> => {
      load.stdin?.write("tell\n");
      return JSON.parse(String((await lines.next()).value)) as Seen;
    };
    await lines.next();
    await pause(WARM_UP_MS);
    await ask();
    const [before, cpuBefore] = [await scrape(url, token), cpuOf(service.pid ?? 0).ownMs];
    await pause(MEASURE_MS);
    const [after, cpuAfter, seen] = [await scrape(url, token), cpuOf(service.pid ?? 0).ownMs, await ask()];
    const pushMs = await push(url, token, ask);
    load.stdin?.write("end\n");
    return figuresOf(kind, { before, after, seen, cpuMs: cpuAfter - cpuBefore, pushMs });
  } finally {
    for (const child of children) child.kill("SIGTERM");
    await Promise.all(
      children.map(
        (child) =>
          new Promise((resolve) =>
            child.exitCode === null && child.signalCode === null ? child.once("exit", resolve) : resolve(0),
          ),
      ),
    );
    rmSync(folder, { recursive: true, force: true });
  }
}

type Seen = {
  readonly told: number;
  readonly kept: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  readonly documents: number;
  readonly lastDocumentMs: number;
  readonly lost: number;
};

type Seconds = {
  readonly before: string;
  readonly after: string;
  readonly seen: Seen;
  readonly cpuMs: number;
  readonly pushMs: number;
};

function figuresOf(kind: string, { before, after, seen, cpuMs: cpu, pushMs }: Seconds): Measured {
  const grown = (name: string): number => metric(after, name) - metric(before, name);
  const cellsPerSecond = (seen.kept * (GROUP - 1) * 1_000) / MEASURE_MS;
  const decisions = grown("srwan_decision_behind_seconds_count");
  const within = decisions === 0 ? 0 : grown('srwan_decision_behind_seconds_bucket{le="1"}') / decisions;
  const memoryMB = metric(after, "srwan_memory_resident_bytes") / 1e6;
  const name = (word: string): string => `${kind}${word[0]?.toUpperCase()}${word.slice(1)}`;
  const wanted = (AGENTS * (GROUP - 1) * 1_000) / INTERVAL_MS;
  const goals: Goal[] = [
    atLeast(`${kind}: cells kept`, cellsPerSecond, "cells/s", wanted * 0.99),
    atLeast(`${kind}: decisions less than a second behind`, within * 100, "%", 99),
    atMost(`${kind}: documents to ${PUSHED} agents`, pushMs, "ms", 1_000),
  ];
  return {
    figures: {
      [name("cellsPerSecond")]: cellsPerSecond,
      [name("keptP50Ms")]: seen.p50Ms,
      [name("keptP99Ms")]: seen.p99Ms,
      [name("keptWorstMs")]: seen.worstMs,
      [name("decisionsWithinASecondPercent")]: within * 100,
      [name("decisionMs")]: (grown("srwan_decision_seconds_sum") / decisions) * 1_000,
      [name("coresUsed")]: cpu / MEASURE_MS,
      [name("memoryMB")]: memoryMB,
      [name("pushMs")]: pushMs,
      [name("connectionsLost")]: seen.lost,
    },
    goals,
  };
}

/** From a commit that changes what these POPs hold to the last of them having it. */
async function push(url: string, token: string, ask: () => Promise<Seen>): Promise<number> {
  await ask();
  const maintenance = Array.from({ length: PUSHED }, (_, i) => ({ pop: popName(i), why: "" }));
  await call(url, token, "PUT", "/api/v1/config/candidate", { policies: [], maintenance });
  const began = Date.now();
  await call(url, token, "POST", "/api/v1/config/commit", { why: "" });
  for (let documents = 0, last = 0; ; ) {
    await pause(100);
    const seen = await ask();
    documents += seen.documents;
    last = Math.max(last, seen.lastDocumentMs);
    if (documents >= PUSHED) return last - began;
    if (Date.now() - began > 120_000) return Number.POSITIVE_INFINITY;
  }
}

async function call(url: string, token: string, method: string, path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
}

async function scrape(url: string, token: string): Promise<string> {
  return (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
}

const metric = (text: string, name: string): number => {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return Number(line?.split(" ").at(-1) ?? Number.NaN);
};

async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      if ((await fetch(`${url}/readyz`)).ok) return;
    } catch (thrown) {
      if (tries > 600) throw thrown;
    }
    await pause(100);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
