// The package on a machine that systemd boots, on the distribution's own kernel: controller and agents under the shipped
// units pass what the loop is tested by, are killed, hung and stopped, and the machine is started anew and loses its power.
// Forwarding stays, and comes back without the controller. No figures: the processor is emulated.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDeb } from "../../scripts/deb.ts";
import { Skip } from "../../scripts/vm/skip.ts";
import { SYSTEMD_CONSOLE, SYSTEMD_SAID, SystemdMachine } from "../../scripts/vm/systemd-machine.ts";
import type { AgentStatus } from "../../src/pop-agent/status.ts";
import { BOOT_LIMIT_S, writeTree } from "./machine.ts";

const CHAPTERS = ["first", "second", "third"];
const folder = mkdtempSync(join(tmpdir(), "srwan-boot-"));
const said = new Map<string, string>();
let missing: string | undefined;

/** Skip where there can be no machine. */
function ready(): SystemdMachine {
  if (spawnSync("dpkg-deb", ["--version"]).error) throw new Skip("dpkg-deb is not here, so no package is built");
  const tree = join(folder, "machine");
  mkdirSync(join(tree, "life"), { recursive: true });
  writeTree(tree, buildDeb({ level: 1, into: folder }));
  return new SystemdMachine(tree, (line) => void process.stdout.write(`boot: ${line}\n`));
}

async function live(machine: SystemdMachine): Promise<void> {
  for (const chapter of CHAPTERS) {
    const { said: text, why } = await machine.boot(BOOT_LIMIT_S);
    for (const part of text.split(/^== /m).slice(1)) {
      const end = part.indexOf("\n");
      said.set(part.slice(0, end), part.slice(end + 1).trim());
    }
    if (why !== undefined || !said.has(`journal ${chapter}`) || text.includes("never: ")) {
      throw new Error(
        `the ${chapter} boot: ${why ?? "broke off"} (${SYSTEMD_CONSOLE}, ${SYSTEMD_SAID})\n${text.slice(-12_000)}`,
      );
    }
  }
}

beforeAll(
  async () => {
    try {
      await live(ready());
    } catch (error) {
      if (!(error instanceof Skip)) throw error;
      missing = `no machine that systemd boots: ${error.message}`;
    }
  },
  (CHAPTERS.length + 1) * BOOT_LIMIT_S * 1_000,
);
afterAll(() => rmSync(folder, { recursive: true }));

const section = (name: string, skip: (why: string) => void): string => {
  if (missing !== undefined) skip(missing);
  return said.get(name) ?? "";
};
const lines = (name: string, skip: (why: string) => void): string[] => section(name, skip).split("\n");

type Listed = { readonly spec: { readonly name: string }; readonly status: { readonly state: string } };

describe("controller and agents under the shipped units, on a machine that systemd boots", () => {
  it("are installed from the package, join, and carry what a policy takes", ({ skip }) => {
    expect(section("install", skip)).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lines("start", skip).slice(-3)).toEqual(["active", "active", "active"]);
    const listed: Listed[] = JSON.parse(section("policies", skip));
    expect(listed.map(({ spec, status }) => [spec.name, status.state]).sort()).toEqual([
      ["back", "PROGRAMMED"],
      ["gold", "PROGRAMMED"],
    ]);
  });

  it("have the rights of those units and no others", ({ skip }) => {
    const units = section("restrictions", skip)
      .split(/^unit /m)
      .slice(1);
    const shown = units.map((unit) => {
      const [name = "", ...rest] = unit.trim().split("\n");
      const pairs = rest.filter((line) => !line.startsWith("#")).map((line) => line.split(/=(.*)/).slice(0, 2));
      return [name, Object.fromEntries(pairs) as Record<string, string>] as const;
    });
    const all = {
      NoNewPrivileges: "yes",
      NoNewPrivs: "1",
      Seccomp: "2",
      ProtectSystem: "strict",
      ProtectProc: "invisible",
      ProtectKernelTunables: "yes",
      LockPersonality: "yes",
      PrivateTmp: "yes",
      DevicePolicy: "closed",
    };
    const none = { ...all, user: "srwan", CapBnd: "0000000000000000", CapEff: "0000000000000000" };
    // Bits 10, 12, 13 and 21 of capability.h.
    const four = { ...all, user: "root", CapBnd: "0000000000203400", CapEff: "0000000000203400" };
    expect(Object.fromEntries(shown)).toMatchObject({
      "srwan-controller": { ...none, netns: "sea", RestrictNamespaces: "yes" },
      "srwan-agent": { ...four, netns: "sea", RestrictNamespaces: "net" },
      "srwan-chi": { ...four, netns: "chi", RestrictNamespaces: "net" },
    });
    for (const [, { filtered }] of shown) expect(Number(filtered)).toBeGreaterThan(100);
  });

  it("leave a segment that falls silent, whichever of the two it is", ({ skip }) => {
    expect(lines("cut", skip)).toEqual(["2", "2"]);
  });

  it("are started anew when killed, and no packet is lost", ({ skip }) => {
    expect(lines("kill", skip)).toEqual(["forwarding unchanged", "0 lost", "1"]);
  });

  it("are started anew by the watchdog when they hang, and no packet is lost", ({ skip }) => {
    expect(lines("hang", skip)).toEqual(["forwarding unchanged", "0 lost", "2", "1"]);
  });

  it("stop cleanly and leave forwarding in place", ({ skip }) => {
    expect(lines("stop", skip)).toEqual([
      "forwarding unchanged",
      ...["srwan-controller", "srwan-agent", "srwan-chi"].map((name) => `${name} inactive success 0`),
      "0 lost",
    ]);
  });

  it("forward after a restart of the machine, without the controller", ({ skip }) => {
    expect(section("held at boot", skip)).toBe("");
    expect(lines("reboot", skip)).toEqual(["inactive", "active", "active", "0 lost"]);
    for (const [name, policies] of [
      ["status alone", ["back.chi", "gold"]],
      ["status of chi alone", ["back", "back.sea"]],
    ] as const) {
      const { service, refused, paths }: AgentStatus = JSON.parse(section(name, skip));
      expect([service.connected, refused]).toEqual([false, []]);
      const carrying = paths.filter(({ carries }) => carries);
      expect(carrying.map(({ policy, state }) => `${policy} ${state}`).sort()).toEqual(
        policies.map((policy) => `${policy} carrying`),
      );
    }
  });

  it("forward after power was lost, by the last document that was in force", ({ skip }) => {
    expect(section("held at power on", skip)).toBe("");
    expect(lines("power", skip)).toEqual(["inactive", "active", "active", "0 lost"]);
  });

  it("were refused nothing that they asked of the machine", ({ skip }) => {
    for (const chapter of CHAPTERS) {
      const journal = lines(`journal ${chapter}`, skip);
      expect(journal.length).toBeGreaterThan(5);
      expect(journal.filter((line) => /EPERM|EACCES|denied|not permitted/i.test(line))).toEqual([]);
    }
  });
});
