// The real kernel and the in-memory one, given the same steps: the same answers and the same state after. And what the
// twin proves over many states, the kernel proves over two hundred.

import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import { apply } from "../../src/srv6/linux/apply.ts";
import { compile } from "../../src/srv6/linux/compile.ts";
import { memoryJournal } from "../../src/srv6/linux/journal.ts";
import { Kernel } from "../../src/srv6/linux/kernel.ts";
import type { Edge } from "../../src/srv6/linux/nft.ts";
import type { KernelObject } from "../../src/srv6/linux/objects.ts";
import { plan, type Step } from "../../src/srv6/linux/plan.ts";
import { openSocket, PROTOCOL } from "../../src/srv6/linux/socket.ts";
import { identity, objectText } from "../../src/srv6/linux/text.ts";
import { Twin } from "../../src/srv6/linux/twin.ts";
import { desiredState } from "../support/desired.ts";

const noEdge: Edge = { read: () => "", replace: () => undefined };
const RUNS = 200;

const real = new Kernel({ route: openSocket(PROTOCOL.route), generic: openSocket(PROTOCOL.generic) }, new RealClock());
const objectsOf = (state: Parameters<typeof compile>[0]): KernelObject[] => compile(state, { nexthopEncap: true });
const texts = (all: readonly KernelObject[]): string[] =>
  all.map((one) => `${identity(one)} = ${objectText(one)}`).sort();
const ours = async (kernel: Kernel): Promise<readonly KernelObject[]> => (await kernel.read([], new Set())).ours;

async function flush(): Promise<void> {
  await apply({ kernel: real, edge: noEdge, journal: memoryJournal() }, { objects: [], edge: "" });
}

afterEach(flush);

describe("the kernel", () => {
  it(`takes any state to any other, ${RUNS} times, and then plans nothing`, async () => {
    const machine = { kernel: real, edge: noEdge, journal: memoryJournal() };
    await fc.assert(
      fc.asyncProperty(desiredState, async (state) => {
        const objects = objectsOf(state);
        const report = await apply(machine, { objects, edge: "" });
        expect([report.troubles, report.leftOver]).toEqual([[], []]);
        expect(texts(await ours(real))).toEqual(texts(objects));
        expect(plan(objects, await real.read(objects, new Set())).steps).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("answers any steps as the in-memory one does, and is left in the same state", async () => {
    await fc.assert(
      fc.asyncProperty(desiredState, desiredState, fc.array(fc.nat(), { maxLength: 12 }), async (a, b, picks) => {
        await flush();
        const twin = new Twin({ later: queueMicrotask });
        const memory = new Kernel({ route: twin.routePort(), generic: twin.genericPort() }, new RealClock());
        const steps = disorder([...objectsOf(a), ...objectsOf(b)], picks);
        const [inMemory, inKernel] = [await memory.change(steps), await real.change(steps)];
        const told = (answers: Int32Array): string[] =>
          steps.map(({ change, object }, i) => `${change} ${objectText(object)}: ${answers[i]}`);
        expect(told(inMemory)).toEqual(told(inKernel));
        expect(texts(await ours(memory))).toEqual(texts(await ours(real)));
      }),
      { numRuns: RUNS },
    );
  });
});

/** Additions in order, then whatever the numbers pick: again, replaced, removed, twice. */
function disorder(objects: readonly KernelObject[], picks: readonly number[]): Step[] {
  const changes = ["add", "replace", "delete"] as const;
  const more = picks.map((pick): Step => {
    const object = objects[pick % objects.length] as KernelObject;
    const change = changes[Math.floor(pick / objects.length) % changes.length] ?? "add";
    return { change: object.kind === "rule" && change === "replace" ? "add" : change, object };
  });
  return [...objects.map((object): Step => ({ change: "add", object })), ...more];
}
