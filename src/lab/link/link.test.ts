// What a link does to frames: order and time of what waits, loss within its chance, a rate that holds, changes that pass.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { SeededRng } from "../../base/rng.ts";
import { parseRate } from "../../base/units.ts";
import { FLAG, messages, Writer } from "../../srv6/linux/wire.ts";
import { changed, type Impairment, type ImpairmentChange, type Lab, PLAIN_WIRE, TRUE_CLOCK } from "../model.ts";
import { DelayQueue } from "./delay-queue.ts";
import { chooseKind } from "./driver.ts";
import { netemLine, vethPairs } from "./netem-commands.ts";
import { writeFeaturesOff } from "./offload-codec.ts";
import { farNetwork, networkOf, underlayFar } from "./relay-commands.ts";
import { inForce, nextEndUs, standingAs, withChange, withoutEnded } from "./standing.ts";
import { isChatter, Wire } from "./wire.ts";

const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 });

describe("a delay queue", () => {
  it("gives back what it took, by time, and what is due at one time in the order it came", () => {
    fc.assert(
      fc.property(times, (dues) => {
        const queue = new DelayQueue<number>();
        for (const [i, due] of dues.entries()) queue.push(due, i);
        const sorted = dues.map((due, i) => ({ due, i })).sort((a, b) => a.due - b.due || a.i - b.i);
        expect(queue.nextDueUs).toBe(sorted[0]?.due ?? Number.POSITIVE_INFINITY);
        expect(dues.map(() => queue.pop())).toEqual(sorted.map(({ i }) => i));
        expect([queue.size, queue.pop()]).toEqual([0, undefined]);
      }),
    );
  });

  it("keeps its order when things come and go in turn", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(30), { freq: 2 }), { maxLength: 200 }), (steps) => {
        const queue = new DelayQueue<number>();
        const model: number[] = [];
        for (const due of steps) {
          if (due === null) expect(queue.pop()).toBe(model.shift());
          else {
            queue.push(due, due);
            model.push(due);
            model.sort((a, b) => a - b);
          }
          expect(queue.size).toBe(model.length);
        }
      }),
    );
  });
});

describe("a wire", () => {
  const chance = (seed: number) => ({ traffic: new SeededRng(seed), chatter: new SeededRng(seed + 1) });
  const wire = (does: Partial<Impairment>) => new Wire(chance(3), { ...PLAIN_WIRE, ...does });

  it("hands over at once when nothing is asked of it, and holds for its delay", () => {
    expect(wire({}).send(1_500, 7)).toBe(7);
    expect(wire({ delayUs: 20_000 }).send(1_500, 7)).toBe(20_007);
  });

  it("loses within five standard deviations of its chance, nothing at 0 and all at 1,000,000", () => {
    const count = 20_000;
    for (const lossPpm of [0, 1_000, 20_000, 500_000, 1_000_000]) {
      const one = wire({ lossPpm });
      let lost = 0;
      for (let i = 0; i < count; i++) if (one.send(100, i) === "lost") lost++;
      const chance = lossPpm / 1_000_000;
      expect(Math.abs(lost - count * chance)).toBeLessThanOrEqual(5 * Math.sqrt(count * chance * (1 - chance)));
    }
  });

  it("loses the same frames again from the same seed, and others from another", () => {
    const fates = (seed: number) => {
      const one = new Wire(chance(seed), { ...PLAIN_WIRE, lossPpm: 300_000 });
      return Array.from({ length: 64 }, (_, i) => one.send(100, i) === "lost");
    };
    expect(fates(5)).toEqual(fates(5));
    expect(fates(5)).not.toEqual(fates(6));
  });

  it("loses the same traffic again whatever the network says of itself in between", () => {
    const fates = (talksAt: readonly number[]) => {
      const one = new Wire(chance(5), { ...PLAIN_WIRE, lossPpm: 300_000 });
      return Array.from({ length: 64 }, (_, i) => {
        if (talksAt.includes(i)) one.send(86, i, true);
        return one.send(100, i);
      });
    };
    expect(fates([3, 17, 40])).toEqual(fates([]));
  });

  it.each([
    ["an echo request", "86dd", 58, 128, false],
    ["a neighbour solicitation", "86dd", 58, 135, true],
    ["a multicast listener report", "86dd", 0, 0, true],
    ["UDP", "86dd", 17, 200, false],
    ["ARP", "0806", 0, 0, true],
    ["IPv4", "0800", 58, 135, false],
  ])("takes %s for what it is", (_what, type, next, icmp, expected) => {
    const frame = Buffer.alloc(80);
    Buffer.from(type, "hex").copy(frame, 8 + 12);
    frame[8 + 14 + 6] = next;
    frame[8 + 14 + 40] = icmp;
    expect(isChatter(frame, 8)).toBe(expected);
  });

  it("never holds longer or shorter than its jitter allows, nor lets out what has not come in", () => {
    const [delayUs, jitterUs] = [1_000, 1_200];
    const one = wire({ delayUs, jitterUs });
    const held = Array.from({ length: 2_000 }, (_, i) => (one.send(100, i * 10) as number) - i * 10);
    expect(Math.min(...held)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...held)).toBeLessThanOrEqual(delayUs + jitterUs);
    expect(new Set(held).size).toBeGreaterThan(500);
  });

  it("lets through no more than its rate over any stretch, in order, and drops what would wait too long", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gapUs: fc.nat(400), octets: fc.integer({ min: 60, max: 1_500 }) }), { minLength: 2 }),
        fc.integer({ min: 1, max: 200 }),
        (frames, mbit) => {
          const rateBps = parseRate(`${mbit}mbit`);
          const one = wire({ rateBps });
          let nowUs = 0;
          const out: { at: number; octets: number }[] = [];
          for (const { gapUs, octets } of frames) {
            nowUs += gapUs;
            const due = one.send(octets, nowUs);
            if (typeof due !== "number") expect(due).toBe("full");
            else {
              expect(due - nowUs).toBeLessThanOrEqual(LIMITS.labQueueMs * 1_000 + (octets * 8) / mbit + 1e-6);
              out.push({ at: due, octets });
            }
          }
          for (const [i, { at, octets }] of out.entries()) {
            const before = out[i - 1];
            if (before) expect(at - before.at).toBeGreaterThanOrEqual((octets * 8) / mbit - 1e-6);
          }
        },
      ),
    );
  });

  it("fills its queue and no more under a flood", () => {
    const one = wire({ rateBps: parseRate("12mbit") });
    // 1,500 octets take one millisecond.
    const fates = Array.from({ length: 200 }, () => one.send(1_500, 0));
    expect(fates.filter((due) => typeof due === "number")).toHaveLength(LIMITS.labQueueMs + 1);
  });
});

describe("what is in force on a direction", () => {
  const change = fc.record(
    {
      delayUs: fc.nat(1_000),
      jitterUs: fc.nat(100),
      lossPpm: fc.nat(1_000_000),
      rateBps: fc.constantFrom<"none" | ReturnType<typeof parseRate>>("none", parseRate("1mbit")),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<ImpairmentChange>;

  it("is what stays, with each change that has not ended laid over it, youngest last", () => {
    const given = fc.array(fc.tuple(change, fc.option(fc.nat(100), { nil: undefined })), { maxLength: 12 });
    fc.assert(
      fc.property(given, fc.nat(120), (changes, nowUs) => {
        const all = changes.reduce((sum, [one, until]) => withChange(sum, one, until), standingAs(PLAIN_WIRE));
        const left = withoutEnded(all, nowUs);
        const stays = changes.filter(([, until]) => until === undefined);
        const passing = changes.filter(([, until]) => until !== undefined && until > nowUs);
        const model = [...stays, ...passing].reduce((does, [one]) => changed(does, one), PLAIN_WIRE);
        expect(inForce(left)).toEqual(model);
        expect(nextEndUs(left)).toBeGreaterThan(nowUs);
      }),
    );
  });

  it("is as before when a change has passed, and its file is kept for a reset", () => {
    const file: Impairment = { delayUs: 35_000, jitterUs: 0, lossPpm: 0 };
    const passing = withChange(standingAs(file), { delayUs: 80_000, lossPpm: 20_000 }, 30);
    expect(inForce(passing)).toEqual({ delayUs: 80_000, jitterUs: 0, lossPpm: 20_000 });
    expect([nextEndUs(passing), inForce(withoutEnded(passing, 30))]).toEqual([30, file]);
    expect(withChange(passing, { delayUs: 1 }).file).toBe(file);
  });
});

const PAIR: Lab = {
  name: "pair",
  nodes: ["a", "b"].map((name) => ({
    name,
    kind: "linux",
    sysctls: {},
    exec: [],
    env: {},
    labels: {},
    clock: TRUE_CLOCK,
  })),
  links: [
    {
      a: { node: "a", interface: "eth1" },
      b: { node: "b", interface: "eth9" },
      aToB: { delayUs: 20_000, jitterUs: 1_500, lossPpm: 12_345, rateBps: parseRate("100mbit") },
      bToA: PLAIN_WIRE,
      mtuOctets: 9_000,
    },
  ],
  notBuilt: [],
};

describe("the commands of links", () => {
  const namespaceOf = (node: string): string => `n-${node}`;

  it("give relay links two network identifiers that lead to each other", () => {
    expect([networkOf(0, "a"), networkOf(0, "b"), networkOf(7, "a")]).toEqual([1, 2, 15]);
    fc.assert(fc.property(fc.nat(4_096), (i) => farNetwork(networkOf(i, "a")) === networkOf(i, "b")));
    fc.assert(fc.property(fc.nat(4_096), (i) => farNetwork(networkOf(i, "b")) === networkOf(i, "a")));
    expect(underlayFar(PAIR, namespaceOf)).toContain("link add eth9 netns n-b mtu 9000 up type vxlan id 2 ");
  });

  it("say all of an impairment to netem, so that a change leaves nothing of the one before", () => {
    expect(netemLine("eth1", PAIR.links[0]?.aToB as Impairment)).toBe(
      "qdisc replace dev eth1 root netem limit 596 delay 20000us 1500us loss 1.2345% rate 100000000bit",
    );
    expect(netemLine("eth1", PLAIN_WIRE)).toBe(
      `qdisc replace dev eth1 root netem limit ${LIMITS.labHeldMaxFrames} delay 0us loss 0% rate 0bit`,
    );
    expect(vethPairs(PAIR, namespaceOf)).toBe(
      "link add eth1 netns n-a mtu 9000 gso_max_segs 1 type veth peer name eth9 netns n-b mtu 9000 gso_max_segs 1\n",
    );
  });

  it("turn features off as ethtool does: bits by name, without a value", () => {
    const writer = new Writer();
    writeFeaturesOff(writer, "eth1", ["tx-checksum-ip-generic"], 21, 5);
    const [message] = [...messages(writer.take())];
    expect([message?.type, message?.flags, message?.payload.u8(0)]).toEqual([21, FLAG.request, 12]);
    const wanted = message?.payload.attributes(4).get(3)?.attributes().get(3)?.attributes().get(1)?.attributes();
    expect(wanted?.get(2)?.text()).toBe("tx-checksum-ip-generic");
    expect(wanted?.has(3)).toBe(false);
  });

  it("are netem's where the kernel has it, the relay's where it has not, and nobody's without both", () => {
    const with_ = (...has: string[]) => chooseKind((check) => has.includes(check));
    expect(with_("kernel.veth", "kernel.netem", "kernel.vxlan")).toBe("netem");
    expect(with_("kernel.veth", "kernel.vxlan")).toBe("relay");
    expect(() => with_("kernel.veth")).toThrow(/neither netem nor VXLAN/);
  });
});
