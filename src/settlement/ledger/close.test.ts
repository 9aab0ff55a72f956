// Closing an epoch: who is paid for what, whatever order the evidence comes in, and who is in dispute.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CountedTicket, closeEpoch, type EpochEvidence, flowKey, type Report } from "./close.ts";
import type { Account, Rules } from "./epoch.ts";
import { PLAIN_LINK } from "./hops.ts";

const account = (i: number): Account => `0x${String(i).repeat(40)}`;
const [SEA, CHI, SITE, CONSUMER, PUBLIC] = [1, 2, 3, 4, 5].map(account) as [
  Account,
  Account,
  Account,
  Account,
  Account,
];
const RULES: Rules = { feePpm: 10_000n, infrastructurePpm: 0n, infrastructure: PUBLIC };
const GB = 1_000_000_000n;

const links = [
  { linkId: "sea-chi", ends: [SEA, CHI] as const, rules: { ...PLAIN_LINK, underWayPackets: 10n } },
  { linkId: "chi-site", ends: [CHI, SITE] as const, rules: { ...PLAIN_LINK, underWayPackets: 10n } },
];
const path = {
  pathId: "gold",
  consumer: CONSUMER,
  pricePerGB: 2_000n,
  hops: [
    { provider: SEA, linkId: "sea-chi" },
    { provider: CHI, linkId: "chi-site" },
  ],
};

const report = (linkId: string, reporter: Account, seq: bigint, [inOctets, outOctets]: [bigint, bigint]): Report => ({
  digest: `${linkId} ${reporter} ${seq}`,
  linkId,
  reporter,
  bootTime: 1n,
  seq,
  inOctets,
  outOctets,
  inPackets: inOctets / 1_000n,
  outPackets: outOctets / 1_000n,
});

const ticket = (provider: Account, seq: bigint, octets: bigint): CountedTicket => ({
  digest: `${provider} ${seq}`,
  pathId: "gold",
  provider,
  bootTime: 1n,
  seq,
  totalIn: octets,
  totalOut: octets,
});

/** What each of four ends counted of so many octets one way, from nothing on. */
const carried = (sent: bigint, arrived = sent, onward = arrived, delivered = onward): Report[] => [
  ...[0n, 1n].flatMap((seq) => [
    report("sea-chi", SEA, seq, [0n, seq * sent]),
    report("sea-chi", CHI, seq, [seq * arrived, 0n]),
    report("chi-site", CHI, seq, [0n, seq * onward]),
    report("chi-site", SITE, seq, [seq * delivered, 0n]),
  ]),
];

const epoch = (more: Partial<EpochEvidence>): EpochEvidence => ({
  links,
  paths: [path],
  reportsBefore: [],
  reports: [],
  ticketsBefore: [],
  tickets: [],
  signedAmounts: new Map([["gold", 10n ** 18n]]),
  unused: new Map(),
  ...more,
});

describe("closing an epoch", () => {
  it("pays each relay for what both ends of its link counted", () => {
    const { paths, disputes } = closeEpoch(
      epoch({ reports: carried(GB), tickets: [ticket(SEA, 1n, GB), ticket(CHI, 1n, GB)] }),
      RULES,
    );
    expect(disputes).toEqual([]);
    expect(paths).toMatchObject([{ amount: 2_000n, fee: 20n, unsigned: 0n }]);
    expect(paths[0]?.credits).toEqual([
      { account: SEA, amount: 990n },
      { account: CHI, amount: 990n },
    ]);
  });

  it("pays the lower figure to who inflates its counters and tickets, and puts it in dispute", () => {
    const { paths, disputes } = closeEpoch(
      epoch({ reports: carried(3n * GB, GB, GB), tickets: [ticket(SEA, 1n, 3n * GB), ticket(CHI, 1n, GB)] }),
      RULES,
    );
    expect(paths).toMatchObject([{ amount: 2_000n }]);
    expect(disputes).toEqual([
      { kind: "sent more than was received", subject: "sea-chi", account: SEA, claimed: 3n * GB, paid: GB },
    ]);
  });

  it("pays no ticket beyond the counters, and disputes one for more than its own report says", () => {
    const { paths, disputes } = closeEpoch(
      epoch({ reports: carried(GB), tickets: [ticket(SEA, 1n, 5n * GB), ticket(CHI, 1n, GB)] }),
      RULES,
    );
    expect(paths).toMatchObject([{ amount: 2_000n }]);
    expect(disputes.map(({ kind, account: whose }) => [kind, whose])).toEqual([
      ["tickets for more than was sent", SEA],
    ]);
  });

  it("pays nothing for a link whose other end is silent", () => {
    const reports = carried(GB).filter(({ reporter, linkId }) => reporter !== SITE || linkId !== "chi-site");
    const { paths, disputes } = closeEpoch(
      epoch({ reports, tickets: [ticket(SEA, 1n, GB), ticket(CHI, 1n, GB)] }),
      RULES,
    );
    expect(paths).toMatchObject([{ amount: 1_000n }]);
    expect(disputes.some(({ kind }) => kind === "one end is silent")).toBe(true);
  });

  it("pays no more than was signed, and says what was carried beyond it", () => {
    const { paths } = closeEpoch(
      epoch({
        reports: carried(GB),
        tickets: [ticket(SEA, 1n, GB), ticket(CHI, 1n, GB)],
        signedAmounts: new Map([["gold", 1_500n]]),
      }),
      RULES,
    );
    expect(paths).toMatchObject([{ amount: 1_500n, unsigned: 500n }]);
  });

  it("pays tickets that come an epoch late out of what was counted then, once", () => {
    const first = closeEpoch(epoch({ reports: carried(GB) }), RULES);
    expect(first.unused.get(flowKey("sea-chi", SEA))).toBe(GB);
    const reportsBefore = carried(GB).filter(({ seq }) => seq === 1n);
    const late = epoch({ reportsBefore, tickets: [ticket(SEA, 1n, GB)], unused: first.unused });
    const second = closeEpoch(late, RULES);
    expect(second.paths).toMatchObject([{ amount: 1_000n }]);
    expect(closeEpoch({ ...late, unused: second.unused }, RULES).paths).toMatchObject([{ amount: 0n }]);
  });

  it("is the same in whatever order the evidence comes, also twice", () => {
    const tickets = [1n, 2n, 3n, 4n].flatMap((n) => [ticket(SEA, n, n * GB), ticket(CHI, n, n * GB)]);
    const all = epoch({ reports: carried(4n * GB), tickets });
    const expected = closeEpoch(all, RULES);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(tickets, { minLength: tickets.length }),
        fc.shuffledSubarray(all.reports as Report[], { minLength: all.reports.length }),
        (some, reports) => {
          const again = [...some, ...tickets.slice(0, 3)];
          expect(closeEpoch({ ...all, tickets: again, reports }, RULES)).toEqual(expected);
        },
      ),
    );
  });

  it("never pays more for a link than both its ends counted, whatever the tickets claim", () => {
    const amount = fc.bigInt({ min: 0n, max: 9n * GB });
    fc.assert(
      fc.property(amount, amount, amount, amount, (sent, arrived, a, b) => {
        const other = { ...path, pathId: "silver" };
        const tickets = [ticket(SEA, 1n, a), { ...ticket(SEA, 1n, b), pathId: "silver", digest: "s" }];
        const { paths } = closeEpoch(
          epoch({
            paths: [path, other],
            reports: carried(sent, arrived),
            tickets,
            signedAmounts: new Map([
              ["gold", 10n ** 30n],
              ["silver", 10n ** 30n],
            ]),
          }),
          RULES,
        );
        const paid = paths.reduce((sum, one) => sum + one.amount, 0n);
        const counted = sent < arrived ? sent : arrived;
        // A half of the price is this hop's: 1,000 for 10⁹ octets.
        expect(paid * GB).toBeLessThanOrEqual(counted * 1_000n);
      }),
    );
  });
});
