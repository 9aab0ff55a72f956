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
    wan.pop("sea").run("echo '# by hand' >> /etc/srwan/agent.yaml");
    const said = await wan.play("site", "--check", "--diff", "--limit", "sea");
    well(said);
    expect(said.output).toContain("-# by hand");
    expect(changes(said)).toEqual(["sea"]);
    expect(wan.pop("sea").text("etc/srwan/agent.yaml")).toContain("# by hand");
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
