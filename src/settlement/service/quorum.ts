// How validators come to one batch: one proposes, the others make it again from the same evidence and sign it if it comes out
// the same. First they compare, and send each other what one of them lacks; nothing is signed before all have the same.

import type { Wallet } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import type { CoSigned, EpochAccount, EvidenceItem, EvidencePage, Proposal } from "../../wire/settlement.ts";
import type { Verifier } from "../chain/verify.ts";
import type { Rules } from "../ledger/epoch.ts";
import { chainChunksOf } from "../store/chain-chunks.ts";
import { type ChunkRow, epochOf, keepMade, keepSeals, signOnce } from "../store/epochs.ts";
import { assign, closeIntake, evidenceOf, missingOf, vouchersOf } from "../store/evidence.ts";
import type { SettlementStore } from "../store/store.ts";
import { holdTask, type Task } from "../store/tasks.ts";
import type { ChainView, ValidatorSeats } from "./chain-view.ts";
import { bigints, itemOf } from "./evidence.ts";
import type { Intake } from "./intake.ts";
import { type EpochMade, makeEpoch, texts } from "./making.ts";
import { differsFrom, isOf } from "./settled.ts";
import { termsNamedBy } from "./terms.ts";

export type Peer = {
  readonly name: string;
  readonly propose: (proposal: Proposal) => Promise<CoSigned>;
  readonly give: (epoch: number, items: readonly EvidenceItem[]) => Promise<void>;
  /** Undefined where it did not settle the epoch. */
  readonly account: (epoch: number) => Promise<EpochAccount | undefined>;
  readonly page: (epoch: number, after: string) => Promise<EvidencePage>;
};

export type QuorumParts = {
  readonly store: SettlementStore;
  readonly chain: ChainView;
  readonly verifier: Verifier;
  readonly intake: Intake;
  readonly wallet: Wallet;
  readonly rules: Rules;
  readonly entriesMax: number;
};

/** Accounts are looked at in a block, which is the same for all who make it again. */
export type Attempt = { readonly epoch: number; readonly attempt: number; readonly block: number };

const ROUNDS = 4;

export class Quorum {
  readonly #parts: QuorumParts;

  constructor(parts: QuorumParts) {
    this.#parts = parts;
  }

  get signer(): string {
    return this.#parts.wallet.address.toLowerCase();
  }

  make(epoch: number, attempt: number, block: number): Promise<EpochMade> {
    const { store, verifier, chain, rules, entriesMax } = this.#parts;
    const means = {
      spendable: (consumer: string) => chain.spendable(consumer, epoch, block),
      isActive: (provider: string) => chain.isActive(provider, epoch + 1, block),
    };
    return makeEpoch(store, verifier, means, { epoch, attempt, block, rules, entriesMax });
  }

  /** Another validator's proposal: what is lacking, or signatures. */
  async answer(proposal: Proposal): Promise<CoSigned> {
    const { store, chain } = this.#parts;
    const { epoch, round, evidence } = proposal;
    const head = await chain.head();
    if ((await chain.finalEpoch(head)) < epoch || proposal.block > head.final) {
      throw new SrwanError("BATCH_DIFFERS", `epoch ${epoch} is not over, or block ${proposal.block} not final here`, {
        remedy: "Propose it again a little later.",
      });
    }
    await closeIntake(store, epoch);
    const isOnChain = round === "sign" && (await this.#isOnChain(proposal, head.number));
    const nothing = { signer: this.signer, signatures: [], missing: [], more: [] };
    const missing = await missingOf(store, evidence);
    if (missing.length > 0) return { ...nothing, missing };
    const listed = new Set(evidence);
    if (round === "compare") return { ...nothing, more: await this.items(epoch, (digest) => !listed.has(digest)) };
    const isSettled = isOnChain && (await epochOf(store, epoch))?.state === "settled";
    if (!isSettled) await assign(store, epoch, listed);
    const made = await this.make(epoch, proposal.attempt, proposal.block);
    const same = JSON.stringify(made.batches.map(texts)) === JSON.stringify(proposal.batches.map(texts));
    if (!same) {
      throw new SrwanError("BATCH_DIFFERS", `epoch ${epoch} comes to another batch here`, {
        remedy: "Compare the validators' rules and stores: `srwan settle audit` on both.",
      });
    }
    const signatures = await this.#sign(made.chunks);
    if (!isSettled) await store.write((tx) => keepMade(store, tx, epoch, made.made));
    return { ...nothing, signatures };
  }

  /** What the chain holds of an epoch is contradicted by nobody; the same again may be signed again. */
  async #isOnChain({ epoch, batches }: Proposal, block: number): Promise<boolean> {
    const { store, chain } = this.#parts;
    const { chunks, ticketsRoot } = await chain.progress(epoch, block);
    if (chunks === 0) return false;
    const proposed = batches.map((batch, chunk) => ({ epoch, chunk, batch: JSON.stringify(batch) }));
    const fault = differsFrom(await chainChunksOf(store, epoch), proposed);
    if (fault === undefined && isOf(ticketsRoot, chunks, proposed)) return true;
    throw new SrwanError("BATCH_DIFFERS", `epoch ${epoch}: the chain holds another batch of it already`, {
      remedy: "Nothing is to be done: whoever lacks it asks the others for its evidence.",
    });
  }

  /** Evidence of an epoch with the terms that it names, as it came. */
  async items(epoch: number, wanted: (digest: string) => boolean): Promise<EvidenceItem[]> {
    const { store } = this.#parts;
    const [reports, tickets, vouchers] = await Promise.all([
      evidenceOf(store, "reports", epoch),
      evidenceOf(store, "tickets", epoch),
      vouchersOf(store, epoch),
    ]);
    const found = [
      ...reports.filter(({ digest }) => wanted(digest)).map((row) => itemOf("report", row)),
      ...tickets.filter(({ digest }) => wanted(digest)).map((row) => itemOf("ticket", row)),
      ...vouchers.filter(({ digest }) => wanted(digest)).map((row) => itemOf("voucher", row)),
    ];
    return [...(await termsNamedBy(store, found)), ...found];
  }

  /** The batch of an epoch with signatures of a quorum; undefined where too few gave theirs. */
  async propose(task: Task, what: Attempt, peers: readonly Peer[]): Promise<EpochMade | undefined> {
    const { store, chain } = this.#parts;
    const { epoch, attempt, block } = what;
    await closeIntake(store, epoch);
    const seats = await chain.seatsFor(epoch);
    await this.#compare(epoch, attempt, block, peers);
    const made = await this.make(epoch, attempt, block);
    await store.write(async (tx) => {
      await holdTask(store, tx, task);
      await keepMade(store, tx, epoch, made.made);
    });
    if (made.chunks.length === 0) return made;
    const proposal = proposalOf(made, "sign", epoch, attempt, block);
    const answers = await settled(peers, (peer) => peer.propose(proposal));
    const mine = seats.seats.has(this.signer)
      ? [{ signer: this.signer, signatures: await this.#sign(made.chunks) }]
      : [];
    const seals = [...mine, ...answers].flatMap((answer) => this.#sealsIn(answer, made.chunks, seats));
    await keepSeals(store, seals);
    return isQuorum(seals, made.chunks, seats) ? made : undefined;
  }

  async #compare(epoch: number, attempt: number, block: number, peers: readonly Peer[]): Promise<void> {
    const { intake } = this.#parts;
    for (let round = 0; round < ROUNDS && peers.length > 0; round++) {
      const made = await this.make(epoch, attempt, block);
      const proposal = proposalOf(made, "compare", epoch, attempt, block);
      const answers = await settled(peers, async (peer) => ({ peer, ...(await peer.propose(proposal)) }));
      for (const { peer, missing } of answers) {
        const lacks = new Set(missing);
        if (lacks.size > 0) await peer.give(epoch, await this.items(epoch, (digest) => lacks.has(digest)));
      }
      const more = answers.flatMap((answer) => answer.more);
      if (more.length > 0) {
        await intake.take(more, true);
        await this.#into(epoch, more, made.evidence);
      }
      if (answers.every(({ missing, more: theirs }) => missing.length === 0 && theirs.length === 0)) return;
    }
  }

  /** What a peer counted in this epoch in time counts in it here too. */
  async #into(epoch: number, items: readonly EvidenceItem[], had: readonly string[]): Promise<void> {
    const { store, verifier } = this.#parts;
    const digests = new Set(had);
    for (const item of items) {
      if (item.kind === "report" || item.kind === "ticket") digests.add(digestOfItem(verifier, item));
    }
    await assign(store, epoch, digests);
  }

  async #sign(chunks: readonly ChunkRow[]): Promise<string[]> {
    const { store, wallet } = this.#parts;
    const signatures: string[] = [];
    for (const { epoch, chunk, attempt, digest } of chunks) {
      const made = wallet.signingKey.sign(digest).serialized;
      const signature = await signOnce(store, { epoch, chunk, attempt, digest }, made);
      if (signature === undefined) {
        throw new SrwanError(
          "BATCH_DIFFERS",
          `another batch was signed here as ${epoch}/${chunk}, attempt ${attempt}`,
          {
            remedy: "Nothing is to be done: it is proposed again under the next attempt.",
          },
        );
      }
      signatures.push(signature);
    }
    return signatures;
  }

  #sealsIn(answer: Pick<CoSigned, "signer" | "signatures">, chunks: readonly ChunkRow[], { seats }: ValidatorSeats) {
    const seat = seats.get(answer.signer)?.seat;
    if (seat === undefined) return [];
    return chunks.flatMap(({ digest }, i) => {
      const signature = answer.signatures[i];
      const good =
        signature !== undefined && this.#parts.verifier.signed(answer.signer, digest as `0x${string}`, signature);
      return good ? [{ digest, seat, signature }] : [];
    });
  }
}

const proposalOf = (
  { evidence, batches }: EpochMade,
  round: Proposal["round"],
  epoch: number,
  attempt: number,
  block: number,
): Proposal => ({
  round,
  epoch,
  attempt,
  block,
  evidence: [...evidence],
  batches: batches.map((batch) => texts(batch) as Proposal["batches"][number]),
});

/** Two thirds of the stake, on every chunk. */
function isQuorum(
  seals: readonly { readonly digest: string; readonly seat: number }[],
  chunks: readonly ChunkRow[],
  { seats, stake }: ValidatorSeats,
): boolean {
  const stakes = new Map([...seats.values()].map((one) => [one.seat, one.stake]));
  return chunks.every(({ digest }) => {
    const signed = seals.filter((seal) => seal.digest === digest);
    const sum = signed.reduce((total, { seat }) => total + (stakes.get(seat) ?? 0n), 0n);
    return sum * 3n >= stake * 2n;
  });
}

/** Those that answered; who is away is asked again the next time. */
async function settled<P extends Peer, T>(peers: readonly P[], ask: (peer: P) => Promise<T>): Promise<T[]> {
  const answers = await Promise.allSettled(peers.map(ask));
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
}

const digestOfItem = (verifier: Verifier, item: EvidenceItem & { kind: "report" | "ticket" }): string =>
  verifier.digest(item.kind === "report" ? "LinkReport" : "Ticket", bigints(item.message) as never);
