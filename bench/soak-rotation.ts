// `node bench/soak-rotation.ts [SECONDS] [ROTATE_MS]` (120, 10000): a policy over two segments inside WireGuard, whose four
// ends rotate their shared keys all the time under traffic, with a controller between them. Ends with 0 only where no packet
// was lost, keys did rotate and hands were shaken with them, and nobody on the way saw a SID list.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readCapture } from "../src/srv6/capture.ts";
import { decodePacket, type Layer, PROTOCOL } from "../src/srv6/packet.ts";
import { encryptedRecordOf, tunnelTo, UPPER } from "../test/chaos/wan.ts";
import { World } from "../test/chaos/world.ts";

const [seconds = 120, rotateMs = 10_000] = process.argv.slice(2).map(Number);
const LOOK_MS = 1_000;
/** WireGuard shakes hands anew every 120 s while traffic flows; the first time was before this began. */
const REKEY_S = 120;
const HOP_BY_HOP = 0;
const ENDS = [
  ["pop1", "r1"],
  ["r1", "pop1"],
  ["r1", "pop2"],
  ["pop2", "r1"],
] as const;
type Node = (typeof ENDS)[number][0];

const world = await World.open({
  record: encryptedRecordOf,
  agentEnv: { SRWAN_WIREGUARD_ROTATE_MS: String(rotateMs) },
  patienceMs: 300_000,
});
try {
  const seen = await rotating();
  process.stdout.write(`${JSON.stringify(seen, undefined, 2)}\n`);
  const least = Math.max(1, Math.floor((seconds * 1_000) / rotateMs) - 2);
  const holds =
    seen.lost === 0 &&
    seen.carries === UPPER.join() &&
    seen.failedOver === 0 &&
    Object.values(seen.keys).every((count) => count > least) &&
    Object.values(seen.handshakes).every((count) => count >= (seconds >= REKEY_S ? 2 : 1)) &&
    seen.keysAgree &&
    seen.under.sealed > 0 &&
    seen.under.srh + seen.under.tunnelled + seen.under.other === 0 &&
    seen.inside.srh > 0;
  process.exitCode = holds ? 0 : 1;
} finally {
  await world.close();
}

async function rotating() {
  await world.until("every tunnel shakes hands", async () => {
    for (const [pop, other] of ENDS)
      if ((await shown(pop, other, "latest-handshakes")) === "0") return `${pop} ${other}`;
    return undefined;
  });
  // What the wire shows under the tunnels, and, so that it is known to show SID lists where there are any, inside of one.
  const [under, inside] = [await capture("r1", ["to-pop1", "to-pop2"]), await capture("r1", [tunnelTo("r1", "pop1")])];
  const gold = await world.flow("gold");
  const [keys, handshakes] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; await sleep(LOOK_MS)) {
    for (const [pop, other] of ENDS) {
      const name = `${pop} to ${other}`;
      for (const [all, what] of [
        [keys, "preshared-keys"],
        [handshakes, "latest-handshakes"],
      ] as const) {
        all.set(name, (all.get(name) ?? new Set()).add(await shown(pop, other, what)));
      }
    }
  }
  const lost = await gold.end();
  const status = await world.controller.status("gold");
  const carrying = status?.paths.find(({ role }) => role === "active")?.segments.join() ?? "";
  const failedOver = (await world.controller.all("/api/v1/events?type=failed-over")).length;
  let keysAgree = true;
  // An end is ahead of the other for as long as the service takes to tell.
  await world.until("both ends have one key", disagreement).catch(() => (keysAgree = false));
  const counts = (all: ReadonlyMap<string, ReadonlySet<string>>) =>
    Object.fromEntries([...all].map(([name, found]) => [name, found.size]));
  return {
    ...{ sent: gold.sent, lost, carries: carrying, failedOver },
    ...{ keys: counts(keys), handshakes: counts(handshakes), keysAgree },
    ...{ under: kindsOf(await under()), inside: kindsOf(await inside()) },
  };
}

async function disagreement(): Promise<string | undefined> {
  for (const [pop, other] of ENDS) {
    const [here, there] = [await shown(pop, other, "preshared-keys"), await shown(other, pop, "preshared-keys")];
    if (here !== there) return `${pop} and ${other} differ`;
  }
  return undefined;
}

/** Of the one peer of a device. */
async function shown(pop: Node, other: Node, what: "preshared-keys" | "latest-handshakes"): Promise<string> {
  return (await world.run(pop, `wg show ${tunnelTo(pop, other)} ${what}`)).trim().split("\t")[1] ?? "";
}

/** Begins; what it gives ends it, and says what was caught. */
async function capture(node: Node, devices: readonly string[]): Promise<() => Promise<Layer[][]>> {
  const file = join(world.folder, `${node}-${devices.join("-")}.pcapng`);
  // It ends by itself where nobody ends it.
  const ends = ["-a", `duration:${seconds + 120}`];
  const words = ["dumpcap", "-q", ...devices.flatMap((device) => ["-i", device]), ...ends, "-w", file];
  const pid = (await world.run(node, `setsid ${words.join(" ")} >/dev/null 2>&1 & echo $!`)).trim();
  await world.until("the capture is on", async () => {
    const size = await world.run(node, `stat -c %s ${file} 2>/dev/null || echo 0`);
    return Number(size) > 0 ? undefined : "it has no file yet";
  });
  return async () => {
    await sleep(LOOK_MS);
    await world.run(node, `kill -INT ${pid}`);
    await sleep(LOOK_MS);
    return readCapture(readFileSync(file)).flatMap(({ octets, start }) => (start ? [decodePacket(octets, start)] : []));
  };
}

/** Frames by what they show; neighbours are asked for in the clear. */
function kindsOf(frames: readonly (readonly Layer[])[]) {
  const found = { frames: frames.length, sealed: 0, srh: 0, tunnelled: 0, neighbours: 0, other: 0 };
  for (const layers of frames) {
    const addresses = layers.filter(({ kind }) => kind === "ipv6" || kind === "ipv4").length;
    const payload = layers.find((layer) => layer.kind === "payload");
    if (layers.some(({ kind }) => kind === "srh")) found.srh++;
    else if (addresses > 1) found.tunnelled++;
    else if (payload !== undefined && isNeighbours(payload)) found.neighbours++;
    else if (payload?.protocol === PROTOCOL.udp && isSealed(payload.octets)) found.sealed++;
    else found.other++;
  }
  return found;
}

/** ICMPv6, also behind the hop-by-hop options of what listeners report. */
function isNeighbours({ protocol, octets }: Extract<Layer, { kind: "payload" }>): boolean {
  return protocol === PROTOCOL.icmp6 || (protocol === HOP_BY_HOP && octets[0] === PROTOCOL.icmp6);
}

/** A UDP header, and one of WireGuard's four kinds of message with its three zeroes. */
function isSealed(udp: Uint8Array): boolean {
  const [kind = 0, ...reserved] = udp.subarray(8, 12);
  return kind >= 1 && kind <= 4 && reserved.length === 3 && reserved.every((octet) => octet === 0);
}
