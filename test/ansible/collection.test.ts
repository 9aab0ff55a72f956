// The collection without a machine: its form, its arguments, and that its example says what the lab says.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { INVENTORY, inventory } from "../../scripts/inventory.ts";
import { findProgram } from "../../src/base/program.ts";
import { collections, playbook, tool } from "./playbook.ts";

const lacks = (program: string): boolean => findProgram(program, process.env.PATH ?? "") === undefined;
const ABSENT = "is not installed (make setup installs it)";

let folder: string;
beforeAll(() => {
  folder = collections();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the example inventory", () => {
  it("is what the transatlantic lab says", () => {
    expect(readFileSync(INVENTORY, "utf8"), "run `make docs`").toBe(inventory());
  });

  it("has for every encrypted segment its other end, with the addresses exchanged and a place of its own", () => {
    const { hosts } = parse(inventory()).all.children.srwan_linux;
    expect(Object.keys(hosts)).toHaveLength(12);
    for (const [name, { srwan_pop_segments }] of Object.entries<{ srwan_pop_segments: Segment[] }>(hosts)) {
      for (const one of srwan_pop_segments) {
        const back = hosts[one.to].srwan_pop_segments.find(
          ({ to, transit }: Segment) => to === name && transit === one.transit,
        );
        expect(back, `${name} ${one.device}`).toMatchObject({ local: one.nexthop, nexthop: one.local });
        expect(back.wireguard.port).toBe(one.wireguard.port);
        expect(back.wireguard.endpoint).not.toBe(one.wireguard.endpoint);
      }
    }
  });
});

type Segment = {
  readonly transit: string;
  readonly to: string;
  readonly device: string;
  readonly local: string;
  readonly nexthop: string;
  readonly wireguard: { readonly endpoint: string; readonly port: number };
};

describe("the collection", () => {
  it("passes ansible-lint's production profile", { timeout: 240_000 }, async ({ skip }) => {
    if (lacks("ansible-lint")) skip(`ansible-lint ${ABSENT}`);
    const { status, output } = await tool("ansible-lint", ["--offline", "--nocolor", "-p"], folder, "ansible");
    expect(status, output).toBe(0);
  });

  it("has playbooks that Ansible reads", async ({ skip }) => {
    if (lacks("ansible-playbook")) skip(`ansible-playbook ${ABSENT}`);
    const files = readdirSync("ansible/playbooks").map((file) => file.replace(".yml", ""));
    const names = files.filter((name) => !name.includes("-"));
    const said = await Promise.all(
      names.map((name) => playbook(name, ["--syntax-check", "-i", INVENTORY, "-e", "pop=sea"], folder)),
    );
    expect(names.length).toBe(5);
    expect(said.filter(({ status }) => status !== 0).map(({ output }) => output)).toEqual([]);
  });

  it.skipIf(lacks("ansible-playbook")).each([
    ["a misspelt field", { srwan_pop_segments: [{ ...segment(), nexthopp: "fd00::1" }] }, /nexthopp/],
    ["a missing variable", { srwan_pop_address: null }, /srwan_pop_address/],
    ["a value of no choice", { srwan_pop_platform: "cisco" }, /srwan_pop_platform.*cisco/s],
    ["a transit that is none", { srwan_pop_segments: [{ ...segment(), transit: "oak" }] }, /oak.*alder/s],
  ])("refuses %s by its name, before anything is done", async (_what, wrong, named) => {
    const vars = { srwan_service_url: "https://a.example:1", srwan_pop_address: "fd00::9", ...right(), ...wrong };
    const given = Object.entries(vars).filter(([, value]) => value !== null);
    const hosts = join(folder, "wrong.json");
    const host = { ansible_connection: "local", srwan_install_method: "none" };
    writeFileSync(
      hosts,
      JSON.stringify({
        srwan_controller: { hosts: { controller: {} } },
        srwan_linux: { hosts: { sea: { ...host, ...Object.fromEntries(given) } } },
      }),
    );
    const { status, output } = await playbook("site", ["--check", "--limit", "sea", "-i", hosts], folder);
    expect(status).not.toBe(0);
    expect(output).toMatch(named);
    expect(output).not.toContain("Try what this machine can do");
  });
});

function segment() {
  return { transit: "alder", to: "fra", device: "eth1", local: "fd00::1", nexthop: "fd00::2" };
}

function right() {
  return { srwan_pop_transits: [{ name: "alder" }], srwan_pop_segments: [segment()] };
}
