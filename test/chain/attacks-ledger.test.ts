// Attacks on what is counted, before anything is signed: each fails against the ledger, and succeeds against a copy without the
// defence.

import { expect, it } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import type { EpochEvidence, Report } from "../../src/settlement/ledger/close.ts";
import type { Account, PathAccount, Rules } from "../../src/settlement/ledger/epoch.ts";
import { type Ledger, ledger } from "./ledger-mutants.ts";
import type { Removal } from "./mutants.ts";

type Attack = {
  readonly name: string;
  readonly without: readonly Removal[];
  readonly succeeds: (ledger: Ledger) => boolean;
};

const account = (i: number): Account => `0x${i.toString(16).padStart(40, "0")}`;
const [SEA, CHI, SITE] = [account(1), account(2), account(3)];
const RULES: Rules = { feePpm: 10_000n, infrastructurePpm: 0n, infrastructure: account(5) };
const GB = 1_000_000_000n;
const PRICE = 2_000n;
const FAIR = { lossPpm: 20_000n, underWayPackets: 10n };

type End = { readonly octets: bigint; readonly packets?: bigint; readonly bootTime?: bigint; readonly seq?: bigint };

/** One end's word of a link, its octets in packets of a thousand unless it says otherwise. */
function said(reporter: Account, way: "in" | "out", { octets, packets = octets / 1_000n, bootTime, seq }: End): Report {
  const [inOctets, outOctets] = way === "in" ? [octets, 0n] : [0n, octets];
  const [inPackets, outPackets] = way === "in" ? [packets, 0n] : [0n, packets];
  const number = { bootTime: bootTime ?? 1n, seq: seq ?? 1n };
  const digest = `${reporter} ${number.bootTime} ${number.seq}`;
  return { digest, linkId: "sea-chi", reporter, ...number, inOctets, outOctets, inPackets, outPackets };
}

/** SEA relays onto its link to CHI, for SITE. */
const evidence = (more: {
  readonly sent: readonly End[];
  readonly received: readonly End[];
  readonly tickets: readonly { readonly total: bigint; readonly bootTime?: bigint; readonly seq?: bigint }[];
  readonly signed?: bigint;
  readonly overheads?: readonly [bigint, bigint];
}): EpochEvidence => {
  const [upstreamOverheadOctets = 0n, downstreamOverheadOctets = 0n] = more.overheads ?? [];
  return {
    links: [
      { linkId: "sea-chi", ends: [SEA, CHI], rules: { ...FAIR, upstreamOverheadOctets, downstreamOverheadOctets } },
    ],
    paths: [{ pathId: "gold", consumer: SITE, pricePerGB: PRICE, hops: [{ provider: SEA, linkId: "sea-chi" }] }],
    reportsBefore: [],
    reports: [...more.sent.map((end) => said(SEA, "out", end)), ...more.received.map((end) => said(CHI, "in", end))],
    ticketsBefore: [],
    tickets: more.tickets.map(({ total, bootTime = 1n, seq = 1n }) => ({
      digest: `ticket ${bootTime} ${seq}`,
      pathId: "gold",
      provider: SEA,
      bootTime,
      seq,
      totalIn: total,
      totalOut: total,
    })),
    signedAmounts: new Map([["gold", more.signed ?? 10n ** 18n]]),
    unused: new Map(),
  };
};

const owed = ({ closeEpoch }: Ledger, of: EpochEvidence): bigint => closeEpoch(of, RULES).paths[0]?.amount ?? 0n;
const disputed = ({ closeEpoch }: Ledger, of: EpochEvidence): string[] =>
  closeEpoch(of, RULES).disputes.map(({ kind }) => kind);
const began = { octets: 0n, seq: 0n };

const INFLATED = evidence({
  sent: [began, { octets: 3n * GB }],
  received: [began, { octets: GB }],
  tickets: [{ total: 3n * GB }],
});

const attacks: readonly Attack[] = [
  {
    name: "one endpoint inflates: the sender's counters and tickets say three times what arrived",
    without: [{ file: "hops.ts", find: "octets: least(sentOctets, receivedOctets)", put: "octets: sentOctets" }],
    succeeds: (with_) => owed(with_, INFLATED) > PRICE,
  },
  {
    name: "one endpoint inflates: and nobody hears of it",
    without: [
      {
        file: "hops.ts",
        find: 'if (sentPackets > receivedPackets + mayBeLost) return "sent more than was received";',
        put: "if (sentPackets > receivedPackets) return undefined;",
      },
    ],
    succeeds: (with_) => disputed(with_, INFLATED).length === 0,
  },
  {
    name: "both ends collude: counters and tickets agree on what nobody sent, and the consumer signed for less",
    without: [
      {
        file: "epoch.ts",
        find: "const amount = earned < use.signedAmount ? earned : use.signedAmount;",
        put: "const amount = earned;",
      },
    ],
    succeeds: (with_) =>
      owed(
        with_,
        evidence({
          sent: [began, { octets: 50n * GB }],
          received: [began, { octets: 50n * GB }],
          tickets: [{ total: 50n * GB }],
          signed: PRICE,
        }),
      ) > PRICE,
  },
  {
    name: "consumer stops signing: what was carried is forgotten, and nobody learns of it",
    without: [{ file: "epoch.ts", find: "unsigned: earned - amount,", put: "unsigned: 0n," }],
    succeeds: ({ closeEpoch }) => {
      const carried = [began, { octets: 2n * GB }];
      const of = evidence({ sent: carried, received: carried, tickets: [{ total: 2n * GB }], signed: PRICE });
      return closeEpoch(of, RULES).paths[0]?.unsigned !== PRICE;
    },
  },
  {
    name: "counter wrap, reboot: the count of before is told again after a reboot, and paid again",
    without: [
      {
        file: "counts.ts",
        find: "if (now.bootTime < before.bootTime)",
        put: "if (now.bootTime < 0n)",
      },
    ],
    succeeds: (with_) => {
      // After a reboot the old count is told once more: its octets are known already.
      const told: End[] = [
        { ...began, bootTime: 1n },
        { octets: GB, bootTime: 1n, seq: 2n },
        { octets: GB / 2n, bootTime: 2n, seq: 1n },
      ];
      const reports = (of: EpochEvidence): EpochEvidence => ({
        ...of,
        reportsBefore: of.reports.filter(({ bootTime }) => bootTime === 2n),
        reports: of.reports.filter(({ bootTime, seq }) => bootTime === 1n && seq === 2n),
      });
      const again = reports(evidence({ sent: told, received: told, tickets: [{ total: GB, bootTime: 3n }] }));
      return owed(with_, again) > 0n;
    },
  },
  {
    name: "80 B/packet overhead: one end's counter shows what its kind of link adds, and honest ends are in dispute",
    without: [
      {
        file: "hops.ts",
        find: "const left = octets - packets * overhead;",
        put: "const left = octets;",
      },
    ],
    succeeds: (with_) => {
      const packets = GB / 100n;
      return (
        disputed(
          with_,
          evidence({
            sent: [
              { ...began, packets: 0n },
              { octets: GB + packets * 80n, packets },
            ],
            received: [
              { ...began, packets: 0n },
              { octets: GB, packets },
            ],
            tickets: [{ total: GB }],
            overheads: [80n, 0n],
          }),
        ).length > 0
      );
    },
  },
  {
    name: "gas-limit DoS: an epoch of so many accounts that no transaction can hold its batch",
    without: [
      {
        file: "netting.ts",
        find: "if (debits.length > 0 && debits.length + credits.size + 1 + fresh > entriesMax) close();",
        put: "",
      },
    ],
    succeeds: ({ net }) => {
      const paths: PathAccount[] = Array.from({ length: 5 * LIMITS.batchEntriesMax }, (_, i) => ({
        pathId: `${i}`,
        consumer: account(10_000 + i),
        amount: 100n,
        fee: 1n,
        credits: [{ account: account(100_000 + i), amount: 99n }],
        unsigned: 0n,
      }));
      const chunks = net(paths, LIMITS.batchEntriesMax);
      return chunks.some(({ debits, credits }) => debits.length + credits.length > LIMITS.batchEntriesMax);
    },
  },
];

it.each(attacks)("$name", async ({ without, succeeds }) => {
  expect(succeeds(await ledger([])), "against the ledger").toBe(false);
  expect(succeeds(await ledger(without)), "without the defence").toBe(true);
});
