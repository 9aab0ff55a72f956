// Tickets of a provider: one for every 10⁹ octets it relayed on a path, with the totals since its boot, so that a lost
// ticket loses nothing and a repeated one pays nothing.

import { OCTETS_PER_GB } from "./epoch.ts";

export type Ticket = {
  readonly pathId: string;
  readonly provider: `0x${string}`;
  readonly bootTime: bigint;
  /** Counts up from 1 within a boot. */
  readonly seq: bigint;
  readonly totalIn: bigint;
  readonly totalOut: bigint;
};

/** Totals of a path at a provider since its boot. */
export type Totals = { readonly in: bigint; readonly out: bigint };

/** The tickets that are due when totals have grown; none while less than another `every` octets left. */
export function ticketsDue(
  last: Ticket | undefined,
  { pathId, provider, bootTime }: Pick<Ticket, "pathId" | "provider" | "bootTime">,
  now: Totals,
  every: bigint = OCTETS_PER_GB,
): Ticket[] {
  const before = last?.bootTime === bootTime ? last : undefined;
  const due = now.out / every - (before?.totalOut ?? 0n) / every;
  if (due <= 0n) return [];
  // One ticket says it all: what lies between two is their difference.
  return [{ pathId, provider, bootTime, seq: (before?.seq ?? 0n) + 1n, totalIn: now.in, totalOut: now.out }];
}

export type TicketTrouble = "repeated" | "backwards" | "more left than came in";

/** What a ticket adds to the one before it, or why it adds nothing. */
export function ticketGain(
  before: Ticket | undefined,
  ticket: Ticket,
): { readonly octets: bigint; readonly trouble: TicketTrouble | undefined } {
  const same = before?.bootTime === ticket.bootTime ? before : undefined;
  const none = (trouble: TicketTrouble) => ({ octets: 0n, trouble });
  if (before && ticket.bootTime < before.bootTime) return none("repeated");
  if (same && ticket.seq <= same.seq) return none("repeated");
  if (same && (ticket.totalOut < same.totalOut || ticket.totalIn < same.totalIn)) return none("backwards");
  if (ticket.totalOut > ticket.totalIn) return none("more left than came in");
  return { octets: ticket.totalOut - (same?.totalOut ?? 0n), trouble: undefined };
}
