// apply against the in-memory kernel, with everything going wrong that was seen to go wrong: refusals, lost answers, torn
// dumps, kills in the middle, links that go down, and octets that are no netlink.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { desiredState } from "../../../test/support/desired.ts";
import { idleClock } from "../../../test/support/idle-clock.ts";
import { SrwanError } from "../../base/errors.ts";
import type { Behavior } from "../behavior.ts";
import type { LocalSid } from "../model.ts";
import { apply, type Machine } from "./apply.ts";
import { compile } from "./compile.ts";
import { ERRNO } from "./errno.ts";
import { type Journal, memoryJournal } from "./journal.ts";
import { Kernel } from "./kernel.ts";
import type { Edge } from "./nft.ts";
import { type KernelObject, type KernelRoute, OUR_PROTOCOL } from "./objects.ts";
import type { Port } from "./port.ts";
import { objectText } from "./text.ts";
import { type Faults, Twin } from "./twin.ts";

const noEdge: Edge = { read: () => "", replace: () => undefined };
const texts = (all: readonly KernelObject[]): string[] => all.map(objectText).sort();
const wantedOf = (state: Parameters<typeof compile>[0]) => ({
  objects: compile(state, { nexthopEncap: true }),
  edge: "",
});

function twin(faults: Faults = {}): Twin {
  return new Twin({ later: queueMicrotask, faults });
}

function machineOn(
  world: Twin,
  journal: Journal = memoryJournal(),
  wrap: (port: Port) => Port = (port) => port,
): Machine {
  const kernel = new Kernel({ route: wrap(world.routePort()), generic: world.genericPort() }, idleClock());
  return { kernel, edge: noEdge, journal };
}

const FOREIGN: KernelRoute = {
  kind: "route",
  prefix: { family: 4, address: 0x0a_00_00_00n, length: 16 },
  table: 254,
  metric: 64,
  protocol: 4,
  target: { kind: "discard", how: "blackhole" },
};

describe("apply", () => {
  it("brings any state to any other, and finds nothing to do after", async () => {
    await fc.assert(
      fc.asyncProperty(desiredState, desiredState, async (a, b) => {
        const world = twin();
        const machine = machineOn(world);
        await apply(machine, wantedOf(a));
        const report = await apply(machine, wantedOf(b));
        expect(texts(world.objects)).toEqual(texts(wantedOf(b).objects.map(asKept)));
        expect([report.troubles, report.leftOver]).toEqual([[], []]);
        expect((await apply(machine, wantedOf(b))).steps).toEqual([]);
      }),
    );
  });

  it("gets there over lost answers, torn dumps and memory that runs short", async () => {
    await fc.assert(
      fc.asyncProperty(desiredState, fc.nat(), async (state, seed) => {
        const world = twin({
          refuse: (n) => ((n + seed) % 7 === 0 && n < 40 ? ERRNO.ENOMEM : undefined),
          overrun: (n) => n < 12 && (n + seed) % 5 === 0,
          interrupt: (n) => n < 12 && (n + seed) % 3 === 0,
        });
        await apply(machineOn(world), wantedOf(state)).catch(() => undefined);
        const report = await apply(machineOn(world), wantedOf(state));
        expect(report.troubles).toEqual([]);
        expect(texts(world.objects)).toEqual(texts(wantedOf(state).objects.map(asKept)));
      }),
      { numRuns: 30 },
    );
  });

  it("ends in the wanted state after a kill at any datagram, and leaves nothing of the state before", async () => {
    await fc.assert(
      fc.asyncProperty(desiredState, desiredState, fc.integer({ min: 1, max: 20 }), async (a, b, lives) => {
        const world = twin();
        const journal = memoryJournal();
        await apply(machineOn(world, journal), wantedOf(a));
        const dying = machineOn(world, journal, (port) => killedAfter(port, lives));
        await apply(dying, wantedOf(b)).catch(() => undefined);
        await apply(machineOn(world, journal), wantedOf(b));
        expect(texts(world.objects)).toEqual(texts(wantedOf(b).objects.map(asKept)));
      }),
    );
  });

  it("leaves a foreign route where it is and names it", async () => {
    const world = twin();
    world.place(FOREIGN);
    const state = { ...empty, policies: [policy], steering: [{ ...steering, prefixes: [FOREIGN.prefix] }] };
    const report = await apply(machineOn(world), wantedOf(state));
    expect(report.troubles.map((trouble) => trouble.state)).toEqual(["foreign"]);
    expect(texts(world.objects)).toContain(objectText(FOREIGN));
  });

  it("says what was refused and what stands there instead", async () => {
    const world = twin();
    const state = { ...empty, policies: [policy], steering: [steering] };
    await apply(machineOn(world), wantedOf(state));
    const moved = { ...policy, paths: [{ ...path, segments: [...path.segments, ...path.segments] }] };
    const refusing = new Twin({ later: queueMicrotask, faults: { refuse: () => ERRNO.EPERM } });
    for (const object of world.objects) refusing.place(object);
    const report = await apply(machineOn(refusing), wantedOf({ ...state, policies: [moved] }));
    expect(report.troubles).toMatchObject([{ state: "failed", why: /EPERM/, found: { kind: "nexthop" } }].map(loosely));
  });

  it("puts in all but what names a device that is not there, and says which", async () => {
    const sid = (n: bigint, behavior: Behavior): LocalSid => ({
      prefix: { family: 6, address: (0xfcbbbb00n << 96n) | n, length: 128 },
      behavior,
      counted: true,
    });
    const localSids = [
      sid(1n, { action: "End" }),
      sid(2n, { action: "End.DX2", device: "absent0" }),
      sid(3n, { action: "End" }),
    ];
    const { troubles, inPlace } = await apply(machineOn(twin()), wantedOf({ ...empty, localSids }));
    expect(troubles).toMatchObject([{ state: "failed", why: /ENODEV/ }].map(loosely));
    expect(inPlace).toBe(2);
  });

  it("puts back what a link took with it", async () => {
    const world = twin();
    world.addLink("eth0");
    const onLink: KernelRoute = {
      ...FOREIGN,
      metric: 7,
      protocol: OUR_PROTOCOL,
      target: { kind: "hops", hops: [{ device: "eth0", weight: 1 }] },
    };
    const state = wantedOf({ ...empty, policies: [policy], steering: [steering] });
    const wanted = { ...state, objects: [...state.objects, onLink] };
    await apply(machineOn(world), wanted);
    world.downLink("eth0");
    const down = await apply(machineOn(world), wanted);
    expect(down.troubles).toMatchObject([{ state: "failed", why: /ENETDOWN/ }].map(loosely));
    world.upLink("eth0");
    expect((await apply(machineOn(world), wanted)).troubles).toEqual([]);
  });

  it("meets replies that are no netlink with one clear error", async () => {
    await fc.assert(
      fc.asyncProperty(
        desiredState,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1 }),
        async (state, noise) => {
          const world = twin();
          const broken = machineOn(world, memoryJournal(), (port) => garbled(port, noise));
          try {
            await apply(broken, wantedOf(state));
          } catch (error) {
            expect(error).toBeInstanceOf(SrwanError);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

/** A port that a kill cuts off: what was sent counts, what was to be sent does not, and no answer comes. */
function killedAfter(port: Port, datagrams: number): Port {
  let left = datagrams;
  let broken: (error: Error) => void = () => undefined;
  return {
    ...port,
    send: (octets) => (left-- > 0 ? port.send(octets) : queueMicrotask(() => broken(new Error("killed")))),
    listen: (listener) => {
      broken = listener.broken;
      port.listen(listener);
    },
  };
}

/** Changes octets of what comes back, each at its place modulo the length of the datagram. */
function garbled(port: Port, noise: readonly (readonly [number, number])[]): Port {
  let next = 0;
  return {
    ...port,
    listen: (listener) =>
      port.listen({
        ...listener,
        datagram: (octets) => {
          const [at = 0, value = 0] = noise[next++ % noise.length] ?? [];
          const copy = octets.slice();
          copy[at % copy.length] = value;
          listener.datagram(next % 3 === 0 ? copy : octets);
        },
      }),
  };
}

/** The kernel gives IPv6 routes a metric; which is the same place. */
const asKept = (object: KernelObject): KernelObject =>
  object.kind === "route" && object.prefix.family === 6 && object.metric === 0 ? { ...object, metric: 1_024 } : object;

const loosely = ({ why, ...rest }: { readonly why: RegExp; readonly state: string; readonly found?: unknown }) => ({
  ...rest,
  why: expect.stringMatching(why),
});

const path = { name: "a", segments: [(0xfcbbbb00n << 96n) as never], weight: 1, mode: "encap.red" as const };
const policy = { name: "p", active: "paths" as const, paths: [path] };
const steering = {
  policy: "p",
  prefixes: [{ family: 4 as const, address: 0x0a_01_00_00n, length: 16 }],
  classes: [],
  table: 254,
  metric: 64,
};
const empty = {
  domain: { blocks: [], segments: [], management: [], requireHmac: false },
  hmacKeys: [],
  tenants: [],
  localSids: [],
  policies: [],
  steering: [],
};
