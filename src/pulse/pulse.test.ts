// Real loops in their own threads, over real sockets of this machine: every mode, both ways of taking stamps.

import { afterEach, describe, expect, it } from "vitest";
import { parseAddress } from "./address.ts";
import { loadLibc } from "./libc.ts";
import type { PeerId, PulseSample, ReplySample, Row } from "./model.ts";
import type { NeighbourPlan, PulseNews, PulsePlan, ReflectorPlan } from "./plan.ts";
import { Pulse } from "./pulse.ts";
import { decodeRow, encodeRow } from "./row-tlv.ts";
import { askClassOfService, askLocation } from "./stamp-extensions.ts";
import { returnPath } from "./stamp-sr.ts";

const KEY = new Uint8Array(32).fill(3);
const LO4 = parseAddress("127.0.0.1");
const LO6 = parseAddress("::1");
const PEER = "b" as PeerId;

const PLAN: PulsePlan = {
  neighbours: [],
  reflectors: [],
  synchronised: false,
  stamps: "kernel",
  phaseStart: 0,
  tellsReplies: true,
};
const REFLECTOR: ReflectorPlan = {
  address: LO4,
  port: 0,
  mode: "open",
  stateful: true,
  format: "ntp",
  returnAddresses: [],
  steersReplies: false,
};
const NEIGHBOUR: NeighbourPlan = {
  id: PEER,
  address: LO4,
  port: 0,
  intervalMs: 30,
  mode: "open",
  format: "ntp",
  extensions: [],
  greets: true,
  countsDirectly: false,
  watchesLiveness: true,
};

const running: Pulse[] = [];
afterEach(async () => {
  for (const pulse of running.splice(0)) await pulse.stop();
});

class Loop {
  readonly news: PulseNews[] = [];
  readonly pulse: Pulse;
  #waiting: (() => void)[] = [];

  constructor(plan: Partial<PulsePlan>) {
    this.pulse = new Pulse({ ...PLAN, ...plan }, (news) => {
      this.news.push(news);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    running.push(this.pulse);
  }

  of = <Kind extends PulseNews["kind"]>(kind: Kind): Extract<PulseNews, { kind: Kind }>[] =>
    this.news.filter((one) => one.kind === kind) as Extract<PulseNews, { kind: Kind }>[];

  get samples(): PulseSample[] {
    return this.of("samples").flatMap(({ samples }) => samples);
  }

  get replies(): ReplySample[] {
    return this.samples.filter((one) => one.kind === "reply");
  }

  async until<T>(find: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

async function reflectorOf(plan: Partial<ReflectorPlan>, more: Partial<PulsePlan> = {}): Promise<[Loop, number]> {
  const loop = new Loop({ reflectors: [{ ...REFLECTOR, ...plan }], ...more });
  const { reflectorPorts } = await loop.pulse.ready;
  return [loop, reflectorPorts[0] ?? 0];
}

describe("a neighbour that has keys", () => {
  const OTHER = new Uint8Array(32).fill(9);
  const signed = (key: Uint8Array) => ({ mode: "authenticated", key }) as const;

  /** What one end of a pair hears of the other, which sends from the address that the neighbour has. */
  async function pair(guard: NeighbourPlan["guard"], sends: Partial<NeighbourPlan>) {
    const here = { ...NEIGHBOUR, address: LO4, from: LO4, port: 9, count: 1, watchesLiveness: false, guard };
    const [one, port] = await reflectorOf({}, { neighbours: [here] });
    const other = new Loop({ neighbours: [{ ...NEIGHBOUR, from: LO4, port, count: 3, ...sends }] });
    await other.until(() => other.of("finished")[0]);
    const heard = await one.until(() => {
      const counts = one.of("counters").at(-1)?.counters;
      const all = (counts?.answered ?? 0) + (counts?.["request-unsigned"] ?? 0);
      return all >= 3 && { heard: one.samples.filter(({ kind }) => kind === "heard"), counts };
    });
    return { heard: heard.heard, replies: other.replies.length, unsigned: heard.counts?.["request-unsigned"] ?? 0 };
  }

  it.each([
    ["by its key", signed(KEY)],
    ["by the one that comes next", signed(OTHER)],
  ] as const)("is heard and answered where it signs %s", async (_name, sends) => {
    const { heard, replies, unsigned } = await pair({ keys: [KEY, OTHER], takesOpen: false }, sends);
    expect([heard.length, replies, unsigned]).toEqual([3, 3, 0]);
    expect(heard.every((one) => one.kind === "heard" && one.flags.authenticated)).toBe(true);
  });

  it.each([
    ["does not sign", {}],
    ["signs with another key", signed(OTHER)],
  ] as const)("is neither heard nor answered where it %s", async (_name, sends) => {
    expect(await pair({ keys: [KEY], takesOpen: false }, sends)).toEqual({ heard: [], replies: 0, unsigned: 3 });
  });

  it("is heard unsigned while keys go round", async () => {
    const { heard, replies } = await pair({ keys: [KEY], takesOpen: true }, {});
    expect([heard.length, replies]).toEqual([3, 3]);
    expect(heard.some((one) => one.kind === "heard" && one.flags.authenticated)).toBe(false);
  });
});

describe("pulses between two loops", () => {
  it.each([
    ["IPv4, open", LO4, {}, "kernel"],
    ["IPv6, authenticated", LO6, { mode: "authenticated", key: KEY }, "kernel"],
    ["IPv6, open with guarded extensions and PTP timestamps", LO6, { key: KEY, format: "ptp" }, "kernel"],
    ["IPv4, authenticated, stamps of node:dgram", LO4, { mode: "authenticated", key: KEY }, "handler"],
    ["IPv6, open, stamps of node:dgram", LO6, {}, "handler"],
  ] as const)("give samples whose parts fit together: %s", async (_name, address, mode, stamps) => {
    const [, port] = await reflectorOf({ address, ...mode }, { stamps });
    const loop = new Loop({ neighbours: [{ ...NEIGHBOUR, address, port, count: 5, ...mode }], stamps });
    await loop.until(() => loop.of("finished")[0]);
    const sent = loop.samples.filter(({ kind }) => kind === "sent");
    expect(sent.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4]);
    expect(loop.replies.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4]);
    expect(loop.replies.map(({ reflectorSequence }) => reflectorSequence)).toEqual([0, 1, 2, 3, 4]);
    for (const one of loop.replies) {
      // One clock took all four, so their order holds to within their errors.
      expect(Number(one.t2Ns - one.t1Ns)).toBeGreaterThanOrEqual(-(one.t1ErrorNs + one.t2ErrorNs));
      expect(one.t3Ns).toBeGreaterThanOrEqual(one.t2Ns - BigInt(one.t2ErrorNs));
      expect(Number(one.t4Ns - one.t1Ns)).toBeGreaterThan(0);
      expect(one.flags).toMatchObject({ stampSource: loadLibc() === undefined ? "handler" : stamps });
    }
    expect(loop.of("change").map(({ change }) => change.state)).toContain("up");
  });

  it("carry rows to the peer, once each, and tell it of the way to it alone", async () => {
    const members = ["a", "b"] as PeerId[];
    const row: Row = { member: "a" as PeerId, sequence: 5, madeNs: 0n, cells: new Map() };
    const [far, port] = await reflectorOf(
      { key: KEY },
      { neighbours: [{ ...NEIGHBOUR, id: "a" as PeerId, port: 9, key: KEY, watchesLiveness: false }] },
    );
    const loop = new Loop({ neighbours: [{ ...NEIGHBOUR, port, key: KEY }] });
    await loop.pulse.ready;
    loop.pulse.setRow(encodeRow(row, members, true));
    const { value, t1Ns } = await far.until(() => far.of("row")[0]);
    expect(decodeRow(value, members, t1Ns)).toMatchObject({ member: "a", sequence: 5 });
    await far.until(() => far.samples.filter(({ kind }) => kind === "heard").length > 8);
    expect(far.of("row")).toHaveLength(1);
    // It began anew with its clock set back: its rows are numbered from there.
    loop.pulse.setRow(encodeRow({ ...row, sequence: 2 }, members, true));
    const again = await far.until(() => far.of("row")[1]);
    expect(decodeRow(again.value, members, again.t1Ns)).toMatchObject({ sequence: 2 });
  });

  it("are not answered for another key, and the reflector counts why", async () => {
    const [far, port] = await reflectorOf({ mode: "authenticated", key: KEY });
    const other = new Uint8Array(32).fill(4);
    const loop = new Loop({ neighbours: [{ ...NEIGHBOUR, port, mode: "authenticated", key: other }] });
    await far.until(() => (far.of("counters").at(-1)?.counters["request-hmac"] ?? 0) >= 3);
    expect(loop.replies).toEqual([]);
  });

  it("are answered only for those who are allowed", async () => {
    const [far, port] = await reflectorOf({ sources: [parseAddress("192.0.2.1")] });
    new Loop({ neighbours: [{ ...NEIGHBOUR, port }] });
    await far.until(() => (far.of("counters").at(-1)?.counters["request-not-allowed"] ?? 0) >= 3);
  });

  it("tell a path that dies at once, and again when it lives", async () => {
    const [, port] = await reflectorOf({});
    const loop = new Loop({ neighbours: [{ ...NEIGHBOUR, port }] });
    await loop.until(() => loop.of("change").at(-1)?.change.state === "up");
    const [far] = running;
    running.shift();
    await far?.stop();
    await loop.until(() => loop.of("change").at(-1)?.change.state === "down");
    await reflectorOf({ port });
    await loop.until(() => loop.of("change").at(-1)?.change.state === "up");
    expect(loop.of("change").map(({ change }) => change.state)).toEqual(
      expect.arrayContaining(["up", "suspect", "down", "up"]),
    );
  });
});

describe("a loop on the kernel", () => {
  it("tells hops, addresses and classes of what came in", async (ctx) => {
    if (loadLibc() === undefined) ctx.skip("libc cannot be called here: koffi does not load");
    const any = new Uint8Array(4);
    const [, port] = await reflectorOf({ address: any });
    const loop = new Loop({
      neighbours: [
        { ...NEIGHBOUR, port, count: 2, trafficClass: 46 << 2, extensions: [askLocation(), askClassOfService(10)] },
      ],
    });
    await loop.until(() => loop.of("finished")[0]);
    expect(loop.of("samples").flatMap(({ replies }) => replies)[0]).toMatchObject({
      hops: 0,
      lacks: [],
      told: [
        { kind: "location", destinationPort: port, source: LO4, destination: LO4 },
        { kind: "class-of-service", asked: 10, arrived: 46, refused: false },
      ],
    });
  });

  it("says with U that it may not steer a reply, and answers all the same", async () => {
    const [, port] = await reflectorOf({ address: LO6 });
    const extensions = [returnPath({ kind: "path", sids: [LO6] })];
    const loop = new Loop({ neighbours: [{ ...NEIGHBOUR, address: LO6, port, count: 1, greets: false, extensions }] });
    await loop.until(() => loop.of("finished")[0]);
    expect(loop.of("samples").flatMap(({ replies }) => replies)[0]?.lacks).toEqual(["extensions"]);
  });

  it("goes on when a neighbour is added that it cannot send from, and says so", async () => {
    const [, port] = await reflectorOf({});
    const loop = new Loop({ neighbours: [{ ...NEIGHBOUR, port }] });
    loop.pulse.add({ ...NEIGHBOUR, id: "c" as PeerId, port, from: parseAddress("192.0.2.1") });
    expect(await loop.until(() => loop.of("refused")[0])).toMatchObject({
      peer: "c",
      error: { code: "PULSE_SOCKET_REFUSED" },
    });
    const before = loop.replies.length;
    await loop.until(() => loop.replies.length > before);
  });

  it("says that a port is taken", async () => {
    const [, port] = await reflectorOf({});
    const second = new Pulse({ ...PLAN, reflectors: [{ ...REFLECTOR, port }] }, () => undefined);
    await expect(second.ready).rejects.toMatchObject({ code: "PULSE_SOCKET_REFUSED" });
    await expect(second.ended).rejects.toThrow(`port ${port}`);
  });
});
