// A WAN to be: a machine for the service, two for POPs with a segment between them, the inventory that describes them, and
// packages whose `srwan` is this repository's.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cable, Machine, Rack } from "./machine.ts";
import { collections, playbook, type Said } from "./playbook.ts";

const NETWORK = "fd53:1:2:3";
const POPS = ["sea", "fra"] as const;

export class Wan {
  readonly rack = new Rack();
  readonly collections = collections();
  readonly controller: Machine;
  readonly sea: Machine;
  readonly fra: Machine;
  readonly #inventory: string;

  constructor() {
    this.controller = this.rack.machine("controller");
    [this.sea, this.fra] = [this.rack.machine("sea"), this.rack.machine("fra")];
    cable(this.sea, this.fra, NETWORK);
    this.sea.run("ip address add fd53:a::1/128 dev lo");
    this.fra.run("ip address add fd53:b::1/128 dev lo");
    this.#inventory = join(this.rack.folder, "hosts.json");
    writeFileSync(this.#inventory, JSON.stringify(this.#described()));
  }

  play(name: string, ...args: readonly string[]): Promise<Said> {
    return playbook(name, ["-i", this.#inventory, ...args], this.collections);
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

  #described() {
    const there = { sea: "fra", fra: "sea" } as const;
    const pop = (name: (typeof POPS)[number]) => ({
      srwan_pop_address: name === "sea" ? "fd53:a::1" : "fd53:b::1",
      srwan_pop_transits: [{ name: "alder" }],
      srwan_pop_segments: [
        {
          transit: "alder",
          to: there[name],
          device: `to-${there[name]}`,
          local: `${NETWORK}::${name === "sea" ? 1 : 2}`,
          nexthop: `${NETWORK}::${name === "sea" ? 2 : 1}`,
        },
      ],
    });
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
          srwan_controller_settings: { pulse: { intervalMs: 200, reportMs: 300 }, agents: { heartbeatMs: 1_000 } },
          srwan_agent_ready_seconds: 12,
        },
        children: {
          srwan_controller: { hosts: { controller: {} } },
          srwan_pops: { children: { srwan_linux: {} } },
          srwan_linux: { hosts: { sea: pop("sea"), fra: pop("fra") } },
        },
      },
    };
  }
}
