// The loop of a group over a small WAN: what POPs are told, when policies move, what is said of them, and what a restart,
// clocks and a silent POP change.

import fc from "fast-check";
import { Compile } from "typebox/compile";
import { beforeEach, describe, expect, it } from "vitest";
import { PopDesired } from "../../wire/desired.ts";
import { replay } from "../engine/decide/journal.ts";
import type { DocumentBody } from "./documents.ts";
import { GroupLoop } from "./group-loop.ts";
import { AROUND, atlantic, BEST, POLICY, Rig } from "./loop-rig.ts";

let rig: Rig;
beforeEach(() => {
  rig = new Rig(atlantic());
});

describe("a policy", () => {
  it("takes the quickest path, and one that shares nothing more than it must stands ready", () => {
    rig.run(20);
    expect(rig.carrying()).toEqual(BEST);
    const policy = rig.documents.get("sea")?.policies[0];
    expect(policy?.backup?.segments).not.toContain("ash/t>fra");
    expect(policy?.prefixes).toEqual(["2001:db8:fa::/48"]);
    // One End.X SID of each POP on the way, then the far POP's delivery; all of them stand at their POPs.
    const held = [...rig.documents.values()].flatMap(({ localSids }) => localSids.map(({ sid }) => sid));
    for (const sid of policy?.paths[0]?.sids ?? []) expect(held).toContain(sid);
    expect(policy?.paths[0]?.sids).toHaveLength(4);
  });

  it("is PROGRAMMED only when its POP says that it carries", () => {
    rig.answers = false;
    rig.run(20);
    expect(rig.statuses.get("sea-fra")?.state).toBe("SENT");
    const body = rig.documents.get("sea") as DocumentBody;
    const applied = rig.sim.applied(body, 1, rig.nowMs);
    const first = applied.policies[0]?.paths[0];
    if (first) Object.assign(first, { state: "unproved", why: "3 probes without an answer" });
    rig.loop.take("sea", applied, rig.nowMs);
    rig.run(1);
    expect(rig.statuses.get("sea-fra")).toMatchObject({ state: "UNPROVED", why: "3 probes without an answer" });
    rig.loop.take("sea", rig.sim.applied(body, 2, rig.nowMs), rig.nowMs);
    rig.run(1);
    expect(rig.statuses.get("sea-fra")).toMatchObject({ state: "PROGRAMMED", paths: [{ expectedUs: 70_000 }, {}] });
  });

  it("whose object is refused says which, and does not touch the others", () => {
    rig = new Rig(atlantic(), [POLICY, { ...POLICY, name: "other", prefixes: ["2001:db8:fb::/48"] }]);
    rig.run(20);
    const error = { code: "APPLY_INCOMPLETE", message: "somebody else's route is in the way", remedy: "Remove it." };
    const applied = rig.sim.applied(rig.documents.get("sea") as DocumentBody, 1, rig.nowMs);
    applied.refused.push({ object: "route 2001:db8:fa::/48", policy: "sea-fra", error });
    rig.loop.take("sea", applied, rig.nowMs);
    rig.run(1);
    expect(rig.statuses.get("sea-fra")).toMatchObject({
      state: "REFUSED",
      trouble: [{ object: "sea: route 2001:db8:fa::/48" }],
    });
    expect(rig.statuses.get("other")?.state).toBe("PROGRAMMED");
  });

  it("is not PROGRAMMED while any POP of its path lacks a SID that it leads over, or an end its tenant's VRF", () => {
    rig = new Rig(atlantic(), [POLICY, { ...POLICY, name: "red", tenant: "red" }]);
    rig.run(20);
    const error = { code: "APPLY_INCOMPLETE", message: "not supported by this kernel", remedy: "Load its module." };
    const refuse = (pop: string, what: { object: string; tenant?: string; sid?: string }) => {
      const applied = rig.sim.applied(rig.documents.get(pop) as DocumentBody, 1, rig.nowMs);
      applied.refused.push({ ...what, error });
      rig.loop.take(pop, applied, rig.nowMs);
      rig.run(1);
    };
    refuse("fra", { object: "vrf srwan-red", tenant: "red" });
    expect(rig.statuses.get("red")).toMatchObject({
      state: "REFUSED",
      trouble: [{ object: "fra: vrf srwan-red", error: { remedy: "Load its module." } }],
    });
    expect(rig.statuses.get("sea-fra")?.state).toBe("PROGRAMMED");
    const sid = rig.documents.get("sea")?.policies[0]?.paths[0]?.sids[1] ?? "";
    refuse("chi", { object: `route ${sid}/128`, sid });
    expect(rig.statuses.get("sea-fra")).toMatchObject({
      state: "REFUSED",
      trouble: [{ object: `chi: route ${sid}/128` }],
    });
  });

  it("that was chosen while only one path was known has another to fall back to as soon as there is one", () => {
    rig = new Rig(atlantic(), [{ ...POLICY, pin: BEST }]);
    const late = ["lax", "lon"];
    for (const pop of late) rig.silent.add(pop);
    rig.sim.lost.add("chi/t>lon");
    rig.run(10);
    expect(rig.carrying()).toEqual(BEST);
    expect(rig.documents.get("sea")?.policies[0]?.backup).toBeUndefined();
    rig.silent.clear();
    rig.sim.lost.clear();
    rig.run(10);
    expect(rig.carrying()).toEqual(BEST);
    expect(rig.documents.get("sea")?.policies[0]?.backup?.segments).toBeDefined();
  });

  it("leaves a congested segment within seconds, says why, and returns when it is well again", () => {
    rig.run(120);
    const changes = rig.changes;
    rig.sim.delayUs.set("ash/t>fra", 70_000);
    rig.run(8);
    expect(rig.carrying()).toEqual(AROUND);
    expect(rig.moves).toMatchObject([{ policy: "sea-fra", from: BEST, to: AROUND }]);
    expect(rig.moves[0]?.why).toMatch(
      /slower than usual: ash\/t>fra is DEGRADED by delay; the new path is 29\.0 ms quicker/,
    );
    // Nobody but the ends of the policy has anything to change.
    expect(rig.changes - changes).toBe(2);
    rig.sim.delayUs.set("ash/t>fra", 40_000);
    rig.run(200);
    expect(rig.carrying()).toEqual(BEST);
    expect(rig.moves).toHaveLength(2);
  });

  it("leaves a segment that loses everything", () => {
    rig.run(60);
    rig.sim.lost.add("chi/t>ash");
    rig.run(6);
    expect(rig.carrying()).toEqual(AROUND);
    expect(rig.moves[0]?.why).toMatch(/chi\/t>ash is (DOWN|DEGRADED)/);
  });

  it("of which nothing fits says why", () => {
    rig = new Rig(atlantic(), [{ ...POLICY, maxDelayUs: 30_000 }]);
    rig.run(20);
    expect(rig.statuses.get("sea-fra")?.state).toBe("NO-PATH");
    expect(rig.documents.get("sea")?.policies).toEqual([]);
    rig = new Rig(atlantic(), [{ ...POLICY, to: "par" }]);
    rig.run(20);
    expect(rig.statuses.get("sea-fra")?.why).toMatch(/par has not joined/);
  });

  it("that is pinned stays where it is while that path is slow", () => {
    rig = new Rig(atlantic(), [{ ...POLICY, pin: BEST }]);
    rig.run(60);
    rig.sim.delayUs.set("ash/t>fra", 90_000);
    rig.run(60);
    expect(rig.carrying()).toEqual(BEST);
  });

  it("of both families has a SID list for each", () => {
    rig = new Rig(atlantic(), [{ ...POLICY, prefixes: ["2001:db8:fa::/48", "198.51.100.0/24"] }]);
    rig.run(20);
    const policies = rig.documents.get("sea")?.policies ?? [];
    expect(policies.map(({ name, prefixes }) => [name, prefixes])).toEqual([
      ["sea-fra", ["2001:db8:fa::/48"]],
      ["sea-fra.v4", ["198.51.100.0/24"]],
    ]);
    expect(policies[0]?.paths[0]?.sids.at(-1)).not.toBe(policies[1]?.paths[0]?.sids.at(-1));
  });
});

describe("a POP that makes delays up", () => {
  it("draws no policy to itself", () => {
    rig.sim.liesUs.set("lon/t>fra", -30_000);
    rig.run(60);
    expect(rig.carrying()).toEqual(BEST);
    expect(rig.moves).toEqual([]);
    // Two neighbours are not enough to tell who lies in a group of six.
    expect(rig.quarantine).toEqual([]);
  });

  it("drives none away, and is named with what its neighbours measured", () => {
    rig.run(60);
    for (const to of ["lax", "chi", "fra"]) rig.sim.liesUs.set(`ash/t>${to}`, 90_000);
    rig.run(9);
    expect(rig.quarantine).toEqual([]);
    rig.run(20);
    expect(rig.carrying()).toEqual(BEST);
    expect(rig.moves).toEqual([]);
    expect(rig.quarantine).toMatchObject([{ pop: "ash", why: "its reports contradict those of chi, fra, lax" }]);
    expect(rig.quarantine[0]?.evidence).toContain(
      "fra: ash/t>fra 130.0 ms and fra/t>ash 40.0 ms are together not there and back: 80.0 ms by ash, 80.0 ms by fra",
    );
  });

  it("is told from congestion, which both ends see", () => {
    rig.run(120);
    for (const to of ["lax", "chi", "fra"]) rig.sim.delayUs.set(`ash/t>${to}`, 130_000);
    rig.run(8);
    expect(rig.carrying()).toEqual(AROUND);
    rig.run(60);
    expect(rig.quarantine).toEqual([]);
  });
});

describe("the documents", () => {
  it("fit their schema, and stay as they are while nothing happens", () => {
    rig.run(30);
    const check = Compile(PopDesired);
    for (const body of rig.documents.values()) expect(check.Check({ version: 1, ...body })).toBe(true);
    const changes = rig.changes;
    rig.run(120);
    expect(rig.changes).toBe(changes);
  });

  it("let answers to probes go home", () => {
    rig.run(20);
    const home = rig.documents.get("fra")?.policies.find(({ name }) => name === "back.sea");
    expect(home).toMatchObject({ unprobed: true, prefixes: [rig.documents.get("sea")?.settings.near] });
    expect(home?.paths[0]?.segments).toEqual(["fra/t>ash", "ash/t>chi", "chi/t>sea"]);
  });

  it("are the same whatever the clocks of the POPs show", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -10_000_000, max: 10_000_000 }), { minLength: 6, maxLength: 6 }),
        (offsets) => {
          const skewed = new Rig(atlantic());
          for (const [i, pop] of skewed.sim.names.entries()) skewed.sim.clockUs.set(pop, offsets[i] ?? 0);
          skewed.run(60);
          expect(skewed.carrying()).toEqual(BEST);
          skewed.sim.delayUs.set("ash/t>fra", 70_000);
          skewed.run(8);
          expect(skewed.carrying()).toEqual(AROUND);
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe("a restart", () => {
  it("goes on where the loop was, without a move and without a change", () => {
    rig.run(120);
    rig.sim.delayUs.set("ash/t>fra", 70_000);
    rig.run(10);
    expect(rig.carrying()).toEqual(AROUND);
    const memory = JSON.parse(JSON.stringify(rig.loop.memory()));
    const before = new Map(rig.documents);
    rig.loop = new GroupLoop("core", { memory });
    rig.loop.configure(rig.sim.wan([POLICY]), rig.nowMs);
    rig.run(30);
    expect(rig.moves).toHaveLength(1);
    expect(rig.documents.get("sea")).toEqual(before.get("sea"));
  });

  it("of the configuration keeps what did not change where it is", () => {
    rig.run(120);
    rig.sim.delayUs.set("ash/t>fra", 70_000);
    rig.run(10);
    const more = { ...POLICY, name: "more", prefixes: ["2001:db8:fc::/48"] };
    rig.loop.configure(rig.sim.wan([POLICY, more]), rig.nowMs);
    rig.run(5);
    expect(rig.carrying()).toEqual(AROUND);
    expect(rig.carrying("more")).toEqual(AROUND);
  });
});

it("a POP that is away is said to be, and goes on as it was told", () => {
  rig.run(30);
  rig.silent.add("sea");
  rig.loop.away("sea");
  const before = rig.documents.get("sea");
  rig.run(60);
  expect(rig.statuses.get("sea-fra")?.state).toBe("POP-AWAY");
  expect(rig.documents.get("sea")).toEqual(before);
  rig.silent.delete("sea");
  rig.loop.back("sea");
  rig.run(30);
  expect(rig.statuses.get("sea-fra")?.state).toBe("PROGRAMMED");
});

it("the journal of all that replays to the same decisions", () => {
  rig.run(120);
  rig.sim.delayUs.set("ash/t>fra", 70_000);
  rig.run(60);
  rig.sim.delayUs.set("ash/t>fra", 40_000);
  rig.run(200);
  const replayed = replay(rig.journal, "journal");
  expect(replayed.difference).toBeUndefined();
  expect(rig.journal.length).toBeGreaterThan(2);
});
