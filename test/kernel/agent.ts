// A process inside one network namespace, which lives as long as the process does. Does there what its parent asks over
// the process channel (namespace.ts): applies desired states with our own code, counts, sends, receives, captures.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { type Clock, RealClock } from "../../src/base/clock.ts";
import { createLogger } from "../../src/base/log.ts";
import { StateFolder } from "../../src/pop-agent/state-folder.ts";
import { WireguardDevices } from "../../src/pop-agent/wireguard/devices.ts";
import { Tunnels } from "../../src/pop-agent/wireguard/tunnels.ts";
import { formatPrefix } from "../../src/srv6/address.ts";
import { apply, look, troubleText, type Wanted } from "../../src/srv6/linux/apply.ts";
import { compile } from "../../src/srv6/linux/compile.ts";
import { edgeText, type RefusedKind } from "../../src/srv6/linux/edge.ts";
import { keepsEndXDevice, withoutEndXDevices } from "../../src/srv6/linux/end-x.ts";
import { memoryJournal } from "../../src/srv6/linux/journal.ts";
import { Kernel } from "../../src/srv6/linux/kernel.ts";
import { nftEdge, refusedPackets } from "../../src/srv6/linux/nft.ts";
import type { Counters, Encap, KernelObject } from "../../src/srv6/linux/objects.ts";
import { planCommands, planDiff } from "../../src/srv6/linux/plan.ts";
import { procSettings } from "../../src/srv6/linux/settings.ts";
import { openSocket, PROTOCOL } from "../../src/srv6/linux/socket.ts";
import { encapText, objectText } from "../../src/srv6/linux/text.ts";
import type { Desired } from "../../src/srv6/model.ts";
import type { WireTunnel } from "../../src/wire/desired.ts";
import type { PopRecord } from "../../src/wire/pop.ts";

export type Applied = {
  readonly steps: readonly string[];
  readonly troubles: readonly string[];
  readonly leftOver: readonly string[];
};

/** What one SID counted: a route's by its prefix, a nexthop object's by its identifier. */
export type Count = Counters & { readonly at: string; readonly encap: string };

export type Datagram = {
  readonly to: string;
  readonly port: number;
  readonly fromPort?: number;
  readonly text: string;
};

const clock = new RealClock();
const journal = memoryJournal();
let opened: Kernel | undefined;
let sockets: Socket[] = [];
let heard: string[] = [];
const captures = new Map<string, ChildProcess>();

/** Opened late: a namespace that only sends needs no netlink. */
function kernel(): Kernel {
  const ports = { route: openSocket(PROTOCOL.route), generic: openSocket(PROTOCOL.generic), settings: procSettings };
  opened ??= new Kernel(ports, clock);
  return opened;
}

const wantedOf = (desired: Desired, nexthopEncap = true): Wanted => ({
  objects: compile(desired, { nexthopEncap }),
  edge: edgeText(desired),
  ...(desired.tunnelSource === undefined ? {} : { tunnelSource: desired.tunnelSource }),
});

async function applied(wanted: Wanted): Promise<Applied> {
  const report = await apply({ kernel: kernel(), edge: nftEdge, journal }, wanted);
  return {
    steps: planCommands(report.steps),
    troubles: report.troubles.map(troubleText),
    leftOver: report.leftOver.map(objectText),
  };
}

function countsOf(object: KernelObject): Count[] {
  const one = (at: string, encap: Encap | undefined): Count[] =>
    encap?.kind === "seg6local" && encap.counters ? [{ at, encap: encapText(encap), ...encap.counters }] : [];
  if (object.kind === "nexthop") return one(`nexthop ${object.id}`, object.hop.encap);
  if (object.kind !== "route" || object.target.kind !== "hops") return [];
  return object.target.hops.flatMap(({ encap }) => one(formatPrefix(object.prefix), encap));
}

/** Moments that are skipped: rotation is due after minutes. */
let skippedUs = 0n;
const tunnelClock: Clock = {
  wallUs: () => (clock.wallUs() + skippedUs) as ReturnType<Clock["wallUs"]>,
  monoUs: () => (clock.monoUs() + skippedUs) as ReturnType<Clock["monoUs"]>,
  sleepMs: (ms, signal) => clock.sleepMs(ms, signal),
};
const log = createLogger({ level: "warn", format: "short", write: (line) => void process.stderr.write(line) });
let tunnels: Tunnels | undefined;

const verbs = {
  run: (words: readonly [string, ...string[]], input = ""): string => {
    const [command, ...args] = words;
    const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`, LC_ALL: "C" };
    const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: "utf8", env });
    if (status !== 0) throw new Error(`${words.join(" ")}: ${error?.message ?? stderr.trim()}`);
    return stdout;
  },

  /** "net/ipv6/conf/all/forwarding": its value. */
  sysctl: (settings: Readonly<Record<string, string | number>>): void => {
    for (const [name, value] of Object.entries(settings)) writeFileSync(`/proc/sys/${name}`, String(value));
  },

  apply: (desired: Desired, nexthopEncap = true): Promise<Applied> => applied(wantedOf(desired, nexthopEncap)),

  /** What this kernel would forget of End.X is left out, as an agent leaves it out. */
  applyAsAgent: async (desired: Desired): Promise<Applied> => {
    const { objects, ...rest } = wantedOf(desired);
    const keeps = await keepsEndXDevice(kernel());
    return applied({ objects: keeps ? objects : withoutEndXDevices(objects), ...rest });
  },

  /** What an apply of it would still change, as a diff. */
  missing: async (desired: Desired): Promise<string[]> =>
    planDiff((await look(kernel(), wantedOf(desired).objects, journal)).plan),

  /** What the edge refused, by kind. */
  refused: () => refusedPackets() ?? new Map<RefusedKind, bigint>(),

  counts: async (): Promise<Count[]> => (await kernel().read([], journal.claimed())).ours.flatMap(countsOf),

  /** What the host has no way for is lost, as it would be further on. */
  send: async (datagrams: readonly Datagram[]): Promise<void> => {
    for (const { to, port, fromPort, text } of datagrams) {
      const socket = createSocket(to.includes(":") ? "udp6" : "udp4");
      socket.bind(fromPort ?? 0);
      await once(socket, "listening");
      await new Promise<void>((resolve, reject) =>
        socket.send(text, port, to, (error) =>
          error && !error.message.includes("UNREACH") ? reject(error) : resolve(),
        ),
      );
      socket.close();
    }
  },

  listen: async (port: number): Promise<void> => {
    sockets = [createSocket("udp4"), createSocket({ type: "udp6", ipv6Only: true })];
    for (const socket of sockets) {
      socket.on("message", (octets) => heard.push(octets.toString("utf8")));
      socket.bind(port);
      await once(socket, "listening");
    }
  },

  /** Texts of the datagrams that came; waits for so many, as long as one comes each `patienceMs`. */
  heard: async (count: number, patienceMs: number): Promise<string[]> => {
    for (let before = -1; heard.length < count && before !== heard.length; ) {
      before = heard.length;
      for (let i = 0; i < patienceMs / 10 && heard.length < count; i++) await clock.sleepMs(10);
    }
    const all = heard;
    heard = [];
    return all;
  },

  /** WireGuard devices as a record asks for them; gives the record as it is told. */
  tunnel: async (record: PopRecord, folder: string): Promise<PopRecord> => {
    const parts = {
      folder: new StateFolder(folder),
      devices: new WireguardDevices(),
      rotateMs: 60_000,
      isDown: () => false,
      log,
    };
    tunnels = new Tunnels({ ...parts, record, clock: tunnelClock });
    await tunnels.start();
    return tunnels.record;
  },

  joinTunnels: (others: readonly WireTunnel[]): Promise<void> | undefined => tunnels?.hold(others),

  /** A minute later: rotates, and looks whether all stands. */
  later: async (): Promise<PopRecord | undefined> => {
    skippedUs += 61_000_000n;
    tunnels?.tick(true);
    await tunnels?.stop();
    return tunnels?.record;
  },

  capture: async (device: string, file: string): Promise<void> => {
    const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`, LC_ALL: "C" };
    const child = spawn("dumpcap", ["-q", "-i", device, "-w", file], { stdio: ["ignore", "ignore", "pipe"], env });
    captures.set(file, child);
    let said = "";
    for await (const more of child.stderr.iterator({ destroyOnReturn: false })) {
      said += String(more);
      if (said.includes("File:")) break;
    }
    child.stderr.resume();
    if (!said.includes("File:")) throw new Error(`dumpcap on ${device}: ${said.trim()}`);
  },

  /** Ends a capture when its file has stopped growing: dumpcap writes what it holds a few times a second. */
  endCapture: async (file: string): Promise<void> => {
    const child = captures.get(file);
    if (!child || child.exitCode !== null) throw new Error(`no capture into ${file}`);
    for (let [before, still] = [-1, 0]; still < 2; ) {
      const now = statSync(file).size;
      still = now === before ? still + 1 : 0;
      before = now;
      await clock.sleepMs(300);
    }
    child.kill("SIGINT");
    await once(child, "close");
    captures.delete(file);
  },
};

export type Verbs = typeof verbs;
export type Question = { readonly id: number; readonly verb: keyof Verbs; readonly args: readonly unknown[] };
export type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string };

process.on("message", async ({ id, verb, args }: Question) => {
  const work = verbs[verb] as (...args: readonly unknown[]) => unknown;
  try {
    process.send?.({ id, value: await work(...args) } satisfies Answer);
  } catch (error) {
    process.send?.({ id, error: (error as Error).message } satisfies Answer);
  }
});
process.on("disconnect", () => {
  for (const child of captures.values()) child.kill("SIGKILL");
  process.exit(0);
});
