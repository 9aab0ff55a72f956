// An epoch's batch out of what the store holds: the ledger says what each path came to, the chain who can pay and be paid,
// and the same evidence at the same block gives every validator the same batch, octet for octet.

import { encodeEntries, entriesHash } from "../chain/entries.ts";
import { type SettledTicket, TicketTree } from "../chain/tickets.ts";
import type { Verifier } from "../chain/verify.ts";
import {
  type CountedTicket,
  closeEpoch,
  type Dispute,
  type EpochClosing,
  type PathClosing,
  type Report,
} from "../ledger/close.ts";
import type { Account, Rules } from "../ledger/epoch.ts";
import { net } from "../ledger/netting.ts";
import { type ChunkRow, epochOf, type Made } from "../store/epochs.ts";
import { evidenceOf, lastBefore, type TicketRow, termsOf, vouchersOf } from "../store/evidence.ts";
import type { SettlementStore } from "../store/store.ts";
import type { Hex, Message } from "../typed.ts";
import { bigints } from "./evidence.ts";
import { readTerms } from "./terms.ts";

/** Who can be settled, as of a block. */
export type Means = {
  readonly spendable: (consumer: string) => Promise<bigint>;
  readonly isActive: (provider: string) => Promise<boolean>;
};

export type MakingOptions = {
  readonly epoch: number;
  readonly attempt: number;
  readonly block: number;
  readonly rules: Rules;
  readonly entriesMax: number;
};

export type EpochMade = {
  readonly made: Made;
  readonly chunks: readonly ChunkRow[];
  readonly batches: readonly Message<"SettlementBatch">[];
  readonly tree: TicketTree;
  readonly closing: EpochClosing;
  /** Paths that nobody could settle: their vouchers are good without validators. */
  readonly held: ReadonlySet<string>;
  readonly evidence: readonly string[];
};

/** What the body of an epoch's row says. */
export type EpochBody = {
  readonly attempt: number;
  readonly block: number;
  readonly unused: readonly (readonly [string, string])[];
  readonly held: readonly string[];
  readonly paths: readonly {
    readonly pathId: string;
    readonly consumer: string;
    readonly amount: string;
    readonly fee: string;
    readonly unsigned: string;
    readonly tickets: number;
  }[];
};

export async function makeEpoch(
  store: SettlementStore,
  verifier: Verifier,
  means: Means,
  options: MakingOptions,
): Promise<EpochMade> {
  const counted = await closingOf(store, options.epoch, options.rules);
  return batchesOf(verifier, counted, await heldOf(counted.closing.paths, means), options);
}

/** Again, where others looked at the accounts: which paths they left out is their word, and the chain says whether it holds. */
export async function makeAgain(
  store: SettlementStore,
  verifier: Verifier,
  held: ReadonlySet<string>,
  options: MakingOptions,
): Promise<EpochMade> {
  const counted = await closingOf(store, options.epoch, options.rules);
  const known = counted.closing.paths.map(({ pathId }) => pathId).filter((pathId) => held.has(pathId));
  return batchesOf(verifier, counted, new Set(known), options);
}

type Counted = { readonly closing: EpochClosing; readonly evidence: readonly string[] };

function batchesOf(
  verifier: Verifier,
  { closing, evidence }: Counted,
  held: ReadonlySet<string>,
  options: MakingOptions,
): EpochMade {
  const { epoch } = options;
  const paid = closing.paths.filter(({ pathId }) => !held.has(pathId));
  const netted = net(paid, options.entriesMax);
  const tree = new TicketTree(paid.filter(({ amount }) => amount > 0n).flatMap(leavesOf));
  const lists = netted.map(({ debits, credits, fee }) => ({
    debits: encodeEntries(debits),
    credits: encodeEntries(credits),
    fee,
  }));
  const batches = lists.map(({ debits, credits, fee }, chunk) => ({
    epoch: BigInt(epoch),
    chunk: BigInt(chunk),
    chunks: BigInt(lists.length),
    attempt: BigInt(options.attempt),
    ticketsRoot: tree.root,
    ticketCount: BigInt(tree.leaves.length),
    entriesHash: entriesHash(debits, credits),
    fee,
  }));
  const chunks = batches.map((batch, chunk) => ({
    epoch,
    chunk,
    attempt: options.attempt,
    batch: JSON.stringify(texts(batch)),
    debits: lists[chunk]?.debits ?? "0x",
    credits: lists[chunk]?.credits ?? "0x",
    digest: verifier.digest("SettlementBatch", batch),
  }));
  const body = JSON.stringify(bodyOf(closing, held, options));
  const disputes = [...closing.disputes, ...unsignedOf(closing.paths)];
  return { made: { body, chunks, disputes }, chunks, batches, tree, closing, held, evidence };
}

/** The ledger's answer from what is kept, whoever can pay. */
export async function closingOf(store: SettlementStore, epoch: number, rules: Rules): Promise<Counted> {
  const [reports, tickets, reportsBefore, ticketsBefore, vouchers, before] = await Promise.all([
    evidenceOf(store, "reports", epoch),
    evidenceOf(store, "tickets", epoch),
    lastBefore(store, "reports", epoch),
    lastBefore(store, "tickets", epoch),
    vouchersOf(store, epoch),
    epochOf(store, epoch - 1),
  ]);
  const read = tickets.map(ticketFrom);
  const pathRows = await termsOf(store, [...new Set(read.map(({ pathId }) => pathId))]);
  const { paths } = readTerms(pathRows);
  const named = paths.flatMap(({ hops }) => hops.map(({ linkId }) => linkId));
  const countedLinks = reports.map(({ body }) => (JSON.parse(body) as { linkId: string }).linkId);
  const { links } = readTerms(await termsOf(store, [...new Set([...named, ...countedLinks])]));
  const unused = before === undefined ? [] : (JSON.parse(before.body) as EpochBody).unused;
  const closing = closeEpoch(
    {
      links,
      paths,
      reportsBefore: reportsBefore.map(reportFrom),
      reports: reports.map(reportFrom),
      ticketsBefore: ticketsBefore.map(ticketFrom),
      tickets: read,
      signedAmounts: new Map(vouchers.map(({ path, amount }) => [path, BigInt(amount)])),
      unused: new Map(unused.map(([key, octets]) => [key, BigInt(octets)])),
    },
    rules,
  );
  return { closing, evidence: [...reports, ...tickets, ...vouchers].map(({ digest }) => digest) };
}

/** All of a consumer's paths or none, so that what is settled of it never depends on their order. */
async function heldOf(paths: readonly PathClosing[], means: Means): Promise<Set<string>> {
  const held = new Set<string>();
  const owed = new Map<string, bigint>();
  const active = new Map<string, boolean>();
  for (const { pathId, credits } of paths) {
    for (const { account } of credits) {
      const known = active.get(account) ?? (await means.isActive(account));
      active.set(account, known);
      if (!known) held.add(pathId);
    }
  }
  for (const { pathId, consumer, amount } of paths) {
    if (!held.has(pathId)) owed.set(consumer, (owed.get(consumer) ?? 0n) + amount);
  }
  for (const [consumer, amount] of owed) {
    if (amount === 0n || amount <= (await means.spendable(consumer))) continue;
    for (const path of paths) if (path.consumer === consumer) held.add(path.pathId);
  }
  return held;
}

/** Of a path in this epoch, up to and with each ticket; the last says all of it. */
function leavesOf({ consumer, pathId, amount, tickets }: PathClosing): SettledTicket[] {
  const total = tickets.reduce((sum, { octets }) => sum + octets, 0n);
  let sofar = 0n;
  return tickets.map(({ digest, octets }, i) => {
    sofar += octets;
    const cumulativeAmount = i === tickets.length - 1 || total === 0n ? amount : (amount * sofar) / total;
    return { consumer, pathId: pathId as Hex, cumulativeAmount, ticketHash: digest as Hex };
  });
}

const unsignedOf = (paths: readonly PathClosing[]): Dispute[] =>
  paths
    .filter(({ unsigned }) => unsigned > 0n)
    .map(({ pathId, consumer, unsigned, amount }) => ({
      kind: "carried, not signed for",
      subject: pathId,
      account: consumer,
      claimed: unsigned + amount,
      paid: amount,
    }));

const bodyOf = (closing: EpochClosing, held: ReadonlySet<string>, options: MakingOptions): EpochBody => ({
  attempt: options.attempt,
  block: options.block,
  unused: [...closing.unused].filter(([, octets]) => octets > 0n).map(([key, octets]) => [key, String(octets)]),
  held: [...held].sort(),
  paths: closing.paths.map(({ pathId, consumer, amount, fee, unsigned, tickets }) => ({
    pathId,
    consumer,
    amount: String(amount),
    fee: String(fee),
    unsigned: String(unsigned),
    tickets: tickets.length,
  })),
});

export const texts = (message: object): Record<string, string> =>
  Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)]));

function reportFrom({ digest, body }: TicketRow): Report {
  const m = bigints(JSON.parse(body)) as Message<"LinkReport">;
  return {
    digest,
    linkId: m.linkId,
    reporter: m.reporter,
    bootTime: m.bootTime,
    seq: m.seq,
    inOctets: m.inOctets,
    outOctets: m.outOctets,
    inPackets: m.inPkts,
    outPackets: m.outPkts,
  };
}

function ticketFrom({ digest, body }: TicketRow): CountedTicket {
  const m = JSON.parse(body) as Record<"pathId" | "provider" | "bootTime" | "seq" | "totalIn" | "totalOut", string>;
  return {
    digest,
    pathId: m.pathId,
    provider: m.provider as Account,
    bootTime: BigInt(m.bootTime),
    seq: BigInt(m.seq),
    totalIn: BigInt(m.totalIn),
    totalOut: BigInt(m.totalOut),
  };
}
