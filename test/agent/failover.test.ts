// A path that dies is left for its backup without asking anybody, near and far; only the way back dead moves nothing; the
// service's word brings traffic back.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { whyNoNamespace } from "../support/namespace.ts";
import { documentOf, policy, type RelayName } from "./plan.ts";
import { World } from "./world.ts";

const why = whyNoNamespace();
let opened: Promise<World> | undefined;
const world = (): Promise<World> => (opened ??= World.carrying());
afterAll(async () => (await opened)?.close());

let version = 1;
/** The service says that the upper path shall carry again. */
async function callBack(w: World): Promise<void> {
  await w.until("pop1", ({ paths }) => paths.some(({ path, state }) => path === "upper" && state === "proved"));
  await w.desire("pop1", documentOf("pop1", ++version, [policy("pop1", "gold", "upper", { word: version })]));
  await w.carries("pop1", "gold", "upper");
}

/** Drops what the relay would send out of one of its interfaces. */
const cut = (w: World, relay: RelayName, device: string) =>
  w
    .at(relay)
    .ask(
      "run",
      "sh",
      "-c",
      `nft 'add table inet cut; add chain inet cut out { type filter hook postrouting priority 0; }; add rule inet cut out oifname "${device}" drop'`,
    );
const mend = (w: World, relay: RelayName) => w.at(relay).ask("run", "nft", "delete", "table", "inet", "cut");

describe.skipIf(why !== undefined)("a path that dies", () => {
  it("next to the POP, by its interface: traffic goes on over the backup, and returns by the service's word only", async () => {
    const w = await world();
    await w.at("r1").ask("run", "ip", "link", "set", "to-pop1", "down");
    await w.carries("pop1", "gold", "lower");
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
    expect(await w.events("pop1", "failed-over")).toMatchObject([
      { subject: "gold", data: { from: "upper", to: "lower" } },
    ]);

    await w
      .at("r1")
      .ask(
        "run",
        "sh",
        "-c",
        "ip link set to-pop1 up; ip -6 addr replace 2001:db8:11::2/64 dev to-pop1 nodad; ip -6 route replace fcbb:bb00:1::/48 via 2001:db8:11::1; ip -6 route replace fcbb:bb00:2:e001:: encap seg6local action End.X nh6 2001:db8:11::1 count dev to-pop1",
      );
    await w.until("pop1", ({ paths }) => paths.some(({ path, state }) => path === "upper" && state === "proved"));
    await sleep(500);
    const back = await w.status("pop1");
    expect(back.paths.find(({ carries }) => carries)?.path).toBe("lower");
    expect(await w.lostDuring(() => callBack(w))).toEqual([]);
    expect(await w.events("pop1", "returned")).toHaveLength(1);
  });

  it("further on, by its own probe", async () => {
    const w = await world();
    await cut(w, "r1", "to-pop2");
    await w.carries("pop1", "gold", "lower");
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
    await mend(w, "r1");
    await callBack(w);
  });

  it("on its way back alone moves nothing, and is told", async () => {
    const w = await world();
    const before = (await w.events("pop1", "failed-over")).length;
    const lost = await w.lostDuring(async () => {
      await cut(w, "r1", "to-pop1");
      await w.until("pop2", ({ paths }) => paths.some(({ path, why: text }) => path === "upper" && text !== ""));
      await sleep(1_500);
    });
    expect(lost).toEqual([]);
    expect((await w.status("pop1")).paths.find(({ carries }) => carries)).toMatchObject({
      path: "upper",
      state: "carrying",
    });
    expect(await w.events("pop1", "failed-over")).toHaveLength(before);
    expect(await w.events("pop1", "return-down")).toMatchObject([{ subject: "gold upper" }]);
    await mend(w, "r1");
  });

  it("with its whole far end moves nothing: the kernel there goes on without its agent", async () => {
    const w = await world();
    const before = (await w.events("pop1", "failed-over")).length;
    const lost = await w.lostDuring(async () => {
      await w.at("pop2").ask("endAgent", "SIGKILL");
      await w.until("pop1", ({ paths }) => paths.every(({ state }) => state === "unproved"));
      await w.start("pop2");
      await w.carries("pop1", "gold", "upper");
    });
    expect(lost).toEqual([]);
    expect(await w.events("pop1", "failed-over")).toHaveLength(before);
  });

  it("while the service is away is left all the same, and told when it is back", async () => {
    const w = await world();
    await w.at("pop1").ask("vanish");
    await cut(w, "r1", "to-pop2");
    await w.carries("pop1", "gold", "lower");
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
    const before = (await w.events("pop1", "failed-over")).length;
    await w.at("pop1").ask("serve", w.servicePort);
    for (let i = 0; i < 200 && (await w.events("pop1", "failed-over")).length === before; i++) await sleep(50);
    expect(await w.events("pop1", "failed-over")).toHaveLength(before + 1);
    const told = await w.at("pop1").ask("tellings", 0);
    expect(told.findLast((one) => one.kind === "applied")?.policies).toMatchObject([
      { name: "gold", active: "backup" },
    ]);
    await mend(w, "r1");
    await callBack(w);
  });
});
