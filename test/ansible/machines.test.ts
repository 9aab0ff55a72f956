// The playbooks over SSH on machines made here, in the order in which a WAN lives: brought up, run again, looked at in check
// mode, one more POP, an upgrade under traffic, one that goes wrong, new keys, a POP that leaves.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Flow } from "../chaos/flow.ts";
import { whyNoMachines } from "./machine.ts";
import type { Said } from "./playbook.ts";
import { EAST_HOST, type PopStatus, Wan } from "./wan.ts";

const why = whyNoMachines();

describe.skipIf(why !== undefined)("a WAN of machines", () => {
  let wan: Wan;
  beforeAll(() => {
    wan = new Wan(["chi", "dal"]);
  });
  afterAll(() => wan?.close());

  const there = (): string[] =>
    wan
      .ask<PopStatus[]>("pops")
      .filter(({ isThere }) => isThere)
      .map(({ name }) => name);
  const installed = (name: string): string | undefined =>
    wan.pop(name).run("dpkg-query --show srwan").stdout.trim().split("\t")[1];
  const well = ({ status, output }: Said): void => expect(status, output).toBe(0);
  const changes = ({ changed }: Said): string[] =>
    [...changed].filter(([, count]) => count > 0).map(([host]) => host);

  it("comes up from nothing, but for a POP that is not there yet, and carries traffic", async () => {
    well(await wan.play("site", "--limit", "!dal"));
    expect(there()).toEqual(["chi", "fra", "sea"]);
    expect(wan.pop("sea").run("stat -c %a /var/lib/srwan/agent/identity.json").stdout.trim()).toBe("600");
    expect(wan.pop("sea").run("ls /tmp").stdout).not.toContain("ansible.");
    wan.carry();
    await expect.poll(() => wan.reaches(EAST_HOST), { timeout: 30_000 }).toBe(true);
    expect(wan.pop("chi").run("ip -6 route show table all").stdout).toContain("seg6local");
  });

  it("is changed nowhere by a second run", async () => {
    const said = await wan.play("site", "--limit", "!dal");
    well(said);
    expect(changes(said), said.output).toEqual([]);
  });

  it("says in check mode what it would put right, and leaves it", async () => {
    wan.pop("sea").run("echo '# by hand' >> /etc/srwan/agent.yaml");
    const said = await wan.play("site", "--check", "--diff", "--limit", "sea,dal");
    well(said);
    expect(said.output).toContain("-# by hand");
    expect(changes(said)).toEqual(["dal", "sea"]);
    expect(wan.pop("sea").text("etc/srwan/agent.yaml")).toContain("# by hand");
    expect(["etc/srwan", "usr/bin/srwan"].filter((path) => wan.pop("dal").has(path))).toEqual([]);
  });

  it("takes one more POP, over which traffic may go from then on", async () => {
    well(await wan.play("join", "-e", "pop=dal"));
    expect(there()).toEqual(["chi", "dal", "fra", "sea"]);
    await expect.poll(() => wan.policy("gold")?.paths.length, { timeout: 30_000 }).toBe(2);
  });

  it("loses no packet while a POP that carries is upgraded", async () => {
    const carrying = wan.relay("gold");
    const [west, east] = [wan.post("west"), wan.post("east")];
    const flow = await Flow.start(west, east, EAST_HOST, 5_000);
    const file = wan.package("2.0");
    const said = await wan.play("upgrade", "-e", `srwan_package=${file}`, "--limit", `controller,${carrying}`);
    const lost = await flow.end();
    await Promise.all([west.close(), east.close()]);
    well(said);
    expect(lost).toBe(0);
    expect(installed(carrying)).toBe("2.0");
    expect(wan.ask<{ why: string }[]>("commits").map((one) => one.why)).toEqual(
      expect.arrayContaining([`${carrying}: upgrade from 1.0 to 2.0`, `${carrying}: upgraded to 2.0`]),
    );
  });

  it("stops a broken upgrade at its first POP, which goes back by itself", async () => {
    const file = wan.package("3.0", `case "$1" in agent) exit 1 ;; esac; exec '${process.cwd()}/bin/srwan' "$@"`);
    const { status, output } = await wan.play(
      "upgrade",
      ...["-e", `srwan_package=${file}`, "-e", "srwan_agent_ready_seconds=3", "--limit", "sea,fra"],
    );
    expect(status).not.toBe(0);
    expect(output).toContain("sea was not well with srwan 3.0, and is back at 1.0");
    expect(["sea", "fra"].map(installed)).toEqual(["1.0", "1.0"]);
    expect(there()).toEqual(["chi", "dal", "fra", "sea"]);
    expect(wan.controller.run("srwan commits -o json").stdout).toContain("back to 1.0");
    expect(wan.reaches(EAST_HOST)).toBe(true);
  });

  it("lets a POP go, and leaves nothing of ours there", async () => {
    const { status, output } = await wan.play("decommission", "-e", "pop=fra");
    expect(status).not.toBe(0);
    expect(output).toContain("back, gold begin or end at fra");
    well(await wan.play("decommission", "-e", "pop=dal"));
    const dal = wan.pop("dal");
    expect(wan.ask<PopStatus[]>("pops").map(({ name }) => name)).toEqual(["chi", "fra", "sea"]);
    expect(["etc/srwan", "usr/bin/srwan", "var/lib/srwan/agent"].filter((path) => dal.has(path))).toEqual([]);
    expect(dal.run("nft list tables").stdout).not.toContain("srwan");
    expect(dal.run("ip -6 route show table all").stdout).not.toMatch(/seg6|fcbb/);
    expect(wan.reaches(EAST_HOST)).toBe(true);
  });
});

it.runIf(why !== undefined)("machines", ({ skip }) => skip(why));
