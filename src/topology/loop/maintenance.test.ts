// What is closed is led around: POPs and segments in maintenance, POPs set apart, a POP that is no more.

import { beforeEach, describe, expect, it } from "vitest";
import { AROUND, atlantic, POLICY, Rig } from "./loop-rig.ts";

let rig: Rig;
beforeEach(() => {
  rig = new Rig(atlantic());
});

describe("the documents", () => {
  it("keep no way through a closed POP ready where another is known", () => {
    rig = new Rig(atlantic(), [{ ...POLICY, pin: AROUND }]);
    rig.run(60);
    const backup = () => rig.documents.get("sea")?.policies[0]?.backup?.segments;
    const before = backup();
    expect(before).toContain("ash/t>fra");
    const far = before?.includes("lax/t>ash") ? "lax" : "ash";
    rig.loop.configure(rig.sim.wan([{ ...POLICY, pin: AROUND }], { maintenance: [{ pop: far, why: "" }] }), rig.nowMs);
    rig.run(3);
    expect(rig.carrying()).toEqual(AROUND);
    expect(backup()).not.toEqual(before);
  });

  it("lead around a POP in maintenance and a POP in quarantine", () => {
    rig.run(60);
    rig.loop.configure(rig.sim.wan([POLICY], { maintenance: [{ pop: "ash", why: "new cards" }] }), rig.nowMs);
    rig.run(3);
    expect(rig.carrying()).toEqual(AROUND);
    expect(rig.documents.get("ash")?.settings.drained).toBe(true);
    rig = new Rig(atlantic());
    rig.run(60);
    const { pops } = rig.sim.wan([POLICY]);
    const barred = pops.map((pop) => (pop.record.name === "ash" ? { ...pop, quarantine: "its rows lie" } : pop));
    rig.loop.configure(rig.sim.wan([POLICY], { pops: barred }), rig.nowMs);
    rig.run(10);
    expect(rig.carrying()).toEqual(AROUND);
  });

  it("lead around segments in maintenance, there and back, and begin at their POP as before", () => {
    rig.run(60);
    expect(rig.carrying()?.[0]).toBe("sea/t>chi");
    const maintenance = [{ pop: "chi", why: "new keys", segments: ["chi/t>sea"] }];
    rig.loop.configure(rig.sim.wan([POLICY], { maintenance }), rig.nowMs);
    rig.run(3);
    expect(rig.carrying()?.[0]).toBe("sea/t>lax");
    expect(rig.documents.get("chi")?.settings.drained).toBe(false);
  });

  it.each(["chi", "lon"])("go on as they are when %s, which was drained, is no more", (gone) => {
    const many = Array.from({ length: 48 }, (_, i) => ({ ...POLICY, name: `p${i}`, prefixes: [`2001:db8:${i}::/48`] }));
    rig = new Rig(atlantic(), many);
    rig.run(20);
    rig.loop.configure(rig.sim.wan(many, { maintenance: [{ pop: gone, why: "it leaves" }] }), rig.nowMs);
    rig.run(70);
    const before = many.map(({ name }) => rig.carrying(name));
    expect(before.flat().join()).not.toContain(gone);
    const pops = rig.sim.wan(many).pops.filter(({ record }) => record.name !== gone);
    rig.loop.configure(rig.sim.wan(many, { pops }), rig.nowMs);
    for (let i = 0; i < 4; i++) {
      rig.run(1);
      expect(many.map(({ name }) => rig.carrying(name))).toEqual(before);
    }
  });
});
