// What the figures of the pulse room time, run inside a namespace. `stamps PEER RATE SECONDS BUSY SOURCE`: our receive
// stamps against the kernel's of the same packets. `load PEER MODE INTERVAL SECONDS`: 99 neighbours, beside the C program. `detect TRIALS`: a direction that dies. Prints JSON.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { parseAddress } from "../src/pulse/address.ts";
import type { PeerId, Row } from "../src/pulse/model.ts";
import type { NeighbourPlan, PulseNews, PulsePlan, ReflectorPlan } from "../src/pulse/plan.ts";
import { Pulse } from "../src/pulse/pulse.ts";
import { encodeRow } from "../src/pulse/row-tlv.ts";
import { median } from "./lib.ts";

const LO = parseAddress("127.0.0.1");
const KEY = new Uint8Array(32).fill(7);
const PEERS = 99;
/** Until what runs thousands of times a second is compiled: a member runs for months. */
const SETTLE_MS = 15_000;

const REFLECTOR: ReflectorPlan = {
  address: LO,
  port: 0,
  mode: "open",
  stateful: true,
  format: "ntp",
  returnAddresses: [],
  steersReplies: false,
};
const NEIGHBOUR: NeighbourPlan = {
  id: "peer" as PeerId,
  address: LO,
  port: 9,
  intervalMs: 60_000,
  mode: "open",
  format: "ntp",
  extensions: [],
  greets: true,
  countsDirectly: false,
  watchesLiveness: true,
};
const PLAN: PulsePlan = {
  neighbours: [],
  reflectors: [],
  synchronised: false,
  stamps: "kernel",
  phaseStart: Math.random(),
  tellsReplies: false,
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function quantile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

/** Keeps this thread busy for 5 ms of every 20. */
function keepBusy(): NodeJS.Timeout {
  return setInterval(() => {
    const until = performance.now() + 5;
    while (performance.now() < until);
  }, 20);
}

async function stamps(
  peer: string,
  rate: string,
  seconds: string,
  busy: string,
  source: "kernel" | "handler",
): Promise<unknown> {
  const heard = new Map<number, { readonly t1Ns: bigint; readonly t2Ns: bigint; readonly t2ErrorNs: number }>();
  const plan = { ...PLAN, stamps: source, reflectors: [REFLECTOR], neighbours: [NEIGHBOUR] };
  const pulse = new Pulse(plan, (news) => {
    if (news.kind !== "samples") return;
    for (const one of news.samples) if (one.kind === "heard") heard.set(one.sequence, one);
  });
  const { reflectorPorts, stamps: taken } = await pulse.ready;
  const timer = busy === "busy" ? keepBusy() : undefined;
  const { stampsNs, ...c } = JSON.parse(await program(peer, String(reflectorPorts[0]), rate, seconds));
  await sleep(200);
  clearInterval(timer);
  await pulse.stop();
  const [errors, ways]: [number[], number[]] = [[], []];
  let beyond = 0;
  for (const [sequence, { t1Ns, t2Ns, t2ErrorNs }] of heard) {
    const stampNs = BigInt(stampsNs[sequence] ?? 0);
    ways.push(Number(t2Ns - t1Ns));
    if (stampNs === 0n) continue;
    const errorNs = Math.abs(Number(t2Ns - stampNs));
    errors.push(errorNs);
    if (errorNs > t2ErrorNs) beyond++;
  }
  const told = (values: number[]): object => ({
    count: values.length,
    p50Ns: quantile(values, 0.5),
    p99Ns: quantile(values, 0.99),
    maxNs: quantile(values, 1),
  });
  // An error may be larger than the sample itself says of it: counted, for the cells' bounds are made of it.
  return { source: taken, error: told(errors), way: told(ways), beyond, c };
}

async function program(command: string, ...words: string[]): Promise<string> {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (part) => {
    printed += part;
  });
  await once(child, "close");
  return printed;
}

type LoadMode = "open" | "authenticated";

/** A row of a full group, as every pulse carries it in service. */
function fullRow(): Uint8Array {
  const members = Array.from({ length: PEERS + 1 }, (_, i) => `pop-${i}` as PeerId);
  const out = {
    minUs: 40_000,
    p5Us: 40_010,
    p50Us: 40_100,
    p95Us: 41_000,
    jitterUs: 50,
    lossPpm: 0,
    reorderedPpm: 0,
    duplicatedPpm: 0,
    ageMs: 100,
    samples: 600,
    stampErrorUs: 5,
  };
  const cells = new Map(members.slice(1).map((peer) => [peer, { out, outLossPpm: 0, inMinUs: 39_000, inLossPpm: 0 }]));
  const row: Row = { member: members[0] as PeerId, sequence: 1, madeNs: 0n, cells };
  return encodeRow(row, members, true);
}

/** One agent of a full group; the far one stands for all 99 others. */
async function agent(
  mode: LoadMode,
  intervalMs: number,
  farPort: number,
  take: (news: PulseNews) => void,
): Promise<Pulse> {
  const key = mode === "authenticated" ? KEY : undefined;
  const neighbours = Array.from({ length: PEERS }, (_, i) => ({
    ...NEIGHBOUR,
    id: `pop-${i}` as PeerId,
    port: farPort,
    intervalMs,
    mode,
    key,
  }));
  const pulse = new Pulse({ ...PLAN, reflectors: [{ ...REFLECTOR, mode, key }] }, take);
  const { reflectorPorts } = await pulse.ready;
  pulse.setRow(fullRow());
  process.stderr.write(`port ${reflectorPorts[0]}\n`);
  for (const neighbour of neighbours) if (farPort !== 0) pulse.add(neighbour);
  return pulse;
}

const portOf = async (child: ReturnType<typeof spawn>): Promise<number> => {
  let told = "";
  for await (const part of child.stderr ?? []) {
    told += part;
    const port = /port (\d+)/.exec(told)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`the far agent ended: ${told}`);
};

async function load(peer: string, mode: LoadMode, intervalMs: number, seconds: number): Promise<unknown> {
  let counters: Extract<PulseNews, { kind: "counters" }> | undefined;
  const [rttsUs, waysUs]: [number[], number[]] = [[], []];
  const pulse = new Pulse(
    {
      ...PLAN,
      reflectors: [{ ...REFLECTOR, mode, key: mode === "authenticated" ? KEY : undefined }],
    },
    (news) => {
      if (news.kind === "counters") counters = news;
      if (news.kind !== "samples") return;
      for (const one of news.samples) {
        if (one.kind === "reply") rttsUs.push(Number(one.t4Ns - one.t1Ns - (one.t3Ns - one.t2Ns)) / 1e3);
        else if (one.kind === "heard") waysUs.push(Number(one.t2Ns - one.t1Ns) / 1e3);
      }
    },
  );
  const { reflectorPorts } = await pulse.ready;
  const own = [...process.execArgv, import.meta.filename];
  const far = spawn(process.execPath, [...own, "far", mode, String(intervalMs), String(reflectorPorts[0])], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const farPort = await portOf(far);
  pulse.setRow(fullRow());
  for (let i = 0; i < PEERS; i++) {
    const key = mode === "authenticated" ? KEY : undefined;
    pulse.add({ ...NEIGHBOUR, id: `pop-${i}` as PeerId, port: farPort, intervalMs, mode, key });
  }
  await sleep(SETTLE_MS);
  for (const times of [rttsUs, waysUs]) times.length = 0;
  const [before, started, first] = [process.cpuUsage(), performance.now(), counters?.counters ?? {}];
  // Beside us and for as long: what C needs for sending as many, and how late it wakes, on this machine just now.
  const c = program(peer, "9", String(PEERS * (1_000 / intervalMs)), String(seconds));
  await sleep(seconds * 1_000);
  const [used, tookMs, last] = [process.cpuUsage(before), performance.now() - started, counters?.counters ?? {}];
  const rssMiB = process.memoryUsage().rss / 2 ** 20;
  await pulse.stop();
  far.stdin?.end();
  await once(far, "close");
  const delta = (what: string): number => (last[what] ?? 0) - (first[what] ?? 0);
  const end = counters?.counters ?? {};
  return {
    cpuShare: (used.user + used.system) / 1e3 / tookMs,
    rssMiB,
    userShare: used.user / 1e3 / tookMs,
    systemShare: used.system / 1e3 / tookMs,
    packetsPerSecond: (2 * delta("sent") + 2 * delta("answered")) / (tookMs / 1e3),
    // Over the whole run: the last pulses are still on their way when it is stopped.
    lost: Math.max(0, (end.sent ?? 0) - (end.replies ?? 0) - PEERS),
    sent: end.sent ?? 0,
    c: JSON.parse(await c),
    latenessP99Us: counters?.latenessUs.p99Us ?? Number.NaN,
    roundTripP50Us: median(rttsUs),
    roundTripP99Us: quantile(rttsUs, 0.99),
    // From our sender's clock to the kernel's stamp of its pulse.
    sendWayP99Us: quantile(waysUs, 0.99),
  };
}

async function far(mode: LoadMode, intervalMs: number, port: number): Promise<void> {
  const pulse = await agent(mode, intervalMs, port, () => undefined);
  for await (const _ of process.stdin);
  await pulse.stop();
}

/** Drops our pulses on their way out, as a dead direction does; our replies to others still pass. */
async function detect(trials: number): Promise<unknown> {
  const nft = (text: string): void => {
    const { status, stderr } = spawnSync("nft", ["-f", "-"], { input: text, encoding: "utf8" });
    if (status !== 0) throw new Error(`nft: ${stderr}`);
  };
  nft("table inet bench { chain out { type filter hook output priority 0; }; }");
  const peers = 20;
  const states = new Map<string, string>();
  const at: Record<"suspect" | "down", number[]> = { suspect: [], down: [] };
  let diedMs = Number.POSITIVE_INFINITY;
  const reflector = new Pulse({ ...PLAN, reflectors: [REFLECTOR] }, () => undefined);
  const port = (await reflector.ready).reflectorPorts[0] ?? 0;
  const pulse = new Pulse(PLAN, (news) => {
    if (news.kind !== "change") return;
    const { state } = news.change;
    states.set(news.peer, state);
    if (diedMs < performance.now() && (state === "suspect" || state === "down"))
      at[state].push(performance.now() - diedMs);
  });
  await pulse.ready;
  for (let i = 0; i < peers; i++) pulse.add({ ...NEIGHBOUR, id: `p${i}` as PeerId, port, intervalMs: 100 });
  const all = (state: string): boolean => states.size === peers && [...states.values()].every((one) => one === state);
  for (let trial = 0; trial < trials; trial++) {
    while (!all("up")) await sleep(10);
    await sleep(300 + Math.random() * 200);
    diedMs = performance.now();
    nft(`add rule inet bench out udp dport ${port} drop`);
    while (!all("down")) await sleep(10);
    diedMs = Number.POSITIVE_INFINITY;
    nft("flush chain inet bench out");
  }
  await pulse.stop();
  await reflector.stop();
  const told = (values: number[]): object => ({
    p50Ms: quantile(values, 0.5),
    p99Ms: quantile(values, 0.99),
    maxMs: quantile(values, 1),
  });
  return { suspect: told(at.suspect), down: told(at.down), count: at.down.length };
}

const [what = "", ...rest] = process.argv.slice(2);
const [a = "", b = "", c = "", d = "", e = "kernel"] = rest;
if (what === "far") await far(a as LoadMode, Number(b), Number(c));
else {
  const result = await (what === "stamps"
    ? stamps(a, b, c, d, e as "kernel" | "handler")
    : what === "load"
      ? load(a, b as LoadMode, Number(c), Number(d))
      : detect(Number(a)));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
