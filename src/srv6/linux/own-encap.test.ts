// Where a kernel has no nexthop objects: it is noticed without a change, every route carries its own SID list, and what
// cannot be done so is refused before anything is tried.

import { describe, expect, it } from "vitest";
import { idleClock } from "../../../test/support/idle-clock.ts";
import { readDesired } from "../desired.ts";
import { apply, type Machine } from "./apply.ts";
import { compile } from "./compile.ts";
import { memoryJournal } from "./journal.ts";
import { Kernel } from "./kernel.ts";
import { Twin } from "./twin.ts";

const file = (paths: number, steering: string) =>
  readDesired(
    JSON.stringify({
      version: 1,
      domain: { blocks: ["fcbb:bb00::/32"] },
      policies: [
        {
          name: "sea-fra",
          paths: Array.from({ length: paths }, (_, i) => ({
            name: `way-${i}`,
            segments: [`fcbb:bb00:${i + 1}::`, "fcbb:bb00:9::"],
            weight: i + 2,
          })),
          backup: { name: "around", segments: ["fcbb:bb00:7::"] },
        },
      ],
      steering: [{ policy: "sea-fra", prefixes: [steering] }],
    }),
    "pop.json",
  );

function old(nexthopObjects: boolean): { world: Twin; machine: Machine } {
  const world = new Twin({ later: queueMicrotask, nexthopObjects });
  const kernel = new Kernel({ route: world.routePort(), generic: world.genericPort() }, idleClock());
  return { world, machine: { kernel, edge: { read: () => "", replace: () => undefined }, journal: memoryJournal() } };
}

describe("a kernel without nexthop objects", () => {
  it.each([true, false])("is told from one with them: %s", async (has) => {
    const { world, machine } = old(has);
    expect(await machine.kernel.nexthopObjects()).toBe(has);
    expect(world.objects).toEqual([]);
  });

  it("holds a SID list on each route, and nothing is left to do after", async () => {
    const { machine, world } = old(false);
    const wanted = { objects: compile(file(1, "2001:db8::/32"), { nexthopEncap: false }), edge: "" };
    expect(await apply(machine, wanted)).toMatchObject({ troubles: [], leftOver: [], inPlace: 1 });
    expect(world.objects).toMatchObject([{ kind: "route", target: { kind: "hops" } }]);
    expect((await apply(machine, wanted)).steps).toEqual([]);
  });

  it("spreads IPv4 by weight", () => {
    const [route] = compile(file(3, "198.51.100.0/24"), { nexthopEncap: false });
    expect(route).toMatchObject({ target: { hops: [{ weight: 2 }, { weight: 3 }, { weight: 4 }] } });
  });

  it("cannot spread IPv6, and says so with policy, prefix and a way out", () => {
    expect(() => compile(file(2, "2001:db8::/32"), { nexthopEncap: false })).toThrow(
      expect.objectContaining({
        code: "KERNEL_LACKS",
        message: expect.stringContaining("policy sea-fra spreads 2001:db8::/32 over 2 paths"),
        remedy: expect.stringContaining("one path and a backup"),
      }),
    );
    expect(() => compile(file(2, "2001:db8::/32"), { nexthopEncap: true })).not.toThrow();
  });
});
