// From counters to entries: nothing is made, nothing is lost, nobody pays more than was signed or carried.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countedBetween, type LinkCount, NO_TRAFFIC, plus, type Traffic } from "./counts.ts";
import { type Account, accountFor, OCTETS_PER_GB, type PathUse, type Rules } from "./epoch.ts";
import { matchHop, PLAIN_LINK } from "./hops.ts";
import { net } from "./netting.ts";
import { partition } from "./shares.ts";
import { type Ticket, ticketGain, ticketsDue } from "./tickets.ts";

const sum = (all: readonly bigint[]): bigint => all.reduce((total, one) => total + one, 0n);
const count = fc.bigInt({ min: 0n, max: 10n ** 15n });
const account = fc.integer({ min: 1, max: 12 }).map((n): Account => `0x${n.toString(16).padStart(40, "a")}`);

describe("partition", () => {
  it("parts an amount without a rest, and nobody's part is off by as much as one", () => {
    fc.assert(
      fc.property(count, fc.array(count, { minLength: 1, maxLength: 12 }), (amount, weights) => {
        const total = sum(weights);
        if (total === 0n) {
          expect(() => partition(amount + 1n, weights)).toThrow(RangeError);
          return;
        }
        const parts = partition(amount, weights);
        expect(sum(parts)).toBe(amount);
        for (const [i, part] of parts.entries()) {
          const apart = part * total - amount * (weights[i] as bigint);
          expect(apart < total && apart > -total).toBe(true);
        }
      }),
    );
  });

  it("gives more to who weighs more", () => {
    expect(partition(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n]);
    expect(partition(7n, [0n, 5n, 2n])).toEqual([0n, 5n, 2n]);
    expect(partition(0n, [0n, 0n])).toEqual([0n, 0n]);
  });
});

const report = (seq: bigint, octets: bigint, bootTime = 1n): LinkCount => ({
  linkId: "sea-chi",
  reporter: "sea",
  bootTime,
  seq,
  inOctets: octets,
  outOctets: octets * 2n,
  inPackets: octets / 1_000n,
  outPackets: octets / 500n,
});

describe("counts", () => {
  it("add up to the same however often they are read, over reboots too", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ grows: count, boots: fc.boolean(), twice: fc.boolean() }), { minLength: 1 }),
        (steps) => {
          let [before, total, expected]: [LinkCount | undefined, Traffic, bigint] = [undefined, NO_TRAFFIC, 0n];
          let [octets, boot, seq] = [0n, 1n, 1n];
          before = report(seq, 0n, boot);
          for (const { grows, boots, twice } of steps) {
            if (boots) [octets, boot] = [0n, boot + 1n];
            octets += grows;
            expected += grows;
            const now = report(++seq, octets, boot);
            total = plus(total, countedBetween(before, now).traffic);
            if (twice) expect(countedBetween(now, now)).toEqual({ traffic: NO_TRAFFIC, trouble: "late" });
            before = now;
          }
          expect(total.inOctets).toBe(expected);
          expect(total.outOctets).toBe(expected * 2n);
        },
      ),
    );
  });

  it("of 32 bits wrap; of 64 they never go back", () => {
    const before = { ...report(1n, 0n), inOctets: 2n ** 32n - 10n, outOctets: 0n };
    const now = { ...report(2n, 0n), inOctets: 5n, outOctets: 0n };
    expect(countedBetween(before, now, 32).traffic.inOctets).toBe(15n);
    expect(countedBetween(before, now)).toEqual({ traffic: NO_TRAFFIC, trouble: "backwards" });
  });

  it("from before a reboot are late after it", () => {
    expect(countedBetween(report(5n, 100n, 2n), report(6n, 900n, 1n)).trouble).toBe("late");
  });
});

const traffic = (packets: bigint, octets: bigint): Traffic => ({
  inOctets: octets,
  outOctets: octets,
  inPackets: packets,
  outPackets: packets,
});

describe("a hop", () => {
  it("is paid by the lower end, whoever says more", () => {
    fc.assert(
      fc.property(count, count, count, count, (sentPackets, sentOctets, heardPackets, heardOctets) => {
        const hop = matchHop(traffic(sentPackets, sentOctets), traffic(heardPackets, heardOctets));
        expect(hop.octets).toBe(sentOctets < heardOctets ? sentOctets : heardOctets);
        expect(hop.packets).toBe(sentPackets < heardPackets ? sentPackets : heardPackets);
      }),
    );
  });

  it("may lose a little and add what the link type adds; more is a dispute", () => {
    const wireguard = { ...PLAIN_LINK, upstreamOverheadOctets: 80n };
    const [sent, heard] = [traffic(1_000_000n, 1_080_000_000n), traffic(990_000n, 990_000_000n)];
    expect(matchHop(sent, heard, wireguard)).toEqual({ octets: 990_000_000n, packets: 990_000n, dispute: undefined });
    expect(matchHop(sent, traffic(900_000n, 900_000_000n), wireguard).dispute?.kind).toBe(
      "sent more than was received",
    );
    expect(matchHop(heard, traffic(1_200_000n, 1n), wireguard).dispute?.kind).toBe("received more than was sent");
    expect(matchHop(traffic(10n ** 6n, 10n ** 9n), traffic(10n ** 6n, 2n * 10n ** 9n)).dispute?.kind).toBe(
      "sizes differ",
    );
    expect(matchHop(sent, undefined)).toMatchObject({ octets: 0n, dispute: { kind: "one end is silent" } });
    expect(matchHop(undefined, undefined)).toMatchObject({ octets: 0n, dispute: undefined });
  });
});

const RULES: Rules = { feePpm: 30_000n, infrastructurePpm: 100_000n, infrastructure: `0x${"f".repeat(40)}` };
const use = fc.record({
  pathId: fc.string(),
  consumer: account,
  pricePerGB: count,
  hops: fc.array(
    fc.record({
      provider: account,
      hop: fc.record({ octets: count, packets: count, dispute: fc.constant(undefined) }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  signedAmount: fc.oneof(count, fc.constant(2n ** 90n)),
});

describe("a path's account", () => {
  it("pays out what comes in, and never more than was signed or carried", () => {
    fc.assert(
      fc.property(use, (one) => {
        const { amount, fee, credits, unsigned } = accountFor(one, RULES);
        expect(sum(credits.map((credit) => credit.amount)) + fee).toBe(amount);
        expect(amount <= one.signedAmount).toBe(true);
        const most = one.hops.reduce((high, { hop }) => (hop.octets > high ? hop.octets : high), 0n);
        expect((amount + unsigned) * OCTETS_PER_GB <= most * one.pricePerGB).toBe(true);
        expect(credits.every((credit) => credit.amount > 0n)).toBe(true);
      }),
    );
  });

  it("pays each relay by what it carried", () => {
    const hop = (octets: bigint) => ({ octets, packets: 1n, dispute: undefined });
    const [a, b]: [Account, Account] = [`0x${"1".repeat(40)}`, `0x${"2".repeat(40)}`];
    const one: PathUse = {
      pathId: "p",
      consumer: `0x${"3".repeat(40)}`,
      pricePerGB: 1_000_000n,
      hops: [
        { provider: a, hop: hop(OCTETS_PER_GB) },
        { provider: b, hop: hop(OCTETS_PER_GB / 2n) },
      ],
      signedAmount: 10n ** 12n,
    };
    const paid = accountFor(one, RULES);
    expect(paid).toMatchObject({ amount: 750_000n, fee: 22_500n, unsigned: 0n });
    expect(paid.credits).toEqual([
      { account: a, amount: 436_500n },
      { account: b, amount: 218_250n },
      { account: RULES.infrastructure, amount: 72_750n },
    ]);
    const short = accountFor({ ...one, signedAmount: 500_000n }, RULES);
    expect(short).toMatchObject({ amount: 500_000n, unsigned: 250_000n });
  });
});

describe("netting", () => {
  const ENTRIES_MAX = 40;

  it("moves what the accounts say, balanced chunk by chunk, in rising order", () => {
    fc.assert(
      fc.property(fc.array(use, { maxLength: 60 }), fc.integer({ min: 20, max: 60 }), (uses, entriesMax) => {
        const accounts = uses.map((one) => accountFor(one, RULES));
        const chunks = net(accounts, entriesMax);
        const debits = chunks.flatMap((chunk) => chunk.debits);
        expect(sum(debits.map(({ amount }) => amount))).toBe(sum(accounts.map(({ amount }) => amount)));
        expect(debits.map(({ account: who }) => who)).toEqual(
          [...new Set(debits.map(({ account: who }) => who))].sort(),
        );
        for (const chunk of chunks) {
          const out = sum(chunk.credits.map(({ amount }) => amount)) + chunk.fee;
          expect(sum(chunk.debits.map(({ amount }) => amount))).toBe(out);
          const credited = chunk.credits.map(({ account: who }) => who);
          expect(credited).toEqual([...new Set(credited)].sort());
          expect(chunk.debits.length === 1 || chunk.debits.length + chunk.credits.length <= entriesMax).toBe(true);
        }
      }),
    );
  });

  it("is the same in whatever order the accounts come", () => {
    fc.assert(
      fc.property(fc.array(use, { maxLength: 20 }), (uses) => {
        const accounts = uses.map((one) => accountFor(one, RULES));
        expect(net(accounts.toReversed(), ENTRIES_MAX)).toEqual(net(accounts, ENTRIES_MAX));
      }),
    );
  });

  it("takes an address in any case for the same account", () => {
    const one = (consumer: Account) => ({ pathId: "p", consumer, amount: 5n, fee: 5n, credits: [], unsigned: 0n });
    const chunks = net([one(`0x${"ab".repeat(20)}`), one(`0x${"AB".repeat(20)}`)], ENTRIES_MAX);
    expect(chunks[0]?.debits).toEqual([{ account: `0x${"ab".repeat(20)}`, amount: 10n }]);
  });
});

describe("tickets", () => {
  const who = { pathId: "p", provider: `0x${"1".repeat(40)}`, bootTime: 7n } as const;

  it("are due with every 10⁹ octets, and what they add is what was relayed, none twice", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 3n * OCTETS_PER_GB }), { maxLength: 40 }), (steps) => {
        let [out, paid, last]: [bigint, bigint, Ticket | undefined] = [0n, 0n, undefined];
        for (const grows of steps) {
          out += grows;
          for (const ticket of ticketsDue(last, who, { in: out, out })) {
            paid += ticketGain(last, ticket).octets;
            expect(ticketGain(ticket, ticket)).toEqual({ octets: 0n, trouble: "repeated" });
            last = ticket;
          }
          expect(out - paid < OCTETS_PER_GB).toBe(true);
        }
        expect(paid).toBe(last?.totalOut ?? 0n);
      }),
    );
  });

  it("that claim more out than in, or less than before, add nothing", () => {
    const ticket: Ticket = { ...who, seq: 2n, totalIn: 5n * OCTETS_PER_GB, totalOut: 5n * OCTETS_PER_GB };
    expect(ticketGain(undefined, { ...ticket, totalIn: 1n }).trouble).toBe("more left than came in");
    expect(ticketGain(ticket, { ...ticket, seq: 3n, totalOut: 1n }).trouble).toBe("backwards");
    expect(ticketGain(ticket, { ...ticket, seq: 1n, bootTime: 6n }).trouble).toBe("repeated");
    expect(ticketGain(ticket, { ...ticket, seq: 1n, bootTime: 8n })).toMatchObject({ octets: 5n * OCTETS_PER_GB });
  });
});
