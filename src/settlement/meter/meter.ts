// Readings of counters as signed evidence. What was signed last is kept with what waits to be sent, so that a restart signs
// neither less nor the same number twice.

import { type BaseWallet, concat, keccak256 } from "ethers";
import type { EvidenceItem, MeterFile } from "../../wire/settlement.ts";
import type { Verifier } from "../chain/verify.ts";
import { type Ticket, ticketsDue } from "../ledger/tickets.ts";
import { termsId } from "../service/terms.ts";
import type { Hex, Message } from "../typed.ts";

export type Reading = { readonly packets: bigint; readonly octets: bigint };
/** By the words that name a source in the file. */
export type Readings = ReadonlyMap<string, Reading>;

/** Decimal text, as it is kept. */
export type MeterState = {
  /** When these counts began; another time is another count. */
  readonly bootTime: string;
  readonly seq: string;
  /** What the sources showed when the counts began, and last. */
  readonly base: Readonly<Record<string, readonly [string, string]>>;
  readonly last: Readonly<Record<string, readonly [string, string]>>;
  readonly tickets: Readonly<
    Record<string, { readonly seq: string; readonly totalIn: string; readonly totalOut: string }>
  >;
};

export type Metered = { readonly state: MeterState; readonly items: readonly EvidenceItem[] };

export type Signer = { readonly wallet: BaseWallet; readonly verifier: Verifier };

/** What this moment gives to sign. `epoch` is the one that the counts belong to. */
export function meter(
  file: MeterFile,
  before: MeterState | undefined,
  readings: Readings,
  now: { readonly epoch: number; readonly ms: number },
  signer: Signer,
): Metered {
  const state = before === undefined || beganAnew(before, readings) ? fresh(readings, now.ms) : before;
  const account = signer.wallet.address.toLowerCase() as Hex;
  const seq = BigInt(state.seq) + 1n;
  const bootTime = BigInt(state.bootTime);
  const since = (sources: readonly string[]): Reading => total(sources.map((source) => grown(state, readings, source)));
  const reports = file.links.map(({ terms, in: into, out }) => {
    const [received, sent] = [since(into), since(out)];
    const message = {
      epoch: BigInt(now.epoch),
      linkId: termsId(terms),
      reporter: account,
      bootTime,
      inOctets: received.octets,
      outOctets: sent.octets,
      inPkts: received.packets,
      outPkts: sent.packets,
      seq,
    };
    return { digest: signer.verifier.digest("LinkReport", message), message };
  });
  /** Which reports a ticket was signed beside. */
  const linkReportsRoot = keccak256(concat(reports.map(({ digest }) => digest))) as Hex;
  const tickets = file.paths.flatMap(({ terms, in: into, out }) => {
    const pathId = termsId(terms);
    const due = ticketsDue(
      lastTicket(state, pathId, account),
      { pathId, provider: account, bootTime },
      { in: since(into).octets, out: since(out).octets },
      BigInt(terms.ticketOctets),
    );
    return due.map((ticket) => ({ ...ticket, pathId, linkReportsRoot }));
  });
  const items: EvidenceItem[] = [
    ...(before === undefined ? [...file.links, ...file.paths].map(({ terms }) => terms) : []),
    ...reports.map(({ message }) => signed("report", signer, "LinkReport", message)),
    ...tickets.map((message) => signed("ticket", signer, "Ticket", message)),
  ];
  const made = tickets.map(({ pathId, seq: number, totalIn, totalOut }) => [
    pathId,
    { seq: String(number), totalIn: String(totalIn), totalOut: String(totalOut) },
  ]);
  return {
    items,
    state: {
      ...state,
      seq: String(seq),
      last: texts(readings),
      tickets: { ...state.tickets, ...Object.fromEntries(made) },
    },
  };
}

const fresh = (readings: Readings, ms: number): MeterState => ({
  bootTime: String(ms),
  seq: "0",
  base: texts(readings),
  last: texts(readings),
  tickets: {},
});

/** A source below its last reading was reset: what it counted since is known, what went before is signed already. */
const beganAnew = ({ last }: MeterState, readings: Readings): boolean =>
  [...readings].some(([source, { octets }]) => octets < BigInt(last[source]?.[1] ?? 0));

const texts = (readings: Readings): Record<string, readonly [string, string]> =>
  Object.fromEntries([...readings].map(([source, { packets, octets }]) => [source, [`${packets}`, `${octets}`]]));

function grown({ base }: MeterState, readings: Readings, source: string): Reading {
  const now = readings.get(source) ?? { packets: 0n, octets: 0n };
  // A source that was added later begins where it was first seen.
  const [packets, octets] = base[source] ?? [String(now.packets), String(now.octets)];
  return { packets: now.packets - BigInt(packets), octets: now.octets - BigInt(octets) };
}

const total = (readings: readonly Reading[]): Reading =>
  readings.reduce((sum, one) => ({ packets: sum.packets + one.packets, octets: sum.octets + one.octets }), {
    packets: 0n,
    octets: 0n,
  });

function lastTicket({ bootTime, tickets }: MeterState, pathId: string, provider: Hex): Ticket | undefined {
  const last = tickets[pathId];
  if (last === undefined) return undefined;
  const { seq, totalIn, totalOut } = last;
  return {
    pathId,
    provider,
    bootTime: BigInt(bootTime),
    seq: BigInt(seq),
    totalIn: BigInt(totalIn),
    totalOut: BigInt(totalOut),
  };
}

function signed(
  kind: "report" | "ticket",
  { wallet, verifier }: Signer,
  type: "LinkReport" | "Ticket",
  message: object,
) {
  const digest = verifier.digest(type, message as Message<typeof type>);
  const plain = Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)]));
  return { kind, message: plain, signature: wallet.signingKey.sign(digest).serialized } as unknown as EvidenceItem;
}
