// The WireGuard devices of one POP, inside a namespace: `PEERS TRANSITS ROUNDS`. Prints JSON, and leaves no device behind.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, RealClock } from "../src/base/clock.ts";
import { createLogger } from "../src/base/log.ts";
import { StateFolder } from "../src/pop-agent/state-folder.ts";
import { WireguardDevices } from "../src/pop-agent/wireguard/devices.ts";
import { newCurvePair } from "../src/pop-agent/wireguard/keys.ts";
import { devicesOf } from "../src/pop-agent/wireguard/plan.ts";
import { misfits } from "../src/pop-agent/wireguard/seen.ts";
import { Tunnels } from "../src/pop-agent/wireguard/tunnels.ts";
import type { WireTunnel } from "../src/wire/desired.ts";
import type { PopRecord, SegmentPort } from "../src/wire/pop.ts";
import { cpuOf } from "./proc.ts";
import type { WireguardPart } from "./wireguard.ts";

const [peers = 0, transits = 0, rounds = 0] = process.argv.slice(2).map(Number);
const [ROTATE_MS, FIRST_PORT] = [3_600_000, 40_000];
/** wireguard-go's sockets are the machine's, whatever the namespace. */
const nameOf = (i: number): string => `b${process.pid}w${i}`;
const inside = (i: number, end: number): string => `fd00:${i.toString(16)}::${end}`;

const segments = Array.from({ length: peers * transits }, (_, i): SegmentPort => {
  const base = { transit: `t${i % transits}`, to: `pop${Math.floor(i / transits)}`, device: nameOf(i) };
  const wireguard = { endpoint: "2001:db8::1", port: FIRST_PORT + i };
  return { ...base, local: inside(i, 1), nexthop: inside(i, 2), wireguard };
});
const record: PopRecord = {
  ...{ name: "here", platform: "linux", address: "2001:db8::1" },
  transits: Array.from({ length: transits }, (_, i) => ({ name: `t${i}` })),
  segments,
};
const others = segments.map(({ device, to }, i): WireTunnel => {
  const [{ publicKey }, { publicKey: fresh }] = [newCurvePair(), newCurvePair()];
  return { device, to, publicKey, fresh, endpoint: `2001:db8:1::${(i + 1).toString(16)}`, port: 51_820 };
});

const real = new RealClock();
let skippedUs = 0n;
const clock: Clock = {
  wallUs: () => (real.wallUs() + skippedUs) as ReturnType<Clock["wallUs"]>,
  monoUs: () => real.monoUs(),
  sleepMs: (ms, signal) => real.sleepMs(ms, signal),
};
const folder = mkdtempSync(join(tmpdir(), "srwan-bench-wireguard-"));
const devices = new WireguardDevices();
const log = createLogger({ level: "warn", format: "short", write: (line) => void process.stderr.write(line) });
const tunnelsOf = () =>
  new Tunnels({
    folder: new StateFolder(folder),
    devices,
    record,
    rotateMs: ROTATE_MS,
    isDown: () => false,
    clock,
    log,
  });

async function tookMs(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Of this process and of those that it waited for. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + cpuOf("self").waitedForMs;
}

/** Of wireguard-go in this namespace, in MiB each: pages that several share count in parts. */
function processes(): number[] {
  const own = readlinkSync("/proc/self/ns/net");
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "wireguard-go") return [];
        if (readlinkSync(`/proc/${pid}/ns/net`) !== own) return [];
        const [, kib = "0"] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
        return [Number(kib) / 1_024];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

const availableMiB = (): number =>
  Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) / 1_024;

async function measure(): Promise<WireguardPart> {
  const before = availableMiB();
  const first = tunnelsOf();
  const madeMs = await tookMs(() => first.start());
  const joinedMs = await tookMs(() => first.hold(others));
  const second = tunnelsOf();
  const restartedMs = await tookMs(() => second.start());
  await second.hold(others);
  skippedUs = BigInt(ROTATE_MS) * 1_000n;
  const rotatedMs = await tookMs(() => {
    second.tick(true);
    return second.stop();
  });
  const looksMs: number[] = [];
  const cpuBefore = cpuMs();
  for (let i = 0; i < rounds; i++) looksMs.push(await tookMs(() => devices.look()));
  const lookCpuMs = (cpuMs() - cpuBefore) / rounds;
  const eachMs = await tookMs(() => {
    for (const { device } of segments) spawnSync("wg", ["show", device, "latest-handshakes"]);
  });
  const memories = processes();
  const seen = await devices.look();
  const [{ publicKey = "" } = {}] = second.record.segments.map(({ wireguard }) => wireguard ?? {});
  const asMade = devicesOf(record).filter((device, i) => {
    const made = { device, publicKey, peer: others[i], sharedKey: undefined };
    return misfits(seen.get(device.name), made).length === 0;
  }).length;
  const used = memories.length > 0 ? memories.reduce((sum, one) => sum + one, 0) : Math.max(0, before - availableMiB());
  return {
    ...{ madeMs, joinedMs, restartedMs, rotatedMs, looksMs, lookCpuMs, eachMs, asMade },
    ...{ processes: memories.length, memoryMiB: used },
  };
}

/** Each wireguard-go watches its own socket with one of these, and 128 are what a user has unless more are given. */
const WATCHERS = "/proc/sys/fs/inotify/max_user_instances";
const watchers = readFileSync(WATCHERS, "utf8").trim();

try {
  if (Number(watchers) < 2 * segments.length) writeFileSync(WATCHERS, String(2 * segments.length));
  process.stdout.write(JSON.stringify(await measure()));
} finally {
  writeFileSync(WATCHERS, watchers);
  for (const { device } of segments) await devices.remove(device);
  rmSync(folder, { recursive: true });
}
