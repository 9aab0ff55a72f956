// What an epoch came to: both ends' reports of every link, the tickets of every provider on every path, and what consumers
// signed, in; the accounts of all paths, disputes, and what the next epoch begins with, out. The same evidence gives the
// same answer on every validator, in whatever order it came.

import { countedBetween, type LinkCount, NO_TRAFFIC, plus, type Traffic } from "./counts.ts";
import { type Account, accountFor, type PathAccount, type Rules } from "./epoch.ts";
import { type Hop, type LinkRules, matchHop } from "./hops.ts";
import { partition } from "./shares.ts";
import { type Ticket, ticketGain } from "./tickets.ts";

export type Link = {
  readonly linkId: string;
  /** Both report on it; traffic flows both ways. */
  readonly ends: readonly [Account, Account];
  /** From the first end to the second; the other way the overheads change places. */
  readonly rules: LinkRules;
};

export type Path = {
  readonly pathId: string;
  readonly consumer: Account;
  readonly pricePerGB: bigint;
  /** Who relays, onto which link of its own. */
  readonly hops: readonly { readonly provider: Account; readonly linkId: string }[];
};

export type Report = LinkCount & { readonly digest: string };
export type CountedTicket = Ticket & { readonly digest: string };

export type EpochEvidence = {
  readonly links: readonly Link[];
  readonly paths: readonly Path[];
  /** The last of each link and reporter from earlier epochs, then those of this one. */
  readonly reportsBefore: readonly Report[];
  readonly reports: readonly Report[];
  readonly ticketsBefore: readonly CountedTicket[];
  readonly tickets: readonly CountedTicket[];
  /** The most that was signed for each path. */
  readonly signedAmounts: ReadonlyMap<string, bigint>;
  /** Octets that both ends counted in the epoch before and no ticket was for; by `flowKey`. */
  readonly unused: ReadonlyMap<string, bigint>;
};

export type Dispute = {
  readonly kind: string;
  /** A link or a path. */
  readonly subject: string;
  /** Whose figure was the higher. */
  readonly account: Account;
  readonly claimed: bigint;
  readonly paid: bigint;
};

export type PathClosing = PathAccount & {
  /** The tickets that were counted, in the order of the path, each with what it added. */
  readonly tickets: readonly { readonly digest: string; readonly octets: bigint }[];
};

export type EpochClosing = {
  /** Rising by path. */
  readonly paths: readonly PathClosing[];
  readonly disputes: readonly Dispute[];
  readonly unused: ReadonlyMap<string, bigint>;
};

/** Traffic over a link away from one of its ends. */
export const flowKey = (linkId: string, from: Account): string => `${linkId}>${from}`;

export function closeEpoch(evidence: EpochEvidence, rules: Rules): EpochClosing {
  const disputes: Dispute[] = [];
  const flows = matchLinks(evidence, disputes);
  const gains = gainsOf(evidence, disputes);
  const paths = evidence.paths.toSorted((a, b) => (a.pathId < b.pathId ? -1 : a.pathId > b.pathId ? 1 : 0));
  const payable = payableOf(paths, gains, flows, disputes);
  return {
    paths: paths.flatMap((path) => closingOf(path, { gains, payable, evidence, rules })),
    disputes: disputes.toSorted((a, b) => (disputeKey(a) < disputeKey(b) ? -1 : 1)),
    unused: new Map([...flows].map(([key, { octets, left }]) => [key, left < octets ? left : octets])),
  };
}

const disputeKey = ({ kind, subject, account }: Dispute): string => `${kind} ${subject} ${account}`;

/** `left`: what tickets may still be for; what the epoch before did not use may be claimed once more. */
type Flow = { readonly octets: bigint; left: bigint; readonly sent: bigint };

function matchLinks({ links, reportsBefore, reports, unused }: EpochEvidence, disputes: Dispute[]): Map<string, Flow> {
  const before = new Map(reportsBefore.map((report) => [endKey(report), report]));
  const counted = new Map<string, Traffic>();
  for (const report of inOrder(reports)) {
    const key = endKey(report);
    const { traffic } = countedBetween(before.get(key), report);
    counted.set(key, plus(counted.get(key) ?? NO_TRAFFIC, traffic));
    if (!isOlder(report, before.get(key))) before.set(key, report);
  }
  const flows = new Map<string, Flow>();
  for (const { linkId, ends, rules } of links) {
    const [a, b] = ends;
    for (const [from, to, of] of [
      [a, b, rules],
      [b, a, turned(rules)],
    ] as const) {
      const hop = matchHop(
        counted.get(endKey({ linkId, reporter: from })),
        counted.get(endKey({ linkId, reporter: to })),
        of,
      );
      const key = flowKey(linkId, from);
      const sent = counted.get(endKey({ linkId, reporter: from }))?.outOctets ?? 0n;
      flows.set(key, { octets: hop.octets, left: hop.octets + (unused.get(key) ?? 0n), sent });
      if (hop.dispute) disputes.push(linkDispute(hop, linkId, from, to));
    }
  }
  return flows;
}

function linkDispute({ octets, dispute }: Hop, subject: string, from: Account, to: Account): Dispute {
  const [sent, received] = [dispute?.sentOctets ?? 0n, dispute?.receivedOctets ?? 0n];
  const [account, claimed] = sent >= received ? [from, sent] : [to, received];
  return { kind: dispute?.kind ?? "", subject, account, claimed, paid: octets };
}

type Gain = { readonly digest: string; readonly octets: bigint };

/** What each provider's tickets added on each path, ticket by ticket. */
function gainsOf({ ticketsBefore, tickets }: EpochEvidence, disputes: Dispute[]): Map<string, Gain[]> {
  const last = new Map(ticketsBefore.map((ticket) => [whoKey(ticket), ticket]));
  const gains = new Map<string, Gain[]>();
  for (const ticket of inOrder(tickets)) {
    const key = whoKey(ticket);
    const { octets, trouble } = ticketGain(last.get(key), ticket);
    if (trouble === "repeated") continue;
    if (trouble !== undefined) {
      const known = disputes.some(
        (one) => one.kind === trouble && one.subject === ticket.pathId && one.account === ticket.provider,
      );
      if (!known)
        disputes.push({
          kind: trouble,
          subject: ticket.pathId,
          account: ticket.provider,
          claimed: ticket.totalOut,
          paid: 0n,
        });
      continue;
    }
    last.set(key, ticket);
    const list = gains.get(key) ?? [];
    list.push({ digest: ticket.digest, octets });
    gains.set(key, list);
  }
  return gains;
}

/** By path and hop. Where a link's tickets come to more than both its ends counted, each is cut alike. */
function payableOf(
  paths: readonly Path[],
  gains: ReadonlyMap<string, readonly Gain[]>,
  flows: ReadonlyMap<string, Flow>,
  disputes: Dispute[],
): Map<string, bigint> {
  const claims = new Map<string, { readonly at: string; readonly octets: bigint }[]>();
  for (const { pathId, hops } of paths) {
    for (const { provider, linkId } of hops) {
      const octets = sum(gains.get(whoKey({ pathId, provider })) ?? []);
      const key = flowKey(linkId, provider);
      const list = claims.get(key) ?? [];
      list.push({ at: whoKey({ pathId, provider }), octets });
      claims.set(key, list);
    }
  }
  const payable = new Map<string, bigint>();
  for (const [key, list] of claims) {
    const flow = flows.get(key) ?? { octets: 0n, left: 0n, sent: 0n };
    const claimed = sum(list);
    const within = claimed <= flow.left;
    const parts = within
      ? list.map(({ octets }) => octets)
      : partition(
          flow.left,
          list.map(({ octets }) => octets),
        );
    for (const [i, { at }] of list.entries()) payable.set(at, parts[i] ?? 0n);
    const paid = within ? claimed : flow.left;
    // A loss on the way is nobody's lie: only who claims more than it said it sent is in dispute here.
    const provider = key.slice(key.indexOf(">") + 1) as Account;
    const said = flow.sent + (flow.left - flow.octets);
    if (claimed > said) {
      const subject = key.slice(0, key.indexOf(">"));
      disputes.push({ kind: "tickets for more than was sent", subject, account: provider, claimed, paid });
    }
    flow.left -= paid;
  }
  return payable;
}

function closingOf(
  path: Path,
  parts: {
    readonly gains: ReadonlyMap<string, readonly Gain[]>;
    readonly payable: ReadonlyMap<string, bigint>;
    readonly evidence: EpochEvidence;
    readonly rules: Rules;
  },
): PathClosing[] {
  const { pathId, consumer, pricePerGB, hops } = path;
  const tickets = hops.flatMap(({ provider }) => parts.gains.get(whoKey({ pathId, provider })) ?? []);
  if (tickets.length === 0) return [];
  const account = accountFor(
    {
      pathId,
      consumer,
      pricePerGB,
      hops: hops.map(({ provider }) => ({
        provider,
        hop: { octets: parts.payable.get(whoKey({ pathId, provider })) ?? 0n, packets: 0n, dispute: undefined },
      })),
      signedAmount: parts.evidence.signedAmounts.get(pathId) ?? 0n,
    },
    parts.rules,
  );
  return [{ ...account, tickets }];
}

const endKey = ({ linkId, reporter }: { readonly linkId: string; readonly reporter: string }): string =>
  `${linkId} ${reporter}`;
const whoKey = ({ pathId, provider }: { readonly pathId: string; readonly provider: string }): string =>
  `${pathId} ${provider}`;

const turned = (rules: LinkRules): LinkRules => ({
  ...rules,
  upstreamOverheadOctets: rules.downstreamOverheadOctets,
  downstreamOverheadOctets: rules.upstreamOverheadOctets,
});

type Numbered = { readonly bootTime: bigint; readonly seq: bigint };
const inOrder = <T extends Numbered>(list: readonly T[]): T[] =>
  list.toSorted((a, b) => compare(a.bootTime, b.bootTime) || compare(a.seq, b.seq));
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const isOlder = (one: Numbered, than: Numbered | undefined): boolean =>
  than !== undefined && (one.bootTime < than.bootTime || (one.bootTime === than.bootTime && one.seq <= than.seq));

const sum = (list: readonly { readonly octets: bigint }[]): bigint =>
  list.reduce((total, { octets }) => total + octets, 0n);
