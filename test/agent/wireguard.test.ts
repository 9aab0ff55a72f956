// A segment inside WireGuard whose handshake dies: traffic leaves it as it leaves any dead segment, and the agent says what
// its tunnel lacks. The relay's end is made by hand, so that nobody puts it right.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { withTools } from "../../src/base/program.ts";
import { type CurvePair, newCurvePair } from "../../src/pop-agent/wireguard/keys.ts";
import type { PopDesired } from "../../src/wire/desired.ts";
import type { PopRecord } from "../../src/wire/pop.ts";
import { whyNoNamespace } from "../support/namespace.ts";
import { documentOf, policy, recordOf } from "./plan.ts";
import { World } from "./world.ts";

const absent = (tool: string): boolean =>
  spawnSync(tool, ["--version"], { env: withTools(process.env) }).error !== undefined;
const why =
  whyNoNamespace() ??
  (absent("wg") || absent("wireguard-go")
    ? "wg or wireguard-go is not installed (make setup installs them)"
    : undefined);

/** Sockets of wireguard-go are one folder's, whatever the namespace: the two ends have names of their own. */
const DEVICE = { pop1: "wg-r1", r1: "wg-pop1" } as const;
const INSIDE = { pop1: "fd00::1", r1: "fd00::2" } as const;
const UNDER = { pop1: "2001:db8:11::1", r1: "2001:db8:11::2" } as const;
const [PORT, SEGMENT] = [51_820, "pop1/t>r1"];

/** pop1 as in plan.ts, its segment to the upper relay inside WireGuard. */
const record = (): PopRecord => {
  const plain = recordOf("pop1");
  const segments = plain.segments.map((port) =>
    port.to !== "r1"
      ? port
      : {
          ...port,
          ...{ device: DEVICE.pop1, nexthop: INSIDE.r1, local: INSIDE.pop1 },
          wireguard: { endpoint: UNDER.pop1, port: PORT },
        },
  );
  return { ...plain, segments };
};

function document(version: number, word: number, relay: CurvePair): PopDesired {
  const plain = documentOf("pop1", version, [policy("pop1", "gold", "upper", { word })]);
  const tunnel = { device: DEVICE.pop1, to: "r1", publicKey: relay.publicKey, endpoint: UNDER.r1, port: PORT };
  return {
    ...plain,
    settings: { ...plain.settings, segments: [DEVICE.pop1, "to-r2"], tunnels: [tunnel] },
    localSids: plain.localSids.map((sid) =>
      sid.device === "to-r1" ? { ...sid, device: DEVICE.pop1, nexthop: INSIDE.r1 } : sid,
    ),
    peers: [{ segment: SEGMENT, address: INSIDE.r1, from: INSIDE.pop1, port: 862, intervalMs: 100, floorUs: 0 }],
  };
}

class Tunnelled {
  readonly w: World;
  readonly relay = newCurvePair();
  #version = 1;

  constructor(w: World) {
    this.w = w;
  }

  static async open(): Promise<Tunnelled> {
    const one = new Tunnelled(await World.open());
    try {
      await one.#build();
      return one;
    } catch (error) {
      await one.close();
      throw error;
    }
  }

  /** A process of wireguard-go lives as long as its device, and its namespace as long as it. */
  async close(): Promise<void> {
    await this.w.at("pop1").ask("endAgent", "SIGKILL");
    for (const node of ["pop1", "r1"] as const) await this.run(node, `ip link del ${DEVICE[node]} || true`);
    await this.w.close();
  }

  async #build(): Promise<void> {
    const { w } = this;
    await Promise.all([w.begin("pop1", record()), w.begin("pop2")]);
    await w.until("pop1", ({ service }) => service.connected);
    await w.desire("pop2", documentOf("pop2", 1, [policy("pop2", "home", "lower")]));
    await this.run("r1", `wireguard-go ${DEVICE.r1} >/dev/null 2>&1`);
    await this.key(this.relay);
    await this.run(
      "r1",
      [
        `for f in /proc/sys/net/ipv6/conf/${DEVICE.r1}; do echo 1 > $f/seg6_enabled; done`,
        `ip addr add ${INSIDE.r1}/128 dev ${DEVICE.r1} nodad`,
        `ip link set ${DEVICE.r1} mtu 1420 up`,
        `ip route add ${INSIDE.pop1}/128 dev ${DEVICE.r1}`,
        `ip -6 route replace fcbb:bb00:1::/48 via ${INSIDE.pop1} dev ${DEVICE.r1}`,
        `ip -6 route replace fcbb:bb00:2:e001:: encap seg6local action End.X nh6 ${INSIDE.pop1} count dev ${DEVICE.r1}`,
      ].join(" && "),
    );
    await w.at("r1").ask("reflect");
    await this.run("pop1", `ip -6 route replace fcbb:bb00:2::/48 via ${INSIDE.r1} dev ${DEVICE.pop1}`);
    await w.desire("pop1", document(1, 0, this.relay));
    await w.carries("pop1", "gold", "upper");
    await this.state("up");
  }

  /** The relay's end anew with this key: what it had agreed on with pop1 is gone. */
  async key(pair: CurvePair): Promise<void> {
    const file = join(this.w.folder, "relay.key");
    writeFileSync(file, pair.privateKey, { mode: 0o600 });
    const kept = JSON.parse(readFileSync(join(this.w.folder, "pop1", "wireguard.json"), "utf8")) as {
      identity: CurvePair;
    };
    const peer = `peer ${kept.identity.publicKey}`;
    await this.run(
      "r1",
      `wg set ${DEVICE.r1} ${peer} remove && wg set ${DEVICE.r1} listen-port ${PORT} private-key ${file} ` +
        `${peer} endpoint [${UNDER.pop1}]:${PORT} allowed-ips ::/0,0.0.0.0/0`,
    );
  }

  run = (node: "pop1" | "r1", line: string): Promise<string> => this.w.at(node).ask("run", "sh", "-c", line);

  /** Of the segment, as the agent says; and what it says of the tunnel. */
  state = (state: string, says = /^/) =>
    this.w.until("pop1", ({ segments }) =>
      segments.some((one) => one.segment === SEGMENT && one.state === state && says.test(one.why)),
    );

  /** The service says that the upper path shall carry again, as soon as it is proved. */
  async callBack(): Promise<void> {
    await this.w.until("pop1", ({ paths }) => paths.some(({ path, state }) => path === "upper" && state === "proved"));
    await this.w.desire("pop1", document(++this.#version, this.#version, this.relay));
    await this.w.carries("pop1", "gold", "upper");
  }
}

describe.skipIf(why !== undefined)(`a segment inside WireGuard${why === undefined ? "" : ` (${why})`}`, () => {
  let opened: Promise<Tunnelled> | undefined;
  const world = (): Promise<Tunnelled> => (opened ??= Tunnelled.open());
  afterAll(async () => (await opened)?.close());

  it("is put right when somebody changes its device, and that is told", async () => {
    const t = await world();
    const { w, relay } = t;
    await t.run("pop1", `wg set ${DEVICE.pop1} peer ${relay.publicKey} remove`);
    await expect
      .poll(async () => (await w.events("pop1", "drift-repaired")).map(({ subject, text }) => `${subject}: ${text}`), {
        timeout: 15_000,
      })
      .toContain(`${DEVICE.pop1}: its peer was another, or not alone`);
    await t.state("up");
  });

  it("is left when its UDP is dropped, and what the tunnel lacks is said to who asks", async () => {
    const t = await world();
    const { w } = t;
    if ((await w.status("pop1")).paths.some(({ path, carries }) => path === "lower" && carries)) await t.callBack();
    await t.run(
      "r1",
      `nft 'add table inet cut; add chain inet cut in { type filter hook prerouting priority -400; }; add chain inet cut out { type filter hook output priority -400; }; add rule inet cut in udp dport ${PORT} drop; add rule inet cut out udp sport ${PORT} drop'`,
    );
    await w.carries("pop1", "gold", "lower");
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
    const what = `${DEVICE.pop1} hears nothing from r1 at [${UNDER.r1}]:${PORT} any more, hands were last shaken`;
    await t.state("down", /hears nothing from r1/);
    const { stdout } = await w.at("pop1").ask("srwan", w.env("pop1"), "agent", "status");
    expect(stdout).toContain(`${SEGMENT}: ${what}`);
    expect((await w.events("pop1", "tunnel-silent")).at(-1)).toMatchObject({
      subject: SEGMENT,
      text: expect.stringContaining(what),
      data: { device: DEVICE.pop1, lacks: "handshake" },
    });
    await t.run("r1", "nft delete table inet cut");
    expect(await w.lostDuring(() => t.callBack())).toEqual([]);
    expect((await w.status("pop1")).segments).toMatchObject([{ segment: SEGMENT, state: "up", why: "" }]);
  });

  it("is left when the other end has another key than it told", async () => {
    const t = await world();
    await t.key(newCurvePair());
    await t.w.carries("pop1", "gold", "lower");
    expect(await t.w.lostDuring(async () => undefined)).toEqual([]);
    await t.state("down", /has the key it told$/);
  });
});
