// A policy begins, moves and leaves: proved first, without one lost packet; a probe that fails leaves traffic where it is.

import { afterAll, describe, expect, it } from "vitest";
import { whyNoNamespace } from "../support/namespace.ts";
import { documentOf, pathOver, policy } from "./plan.ts";
import { World } from "./world.ts";

const why = whyNoNamespace();
let opened: Promise<World> | undefined;
const world = (): Promise<World> => (opened ??= World.carrying());
afterAll(async () => (await opened)?.close());

describe.skipIf(why !== undefined)("a policy", () => {
  it("carries when it is read back and its probe is answered, and says so", async () => {
    const w = await world();
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
    const types = (await w.events("pop1")).map(({ type, subject }) => `${type} ${subject}`);
    expect(types).toContain("path-proved gold upper");
    expect(types).toContain("path-proved gold lower");
    expect(types).toContain("moved gold");
  });

  it("moves to another path without one lost packet", async () => {
    const w = await world();
    const lost = await w.lostDuring(async () => {
      await w.desire("pop1", documentOf("pop1", 2, [policy("pop1", "gold", "lower")]));
      await w.carries("pop1", "gold", "lower");
    });
    expect(lost).toEqual([]);
  });

  it("stays where it is when the probe of its new path is not answered, and says why", async () => {
    const w = await world();
    const dead = pathOver("pop1", "upper", { name: "dead", sids: ["fcbb:bb00:1:e001::", "fcbb:bb00:2:eeee::"] });
    const before = policy("pop1", "gold", "lower");
    const lost = await w.lostDuring(async () => {
      await w.desire("pop1", documentOf("pop1", 3, [{ ...before, paths: [dead] }]));
      await w.until("pop1", ({ paths }) => paths.some((one) => one.path === "dead" && one.state === "unproved"));
    });
    expect(lost).toEqual([]);
    const { paths } = await w.status("pop1");
    expect(paths.find(({ path }) => path === "dead")).toMatchObject({
      carries: false,
      why: expect.stringMatching(/probe/),
    });
    const told = await w.events("pop1", "path-unproved");
    expect(told.at(-1)).toMatchObject({ subject: "gold dead", text: expect.stringMatching(/not answered/) });
  });
});
