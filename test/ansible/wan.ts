// A WAN to be: machines for the service and for POPs, a host behind the first POP and one behind the last, the inventory
// that describes them, and packages whose `srwan` is this repository's.
//
//   west ── sea ══ each relay ══ fra ── east        (sea ══ fra where there is no relay)

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Post } from "../agent/world.ts";
import { Flow } from "../chaos/flow.ts";
import { cable, Machine, Rack } from "./machine.ts";
import { collections, playbook, type Said } from "./playbook.ts";

const POST = join(import.meta.dirname, "..", "agent", "post.ts");

/** Behind sea and behind fra: the POP has ::1, its host ::2. */
const WEST = "2001:db8:a";
const EAST = "2001:db8:b";
export const EAST_HOST = `${EAST}::2`;
const WEST_HOST = `${WEST}::2`;

type PopStatus = { readonly name: string; readonly isThere: boolean };
type PolicyLine = {
  readonly spec: { readonly name: string };
  readonly status: {
    readonly state: string;
    readonly why: string;
    readonly paths: readonly { readonly role: string; readonly segments: readonly string[] }[];
  } | null;
};

export class Wan {
  readonly rack = new Rack();
  readonly collections = collections();
  readonly controller: Machine;
  readonly pops: ReadonlyMap<string, Machine>;
  readonly #inventory: string;
  readonly #relays: readonly string[];
  readonly #encrypted: string | undefined;

  /** The segment between sea and `encrypted` is inside WireGuard, over the cable between them. */
  constructor(relays: readonly string[], encrypted?: string) {
    this.#relays = relays;
    this.#encrypted = encrypted;
    this.controller = this.rack.machine("controller");
    this.pops = new Map(["sea", ...relays, "fra"].map((name) => [name, this.rack.machine(name)]));
    const [west, east] = [this.rack.host("west"), this.rack.host("east")];
    cable(this.pop("sea"), west, WEST);
    cable(this.pop("fra"), east, EAST);
    west.run(`ip route add default via ${WEST}::1`);
    east.run(`ip route add default via ${EAST}::1`);
    for (const [i, relay] of relays.entries()) {
      cable(this.pop("sea"), this.pop(relay), network("sea", i));
      cable(this.pop("fra"), this.pop(relay), network("fra", i));
    }
    if (relays.length === 0) cable(this.pop("sea"), this.pop("fra"), network("sea", 0));
    for (const [name, machine] of this.pops) machine.run(`ip address add ${this.#address(name)}/128 dev lo`);
    this.#inventory = join(this.rack.folder, "hosts.json");
    writeFileSync(this.#inventory, JSON.stringify(this.#described()));
  }

  pop(name: string): Machine {
    const machine = this.pops.get(name);
    if (machine === undefined) throw new Error(`no POP ${name}`);
    return machine;
  }

  play(name: string, ...args: readonly string[]): Promise<Said> {
    return playbook(name, ["-i", this.#inventory, ...args], this.collections);
  }

  /** What a verb answers on the service's machine. */
  ask<T>(line: string): T {
    const { stdout, stderr } = this.controller.run(`srwan ${line} -o json`);
    if (stdout === "") throw new Error(`srwan ${line}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** By a policy each, what west and east send each other goes through the WAN. */
  carry(intent = "lowest-latency"): void {
    const said = this.controller.run(
      `srwan policy set gold --from sea --to fra --intent ${intent} --prefixes ${EAST}::/64 && srwan policy set back --from fra --to sea --intent ${intent} --prefixes ${WEST}::/64 && srwan commit --why ${intent}`,
    );
    if (said.status !== 0) throw new Error(said.stderr);
  }

  /** How much of what they send each other is lost meanwhile, there and back. */
  async lostDuring(work: () => Promise<Said>): Promise<{ readonly said: Said; readonly lost: readonly number[] }> {
    const [west, east] = [this.post("west"), this.post("east")];
    const flows = [await Flow.start(west, east, EAST_HOST, 5_000), await Flow.start(east, west, WEST_HOST, 5_001)];
    const said = await work();
    const lost = await Promise.all(flows.map((flow) => flow.end()));
    await Promise.all([west.close(), east.close()]);
    return { said, lost };
  }

  /** Over which segments a policy is led, and why. */
  led(policy: string) {
    const { state, why, paths } = this.policy(policy) ?? { state: "", why: "it has no status", paths: [] };
    return { state, why, path: paths.find(({ role }) => role === "active")?.segments };
  }

  /** POPs whose agents speak to the service. */
  there(): string[] {
    return this.ask<PopStatus[]>("pops").flatMap(({ name, isThere }) => (isThere ? [name] : []));
  }

  /** Of the package on a POP. */
  version(pop: string): string | undefined {
    return this.pop(pop).run("dpkg-query --show srwan").stdout.trim().split("\t")[1];
  }

  /** Why each commit was made. */
  commits(): (string | null)[] {
    return this.ask<{ readonly why: string | null }[]>("commits").map(({ why }) => why);
  }

  /** Whether west is answered. */
  reaches(host: string): boolean {
    const words = ["--net=/run/netns/west", "ping", "-c", "1", "-W", "1", host];
    return spawnSync("nsenter", words, { stdio: "ignore" }).status === 0;
  }

  policy(name: string): PolicyLine["status"] {
    return this.ask<PolicyLine[]>("policy list").find(({ spec }) => spec.name === name)?.status ?? null;
  }

  /** Segments inside WireGuard. */
  encrypted(): string[] {
    const all = this.ask<{ readonly segment: string; readonly encrypted: boolean }[]>("segments");
    return all.flatMap(({ segment, encrypted }) => (encrypted ? [segment] : [])).sort();
  }

  /** Of a segment, as its POP's agent says. */
  state(pop: string, name: string): string | undefined {
    const { stdout } = this.pop(pop).run("srwan agent status --config /etc/srwan/agent.yaml -o json");
    const { segments }: { segments: { segment: string; state: string }[] } = JSON.parse(stdout || '{"segments":[]}');
    return segments.find(({ segment }) => segment === name)?.state;
  }

  /** A process on the host behind a POP. */
  post(host: "west" | "east"): Post {
    const child = spawn("nsenter", [`--net=/run/netns/${host}`, process.execPath, POST], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
    });
    return new Post(child, host);
  }

  /** A package of this version. What it installs is this repository's `srwan`, or `instead`. */
  package(version: string, instead?: string): string {
    const tree = join(this.rack.folder, `package-${version}`);
    mkdirSync(join(tree, "DEBIAN"), { recursive: true });
    mkdirSync(join(tree, "usr/bin"), { recursive: true });
    const card = [
      "Package: srwan",
      `Version: ${version}`,
      "Architecture: all",
      "Maintainer: srwan",
      "Description: srwan",
    ];
    writeFileSync(join(tree, "DEBIAN/control"), `${card.join("\n")}\n`);
    writeFileSync(join(tree, "usr/bin/srwan"), `#!/bin/sh\n${instead ?? `exec '${resolve("bin/srwan")}' "$@"`}\n`);
    chmodSync(join(tree, "usr/bin/srwan"), 0o755);
    const file = join(this.rack.folder, `srwan_${version}_all.deb`);
    execFileSync("dpkg-deb", ["--root-owner-group", "--build", tree, file]);
    return file;
  }

  close(): void {
    this.rack.close();
    rmSync(this.collections, { recursive: true, force: true });
  }

  #address(name: string): string {
    return `2001:db8:c::${([...this.pops.keys()].indexOf(name) + 1).toString(16)}`;
  }

  #described() {
    const hosts = [...this.pops.keys()].map((name) => [name, this.#describedPop(name)]);
    return {
      all: {
        vars: {
          ansible_user: "root",
          ansible_ssh_private_key_file: join(this.rack.folder, "key"),
          ansible_ssh_common_args: `-F none -o LogLevel=ERROR -o UserKnownHostsFile=/dev/null -o ProxyCommand='${Machine.proxy(this.rack)}'`,
          srwan_service_manager: "daemon",
          srwan_manage_packages: false,
          srwan_package: this.package("1.0"),
          srwan_service_url: `https://${this.controller.address}:7177`,
          srwan_controller_tls_names: [this.controller.address],
          srwan_controller_settings: { pulse: this.#pulse(), agents: { heartbeatMs: 1_000 } },
          srwan_agent_ready_seconds: 30,
        },
        children: {
          srwan_controller: { hosts: { controller: {} } },
          srwan_pops: { children: { srwan_linux: {} } },
          srwan_linux: { hosts: Object.fromEntries(hosts) },
        },
      },
    };
  }

  /** Twelve machines share what processors there are: their agents are to leave them for the playbooks. */
  #pulse() {
    return this.pops.size > 4 ? { intervalMs: 500, reportMs: 500 } : { intervalMs: 200, reportMs: 300 };
  }

  #describedPop(name: string) {
    if (this.#relays.length === 0) return this.#describedAs(name, [directSegment(name)]);
    const own = this.#relays.indexOf(name);
    const ends = own < 0 ? this.#relays.map((to, i) => ({ to, i })) : ["sea", "fra"].map((to) => ({ to, i: own }));
    return this.#describedAs(
      name,
      ends.map(({ to, i }) => {
        const net = network(own < 0 ? name : to, i);
        const [local, nexthop] = own < 0 ? [`${net}::1`, `${net}::2`] : [`${net}::2`, `${net}::1`];
        const isEncrypted = [name, to].includes("sea") && [name, to].includes(this.#encrypted ?? "");
        // The cheapest way is the encrypted one.
        const priceMicroPerGB = [name, to].includes(this.#encrypted ?? "") ? 1_000 : 2_000;
        const segment = { transit: "alder", to, priceMicroPerGB };
        if (!isEncrypted) return { ...segment, device: `to-${to}`, local, nexthop };
        const wireguard = { endpoint: local, port: 51_820 };
        const [inside, outside] = [local, nexthop].map((one) => one.replace(":d:", ":f:"));
        return { ...segment, device: `wg-${to}`, local: inside, nexthop: outside, wireguard };
      }),
    );
  }

  #describedAs(name: string, segments: readonly object[]) {
    return {
      srwan_pop_address: this.#address(name),
      srwan_pop_transits: [{ name: "alder" }],
      srwan_pop_segments: segments,
    };
  }
}

function directSegment(name: string) {
  const [local, nexthop] = [`${network("sea", 0)}::1`, `${network("sea", 0)}::2`];
  if (name === "sea") return { transit: "alder", to: "fra", device: "to-fra", local, nexthop };
  return { transit: "alder", to: "sea", device: "to-sea", local: nexthop, nexthop: local };
}

/** Between sea or fra, which has ::1, and a relay. */
const network = (end: string, relay: number): string => `2001:db8:${end === "sea" ? "d" : "e"}:${relay + 1}`;
