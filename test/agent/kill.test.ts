// Kills at every stage of a move, and objects that are refused: the next start reads the world and goes on, and what is
// well is left alone.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import type { Applied } from "../../src/wire/report.ts";
import { whyNoNamespace } from "../support/namespace.ts";
import { documentOf, type PathName, pathOver, policy } from "./plan.ts";
import { World } from "./world.ts";

const why = whyNoNamespace();
let opened: Promise<World> | undefined;
const world = (): Promise<World> => (opened ??= World.carrying());
afterAll(async () => (await opened)?.close());

let version = 1;
const desire = (w: World, ...policies: Parameters<typeof documentOf>[2]) =>
  w.desire("pop1", documentOf("pop1", ++version, policies));

async function lastApplied(w: World): Promise<Applied> {
  for (let i = 0; i < 200; i++) {
    const told = (await w.at("pop1").ask("tellings", 0)).findLast((one) => one.kind === "applied");
    if (told?.version === version && told.done) return told;
    await sleep(50);
  }
  throw new Error(`version ${version} was not told to be done`);
}

describe.skipIf(why !== undefined)("an agent that is killed", () => {
  // After the document came, while it installs, while it proves, about when it moves, and well after.
  it.for([0, 30, 80, 150, 250, 400, 800])(
    "%i ms after a document goes on where the world stands, and loses nothing",
    async (ms) => {
      const w = await world();
      const to: PathName = version % 2 === 1 ? "lower" : "upper";
      const lost = await w.lostDuring(async () => {
        await desire(w, policy("pop1", "gold", to));
        await sleep(ms);
        await w.at("pop1").ask("endAgent", "SIGKILL");
        await sleep(100);
        await w.start("pop1");
        await w.carries("pop1", "gold", to);
      });
      expect(lost).toEqual([]);
    },
  );

  it("and started without its service goes on with its last document and repairs what was broken meanwhile", async () => {
    const w = await world();
    await desire(w, policy("pop1", "gold", "upper"));
    await w.carries("pop1", "gold", "upper");
    await w.at("pop1").ask("endAgent", "SIGKILL");
    await w.at("pop1").ask("vanish");
    await w.at("pop1").ask("run", "ip", "-6", "route", "del", "2001:db8:a2::/64", "proto", "196");
    await w.start("pop1");
    const status = await w.carries("pop1", "gold", "upper");
    expect(status.service.connected).toBe(false);
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
    await w.at("pop1").ask("serve", w.servicePort);
    await w.until("pop1", ({ service }) => service.connected && service.waiting === 0);
  });

  it("repairs what drifts while it runs, and tells it", async () => {
    const w = await world();
    const before = (await w.events("pop1", "drift-repaired")).length;
    await w.at("pop1").ask("run", "sh", "-c", "ip -6 route del 2001:db8:a2::/64 proto 196; nft flush ruleset");
    for (let i = 0; i < 100 && (await w.events("pop1", "drift-repaired")).length === before; i++) await sleep(50);
    expect((await w.events("pop1", "drift-repaired")).length).toBeGreaterThan(before);
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
  });
});

describe.skipIf(why !== undefined)("an object that is refused", () => {
  it("because somebody else's route is in its place is named with the policy, and others carry", async () => {
    const w = await world();
    await w
      .at("pop1")
      .ask("run", "ip", "-6", "route", "add", "2001:db8:77::/64", "dev", "lo", "metric", "64", "proto", "static");
    const blocked = policy("pop1", "blocked", "upper", { prefixes: ["2001:db8:77::/64", "2001:db8:78::/64"] });
    await desire(w, policy("pop1", "gold", "upper"), blocked);
    const { refused, policies } = await lastApplied(w);
    expect(refused).toMatchObject([{ policy: "blocked", error: { message: expect.stringMatching(/2001:db8:77::/) } }]);
    expect(policies.map(({ name, active }) => [name, active])).toEqual([
      ["gold", "paths"],
      ["blocked", "paths"],
    ]);
    expect(await w.at("pop1").ask("run", "ip", "-6", "route", "show", "2001:db8:77::/64")).toMatch(/proto static/);
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
  });

  it("because the kernel has no VRF, or the document says nonsense, leaves the others in place", async () => {
    const w = await world();
    const document = documentOf("pop1", ++version, [
      policy("pop1", "gold", "upper"),
      policy("pop1", "odd", "upper", { paths: [pathOver("pop1", "upper", { sids: ["no-address"] })], prefixes: [] }),
    ]);
    await w.desire("pop1", {
      ...document,
      tenants: [{ name: "red", table: 1_001 }],
      localSids: [...document.localSids, { sid: "fcbb:bb00:1:d046::", behavior: "End.DT46", tenant: "red" }],
    });
    const { refused, policies } = await lastApplied(w);
    expect(refused.find(({ policy: name }) => name === "odd")?.error.message).toMatch(/no-address/);
    const vrf = refused.filter(({ object }) => /vrf|d046/.test(object));
    const hasVrf = (await w.at("pop1").ask("run", "sh", "-c", "ip link show type vrf || true")).includes("srwan-red");
    expect(vrf.length > 0).toBe(!hasVrf);
    expect(policies.find(({ name }) => name === "gold")?.paths[0]?.state).toBe("carrying");
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
  });
});
