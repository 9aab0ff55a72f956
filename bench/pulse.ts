// The pulse room: receive stamps against a C receiver's in the same run, what 99 neighbours cost, how soon a dead
// direction is found, and how often chance alone makes a path down (simulated, with a seed).

import { SeededRng, unit } from "../src/base/rng.ts";
import { Liveness } from "../src/pulse/liveness.ts";
import { atMost, type Figure, type Goal, median } from "./lib.ts";
import { native, shippedPartInNamespace } from "./netns.ts";
import { matrixCpuMs } from "./pulse-matrix.ts";

const [PART, MEMBER_PART] = ["pulse-part.ts", "pulse-member-part.ts"];
const STAMP_SECONDS = 3;
const LOAD_SECONDS = 10;
/** Ten minutes without a loss; signed for as long as its cost takes to show. */
const [MEMBER_SECONDS, SIGNED_MEMBER_SECONDS] = [600, 30];
const DETECT_TRIALS = 5;

type Stamps = { readonly p50Ns: number; readonly p99Ns: number; readonly maxNs: number };
type StampPart = { readonly ours: Stamps; readonly c: Stamps; readonly source: string };
type LoadPart = {
  readonly cpuShare: number;
  readonly rssMiB: number;
  readonly packetsPerSecond: number;
  readonly lost: number;
  readonly latenessP99Us: number;
  readonly roundTripP99Us: number;
  readonly c: { readonly cpuShare: number; readonly lateP99Ns: number };
};
type Times = { readonly p50Ms: number; readonly p99Ms: number };
type DetectPart = { readonly suspect: Times; readonly down: Times };

type MemberPart = {
  readonly cpuShare: number;
  readonly rssMiB: number;
  readonly packetsPerSecond: number;
  readonly lostPpm: number;
  readonly rows: number;
};

const member = (mode: "open" | "authenticated", seconds: number): MemberPart =>
  shippedPartInNamespace<MemberPart>(MEMBER_PART, [mode, "100", String(seconds)]);

const run = <T>(...words: (string | number)[]): T => shippedPartInNamespace<T>(PART, words.map(String));

/** p99 in µs: ours and the C receiver's, idle and with the main thread busy for a quarter of its time. */
function stampFigures(peer: string, rounds: number): { figures: Record<string, number>; goals: Goal[] } {
  const figures: Record<string, number> = {};
  const goals: Goal[] = [];
  for (const [rate, limitUs] of [
    [100, 50],
    [1_000, 10],
    [10_000, 10],
  ] as const) {
    const p99s = (busy: "idle" | "busy"): Record<"ours" | "c", number> => {
      const parts = Array.from({ length: rounds }, () => run<StampPart>("stamps", peer, rate, STAMP_SECONDS, busy));
      return {
        ours: median(parts.map(({ ours }) => ours.p99Ns)) / 1e3,
        c: median(parts.map(({ c }) => c.p99Ns)) / 1e3,
      };
    };
    const [idle, busy] = [p99s("idle"), p99s("busy")];
    figures[`stamp${rate}P99Us`] = idle.ours;
    figures[`stamp${rate}CP99Us`] = idle.c;
    figures[`stamp${rate}BusyP99Us`] = busy.ours;
    goals.push(
      atMost(`receive stamp p99 at ${rate}/s`, idle.ours, "µs", limitUs),
      atMost(`against the C receiver at ${rate}/s`, idle.ours / idle.c, "×", 1.5),
      atMost(`main loop busy against idle at ${rate}/s`, busy.ours / idle.ours, "×", 2),
    );
  }
  return { figures, goals };
}

/** C sends twice the pulses of one neighbour each and receives one: three packets to our four. */
const perPacket = ({ cpuShare, c }: LoadPart): number => cpuShare / 4 / (c.cpuShare / 3);

const DAYS = 20;
const [SESSIONS, PULSES_PER_DAY] = [9_900, 864_000];

/**
 * False downs a day in a group of 100 at 100 ms, 1 % loss each way. Only runs of three misses matter, so they are drawn at
 * the rate at which chance makes them, and the machine itself lives through what follows each.
 */
export function falseDownsPerDay(seed: number, days: number): number {
  const rng = new SeededRng(seed);
  const loss = 1 - 0.99 ** 2;
  const [intervalMs, rttMs] = [100, 20];
  const runs = Math.round(days * SESSIONS * PULSES_PER_DAY * (1 - loss) * loss ** 3);
  let downs = 0;
  for (let i = 0; i < runs; i++) {
    const machine = new Liveness();
    let sequence = 0;
    for (; sequence < 5; sequence++) {
      machine.sent(sequence, sequence * intervalMs);
      machine.answered(sequence, rttMs, sequence * intervalMs + rttMs);
    }
    const replies: { atMs: number; sequence: number }[] = [];
    let nextMs = sequence * intervalMs;
    const sureMisses = sequence + 3;
    while (machine.state === "up" || machine.state === "suspect") {
      const replyMs = replies[0]?.atMs ?? Number.POSITIVE_INFINITY;
      const nowMs = Math.min(nextMs, machine.dueMs, replyMs);
      if (replyMs <= nowMs) {
        const reply = replies.shift();
        if (machine.answered(reply?.sequence ?? 0, rttMs, nowMs)?.state === "up") break;
      }
      if (machine.pass(nowMs)?.state === "down") downs++;
      for (const extra of [true, false]) {
        if (extra ? !machine.takeExtra(nowMs) : nextMs > nowMs) continue;
        machine.sent(sequence, nowMs, extra);
        if (sequence >= sureMisses && unit(rng) >= loss) replies.push({ atMs: nowMs + rttMs, sequence });
        sequence++;
        if (!extra) nextMs += intervalMs;
      }
    }
  }
  return downs / days;
}

export const pulse: Figure = {
  name: "pulse",
  about: "one-way pulses: receive stamps against C, 99 neighbours, a dead direction, false alarms",
  measure: async (rounds) => {
    const peer = native("stamp-peer", ["-O2", "-pthread"]);
    const stamps = stampFigures(peer, Math.min(rounds, 3));
    const open = run<LoadPart>("load", peer, "open", 100, LOAD_SECONDS);
    const signed = run<LoadPart>("load", peer, "authenticated", 100, LOAD_SECONDS);
    const stress = run<LoadPart>("load", peer, "open", 10, LOAD_SECONDS);
    const whole = member("open", MEMBER_SECONDS);
    const wholeSigned = member("authenticated", SIGNED_MEMBER_SECONDS);
    const detect = run<DetectPart>("detect", DETECT_TRIALS);
    const falseDowns = falseDownsPerDay(1, DAYS);
    const matrix = matrixCpuMs(4 * rounds);
    return {
      figures: {
        ...stamps.figures,
        openCpuShare: open.cpuShare,
        openCpuPerPacketAgainstC: perPacket(open),
        authenticatedCpuShare: signed.cpuShare,
        openLateP99Us: open.latenessP99Us,
        openCLateP99Us: open.c.lateP99Ns / 1e3,
        openRssMiB: open.rssMiB,
        openPacketsPerSecond: open.packetsPerSecond,
        openRoundTripP99Us: open.roundTripP99Us,
        stressPacketsPerSecond: stress.packetsPerSecond,
        stressCpuShare: stress.cpuShare,
        memberCpuShare: whole.cpuShare,
        memberAuthenticatedCpuShare: wholeSigned.cpuShare,
        memberRssMiB: whole.rssMiB,
        memberRows: whole.rows,
        suspectP50Ms: detect.suspect.p50Ms,
        suspectP99Ms: detect.suspect.p99Ms,
        downP50Ms: detect.down.p50Ms,
        downP99Ms: detect.down.p99Ms,
        falseDownsPerDay: falseDowns,
        matrixCpuMs: matrix,
      },
      goals: [
        ...stamps.goals,
        atMost("CPU of one core, 99 peers at 100 ms", open.cpuShare, "of a core", 0.1),
        atMost("CPU of a packet against C's", perPacket(open), "×", 2),
        atMost("CPU of one core, authenticated", signed.cpuShare, "of a core", 0.2),
        atMost("memory", Math.max(open.rssMiB, signed.rssMiB), "MiB", 100),
        atMost("local loss, 99 peers at 100 ms", open.lost + signed.lost, "pulses", 0),
        atMost("local loss at 39,600 packets/s", stress.lost, "pulses", 0),
        atMost("CPU of one core, whole member with statistics and matrix", whole.cpuShare, "of a core", 0.1),
        atMost("the same, authenticated", wholeSigned.cpuShare, "of a core", 0.2),
        atMost("memory of a whole member", Math.max(whole.rssMiB, wholeSigned.rssMiB), "MiB", 100),
        atMost("local loss of a whole member in 10 minutes, worst cell", whole.lostPpm, "ppm", 0),
        atMost("pulses late against their time, p99", open.latenessP99Us, "µs", 500),
        atMost("the same against C's own", open.latenessP99Us / (open.c.lateP99Ns / 1e3), "×", 1.5),
        atMost("dead direction suspect, p99", detect.suspect.p99Ms, "ms", 350),
        atMost("dead direction down, p50", detect.down.p50Ms, "ms", 500),
        atMost("dead direction down, p99", detect.down.p99Ms, "ms", 700),
        atMost("the matrix of 100 members, each second", matrix, "ms of CPU", 50),
        atMost("false downs in a group of 100 (simulated)", falseDowns, "a day", 1),
      ],
    };
  },
};
