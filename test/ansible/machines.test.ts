// The playbooks over SSH on machines made here: brought up twice, upgraded, an upgrade that goes wrong, a POP that leaves.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyNoMachines } from "./machine.ts";
import { Wan } from "./wan.ts";

const why = whyNoMachines();

describe.skipIf(why !== undefined)("a WAN of three machines", () => {
  let wan: Wan;
  beforeAll(() => {
    wan = new Wan();
  });
  afterAll(() => wan?.close());

  const pops = (): { name: string; isThere: boolean }[] => JSON.parse(wan.controller.run("srwan pops -o json").stdout);
  const installed = () =>
    [wan.sea, wan.fra].map((one) => one.run("dpkg-query --show srwan").stdout.trim().split("\t")[1]);

  it("comes up from nothing", async () => {
    const { status, output } = await wan.play("site");
    expect(status, output).toBe(0);
    expect(pops().map(({ name, isThere }) => [name, isThere])).toEqual([
      ["fra", true],
      ["sea", true],
    ]);
    expect(wan.sea.run("stat -c %a /var/lib/srwan/agent/identity.json").stdout.trim()).toBe("600");
    expect(wan.sea.run("ls /tmp").stdout).not.toContain("ansible.");
  });

  it("is changed nowhere by a second run", async () => {
    const { status, output, changed } = await wan.play("site");
    expect(status, output).toBe(0);
    expect(
      [...changed].filter(([, count]) => count > 0),
      output,
    ).toEqual([]);
  });

  it("says in check mode what it would put right, and leaves it", async () => {
    wan.sea.run("echo '# by hand' >> /etc/srwan/agent.yaml");
    const { status, output, changed } = await wan.play("site", "--check", "--diff", "--limit", "sea");
    expect(status, output).toBe(0);
    expect(output).toContain("-# by hand");
    expect(changed.get("sea")).toBeGreaterThan(0);
    expect(wan.sea.text("etc/srwan/agent.yaml")).toContain("# by hand");
  });

  it("stops a broken upgrade at its first POP, which goes back by itself", async () => {
    const file = wan.package("3.0", `case "$1" in agent) exit 1 ;; esac; exec '${process.cwd()}/bin/srwan' "$@"`);
    const { status, output } = await wan.play("upgrade", "-e", `srwan_package=${file}`, "--limit", "sea,fra");
    expect(status).not.toBe(0);
    expect(output).toContain("sea was not well with srwan 3.0, and is back at 1.0");
    expect(installed()).toEqual(["1.0", "1.0"]);
    expect(pops().filter(({ isThere }) => isThere)).toHaveLength(2);
    expect(wan.controller.run("srwan commits -o json").stdout).toContain("back to 1.0");
  });

  it("lets a POP go, and leaves nothing of ours there", async () => {
    const { status, output } = await wan.play("decommission", "-e", "pop=fra");
    expect(status, output).toBe(0);
    expect(pops().map(({ name }) => name)).toEqual(["sea"]);
    expect(["etc/srwan", "usr/bin/srwan", "var/lib/srwan/agent"].filter((path) => wan.fra.has(path))).toEqual([]);
    expect(wan.fra.run("nft list tables").stdout).not.toContain("srwan");
    expect(wan.fra.run("ip -6 route show table all").stdout).not.toMatch(/seg6|fcbb/);
  });
});

it.runIf(why !== undefined)("machines", ({ skip }) => skip(why));
