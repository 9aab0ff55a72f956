// What the settlement shows to whoever looks at the WAN: the market, evidence by epoch, disputes, coins of accounts, orders
// of priority. Amounts are decimal text in units of 10^-18 SEG.

import { type Static, Type } from "typebox";
import { PlacedOrder } from "./order.ts";
import { Count, closed, maybe, oneOf, text, whole, words } from "./parts.ts";
import { Hash } from "./settlement.ts";

const amount = (description: string) => Type.String({ pattern: "^(0|[1-9][0-9]{0,77})$", description });
const maybeText = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const ms = (description: string) => maybe(whole(`${description} Milliseconds since 1970, UTC.`));
export const ACCOUNT = "^0x[0-9a-f]{40}$";
export const Account = Type.String({ pattern: ACCOUNT, description: "An account, in small letters." });

export const CHAIN_STATES = ["none", "there", "away"] as const;

export const SettlementView = Type.Object(
  {
    isSetUp: Type.Boolean({ description: "Whether this service was given anything of a settlement." }),
    note: words("What is not there, and what to set; empty where all is."),
    store: Type.Boolean({ description: "Whether a store of validators or workers was given." }),
    orders: Type.Boolean({ description: "Whether orders can be placed here." }),
    chain: Type.Object(
      {
        state: oneOf(CHAIN_STATES, "none: not given; away: it does not answer, or is another."),
        note: words("Why it is away."),
        chainId: maybe(whole("The deployment's.")),
        epochSeconds: maybe(whole("How long an epoch is.")),
        epoch: maybe(whole("The one that runs.")),
        block: maybe(whole("The chain's last.")),
      },
      closed,
    ),
    epochs: Type.Object(
      {
        made: whole("Ready to be signed."),
        sealed: whole("A quorum signed."),
        settled: whole("On the chain for good."),
        left: whole("Without a batch."),
      },
      { ...closed, description: "How many there are of each." },
    ),
    lastEpoch: maybe(whole("The newest with tickets.")),
    tickets: whole("Kept in all."),
    disputes: whole("Kept in all."),
    openOrders: whole("Orders of priority that are not over."),
  },
  { ...closed, title: "Settlement" },
);
export type SettlementView = Static<typeof SettlementView>;

export const LISTED_STATES = [
  "open",
  "no price",
  "expired",
  "cancelled",
  "sold",
  "paid",
  "other chain",
  "unknown",
] as const;

export const QuoteView = Type.Object(
  {
    id: Type.String({ description: "Its name on the chain; of a deal the same." }),
    file: Type.String({ description: "Where it lies, in the folder of quotes." }),
    segment: text("What its seller calls the segment.", 200),
    seller: Account,
    pricePerGB: Type.Union([amount("A GB."), Type.Literal("infinity")], {
      description: "infinity: measured, sold to nobody.",
    }),
    startMs: whole("The first hour begins."),
    endMs: whole("The last hour ends."),
    expiryMs: whole("Nobody can take it later."),
    state: oneOf(LISTED_STATES, "unknown: the chain was not asked or does not answer."),
    buyer: Type.Union([Account, Type.Null()]),
    amount: Type.Union([amount("What the buyer pays."), Type.Null()]),
  },
  { ...closed, title: "Quote" },
);
export type QuoteView = Static<typeof QuoteView>;

export const EpochView = Type.Object(
  {
    epoch: whole("Its number."),
    fromMs: ms("It begins; null where no deployment says how long epochs are."),
    toMs: ms("It ends."),
    state: oneOf(["made", "sealed", "settled", "left"], "How far its batch is."),
    paths: whole("Paths with tickets."),
    tickets: whole("Tickets that count."),
    amount: amount("What consumers pay."),
    fee: amount("Of it, the fee."),
    unsigned: amount("Carried, and signed for by nobody."),
    held: whole("Paths that are left out of the batch."),
    disputes: whole("Of this epoch."),
  },
  { ...closed, title: "Epoch" },
);
export type EpochView = Static<typeof EpochView>;

export const TicketsView = Type.Object(
  {
    epoch: whole("In which they count."),
    path: Hash,
    name: maybeText("What its consumer calls the path."),
    consumer: maybeText("Who pays."),
    pricePerGB: Type.Union([amount("What the path costs for 10⁹ octets."), Type.Null()]),
    provider: Account,
    tickets: whole("How many."),
    lastSeq: Count,
    totalIn: Count,
    totalOut: Count,
  },
  { ...closed, title: "Tickets", description: "Of one provider on one path; totals since its count began." },
);
export type TicketsView = Static<typeof TicketsView>;

export const LinkReportsView = Type.Object(
  {
    epoch: whole("In which they count."),
    link: Hash,
    name: maybeText("What its ends call the link."),
    reporter: Account,
    reports: whole("How many."),
    lastSeq: Count,
    inOctets: Count,
    outOctets: Count,
    inPackets: Count,
    outPackets: Count,
  },
  { ...closed, title: "Link reports", description: "Of one end of one link; totals since its count began." },
);
export type LinkReportsView = Static<typeof LinkReportsView>;

export const DisputeView = Type.Object(
  {
    epoch: whole("In which."),
    kind: text("What is disputed."),
    unit: oneOf(["octets", "coins"], "Of what is claimed and paid."),
    subject: Hash,
    name: maybeText("What the link or path is called."),
    account: Account,
    claimed: Count,
    paid: Count,
  },
  { ...closed, title: "Dispute" },
);
export type DisputeView = Static<typeof DisputeView>;

const sums = {
  earned: amount("By relaying, in settled epochs."),
  applied: amount("To its own traffic, in settled epochs."),
  earnedUnderWay: amount("In epochs that are not settled yet."),
  appliedUnderWay: amount("In epochs that are not settled yet."),
};

export const AccountView = Type.Object(
  {
    account: Account,
    pops: Type.Array(Type.String(), { description: "Those whose record names it." }),
    ...sums,
    lastEpoch: maybe(whole("The newest in which it earned or applied any.")),
  },
  { ...closed, title: "Account" },
);
export type AccountView = Static<typeof AccountView>;

export const Payout = Type.Object(
  {
    epoch: whole("Its number."),
    fromMs: ms("It begins."),
    state: oneOf(["made", "sealed", "settled"], "How far its batch is."),
    earned: amount("By relaying."),
    applied: amount("To its own traffic."),
  },
  closed,
);

export const Coins = Type.Object(
  {
    ...sums,
    epochs: Type.Array(Payout, { description: "The newest first." }),
    onChain: Type.Union(
      [
        Type.Object(
          {
            earned: amount("Waits to be withdrawn."),
            free: amount("In the escrow, to be applied."),
            thawing: amount("On its way out of the escrow."),
            cap: amount("The most that batches may take in an epoch."),
            coins: amount("In its own hands."),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: "null: no chain was given, or it does not answer." },
    ),
    orders: Type.Object(
      { open: whole("Not over yet."), amount: amount("What they are for, in all.") },
      { ...closed, description: "Of priority, that this account placed." },
    ),
    note: words("What is not there, and why; empty where all is."),
  },
  { ...closed, title: "Coins" },
);
export type Coins = Static<typeof Coins>;

export const PopCoinsView = Type.Object(
  {
    pop: text("Which POP."),
    account: Type.Union([Account, Type.Null()], { description: "Of its record; null where it names none." }),
    sharedWith: Type.Array(Type.String(), { description: "Other POPs of the same account." }),
    ...Coins.properties,
  },
  { ...closed, title: "Coins of a POP" },
);
export type PopCoinsView = Static<typeof PopCoinsView>;

const MONEY_STATES = ["None", "Open", "Released", "Refunded"] as const;

export const OrderView = Type.Object(
  {
    id: Hash,
    device: text("The router."),
    interface: text("Of the router."),
    dscp: Type.Array(whole("Packets with these."), { description: "What has priority." }),
    rateBps: whole("Up to this rate."),
    consumer: Account,
    provider: Account,
    amount: amount("For all of it."),
    holdBack: amount("Of it, what waits for the end."),
    deadlineMs: whole("It must be configured by then."),
    untilMs: whole("It ends."),
    placedMs: whole("It was taken."),
    isDone: Type.Boolean({ description: "Nothing is left to do." }),
    isCancelled: Type.Boolean({ description: "Its consumer asked for its end." }),
    verdict: maybeText("Why it is not served."),
    router: maybeText("What the router's sealed outcome says."),
    money: Type.Union([oneOf(MONEY_STATES, "On the chain."), Type.Null()], {
      description: "null: no chain was given, or it does not answer.",
    }),
    held: Type.Union([amount("Bound in the escrow now."), Type.Null()]),
    next: maybeText("What comes next; null where no chain says."),
    alert: maybeText("What a person should look at."),
  },
  { ...closed, title: "Order" },
);
export type OrderView = Static<typeof OrderView>;

export const OrderWhole = Type.Object(
  {
    ...OrderView.properties,
    terms: PlacedOrder,
    sealed: Type.Unknown({ description: "The router's sealed outcome; null where there is none." }),
  },
  { ...closed, title: "Order, whole" },
);
export type OrderWhole = Static<typeof OrderWhole>;

/** What it says is in `cancelText`. */
export const OrderCancel = Type.Object(
  {
    signature: Type.String({
      pattern: "^0x[0-9a-fA-F]{130}$",
      description: "The consumer's of `Cancel srwan order ID` (EIP-191).",
    }),
  },
  closed,
);

/** A page of a list; `note` says why there is nothing, where that is not for want of things. */
export type Listed<T> = { readonly items: readonly T[]; readonly next?: string; readonly note?: string };
