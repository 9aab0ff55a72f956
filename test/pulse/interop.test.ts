// With other implementations: scapy's STAMP in both roles over real sockets, signed packets by Python's own HMAC, and
// what tshark reads in our packets.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, type TestContext } from "vitest";
import { parseAddress } from "../../src/pulse/address.ts";
import type { PeerId } from "../../src/pulse/model.ts";
import type { ReflectorPlan } from "../../src/pulse/plan.ts";
import { Pulse } from "../../src/pulse/pulse.ts";
import { PulseSession } from "../../src/pulse/session.ts";
import { Pair } from "../support/pulse-pair.ts";
import { pythonWith } from "../support/python.ts";

const SRWAN = join(import.meta.dirname, "..", "..", "bin", "srwan");
const PEER = join(import.meta.dirname, "stamp_peer.py");
const KEY = "5a".repeat(32);

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.stdin?.end();
    if (child.exitCode === null) await once(child, "close");
  }
});

/** The first Python that has scapy; a test without one is skipped. */
function pythonWithScapy(ctx: TestContext): string {
  const found = pythonWith("scapy.contrib.stamp");
  if (found === undefined) ctx.skip("scapy is not installed (Debian package python3-scapy; make setup installs it)");
  return found;
}

async function peerPort(python: string, ...words: string[]): Promise<string> {
  const child = spawn(python, [PEER, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const [line] = await once(child.stdout, "data");
  return String(line).trim();
}

function send(port: string, ...words: string[]) {
  const fixed = ["pulse", "send", "127.0.0.1", "--port", port, "--interval", "40ms", "--count", "5", "-o", "json"];
  const { stdout, stderr } = spawnSync(SRWAN, [...fixed, ...words], { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

describe("scapy as the reflector", () => {
  it("answers our plain pulses, and its times stand where ours do", async (ctx) => {
    const port = await peerPort(pythonWithScapy(ctx), "reflect");
    const told = send(port, "--twamp-light");
    expect(told).toMatchObject({ sent: 5, answered: 5, refused: {} });
    // One clock took all four stamps; only Python's own slowness lies between them.
    for (const way of ["out", "back", "roundTrip"]) expect(Math.abs(told[way].p50Us)).toBeLessThan(1_000_000);
  });

  it("is told apart by session and found to count nothing", async (ctx) => {
    const port = await peerPort(pythonWithScapy(ctx), "reflect");
    const told = send(port);
    expect(told).toMatchObject({ answered: 5, lacks: ["extensions"], lost: { unknown: 0 } });
    expect(told.lost.out).toBeUndefined();
  });

  it("answers signed pulses by Python's own HMAC, and not those of another key", async (ctx) => {
    const port = await peerPort(pythonWithScapy(ctx), "reflect-signed", KEY);
    expect(send(port, "--auth-key", KEY)).toMatchObject({ mode: "authenticated", answered: 5, lacks: ["extensions"] });
    expect(send(port, "--auth-key", "aa".repeat(32))).toMatchObject({ answered: 0 });
  });
});

/** What a sender written in Python prints of the answers of our reflector, and where our stamps came from. */
async function answersTo(python: string, secured: Pick<ReflectorPlan, "mode" | "key">, ...words: string[]) {
  const plan = { ...secured, address: parseAddress("127.0.0.1"), port: 0, stateful: true, format: "ntp" } as const;
  const reflectors = [{ ...plan, returnAddresses: [], steersReplies: false }];
  const how = { neighbours: [], synchronised: false, stamps: "kernel", phaseStart: 0, tellsReplies: false } as const;
  let refused = 0;
  const reflector = new Pulse({ ...how, reflectors }, (news) => {
    if (news.kind === "counters") refused = news.counters["request-hmac"] ?? 0;
  });
  const { reflectorPorts, stamps } = await reflector.ready;
  let printed = "";
  try {
    // Not spawnSync: it would hold up the thread that hears of the loop's end.
    const [mode = "", ...rest] = words;
    const child = spawn(python, [PEER, mode, String(reflectorPorts[0]), ...rest], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.stdout.on("data", (part) => {
      printed += part;
    });
    await once(child, "close");
  } finally {
    await reflector.stop();
  }
  return { answers: JSON.parse(printed), ttl: stamps === "kernel" ? 64 : 0, refused };
}

describe("our reflector", () => {
  it("answers scapy, which reads numbers, echo, session and hops in it", async (ctx) => {
    const { answers, ttl } = await answersTo(pythonWithScapy(ctx), { mode: "open" }, "send", "3");
    expect(answers).toMatchObject(
      [0, 1, 2].map((seq) => ({ octets: 44, seq, seqSender: seq, ssid: 4660, ttlSender: ttl })),
    );
    for (const { echoMs, outMs, stayMs } of answers) {
      expect(echoMs).toBeLessThan(0.01);
      expect(Math.abs(outMs)).toBeLessThan(1_000);
      expect(Math.abs(stayMs)).toBeLessThan(1_000);
    }
  });

  it("answers pulses that Python's own HMAC signed, so that it finds the answers genuine, and no others", async (ctx) => {
    const secured = { mode: "authenticated", key: Buffer.from(KEY, "hex") } as const;
    const { answers, ttl, refused } = await answersTo(pythonWithScapy(ctx), secured, "send-signed", "3", KEY);
    expect(answers).toMatchObject(
      [0, 1, 2].map((seq) => {
        const echoed = { seqSender: seq, ssid: 4660, ttlSender: ttl, echoes: true };
        return { octets: 112, seq, ...echoed, genuine: true };
      }),
    );
    for (const { outMs } of answers) expect(Math.abs(outMs)).toBeLessThanOrEqual(1_000);
    expect(refused).toBe(3);
  });
});

describe("tshark", () => {
  /** A capture of one UDP datagram between two hosts: link type 101 is plain IP. */
  function captureOf(octets: Uint8Array): Uint8Array {
    const packet = Buffer.alloc(28 + octets.length);
    packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    packet.writeUInt16BE(packet.length, 2);
    packet.writeUInt16BE(40_000, 20);
    packet.writeUInt16BE(20_862, 22);
    packet.writeUInt16BE(8 + octets.length, 24);
    packet.set(octets, 28);
    const file = Buffer.alloc(40 + packet.length);
    for (const [at, word] of [
      0xa1b2c3d4,
      0x00040002,
      0,
      0,
      65_535,
      101,
      0,
      0,
      packet.length,
      packet.length,
    ].entries()) {
      file.writeUInt32LE(word, at * 4);
    }
    file.set(packet, 40);
    return file;
  }

  function fieldsOf(octets: Uint8Array, names: readonly string[]): string[] {
    const folder = mkdtempSync(join(tmpdir(), "srwan-pulse-"));
    const file = join(folder, "one.pcap");
    writeFileSync(file, captureOf(octets));
    const fields = names.flatMap((name) => ["-e", `twamp.test.${name}`]);
    const words = ["-r", file, "-d", "udp.port==20862,twamp.test", "-T", "fields", "-E", "separator=|", ...fields];
    const { stdout, stderr } = spawnSync("tshark", words, { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });
    rmSync(folder, { recursive: true });
    if (stdout === "") throw new Error(stderr);
    return stdout.trim().split("|");
  }

  it("reads our answer as TWAMP-Test: every number and every time", (ctx) => {
    if (spawnSync("tshark", ["--version"]).error) ctx.skip("tshark is not installed (make setup installs it)");
    const pair = new Pair();
    pair.pulse();
    const { reply } = pair.round();
    const names = [
      "seq_number",
      "timestamp",
      "receive_timestamp",
      "sender_seq_number",
      "sender_timestamp",
      "sender_ttl",
    ];
    expect(fieldsOf(reply, names)).toEqual([
      "0",
      "Nov 14, 2023 22:13:20.020100000 UTC",
      "Nov 14, 2023 22:13:20.020000000 UTC",
      "1",
      "Nov 14, 2023 22:13:20.000000000 UTC",
      "251",
    ]);
  });

  it("reads the error estimate of our pulse as we meant it", (ctx) => {
    if (spawnSync("tshark", ["--version"]).error) ctx.skip("tshark is not installed (make setup installs it)");
    const session = new PulseSession({
      peer: "b" as PeerId,
      mode: "open",
      mac: undefined,
      signsTlvs: false,
      ssid: 1,
      format: "ntp",
      synchronised: true,
      reflectorIsStateful: undefined,
    });
    // 1 µs: 135 · 2⁻²⁷ s, rounded up.
    const { octets } = session.prepare([], 1_000);
    const part = (name: string): string => `error_estimate.${name}`;
    // tshark reads a sender's packet as a reflector's: each field comes twice, and the first is ours.
    const both = fieldsOf(octets, ["s", "z", "scale", "multiplier"].map(part));
    const [s, z, scale, multiplier] = both.map((told) => told.split(",")[0]);
    expect([Number(scale), Number(multiplier)]).toEqual([5, 135]);
    expect([s, z].map((flag) => flag === "1" || flag === "True")).toEqual([true, false]);
  });
});
