// A WAN of twelve machines through its life, over SSH: without a POP that is not there yet, that POP, an upgrade of all of
// them under traffic, new keys, and a POP that leaves. `make ansible` runs it; it is too long for every run of the tests.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Flow } from "../chaos/flow.ts";
import { whyNoMachines } from "./machine.ts";
import { changes, well } from "./playbook.ts";
import { EAST_HOST, Wan } from "./wan.ts";

const why = whyNoMachines();
const RELAYS = ["chi", "dal", "den", "sfo", "lax", "nyc", "iad", "mia", "lon", "ams"];
const ALL = ["sea", ...RELAYS, "fra"];

describe.skipIf(why !== undefined)("a WAN of twelve machines", () => {
  let wan: Wan;
  beforeAll(() => {
    wan = new Wan(RELAYS, "chi");
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

  it("loses no packet while every POP is upgraded", async () => {
    const [west, east] = [wan.post("west"), wan.post("east")];
    const flow = await Flow.start(west, east, EAST_HOST, 5_000);
    const said = await wan.play("upgrade", "-e", `srwan_package=${wan.package("2.0")}`);
    const lost = await flow.end();
    await Promise.all([west.close(), east.close()]);
    well(said);
    expect(lost).toBe(0);
    expect(ALL.map((name) => wan.version(name))).toEqual(ALL.map(() => "2.0"));
    expect(wan.commits()).toEqual(
      expect.arrayContaining(ALL.flatMap((name) => [`${name}: upgrade from 1.0 to 2.0`, `${name}: upgraded to 2.0`])),
    );
  });

  it("changes the keys of encrypted segments at both ends", async () => {
    const key = (): string => wan.pop("chi").text("etc/srwan/wireguard/to-sea.pub").trim();
    const before = key();
    well(await wan.play("rotate_keys"));
    expect(key()).not.toBe(before);
    expect(wan.pop("sea").text("etc/wireguard/to-chi.conf")).toContain(`PublicKey = ${key()}`);
    const secret = "wg pubkey < /etc/srwan/wireguard/to-sea.key; stat -c %a /etc/srwan/wireguard/to-sea.key";
    expect(wan.pop("chi").run(secret).stdout).toBe(`${key()}\n600\n`);
    const again = await wan.play("site", "--limit", "chi,sea");
    well(again);
    expect(changes(again), again.output).toEqual([]);
  });

  it("lets a POP go, and leaves nothing of ours there; not one where policies end", async () => {
    const { status, output } = await wan.play("decommission", "-e", "pop=fra");
    expect(status).not.toBe(0);
    expect(output).toContain("back, gold begin or end at fra");
    well(await wan.play("decommission", "-e", "pop=dal"));
    const dal = wan.pop("dal");
    expect(wan.there()).toEqual(ALL.filter((name) => name !== "dal").sort());
    expect(["etc/srwan", "usr/bin/srwan", "var/lib/srwan/agent"].filter((path) => dal.has(path))).toEqual([]);
    expect(dal.run("nft list tables").stdout).not.toContain("srwan");
    expect(dal.run("ip -6 route show table all").stdout).not.toMatch(/seg6|fcbb/);
    expect(wan.reaches(EAST_HOST)).toBe(true);
  });
});

if (why !== undefined) it("machines", ({ skip }) => skip(why));
