// A lab comes up, is what its file says, and goes down without a trace, whatever was killed on the way.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
  anyMode,
  hasTool,
  Labs,
  MODES,
  PAIR,
  SRWAN,
  srwan,
  TRANSATLANTIC,
  TRIANGLE,
  tracesOf,
  whyNot,
} from "./labs.ts";

const labs = new Labs();
afterAll(() => labs.end());

const inspect = (name: string) => JSON.parse(srwan("lab", "inspect", name, "-o", "json").stdout);

describe.each(MODES)("a lab as $mode", ({ mode, flags }) => {
  beforeEach(({ skip }) => {
    const why = whyNot(mode);
    if (why) skip(why);
  });

  it("comes up, answers by name, and goes down without a trace, twice", ({ skip }) => {
    if (!hasTool("ping")) skip("ping is not installed (make setup installs it)");
    const { name, file } = labs.copy(TRIANGLE, "tri");
    for (let round = 0; round < 2; round++) {
      const up = srwan("lab", "up", file, "-o", "json", ...flags);
      expect(up).toMatchObject({ status: 0, stderr: "" });
      expect(JSON.parse(up.stdout)).toMatchObject({ nodes: 3, linksBuilt: 3, leftOut: [], warnings: [] });
      expect(inspect(name)).toMatchObject({ state: "up", rootless: mode === "rootless", ownLoss: 0 });
      const ping = srwan("lab", "exec", name, "ams", "--", "ping", "-q", "-c", "2", "-W", "5", "fra");
      expect(ping).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("2 received") });
      expect(srwan("lab", "down", file)).toMatchObject({ status: 0, stderr: "" });
      expect(tracesOf(name)).toEqual([]);
    }
  });

  it("of twelve POPs carries a path of six segments from Seattle to Frankfurt", ({ skip }) => {
    if (!hasTool("ping")) skip("ping is not installed (make setup installs it)");
    const { name, file } = labs.copy(TRANSATLANTIC, "atl");
    expect(srwan("lab", "up", file, ...flags)).toMatchObject({ status: 0, stderr: "" });
    const { nodes } = inspect(name) as { nodes: { name: string; address: string; locator: string }[] };
    expect(nodes).toHaveLength(14);
    const at = (node: string, ...command: string[]) => srwan("lab", "exec", name, node, "--", ...command);
    const sid = (node: string): string => `${nodes.find((one) => one.name === node)?.locator.split("/")[0]}e`;
    const middle = ["sfo", "dal", "atl", "ash", "lon"];
    for (const node of middle) {
      const words = ["encap", "seg6local", "action", "End", "count", "dev", "eth1"];
      expect(at(node, "ip", "-6", "route", "add", sid(node), ...words)).toMatchObject({ status: 0 });
    }
    const decap = ["encap", "seg6local", "action", "End.DT6", "table", "local", "count", "dev", "eth1"];
    expect(at("fra", "ip", "-6", "route", "add", sid("fra"), ...decap)).toMatchObject({ status: 0 });
    const addressOf = (node: string): string => nodes.find((one) => one.name === node)?.address ?? "";
    const [self, address] = [addressOf("sea"), addressOf("fra")];
    const segments = [...middle, "fra"].map(sid).join(",");
    const route = [
      "route",
      "add",
      `${address}/128`,
      "encap",
      "seg6",
      "mode",
      "encap",
      "segs",
      segments,
      "dev",
      "eth1",
      "src",
      self,
    ];
    expect(at("sea", "ip", "-6", ...route)).toMatchObject({ status: 0, stderr: "" });
    const ping = at("sea", "ping", "-q", "-c", "3", "-W", "5", "fra");
    expect(ping).toMatchObject({ status: 0, stdout: expect.stringContaining("3 received") });
    for (const node of [...middle, "fra"]) {
      const { stdout } = at(node, "ip", "-6", "-s", "route", "show", sid(node));
      expect(Number(/packets (\d+)/.exec(stdout)?.[1]), node).toBeGreaterThanOrEqual(3);
    }
    expect(srwan("lab", "down", name).status).toBe(0);
    expect(tracesOf(name)).toEqual([]);
  });

  it("killed half-way is cleared by down and by the next up; interrupted it clears itself", async () => {
    const stuck = PAIR.replace("far: {kind: linux}", 'far: {kind: linux, exec: ["sleep 600"]}');
    const { name, file } = labs.write("stuck", stuck);
    const sleepers = (): string[] => tracesOf(name).filter((pid) => commandOf(pid) === "sleep 600");
    const halfWay = async () => {
      const runner = spawn(SRWAN, ["lab", "up", file, ...flags], { stdio: "ignore" });
      const before = sleepers();
      await until(() => sleepers().some((pid) => !before.includes(pid)));
      return runner;
    };
    const end = async (runner: ReturnType<typeof spawn>, signal: NodeJS.Signals) => {
      runner.kill(signal);
      return (await once(runner, "close"))[0];
    };
    await end(await halfWay(), "SIGKILL");
    expect(srwan("lab", "down", name)).toMatchObject({ status: 0, stderr: "" });
    expect(tracesOf(name)).toEqual([]);
    await end(await halfWay(), "SIGKILL");
    expect(await end(await halfWay(), "SIGINT")).toBe(1);
    expect(tracesOf(name)).toEqual([]);
  });

  it("without its keeper is said to be broken, and still goes down", async () => {
    const { name, file } = labs.write("lost", PAIR);
    expect(srwan("lab", "up", file, ...flags)).toMatchObject({ status: 0 });
    const outlives = spawn(SRWAN, ["lab", "exec", name, "far", "--", "sleep", "600"], { stdio: "ignore" });
    await until(() => tracesOf(name).some((pid) => commandOf(pid) === "sleep 600"));
    const { keeperPid } = inspect(name);
    process.kill(keeperPid, "SIGKILL");
    await until(() => commandOf(String(keeperPid)) === "");
    expect(srwan("lab", "inspect", name)).toMatchObject({ status: 1, stdout: expect.stringContaining("broken") });
    expect(srwan("lab", "impair", name, "near:eth1", "--loss", "1%")).toMatchObject({ status: 5 });
    expect(srwan("lab", "down", name).status).toBe(0);
    await once(outlives, "close");
    expect(tracesOf(name)).toEqual([]);
  });
});

describe("a lab, however it is made,", () => {
  const flags = anyMode() ?? [];
  beforeEach(({ skip }) => {
    if (anyMode() === undefined) skip("needs root or user namespaces");
  });

  it("that is up is not built over, unless asked", () => {
    const { name, file } = labs.write("twice", PAIR);
    expect(srwan("lab", "up", file, ...flags).status).toBe(0);
    const first = inspect(name).keeperPid;
    expect(srwan("lab", "up", file, ...flags)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("LAB_IS_UP"),
    });
    expect(inspect(name)).toMatchObject({ state: "up", keeperPid: first });
    expect(srwan("lab", "up", file, "--reconfigure", ...flags).status).toBe(0);
    expect(inspect(name).keeperPid).not.toBe(first);
    expect(srwan("lab", "down", name).status).toBe(0);
    expect(tracesOf(name)).toEqual([]);
  });

  it("tells processes in a node where they are and how its clock goes wrong, and gives their exit code", () => {
    const { name, file } = labs.write("clock", PAIR);
    expect(srwan("lab", "up", file, ...flags).status).toBe(0);
    const { stdout } = srwan("lab", "exec", name, "near", "--", "env");
    expect(stdout).toContain("SRWAN_CLOCK_OFFSET_US=-3000\n");
    expect(stdout).toContain("SRWAN_CLOCK_DRIFT_PPM=20\n");
    expect(stdout).toContain("SRWAN_LAB_NODE=near\n");
    expect(inspect(name).nodes[0].clock).toEqual({ offsetUs: -3000, driftPpm: 20 });
    expect(srwan("lab", "exec", name, "near", "--", "sh", "-c", "cat /etc/hosts; exit 7")).toMatchObject({
      status: 7,
      stdout: expect.stringMatching(/ near\n.* far\n/),
    });
    expect(srwan("lab", "exec", name, "nera", "--", "true")).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("Did you mean near?"),
    });
    expect(srwan("lab", "down", name).status).toBe(0);
  });

  it("leaves out what it cannot build, one line each, and says which commands failed", () => {
    const { name, file } = labs.write(
      "mixed",
      `  nodes:
    a: {kind: linux, exec: ["ip link set eth7 up", "true"]}
    b: {kind: linux}
    x: {kind: cisco_xrd, image: none}
  links:
    - {endpoints: ["a:eth1", "b:eth1"]}
    - {endpoints: ["b:eth2", "x:Gi0-0-0-0"]}
`,
    );
    const { status, stdout } = srwan("lab", "up", file, ...flags);
    expect(status).toBe(0);
    expect(stdout.match(/^node x left out: .*cisco_xrd/gm)).toHaveLength(1);
    expect(stdout).toMatch(/^a: `ip link set eth7 up` ended with 1: .*eth7/m);
    expect(inspect(name)).toMatchObject({ nodes: [{ name: "a" }, { name: "b" }], directions: [{}, {}] });
    expect(srwan("lab", "down", name).status).toBe(0);
  });
});

describe("a broken file", () => {
  const link = (ends: string, vars = "") => `  links:\n    - {endpoints: [${ends}]${vars}}\n`;
  const nodes = "  nodes:\n    a: {kind: linux}\n    b: {kind: linux}\n";

  it.each([
    ["an unknown node", nodes + link('"a:eth1", "c:eth1"'), 7, /c/],
    [
      "the same interface twice",
      `${nodes}${link('"a:eth1", "b:eth1"')}    - {endpoints: ["a:eth1", "b:eth2"]}\n`,
      8,
      /a:eth1/,
    ],
    ["a name twice", "  nodes:\n    a: {kind: linux}\n    a: {kind: linux}\n", 5, /a/],
    ["no kind", "  nodes:\n    a: {}\n", 4, /kind/],
    ["a bad delay", nodes + link('"a:eth1", "b:eth1"', ", vars: {srwan.delay: 80}"), 7, /80ms/],
  ])("with %s is refused with its line and a remedy, and leaves nothing", (_what, topology, line, remedy) => {
    const { name, file } = labs.write("broken", topology);
    const { status, stderr } = srwan("lab", "up", file);
    expect(status).toBe(2);
    expect(stderr).toContain(`${file}:${line}: `);
    expect(stderr.split("\n")[1]).toMatch(/^ {2}\S.*[.?]$/);
    expect(stderr).toMatch(remedy);
    expect(tracesOf(name)).toEqual([]);
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}
