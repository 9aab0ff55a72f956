// The load of the figure `ingest`: a process of its own with a real WebSocket for each agent, which says hello, reports its
// cells every interval, and answers heartbeats. Says on its output what it saw.

import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";
import { type FromService, proofText } from "../src/wire/message.ts";
import { peersOf, popName, recordOf, type Seeded, TRANSIT } from "./ingest-seed.ts";

const [url = "", file = "", countText = "0", intervalText = "10000"] = process.argv.slice(2);
const seeded = JSON.parse(readFileSync(file, "utf8")) as Seeded;
const count = Number(countText);
const intervalMs = Number(intervalText);
const key = createPrivateKey(seeded.privateKey);

type Agent = {
  readonly i: number;
  readonly socket: WebSocket;
  number: number;
  kept: number;
  readonly sentMs: Map<number, number>;
};

const agents: Agent[] = [];
const keptMs: number[] = [];
let documents = 0;
let told = 0;
let lost = 0;
let lastDocumentMs = 0;

/** The part of a cell that does not differ between agents. */
const CELL =
  '"sampleUs":71240,"p5Us":70980,"p50Us":71230,"p95Us":72410,"delayUs":70100,"lowUs":69000,"highUs":71200,' +
  '"roundTripUs":141900,"errorUs":1100,"jitterUs":180,"lossPpm":0,"reorderedPpm":0,"duplicatedPpm":0,"ageMs":640,"samples":30}';

function report(agent: Agent): void {
  const from = popName(agent.i);
  const cells = peersOf(agent.i, count).map((to) => `{"segment":"${from}/${TRANSIT}>${to}",${CELL}`);
  const number = ++agent.number;
  const head = `{"kind":"measured","number":${number},"atMs":${Date.now()},"intervalMs":${intervalMs},"cells":[`;
  agent.sentMs.set(number, performance.now());
  agent.socket.send(`${head}${cells.join(",")}],"paths":[]}`);
  told += cells.length;
}

function connect(i: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}/api/v1/agent`, { perMessageDeflate: false });
    const agent: Agent = { i, socket, number: 0, kept: 0, sentMs: new Map() };
    socket.on("error", reject);
    socket.on("close", () => {
      lost++;
    });
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as FromService;
      if (message.kind === "challenge") socket.send(JSON.stringify(hello(i, message.nonce)));
      else if (message.kind === "refusal") reject(new Error(message.error.message));
      else if (message.kind === "welcome") {
        agents.push(agent);
        resolve();
      } else if (message.kind === "kept") {
        for (let number = agent.kept + 1; number <= message.number; number++) {
          keptMs.push(performance.now() - (agent.sentMs.get(number) ?? 0));
          agent.sentMs.delete(number);
        }
        agent.kept = message.number;
      } else if (message.kind === "desired" || message.kind === "change") {
        documents++;
        lastDocumentMs = Date.now();
      }
    });
  });
}

const hello = (i: number, nonce: string) => ({
  kind: "hello",
  wire: 1,
  pop: recordOf(i, count),
  certificate: seeded.certificates[i],
  signature: sign(null, Buffer.from(proofText(nonce, popName(i))), key).toString("base64url"),
  start: "AAAAAAAAAAAAAAAAAAAAAA",
  version: 0,
  said: 0,
});

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

const AT_ONCE = 50;
for (let i = 0; i < count; i += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, at) => connect(i + at)));
}
say({ connected: agents.length });

// Spread evenly over the interval, as agents that started at any time are.
const STEP_MS = 20;
let due = 0;
const began = performance.now();
setInterval(() => {
  const should = Math.floor(((performance.now() - began) / intervalMs) * count);
  for (; due < should; due++) {
    const agent = agents[due % count];
    if (agent?.socket.readyState === WebSocket.OPEN) report(agent);
  }
}, STEP_MS);
setInterval(() => {
  for (const { socket } of agents)
    if (socket.readyState === WebSocket.OPEN) socket.send(`{"kind":"heartbeat","atMs":${Date.now()}}`);
}, 5_000);

process.stdin.setEncoding("utf8");
process.stdin.on("data", (order: string) => {
  if (order.includes("end")) process.exit(0);
  const sorted = keptMs.splice(0).sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  say({ told, kept: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1), documents, lastDocumentMs, lost });
  told = 0;
  documents = 0;
});
