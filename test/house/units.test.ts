// The systemd units as systemd itself judges them, and the promises that no judge checks: a stop touches no forwarding.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { agentRole, controllerRole } from "../../src/base/roles.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";

const FOLDER = "deploy/systemd";
const units = readdirSync(FOLDER).filter((name) => /\.(service|timer)$/.test(name));
const text = (name: string): string => readFileSync(`${FOLDER}/${name}`, "utf8");

/** All values of a key; a line that ends in a backslash goes on. */
const values = (name: string, key: string): string[] =>
  text(name)
    .replaceAll("\\\n", "")
    .split("\n")
    .flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

const analyze = (...words: string[]) =>
  spawnSync("systemd-analyze", ["--no-pager", ...words], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });

const defaultOf = (schema: object): unknown => ("default" in schema ? schema.default : undefined);

const MISSING = "systemd-analyze is not installed: nobody judges the units";

const DAEMONS = ["srwan-agent.service", "srwan-controller.service", "srwan-validator.service"];

describe("the units", () => {
  it.for([
    ["srwan-agent.service", 4],
    ["srwan-controller.service", 2.5],
    ["srwan-validator.service", 2.5],
    ["srwan-backup.service", 2.5],
  ] as const)("%s is exposed by at most %d", ([name, most], ctx) => {
    const { stdout, stderr, error } = analyze("security", "--offline=true", `${FOLDER}/${name}`);
    if (error) ctx.skip(MISSING);
    const level = /exposure level for \S+: ([0-9.]+)/.exec(stdout)?.[1];
    expect(Number(level), stdout + stderr).toBeLessThanOrEqual(most);
  });

  it("hold no key that systemd does not know, and no value that it cannot read", (ctx) => {
    const { stderr, error } = analyze(
      "verify",
      "--man=no",
      "--recursive-errors=no",
      ...units.map((name) => `${FOLDER}/${name}`),
    );
    if (error) ctx.skip(MISSING);
    // Programs are there once the package is installed.
    const said = stderr.split("\n").filter((line) => line !== "" && !line.includes("is not executable"));
    expect(said).toEqual([]);
  });

  it("call verbs that there are, and settings where the roles look for them", () => {
    const commands = units.flatMap((name) =>
      values(name, "ExecStart").flatMap((line) =>
        [...line.matchAll(/\/usr\/bin\/srwan ([a-z ]*[a-z])/g)].map(([, words = ""]) => words),
      ),
    );
    expect(commands.length).toBeGreaterThanOrEqual(4);
    for (const words of commands) {
      expect(
        VERBS.some(({ name }) => name === words || words.startsWith(`${name} `)),
        words,
      ).toBe(true);
    }
    for (const [name, folder] of [
      ["srwan-agent.service", defaultOf(agentRole.schema.properties.state)],
      ["srwan-controller.service", defaultOf(controllerRole.schema.properties.folder)],
    ] as const) {
      expect(`/var/lib/${values(name, "StateDirectory")[0]}`).toBe(folder);
    }
  });

  it.each(DAEMONS)("%s says itself when it runs, is watched, and has time to stop", (name) => {
    expect(values(name, "Type")).toEqual(["notify"]);
    expect(Number.parseInt(values(name, "WatchdogSec")[0] ?? "", 10)).toBeGreaterThanOrEqual(10);
    const stopMs = Number.parseInt(values(name, "TimeoutStopSec")[0] ?? "", 10) * 1_000;
    expect(stopMs).toBeGreaterThan(LIMITS.stopTimeoutMs);
  });

  it("touch no forwarding when they stop: that is for the package's purge", () => {
    for (const name of units) expect([...values(name, "ExecStop"), ...values(name, "ExecStopPost")], name).toEqual([]);
  });

  it("leave the agent what wireguard-go needs, and that process alone when it stops", () => {
    const agent = (key: string): string[] => values("srwan-agent.service", key);
    expect([agent("DevicePolicy"), agent("DeviceAllow")]).toEqual([["closed"], ["/dev/net/tun rw"]]);
    expect(agent("PrivateDevices")).toEqual([]);
    expect([agent("KillMode"), agent("RuntimeDirectoryPreserve")]).toEqual([["process"], ["yes"]]);
    expect(agent("RuntimeDirectory")[0]?.split(" ")).toContain("wireguard");
  });

  it("give the agent the four rights that it was seen to need, and the others none", () => {
    const rights = Object.fromEntries(DAEMONS.map((name) => [name, values(name, "CapabilityBoundingSet")]));
    expect(rights).toEqual({
      "srwan-agent.service": ["CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_ADMIN CAP_NET_BIND_SERVICE"],
      "srwan-controller.service": [""],
      "srwan-validator.service": [""],
    });
  });
});
