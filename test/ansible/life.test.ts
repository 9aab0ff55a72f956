// A WAN of twelve machines through its life, over SSH: without a POP that is not there yet, that POP, a second run, and under
// traffic an upgrade of all of them, new keys, and a POP that leaves. `make ansible` runs it; it is too long for every run.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyNoMachines } from "./machine.ts";
import { changes, well } from "./playbook.ts";
import { EAST_HOST, Wan } from "./wan.ts";

const why = whyNoMachines();
const RELAYS = ["chi", "dal", "den", "sfo", "lax", "nyc", "iad", "mia", "lon", "ams"];
const ALL = ["sea", ...RELAYS, "fra"];
const OVER_DAL = ["sea/alder>dal", "dal/alder>fra"];
const soon = { timeout: 90_000, interval: 1_000 };

describe.skipIf(why !== undefined)("a WAN of twelve machines", () => {
  let wan: Wan;
  beforeAll(() => {
    wan = new Wan(RELAYS, "dal");
  });
  afterAll(() => wan?.close());

  it("comes up without a POP that is not there yet", async () => {
    well(await wan.play("site", "--limit", "!dal"));
    expect(wan.there()).toEqual(ALL.filter((name) => name !== "dal").sort());
    wan.carry();
    await expect.poll(() => wan.reaches(EAST_HOST), { timeout: 60_000 }).toBe(true);
  });

  it("would take one more POP, says check mode, and touches nothing of it", async () => {
    const said = await wan.play("site", "--check", "--limit", "dal");
    well(said);
    expect(changes(said)).toEqual(["dal"]);
    expect(["etc/srwan", "usr/bin/srwan"].filter((path) => wan.pop("dal").has(path))).toEqual([]);
  });

  it("takes one more POP", async () => {
    well(await wan.play("join", "-e", "pop=dal"));
    expect(wan.there()).toEqual(ALL.toSorted());
    await expect.poll(() => wan.policy("gold")?.paths.length, { timeout: 60_000 }).toBe(2);
  });

  it("is changed nowhere by a second run", async () => {
    const said = await wan.play("site");
    well(said);
    expect([...said.changed.keys()].sort()).toEqual(["controller", ...ALL].sort());
    expect(changes(said), said.output).toEqual([]);
  });

  it("loses no packet while every POP is upgraded", async () => {
    const file = wan.package("2.0");
    const { said, lost } = await wan.lostDuring(() => wan.play("upgrade", "-e", `srwan_package=${file}`));
    well(said);
    expect(lost, said.output).toEqual([0, 0]);
    expect(ALL.map((name) => wan.version(name))).toEqual(ALL.map(() => "2.0"));
    expect(wan.commits()).toEqual(
      expect.arrayContaining(ALL.flatMap((name) => [`${name}: upgrade from 1.0 to 2.0`, `${name}: upgraded to 2.0`])),
    );
  });

  it("makes both ends of an encrypted segment somebody else, who know each other", async () => {
    const key = (): string => wan.pop("dal").run("wg show wg-sea public-key").stdout;
    const before = key();
    expect(wan.encrypted()).toEqual(["dal/alder>sea", "sea/alder>dal"]);
    await expect.poll(() => wan.state("dal", "dal/alder>sea"), { timeout: 30_000 }).toBe("up");
    wan.carry("cheapest");
    await expect.poll(() => wan.led("gold"), soon).toMatchObject({ state: "PROGRAMMED", path: OVER_DAL });
    await expect.poll(() => wan.policy("back")?.state, soon).toBe("PROGRAMMED");
    const { said, lost } = await wan.lostDuring(() => wan.play("rotate_keys"));
    well(said);
    expect(lost, said.output).toEqual([0, 0]);
    expect(key()).not.toBe(before);
    expect(wan.pop("sea").run("wg show wg-dal peers").stdout).toBe(key());
    expect(wan.pop("dal").run("stat -c %a /var/lib/srwan/agent/wireguard.json").stdout.trim()).toBe("600");
    expect(wan.state("dal", "dal/alder>sea")).toBe("up");
    const again = await wan.play("site", "--limit", "dal,sea");
    well(again);
    expect(changes(again), again.output).toEqual([]);
  });

  it("lets a POP go, and leaves nothing of ours there; not one where policies end", async () => {
    const { status, output } = await wan.play("decommission", "-e", "pop=fra");
    expect(status).not.toBe(0);
    expect(output).toContain("back, gold begin or end at fra");
    // A policy that is changed begins at its default, however often it moved within this hour.
    for (const intent of ["lowest-latency", "cheapest"]) wan.carry(intent);
    await expect.poll(() => wan.led("gold"), soon).toMatchObject({ state: "PROGRAMMED", path: OVER_DAL });
    const { said, lost } = await wan.lostDuring(() => wan.play("decommission", "-e", "pop=dal"));
    well(said);
    expect(lost, said.output).toEqual([0, 0]);
    const dal = wan.pop("dal");
    expect(wan.there()).toEqual(ALL.filter((name) => name !== "dal").sort());
    expect(dal.run("ip link show").stdout).not.toContain("wg-");
    expect(["etc/srwan", "usr/bin/srwan", "var/lib/srwan/agent"].filter((path) => dal.has(path))).toEqual([]);
    expect(dal.run("nft list tables").stdout).not.toContain("srwan");
    expect(dal.run("ip -6 route show table all").stdout).not.toMatch(/seg6|fcbb/);
    const again = await wan.play("decommission", "-e", "pop=dal");
    well(again);
    expect(changes(again), again.output).toEqual([]);
    expect(wan.reaches(EAST_HOST)).toBe(true);
  });
});

if (why !== undefined) it("machines", ({ skip }) => skip(why));
