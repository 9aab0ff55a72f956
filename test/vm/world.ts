// Two POPs and two tenants, red and blue, with a site at each POP. Both tenants use the same addresses.
//
//   red-west ──red──┐                ┌──red── red-east
//                   west ══core══ east
//   blue-west ─blue─┘                └─blue── blue-east

import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { after } from "node:test";
import { promisify } from "node:util";
import { parsePrefix } from "../../src/srv6/address.ts";
import type { Desired } from "../../src/srv6/model.ts";
import { parseSid, type Sid } from "../../src/srv6/sid.ts";
import { Namespace } from "../kernel/namespace.ts";

export const TENANTS = ["red", "blue"] as const;
export type Tenant = (typeof TENANTS)[number];
export const POPS = ["west", "east"] as const;
export type Pop = (typeof POPS)[number];
export const other = (pop: Pop): Pop => (pop === "west" ? "east" : "west");

export const TABLE: Readonly<Record<Tenant, number>> = { red: 1_001, blue: 1_002 };
const NUMBER: Readonly<Record<Pop, number>> = { west: 1, east: 2 };
export const BLOCK = "fcbb:bb00::/32";
/** A site's prefix and its host's address, the same for both tenants. */
export const sitePrefix = (pop: Pop, family: 4 | 6): string =>
  family === 4 ? `10.${NUMBER[pop]}.0.0/24` : `2001:db8:${NUMBER[pop]}::/64`;
export const hostAddress = (pop: Pop, family: 4 | 6): string =>
  family === 4 ? `10.${NUMBER[pop]}.0.2` : `2001:db8:${NUMBER[pop]}::2`;
export const coreAddress = (pop: Pop): string => `2001:db8:c::${NUMBER[pop]}`;
/** On lo, outside every tenant. */
export const ownAddress = (pop: Pop, family: 4 | 6): string =>
  family === 4 ? `192.0.2.${NUMBER[pop]}` : `2001:db8:d::${NUMBER[pop]}`;
export const locator = (pop: Pop): string => `fcbb:bb00:${NUMBER[pop]}::/48`;
/** The underlay's way to the other POP's SIDs. */
export const wayToOther = (pop: Pop): string =>
  `route replace ${locator(other(pop))} via ${coreAddress(other(pop))} dev core`;
export const sidAt = (pop: Pop, number: number): Sid => parseSid(`fcbb:bb00:${NUMBER[pop]}:${number.toString(16)}::`);

export const IDLE: Desired = {
  domain: { blocks: [parsePrefix(BLOCK)], segments: ["core", "wg0"], management: [], requireHmac: false },
  hmacKeys: [],
  tenants: [],
  localSids: [],
  policies: [],
  steering: [],
};

const SYSCTLS = {
  "net/ipv4/ip_forward": 1,
  "net/ipv6/conf/all/forwarding": 1,
  "net/ipv6/conf/default/accept_dad": 0,
  "net/ipv6/conf/default/seg6_enabled": 1,
  "net/ipv6/conf/all/seg6_enabled": 1,
};

export class World {
  readonly pops = { west: new Namespace("west"), east: new Namespace("east") } as const;

  async build(): Promise<this> {
    const hosts = TENANTS.flatMap((tenant) => POPS.map((pop) => `${tenant}-${pop}`));
    await run("ip", ["-batch", "-"], hosts.map((host) => `netns add ${host}\n`).join(""));
    for (const pop of POPS) {
      await this.pops[pop].ask("sysctl", SYSCTLS);
      for (const tenant of TENANTS) await this.#site(tenant, pop);
    }
    const { west, east } = this.pops;
    await run("ip", [
      "link",
      "add",
      "core",
      "netns",
      `${west.pid}`,
      "type",
      "veth",
      "peer",
      "core",
      "netns",
      `${east.pid}`,
    ]);
    for (const pop of POPS) {
      await this.ip(pop, [
        "link set lo up",
        "link set core up",
        `addr add ${coreAddress(pop)}/64 dev core`,
        `addr add ${ownAddress(pop, 4)}/32 dev lo`,
        `addr add ${ownAddress(pop, 6)}/128 dev lo`,
        wayToOther(pop),
        `route add ${ownAddress(other(pop), 6)} via ${coreAddress(other(pop))}`,
      ]);
    }
    return this;
  }

  async close(): Promise<void> {
    await Promise.all(POPS.map((pop) => this.pops[pop].close()));
  }

  /** A host that says on request whose it is, and its link to the POP. */
  async #site(tenant: Tenant, pop: Pop): Promise<void> {
    const host = `${tenant}-${pop}`;
    const pid = `${this.pops[pop].pid}`;
    await run("ip", ["link", "add", tenant, "netns", pid, "type", "veth", "peer", "uplink", "netns", host]);
    await run(
      "ip",
      ["-n", host, "-batch", "-"],
      [
        "link set uplink up",
        `addr add ${hostAddress(pop, 4)}/24 dev uplink`,
        `addr add ${hostAddress(pop, 6)}/64 dev uplink nodad`,
        `route add default via ${gateway(pop, 4)}`,
        `route add default via ${gateway(pop, 6)}`,
        "",
      ].join("\n"),
    );
    mkdirSync(`/run/${host}`);
    writeFileSync(`/run/${host}/who`, host);
    await inHost(host, "busybox", ["httpd", "-p", "80", "-h", `/run/${host}`]);
  }

  /** Gives each tenant its port, as its operator does: the VRF device is there by now. */
  async connect(pop: Pop, tenants: readonly Tenant[] = TENANTS): Promise<void> {
    for (const tenant of tenants) {
      await this.ip(pop, [
        `link set ${tenant} master srwan-${tenant}`,
        `link set ${tenant} up`,
        `addr replace ${gateway(pop, 4)}/24 dev ${tenant}`,
        `addr replace ${gateway(pop, 6)}/64 dev ${tenant} nodad`,
      ]);
    }
  }

  async ip(pop: Pop, lines: readonly string[]): Promise<void> {
    await this.pops[pop].ask("run", ["ip", "-batch", "-"], `${lines.join("\n")}\n`);
  }

  /** Who answers at the address, asked over TCP from a tenant's host; or why nobody does. */
  who(tenant: Tenant, from: Pop, family: 4 | 6): Promise<string> {
    const address = hostAddress(other(from), family);
    const url = `http://${family === 6 ? `[${address}]` : address}/who`;
    return inHost(`${tenant}-${from}`, "busybox", ["wget", "-q", "-O", "-", url]).catch((error) => error.message);
  }

  /** Whether an address answers a ping from a tenant's host. */
  reaches(tenant: Tenant, from: Pop, address: string): Promise<boolean> {
    return inHost(`${tenant}-${from}`, "busybox", ["ping", "-c", "1", "-W", "3", address]).then(
      () => true,
      () => false,
    );
  }
}

let world: World | undefined;
let ready: Promise<World> | undefined;
/** One world for all files: its two processes take seconds to start. */
export function openWorld(): Promise<World> {
  world ??= new World();
  ready ??= world.build();
  return ready;
}
after(() => world?.close());

const gateway = (pop: Pop, family: 4 | 6): string => hostAddress(pop, family).replace(/2$/, "1");

const inHost = (host: string, command: string, args: readonly string[]): Promise<string> =>
  run("ip", ["netns", "exec", host, command, ...args]);

/** Far longer than any of these takes on a machine that others use too. */
const RUN_LIMIT_MS = 180_000;

/** What failed is told with what it was given and what it said, or that it never ended. */
async function run(command: string, args: readonly string[], input = ""): Promise<string> {
  const child = promisify(execFile)(command, args, { encoding: "utf8", timeout: RUN_LIMIT_MS });
  child.child.stdin?.end(input);
  try {
    return (await child).stdout;
  } catch (thrown) {
    const { killed, code, stderr, message } = thrown as Error & { killed?: boolean; code?: unknown; stderr?: string };
    const why = killed ? `it had not ended after ${RUN_LIMIT_MS} ms` : `exit code ${code}: ${stderr || message}`;
    throw new Error(`${[command, ...args].join(" ")}: ${why.trim()}${input === "" ? "" : `\ngiven: ${input.trim()}`}`);
  }
}
