// What a whole member of a full group costs: 99 others pulse it and are pulsed, each with a row of its own, and once a
// second somebody asks for the matrix. `MODE INTERVAL SECONDS`; prints JSON. The far process stands for all 99 others.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { keepHeapSmall } from "../src/base/heap.ts";
import { groupOf } from "../src/pulse/group/group.ts";
import { Member } from "../src/pulse/group/member.ts";
import { type Group, idsOf } from "../src/pulse/group/model.ts";
import { neighbourPlan, reflectorPlans } from "../src/pulse/group/plans.ts";
import type { PeerId, Row, RowCell } from "../src/pulse/model.ts";
import { Pulse } from "../src/pulse/pulse.ts";
import { encodeRow } from "../src/pulse/row-tlv.ts";
import { TLV, tlv } from "../src/pulse/stamp-tlv.ts";

const MEMBERS = 100;
const PORT = 20_862;
const SETTLE_MS = 5_000;

type Mode = "open" | "authenticated";

function fullGroup(mode: Mode, intervalMs: number): Group {
  const lines = Array.from(
    { length: MEMBERS },
    (_, i) => `  - {name: pop-${i}, address: 127.0.1.${i + 1}, port: ${PORT}}`,
  );
  const key = mode === "open" ? "" : "keyFile: key\n";
  const text = `version: 1\nname: full\ninterval: ${intervalMs}ms\n${key}members:\n${lines.join("\n")}\n`;
  return groupOf(text, "full.yaml", () => "07".repeat(32));
}

// As `srwan pulse join` does.
keepHeapSmall();

const SELF = "pop-0" as PeerId;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Each of the 99 others: answers, and pulses with a row of its own, which the loop cannot make for more than one. */
async function others(mode: Mode, intervalMs: number): Promise<void> {
  const group = fullGroup(mode, intervalMs);
  const [self, ...rest] = group.members;
  if (self === undefined) return;
  const neighbours = rest.map((member) => ({
    ...neighbourPlan(group, member, self, intervalMs, {}),
    id: member.id,
    greets: false,
    extensions: [tlv(TLV.row, rowOf(group, member.id))],
  }));
  const reflectors = rest.flatMap((member) =>
    reflectorPlans(group, member, {}).map((plan) => ({ ...plan, sources: undefined })),
  );
  const phaseStart = Math.random();
  const plan = {
    neighbours,
    reflectors,
    synchronised: false,
    stamps: "kernel",
    phaseStart,
    tellsReplies: false,
  } as const;
  const pulse = new Pulse(plan, () => undefined);
  await pulse.ready;
  process.stdout.write("ready\n");
  for await (const _ of process.stdin);
  await pulse.stop();
}

function rowOf(group: Group, member: PeerId): Uint8Array {
  const out = {
    minUs: 20,
    p5Us: 21,
    p50Us: 30,
    p95Us: 60,
    jitterUs: 50,
    lossPpm: 0,
    reorderedPpm: 0,
    duplicatedPpm: 0,
    ageMs: 100,
    samples: 300,
    stampErrorUs: 5,
  };
  const cell: RowCell = { out, outLossPpm: 0, inMinUs: 20, inLossPpm: 0 };
  const cells = new Map(idsOf(group).flatMap((id) => (id === member ? [] : [[id, cell] as const])));
  const row: Row = { member, sequence: 1, madeNs: 0n, cells };
  return encodeRow(row, idsOf(group), true);
}

async function member(mode: Mode, intervalMs: number, seconds: number): Promise<unknown> {
  const far = spawn(process.execPath, [...process.execArgv, import.meta.filename, "others", mode, String(intervalMs)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(far.stdout as NonNullable<ChildProcess["stdout"]>, "data");
  const one = new Member(fullGroup(mode, intervalMs), { self: SELF, stamps: "kernel", phaseStart: Math.random() });
  await one.start();
  await sleep(SETTLE_MS);
  const [used, started] = [process.cpuUsage(), performance.now()];
  const before = one.matrix().counters;
  let lostPpm = 0;
  for (let i = 0; i < seconds; i++) {
    await sleep(1_000);
    for (const cell of one.matrix().cells) if (cell.from === SELF) lostPpm = Math.max(lostPpm, cell.lossPpm ?? 0);
  }
  const [cpu, tookMs, held] = [process.cpuUsage(used), performance.now() - started, one.matrix()];
  const rssMiB = process.memoryUsage().rss / 2 ** 20;
  await one.stop();
  far.stdin?.end();
  await once(far, "close");
  const delta = (what: string): number => (held.counters[what] ?? 0) - (before[what] ?? 0);
  return {
    cpuShare: (cpu.user + cpu.system) / 1e3 / tookMs,
    rssMiB,
    packetsPerSecond: (2 * delta("sent") + 2 * delta("answered")) / (tookMs / 1e3),
    // The worst that any cell of its own ever showed.
    lostPpm,
    rows: held.rows.filter(({ ageMs }) => ageMs !== null).length,
    latenessP99Us: held.late.p99Us,
  };
}

const [what = "", ...rest] = process.argv.slice(2);
if (what === "others") await others(rest[0] as Mode, Number(rest[1]));
else process.stdout.write(`${JSON.stringify(await member(what as Mode, Number(rest[0]), Number(rest[1])))}\n`);
