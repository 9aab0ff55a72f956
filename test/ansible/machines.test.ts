// The playbooks over SSH on machines made here: a WAN from nothing, run again, looked at in check mode, and an upgrade that
// goes wrong. What takes longer is in life.test.ts.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyNoMachines } from "./machine.ts";
import { changes, well } from "./playbook.ts";
import { EAST_HOST, Wan } from "./wan.ts";

const why = whyNoMachines();

describe.skipIf(why !== undefined)("a WAN of machines", () => {
  let wan: Wan;
  beforeAll(() => {
    wan = new Wan([]);
  });
  afterAll(() => wan?.close());

  it("comes up from nothing, and carries traffic", async () => {
    well(await wan.play("site"));
    expect(wan.there()).toEqual(["fra", "sea"]);
    expect(wan.pop("sea").run("stat -c %a /var/lib/srwan/agent/identity.json").stdout.trim()).toBe("600");
    expect(wan.pop("sea").run("ls /tmp").stdout).not.toContain("ansible.");
    wan.carry();
    await expect.poll(() => wan.reaches(EAST_HOST), { timeout: 30_000 }).toBe(true);
  });

  it("is changed nowhere by a second run", async () => {
    const said = await wan.play("site");
    well(said);
    expect(changes(said), said.output).toEqual([]);
  });

  it("says in check mode what it would put right, and leaves it", async () => {
    const sea = wan.pop("sea");
    sea.run("echo '# by hand' >> /etc/srwan/agent.yaml; nft delete table inet srwan_host");
    sea.run("sysctl -qw net.ipv6.conf.to-fra.seg6_enabled=0; /usr/local/sbin/srwan-daemon stop srwan-agent");
    const said = await wan.play("site", "--check", "--diff", "--limit", "sea");
    well(said);
    expect(said.output).toContain("-# by hand");
    for (const one of ["60-srwan.conf would be loaded", "host.nft would be put in force", "agent would be started"])
      expect(said.output).toContain(one);
    expect(said.changed).toEqual(new Map([["sea", 4]]));
    expect(sea.text("etc/srwan/agent.yaml")).toContain("# by hand");
    expect(sea.run("nft list table inet srwan_host; /usr/local/sbin/srwan-daemon status srwan-agent").status).not.toBe(
      0,
    );
  });

  it("puts that right, and nothing else", async () => {
    well(await wan.play("site", "--limit", "sea"));
    const sea = wan.pop("sea");
    expect(sea.text("etc/srwan/agent.yaml")).not.toContain("# by hand");
    const read = "nft list table inet srwan_host && sysctl -n net.ipv6.conf.to-fra.seg6_enabled";
    expect(sea.run(read).stdout.trim().split("\n").at(-1)).toBe("1");
    const again = await wan.play("site", "--limit", "sea");
    well(again);
    expect(changes(again), again.output).toEqual([]);
  });

  it("stops a broken upgrade at its first POP, which goes back by itself", async () => {
    const file = wan.package("3.0", `case "$1" in agent) exit 1 ;; esac; exec '${process.cwd()}/bin/srwan' "$@"`);
    const { status, output } = await wan.play(
      "upgrade",
      ...["-e", `srwan_package=${file}`, "-e", "srwan_agent_ready_seconds=12", "--limit", "srwan_pops"],
    );
    expect(status).not.toBe(0);
    expect(output).toContain("sea was not well with srwan 3.0, and is back at 1.0");
    expect(["sea", "fra"].map((name) => wan.version(name))).toEqual(["1.0", "1.0"]);
    expect(wan.there()).toEqual(["fra", "sea"]);
    expect(wan.commits()).toContain("sea: back to 1.0");
    expect(wan.reaches(EAST_HOST)).toBe(true);
  });
});

if (why !== undefined) it("machines", ({ skip }) => skip(why));
