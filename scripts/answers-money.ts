// What verbs of the settlement answer with under -o json, as published schemas.

import { Type } from "typebox";
import { DeploymentFile } from "../src/settlement/chain/deployment.ts";
import { QUOTE_STATES, QuoteFile } from "../src/settlement/chain/quotes.ts";
import { ROUND_STATES } from "../src/settlement/chain/rounds.ts";
import { ORDER_STATES } from "../src/settlement/qos/decide.ts";
import { PlacedOrder } from "../src/wire/order.ts";
import { SealedOutcome } from "../src/wire/outcome.ts";
import {
  account,
  answer,
  byName,
  closed,
  coins,
  count,
  either,
  hash,
  list,
  oneOf,
  orNull,
  part,
  seconds,
  TRANSACTION,
  text,
  whole,
  yes,
} from "./answer-parts.ts";

const ChainStatus = answer("chain status", {
  chainId: count("Of the chain that answers."),
  block: count("Its last."),
  blockSeconds: count("When that was made, since 1970."),
  chainFits: yes("It is the chain that the file is of."),
  contracts: list(
    part({
      name: text("Which."),
      address: account("Where."),
      state: oneOf(["as deployed", "other code", "nothing there"], "What stands there."),
    }),
  ),
  money: Type.Optional(
    part(
      {
        epoch: whole("That runs."),
        lastSettledEpoch: whole("0: none yet."),
        inEscrow: coins("All of it."),
        validatorsPool: coins("Of fees."),
        dividendsPool: coins("Of fees."),
        staked: coins("By validators."),
        seats: whole("Of validators."),
      },
      "Of a deployment that stands.",
    ),
  ),
});

const Keystore = (verb: string) => answer(verb, { address: account("The wallet's."), keystore: text("Its file.") });

const holdings = {
  address: account("Whose."),
  coins: coins("In hand."),
  gas: whole("Of the chain's own coin, in its smallest unit."),
  free: coins("In the escrow."),
  cap: coins("What batches may take in an epoch."),
  thawing: coins("On its way out."),
  thawReadyAt: seconds("When that is ready; 0 where nothing thaws."),
  earned: coins("By relaying."),
  paidFromEpoch: whole("From which batches may pay it; 0 where it is not registered."),
  votes: coins("Held."),
  votesFor: Type.Optional(account("Whom it votes for.")),
  nowSeconds: seconds("The block's time."),
};

const listed = {
  name: text("Of the file."),
  file: QuoteFile,
  id: hash("The quote's, and the deal's."),
  state: oneOf(QUOTE_STATES, "What became of it."),
  buyer: Type.Optional(account("Who bought it.")),
  amount: Type.Optional(coins("What it was sold for.")),
};

const Rounds = Type.Array(
  part({
    round: whole("Its number."),
    state: oneOf(ROUND_STATES, "Where it stands."),
    stateEnds: seconds("When that ends."),
    pot: coins("To be shared."),
    top: list(part({ wallet: account("On the list."), votes: coins("It has.") })),
    asVoter: coins("That the address can claim."),
    asWallet: coins("That the address can claim."),
    voterPlace: Type.Optional(count("Of the list, to claim with.")),
    walletPlace: Type.Optional(count("Of the list, to claim with.")),
  }),
  { title: "srwan dividends list" },
);

const standing = {
  id: hash("The order's."),
  device: text("The router, as its provider calls it."),
  interface: text("As the router writes it."),
  state: oneOf([...ORDER_STATES, "unknown"], "Where the money is."),
  next: text("What comes next, or why nothing does."),
  amount: coins("For all of it."),
  held: coins("Of that, in the escrow."),
  until: seconds("Its end."),
  outcome: orNull(oneOf(["APPLIED", "NOT_APPLIED", "UNKNOWN"], "What the router answered.")),
  alert: orNull(text("Somebody should look.")),
};
const { device: _same, ...terms } = PlacedOrder.properties;

const Orders = either(
  "qos status",
  list(part(standing)),
  part({ ...standing, ...terms, sealed: orNull(SealedOutcome) }, "Of one order."),
);

const Tickets = answer("tickets", {
  epoch: count("Which."),
  rows: list(
    part({
      path: hash("Of its terms."),
      provider: account("Who signed them."),
      tickets: count("How many."),
      lastSeq: whole("Of the last."),
      totalOut: whole("Octets that the last one says."),
    }),
  ),
  checked: count("Signatures; 0 without --verify."),
  wrong: count("Of those."),
});

const Reckoned = answer("settle simulate", {
  epoch: count("Which."),
  evidence: count("Signed pieces of it."),
  paths: list(
    part({
      path: hash("Of its terms."),
      consumer: account("Who pays."),
      amount: coins("Owed."),
      fee: coins("Of that."),
      unsigned: coins("Carried, and not signed for."),
      tickets: count("That it is made of."),
    }),
  ),
  disputes: list(
    part({
      kind: text("What about."),
      subject: text("Link or path."),
      account: account("Who is in dispute."),
      claimed: whole("What was said."),
      paid: whole("What counts."),
    }),
  ),
});

const Submitted = answer("settle submit", {
  schema: Type.Literal("srwan.validator-status/1"),
  signer: account("The validator's key."),
  epoch: count("That runs."),
  block: count("The last that was seen."),
  blockSeconds: count("When it was made; 0 before any was seen."),
  behind: count("Epochs that the chain settled and the store does not hold."),
  halted: text("Why nothing is done; empty while something is."),
  epochs: byName(count("Epochs."), "By their state."),
  sends: byName(count("Transactions."), "By their state."),
  replaced: count("Of those, sent again for a higher fee."),
  tickets: count("Held."),
  disputes: count("Held."),
});

/** By verb. */
export const MONEY_ANSWERS = {
  "chain up": answer("chain up", { url: text("Where it was."), chainId: count("Its number.") }),
  "chain deploy": Type.Object(
    { file: text("That was written."), ...DeploymentFile.properties },
    { ...closed, title: "srwan chain deploy" },
  ),
  "chain status": ChainStatus,
  "wallet create": Keystore("wallet create"),
  "wallet show": Keystore("wallet show"),
  "wallet balance": answer("wallet balance", holdings),
  "wallet transfer": answer("wallet transfer", {
    from: account("Whose they were."),
    to: account("Whose they are."),
    amount: coins("That went."),
    transaction: TRANSACTION,
  }),
  "escrow deposit": answer("escrow deposit", { transaction: TRANSACTION, ...holdings }),
  "escrow withdraw": answer("escrow withdraw", { transaction: TRANSACTION, did: text("In words."), ...holdings }),
  "escrow status": answer("escrow status", holdings),
  "escrow register": answer("escrow register", {
    transaction: TRANSACTION,
    address: holdings.address,
    paidFromEpoch: holdings.paidFromEpoch,
  }),
  "market list": Type.Array(part(listed), { title: "srwan market list" }),
  "market quote": Type.Object(
    { path: text("The file that was written."), ...QuoteFile.properties },
    { ...closed, title: "srwan market quote" },
  ),
  "market buy": answer("market buy", {
    deal: hash("Its name on the chain."),
    buyer: account("Who bought."),
    gigabytes: whole("How much."),
    amount: coins("Bound in the escrow."),
    transaction: TRANSACTION,
  }),
  "market pay": answer("market pay", { deal: listed.id, amount: listed.amount, transaction: TRANSACTION }),
  "market cancel": answer("market cancel", {
    quote: listed.id,
    was: oneOf(QUOTE_STATES, "What it was before."),
    transaction: TRANSACTION,
  }),
  vote: answer("vote", {
    voter: account("Whose votes."),
    wallet: orNull(account("For whom; null: nobody.")),
    weight: coins("That count."),
    transaction: TRANSACTION,
  }),
  "dividends list": Rounds,
  "dividends name": answer("dividends name", {
    round: whole("Of which."),
    wallet: account("On its list."),
    transaction: TRANSACTION,
  }),
  "dividends claim": answer("dividends claim", {
    address: account("Whose they are now."),
    claimed: list(
      part({ round: whole("Of which."), as: oneOf(["voter", "wallet"], "In which part."), amount: coins("Earned.") }),
    ),
    sum: coins("All of it."),
  }),
  "qos register": answer("qos register", {
    provider: account("Whose it is."),
    routerKey: account("The router's."),
    transaction: TRANSACTION,
  }),
  "qos buy": Type.Object({ id: standing.id, ...PlacedOrder.properties }, { ...closed, title: "srwan qos buy" }),
  "qos status": Orders,
  "qos cancel": answer("qos cancel", {
    id: standing.id,
    did: oneOf(["refunded", "asked"], "Refunded at once, or asked of the workers."),
    was: Type.Optional(oneOf(ORDER_STATES, "Where the money was.")),
    transaction: Type.Optional(TRANSACTION),
  }),
  "qos serve": answer("qos serve", { open: Type.Optional(count("Orders that are not over, after --once.")) }),
  tickets: Tickets,
  "settle simulate": Reckoned,
  "settle submit": Submitted,
  "settle audit": answer("settle audit", {
    epochs: list(
      part({
        epoch: count("Which."),
        state: text("In the store."),
        tickets: count("In its batch."),
        chunks: count("Of its batch."),
        finding: oneOf(
          [
            "as the evidence says",
            "the store holds another batch",
            "the chain holds another batch",
            "not on the chain",
          ],
          "What was found.",
        ),
      }),
    ),
  }),
  meter: answer("meter", { waiting: count("What no validator has yet.") }),
};
