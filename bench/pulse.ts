// The pulse room: receive stamps against the kernel's of the same packets, what 99 neighbours cost, how soon a dead
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
type StampPart = { readonly error: Stamps; readonly way: Stamps; readonly c: Stamps; readonly beyond: number };
type LoadPart = {
  readonly cpuShare: number;
  readonly rssMiB: number;
  readonly packetsPerSecond: number;
  readonly lost: number;
  readonly latenessP99Us: number;
  readonly roundTripP99Us: number;
  readonly sendWayP99Us: number;
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

const RATES = [
  [100, 50],
  [1_000, 10],
  [10_000, 10],
] as const;
/** Without the kernel's stamps. */
const HANDLER_LIMIT_US = 150;

/**
 * p99 in µs, idle and with the main thread busy for a quarter of its time: our stamp against the kernel's of the very same
 * packet. Beside it the way from the sender's clock to the stamp, to our socket and to C's own: that is the C sender's system
 * call, hardly faster from a processor that slept, and no error of a receiver.
 */
function stampFigures(peer: string, rounds: number): { figures: Record<string, number>; goals: Goal[] } {
  const figures: Record<string, number> = {};
  const goals: Goal[] = [];
  let beyond = 0;
  const p99s = (rate: number, busy: "idle" | "busy", source: string): Record<"error" | "way" | "c", number> => {
    const words = ["stamps", peer, rate, STAMP_SECONDS, busy, source];
    const parts = Array.from({ length: rounds }, () => run<StampPart>(...words));
    const middle = (of: (part: StampPart) => Stamps): number => median(parts.map((part) => of(part).p99Ns)) / 1e3;
    if (source === "kernel") beyond += parts.reduce((sum, part) => sum + part.beyond, 0);
    return { error: middle(({ error }) => error), way: middle(({ way }) => way), c: middle(({ c }) => c) };
  };
  for (const [rate, limitUs] of RATES) {
    const [idle, busy] = [p99s(rate, "idle", "kernel"), p99s(rate, "busy", "kernel")];
    figures[`stamp${rate}P99Us`] = idle.error;
    figures[`stamp${rate}BusyP99Us`] = busy.error;
    figures[`way${rate}P99Us`] = idle.way;
    figures[`way${rate}CP99Us`] = idle.c;
    goals.push(
      atMost(`receive stamp against the kernel's of the same packet, p99 at ${rate}/s`, idle.error, "µs", limitUs),
      atMost(`the same with the main loop busy at ${rate}/s`, busy.error, "µs", limitUs),
    );
  }
  const { error } = p99s(1_000, "idle", "handler");
  figures.stampHandlerP99Us = error;
  goals.push(
    atMost("receive stamps beyond the error that they state", beyond, "stamps", 0),
    atMost("the same without the kernel's stamps, p99 at 1000/s", error, "µs", HANDLER_LIMIT_US),
  );
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
  about: "one-way pulses: receive stamps against the kernel's, 99 neighbours, a dead direction, false alarms",
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
        openSendWayP99Us: open.sendWayP99Us,
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
