// Segments inside WireGuard, by the agent's own code: two POPs, the kernel's devices or wireguard-go's. What a capture on
// the underlay shows, rotation under traffic, and a device that somebody takes away.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readCapture } from "../../src/srv6/capture.ts";
import { decodePacket } from "../../src/srv6/packet.ts";
import type { PopRecord } from "../../src/wire/pop.ts";
import { IDLE, local, path, policy, steer } from "./build.ts";
import { Namespace } from "./namespace.ts";
import { kernelFindings, lacks, lacksWorld } from "./needs.ts";
import { tunnelRecord, tunnelTo } from "./tunnel-records.ts";
import { PORT, sidAt } from "./world.ts";

const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
const absent = (tool: string): boolean => spawnSync(tool, ["--version"], { env }).error !== undefined;
const noKernel = lacks(await kernelFindings(["kernel.wireguard"]), "kernel.wireguard");
const lacking =
  lacksWorld() ??
  (absent("wg") ? "wg is not installed (Debian package wireguard-tools; make setup installs it)" : undefined) ??
  (noKernel && absent("wireguard-go") ? `${noKernel}, and wireguard-go is not installed` : undefined);

const NAMES = ["sea", "chi"] as const;
type Name = (typeof NAMES)[number];
const other = (name: Name): Name => (name === "sea" ? "chi" : "sea");
const underlay = (name: Name): string => `2001:db8:1::${NAMES.indexOf(name) + 1}`;
const inside = (name: Name): string => `fd00::${NAMES.indexOf(name) + 1}`;
/** wireguard-go's sockets are the machine's, whatever the namespace. */
const device = (name: Name): string => `wg${process.pid}${name[0]}`;
const BEHIND = "2001:db8:f::1";
/** Of the machine's own addresses: the exit hands packets to the POP itself. */
const LOCAL_TABLE = 255;
const EXIT = sidAt("egress", 6);

const recordOf = (name: Name): PopRecord => {
  const [local, nexthop] = [inside(name), inside(other(name))];
  return tunnelRecord({ name, to: other(name), device: device(name), endpoint: underlay(name), local, nexthop });
};

describe("a segment inside WireGuard", () => {
  const folder = mkdtempSync(join(tmpdir(), "srwan-wireguard-"));
  let pops: Readonly<Record<Name, Namespace>>;
  const records = new Map<Name, PopRecord>();
  const run = (name: Name, line: string) => pops[name].ask("run", line.split(" ") as [string, ...string[]]);
  /** As the service does: each learns of the other's newest record. */
  const exchange = async () => {
    for (const name of NAMES) {
      await pops[other(name)].ask("joinTunnels", [tunnelTo(records.get(name) as PopRecord, device(other(name)))]);
    }
  };
  const send = (texts: readonly string[]) =>
    pops.sea.ask(
      "send",
      texts.map((text) => ({ to: BEHIND, port: PORT, text })),
    );
  const sharedKeys = async () => {
    const shown = await Promise.all(NAMES.map((name) => run(name, `wg show ${device(name)} preshared-keys`)));
    return shown.map((line) => line.trim().split("\t")[1]);
  };

  beforeEach(({ skip }) => {
    if (lacking !== undefined) skip(lacking);
  });
  beforeAll(async () => {
    if (lacking !== undefined) return;
    pops = { sea: new Namespace("sea"), chi: new Namespace("chi") };
    for (const name of NAMES) {
      await pops[name].ask("sysctl", {
        "net/ipv6/conf/all/forwarding": 1,
        "net/ipv6/conf/all/seg6_enabled": 1,
        "net/ipv6/conf/default/seg6_enabled": 1,
      });
      await run(name, "ip link set lo up");
    }
    await run("sea", `ip link add under type veth peer name under netns ${pops.chi.pid}`);
    for (const name of NAMES) {
      await run(name, "ip link set under up");
      await run(name, `ip addr add ${underlay(name)}/64 dev under nodad`);
    }
    for (const name of NAMES) records.set(name, await pops[name].ask("tunnel", recordOf(name), join(folder, name)));
    await exchange();
    const domain = (name: Name) => ({ ...IDLE.domain, segments: [device(name)] });
    await pops.chi.ask("apply", {
      ...IDLE,
      domain: domain("chi"),
      localSids: [local(EXIT, { action: "End.DT6", table: LOCAL_TABLE })],
    });
    await run("chi", `ip addr add ${BEHIND}/128 dev lo`);
    await run("sea", `ip route add fcbb:bb00:4000::/36 via ${inside("chi")} dev ${device("sea")}`);
    await run("chi", `ip route add 2001:db8:2::/64 via ${inside("sea")} dev ${device("chi")}`);
    await run("sea", "ip addr add 2001:db8:2::1/128 dev lo");
    await pops.sea.ask("apply", {
      ...IDLE,
      domain: domain("sea"),
      policies: [policy("p", [path("only", [EXIT])])],
      steering: [steer("p", ["2001:db8:f::/64"])],
    });
    await pops.chi.ask("listen", PORT);
  });
  afterAll(async () => {
    if (lacking === undefined) {
      for (const name of NAMES) await run(name, `ip link del ${device(name)}`).catch(() => undefined);
      for (const name of NAMES) await pops[name].close();
    }
    rmSync(folder, { recursive: true });
  });

  test("carries SID lists that nobody on the way sees", async () => {
    const file = join(folder, "under.pcap");
    await pops.chi.ask("capture", "under", file);
    await send(["secret 1", "secret 2"]);
    expect(await pops.chi.ask("heard", 2, 10_000)).toEqual(["secret 1", "secret 2"]);
    await pops.chi.ask("endCapture", file);
    const frames = readCapture(readFileSync(file)).flatMap(({ octets, start }) =>
      start ? [decodePacket(octets, start)] : [],
    );
    const kinds = frames.flat().map((layer) => (layer.kind === "payload" ? `protocol ${layer.protocol}` : layer.kind));
    expect(kinds).toContain("protocol 17");
    expect(kinds).not.toContain("srh");
    expect(readFileSync(file).includes("secret")).toBe(false);
    // 1,500 octets, less the headers of IPv6, UDP and WireGuard.
    expect(await run("sea", `ip link show dev ${device("sea")}`)).toContain("mtu 1420");
  });

  test("gets new shared keys under traffic, and loses nothing", async () => {
    const before = await sharedKeys();
    expect(before[0]).toBe(before[1]);
    const sent: string[] = [];
    for (let round = 0; round < 3; round++) {
      for (const name of NAMES) {
        const texts = Array.from({ length: 20 }, (_, i) => `${round} ${name} ${i}`);
        sent.push(...texts);
        // One end is ahead of the other for as long as the service takes to tell.
        const [, record] = await Promise.all([send(texts), pops[name].ask("later")]);
        records.set(name, record as PopRecord);
      }
      await exchange();
    }
    expect((await pops.chi.ask("heard", sent.length, 5_000)).toSorted()).toEqual(sent.toSorted());
    const after = await sharedKeys();
    expect(after[0]).toBe(after[1]);
    expect(after[0]).not.toBe(before[0]);
  });

  test("stays where it is when a POP becomes somebody else", async () => {
    const link = async () => (await run("sea", `ip -o link show dev ${device("sea")}`)).split(":")[0];
    const who = () => run("sea", `wg show ${device("sea")} public-key`);
    const before = { link: await link(), who: await who() };
    rmSync(join(folder, "sea", "wireguard.json"));
    records.set("sea", await pops.sea.ask("tunnel", recordOf("sea"), join(folder, "sea")));
    expect(await who()).not.toBe(before.who);
    expect(await link()).toBe(before.link);
    await exchange();
    await send(["from another"]);
    expect(await pops.chi.ask("heard", 1, 10_000)).toEqual(["from another"]);
  });

  test("shuts out a POP that the service does not name any more, and lets it in again", async () => {
    const peers = () => run("sea", `wg show ${device("sea")} peers`);
    await pops.sea.ask("joinTunnels", []);
    expect(await peers()).toBe("");
    await exchange();
    await send(["back"]);
    expect(await pops.chi.ask("heard", 1, 10_000)).toEqual(["back"]);
  });

  test("comes back with the keys of the moment when its device is taken away", async () => {
    await run("sea", `ip link del ${device("sea")}`);
    records.set("sea", (await pops.sea.ask("later")) as PopRecord);
    await run("sea", `ip route add fcbb:bb00:4000::/36 via ${inside("chi")} dev ${device("sea")}`);
    await exchange();
    await send(["again"]);
    expect(await pops.chi.ask("heard", 1, 10_000)).toEqual(["again"]);
  });
});
