// End.X on a kernel that keeps its interface and on one that forgets it: told from each other without a trace, and what the
// older one is given is what it can hold.

import { describe, expect, it } from "vitest";
import { idleClock } from "../../../test/support/idle-clock.ts";
import { readDesired } from "../desired.ts";
import { apply } from "./apply.ts";
import { compile } from "./compile.ts";
import { keepsEndXDevice, withoutEndXDevices } from "./end-x.ts";
import { memoryJournal } from "./journal.ts";
import { Kernel } from "./kernel.ts";
import { Twin } from "./twin.ts";

const machine = (endXDevice: boolean) => {
  const world = new Twin({ later: queueMicrotask, endXDevice });
  const kernel = new Kernel({ route: world.routePort(), generic: world.genericPort() }, idleClock());
  return { world, kernel, edge: { read: () => "", replace: () => undefined }, journal: memoryJournal() };
};

const wanted = (nexthop: string) => {
  const behavior = { behavior: "End.X", nexthop, device: "lo" };
  const text = JSON.stringify({
    version: 1,
    domain: { blocks: ["fcbb:bb00::/32"] },
    localSids: [{ sid: "fcbb:bb00:1:e000::", ...behavior }],
  });
  return compile(readDesired(text, "pop.json"), { nexthopEncap: true });
};

describe("an interface of End.X", () => {
  it.each([true, false])("is kept, or not, as the kernel says when it is tried: %s", async (keeps) => {
    const { world, kernel } = machine(keeps);
    expect(await keepsEndXDevice(kernel)).toBe(keeps);
    expect(world.objects).toEqual([]);
  });

  it("is left out for a kernel that forgets it, and nothing is left to do after", async () => {
    const parts = machine(false);
    const objects = withoutEndXDevices(wanted("2001:db8::2"));
    expect(await apply(parts, { objects, edge: "" })).toMatchObject({ troubles: [], inPlace: objects.length });
    expect((await apply(parts, { objects, edge: "" })).steps).toEqual([]);
  });

  it("is refused there with a link-local neighbour, whom nobody finds without it", async () => {
    const objects = withoutEndXDevices(wanted("fe80::2"));
    const { troubles } = await apply(machine(false), { objects, edge: "" });
    expect(troubles).toHaveLength(1);
  });
});
