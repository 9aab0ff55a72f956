// What agents, consumers and validators tell each other of traffic and money. Counters and amounts are decimal text; who
// signed is in what was signed, so that a message may come by any way.

import { type Static, Type } from "typebox";
import { LIMITS } from "../base/limits.ts";
import { Count, closed, oneOf, text, whole } from "./parts.ts";

export const Hash = Type.String({ pattern: "^0x[0-9a-f]{64}$", description: "32 octets." });
export const AccountText = Type.String({ pattern: "^0x[0-9a-f]{40}$", description: "An account, in small letters." });
const Signature = Type.String({ pattern: "^0x[0-9a-f]{130}$", description: "r, s and v." });

/** A link between two ends that both count. Its name is the hash of this, so nobody has to keep a register. */
export const LinkTerms = Type.Object(
  {
    kind: Type.Literal("link"),
    name: text("For people: sea/alder>chi."),
    ends: Type.Array(AccountText, { minItems: 2, maxItems: 2, description: "Who reports at either end." }),
    upstreamOverheadOctets: whole("What the first end's counter adds to a packet.", LIMITS.packetOverheadMaxOctets),
    downstreamOverheadOctets: whole("And the second's.", LIMITS.packetOverheadMaxOctets),
    lossPpm: whole("Of a million packets so many may be lost.", 1_000_000),
    underWayPackets: whole("So many may be on their way when counters are read.", 1_000_000),
  },
  closed,
);
export type LinkTerms = Static<typeof LinkTerms>;

/** A consumer's path and its price. A voucher and a ticket name it by its hash, and so agree to all of it. */
export const PathTerms = Type.Object(
  {
    kind: Type.Literal("path"),
    name: text("For people."),
    consumer: AccountText,
    pricePerGB: Count,
    ticketOctets: Count,
    hops: Type.Array(Type.Object({ provider: AccountText, link: Hash }, closed), {
      minItems: 1,
      maxItems: LIMITS.pathHopsMax,
      description: "Who relays, onto which link of its own; each provider once.",
    }),
  },
  closed,
);
export type PathTerms = Static<typeof PathTerms>;

export const Terms = Type.Union([LinkTerms, PathTerms]);
export type Terms = Static<typeof Terms>;

export const LinkReportText = Type.Object(
  {
    epoch: Count,
    linkId: Hash,
    reporter: AccountText,
    bootTime: Count,
    inOctets: Count,
    outOctets: Count,
    inPkts: Count,
    outPkts: Count,
    seq: Count,
  },
  closed,
);
export const TicketText = Type.Object(
  {
    pathId: Hash,
    provider: AccountText,
    bootTime: Count,
    seq: Count,
    totalIn: Count,
    totalOut: Count,
    linkReportsRoot: Hash,
  },
  closed,
);
export const VoucherText = Type.Object(
  {
    consumer: AccountText,
    pathId: Hash,
    epoch: Count,
    cumulativeOctets: Count,
    cumulativeAmount: Count,
    splitRoot: Hash,
    expiry: Count,
  },
  closed,
);

const signed = <const K extends string, M extends typeof LinkReportText | typeof TicketText | typeof VoucherText>(
  kind: K,
  message: M,
) => Type.Object({ kind: Type.Literal(kind), message, signature: Signature }, closed);

/** A voucher may be signed by a session key of the consumer. */
export const SignedVoucher = Type.Object(
  { kind: Type.Literal("voucher"), message: VoucherText, signer: AccountText, signature: Signature },
  closed,
);
export const SignedReport = signed("report", LinkReportText);
export const SignedTicket = signed("ticket", TicketText);

export const EvidenceItem = Type.Union([SignedReport, SignedTicket, SignedVoucher, LinkTerms, PathTerms]);
export type EvidenceItem = Static<typeof EvidenceItem>;

/** Terms before what names them. */
export const EvidencePost = Type.Object(
  { items: Type.Array(EvidenceItem, { minItems: 1, maxItems: LIMITS.evidenceItemsMax }) },
  closed,
);

export const Refusal = Type.Object(
  { item: whole("Its place in the list."), code: text("Of docs/reference/errors.md."), message: text("Why.", 1_024) },
  closed,
);
/** What is taken is kept: nobody has to send it again. */
export const EvidenceAnswer = Type.Object(
  { taken: whole("Kept now, or before."), epoch: whole("The epoch it counts in."), refused: Type.Array(Refusal) },
  closed,
);
export type EvidenceAnswer = Static<typeof EvidenceAnswer>;

const BatchText = Type.Object(
  {
    epoch: Count,
    chunk: Count,
    chunks: Count,
    attempt: Count,
    ticketsRoot: Hash,
    ticketCount: Count,
    entriesHash: Hash,
    fee: Count,
  },
  closed,
);

/** What one validator made of an epoch, for the others to make again and sign. */
export const Proposal = Type.Object(
  {
    /** To compare is to sign nothing yet: evidence that one lacks is exchanged first. */
    round: oneOf(["compare", "sign"], "What is asked."),
    epoch: whole("Which."),
    attempt: whole("Counts up when a batch could not be applied.", 65_535),
    block: whole("Accounts were looked at in it."),
    evidence: Type.Array(Hash, {
      maxItems: LIMITS.epochEvidenceMax,
      description: "Reports, tickets and vouchers it counts.",
    }),
    batches: Type.Array(BatchText, { maxItems: LIMITS.epochChunksMax }),
  },
  closed,
);
export type Proposal = Static<typeof Proposal>;

/** Either signatures, one for each batch, or what is lacking on either side. */
export const CoSigned = Type.Object(
  {
    signer: AccountText,
    signatures: Type.Array(Signature),
    missing: Type.Array(Hash, { description: "Evidence to be sent before it can be made again." }),
    more: Type.Array(EvidenceItem, { description: "Evidence that the proposal leaves out." }),
  },
  closed,
);
export type CoSigned = Static<typeof CoSigned>;

/** What a validator settled of an epoch; its evidence comes page by page. */
export const EpochAccount = Type.Object(
  {
    epoch: whole("Which."),
    block: whole("Accounts were looked at in it."),
    held: Type.Array(Hash, { maxItems: LIMITS.epochEvidenceMax, description: "Paths that were left out." }),
    evidence: whole("Reports, tickets and vouchers.", LIMITS.epochEvidenceMax),
    before: Type.Integer({ minimum: -1, description: "The epoch before it that was settled or left; -1 for none." }),
  },
  closed,
);
export type EpochAccount = Static<typeof EpochAccount>;

export const EvidencePage = Type.Object(
  {
    items: Type.Array(EvidenceItem, { maxItems: LIMITS.evidencePageItemsMax, description: "Terms come first." }),
    next: Type.String({ maxLength: 80, description: "What to ask for after it; empty after the last." }),
  },
  closed,
);
export type EvidencePage = Static<typeof EvidencePage>;

const Sources = Type.Array(Type.String({ pattern: "^(interface-in|interface-out|sid|peer|policy) .{1,128}$" }), {
  maxItems: 16,
  description: "Counters that are added up: `interface-out wg0`, `policy gold`.",
});

/** What a provider or a consumer meters: which counters stand for which link and which path. */
export const MeterFile = Type.Object(
  {
    schema: Type.Literal("srwan.meter/1"),
    links: Type.Array(Type.Object({ terms: LinkTerms, in: Sources, out: Sources }, closed), { maxItems: 10_000 }),
    paths: Type.Array(Type.Object({ terms: PathTerms, in: Sources, out: Sources }, closed), { maxItems: 10_000 }),
    validators: Type.Array(text("A validator's URL."), { minItems: 1, maxItems: 32 }),
  },
  closed,
);
export type MeterFile = Static<typeof MeterFile>;
