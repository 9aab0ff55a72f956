// `node bench/soak-agents.ts [AGENTS] [SECONDS] [REPORT_MS]` (1000, 300, 1000): a crowd joins one service at once, its lines break all the
// time, and every twentieth lies. Ends with 0 only where memory stayed bounded, every liar and nobody else was set apart, and
// no policy was moved by what a liar said.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { apart, Crowd, movedByRows } from "../test/chaos/crowd.ts";
import { ServiceProcess } from "../test/support/service-process.ts";

const [agents = 1_000, seconds = 300, reportMs = 1_000] = process.argv.slice(2).map(Number);
const LOOK_MS = 10_000;
/** Of the service, and how much of it may come after the first half. */
const [MEMORY_MIB, GROWTH_MIB] = [700, 150];

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const memoryMiB = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024);

const service = await ServiceProcess.start(undefined, undefined, { reportMs, heartbeatMs: 3_000 });
const crowd = new Crowd(service, { agents, groupSize: 100, liarEvery: 20, reportMs, breakMs: 250 });
try {
  say({ joinedMs: Math.round(await crowd.join()), agents, liars: crowd.liars.length });
  crowd.begin();
  await crowd.policies();
  const memories: number[] = [];
  for (let elapsed = 0; elapsed < seconds * 1_000; elapsed += LOOK_MS) {
    await sleep(LOOK_MS);
    memories.push(memoryMiB(service.pid));
    const { connected, waiting, broke } = crowd;
    say({
      s: elapsed / 1_000 + 10,
      connected,
      waiting,
      broke,
      apart: (await apart(service)).length,
      MiB: memories.at(-1),
    });
  }
  const named = await apart(service);
  const liars = new Set(crowd.liars);
  const moved = await movedByRows(service);
  const [half, most] = [Math.max(...memories.slice(0, memories.length >> 1)), Math.max(...memories)];
  const verdict = {
    memoryBounded: most <= MEMORY_MIB && most - half <= GROWTH_MIB,
    liarsApart: named.filter(({ pop }) => liars.has(pop)).length,
    liars: liars.size,
    honestApart: named.filter(({ pop }) => !liars.has(pop)).map(({ pop }) => pop),
    withoutEvidence: named.filter(({ evidence }) => evidence.length === 0).length,
    movedByRows: moved,
    mostMiB: most,
  };
  say(verdict);
  const holds =
    verdict.memoryBounded &&
    verdict.liarsApart === liars.size &&
    verdict.honestApart.length + verdict.withoutEvidence + moved.length === 0;
  process.exitCode = holds ? 0 : 1;
} finally {
  crowd.end();
  await service.stop();
}
