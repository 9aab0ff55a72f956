// Catching up: a validator that was away sees on the chain which epochs it lacks, asks the others for their evidence, reckons
// each again and keeps what comes to what the chain settled, octet for octet. Nobody is believed but the chain and whoever
// signed; a peer that gives something else is left for the next.

import { asSrwanError, type ErrorCode, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import type { EpochAccount } from "../../wire/settlement.ts";
import type { Verifier } from "../chain/verify.ts";
import type { Rules } from "../ledger/epoch.ts";
import {
  type ChainChunk,
  chainChunksOf,
  forgetSeen,
  keepSeen,
  lackedEpochs,
  markHeld,
  seenBlock,
} from "../store/chain-chunks.ts";
import { epochOf, keepMade, setState } from "../store/epochs.ts";
import { closeIntake, type Kept } from "../store/evidence.ts";
import { placeEvidence } from "../store/handing.ts";
import type { SettlementStore } from "../store/store.ts";
import { epochTask, holdTask, type Task, takeTask, withTask } from "../store/tasks.ts";
import type { ChainView, Head } from "./chain-view.ts";
import type { Intake } from "./intake.ts";
import { makeAgain, texts } from "./making.ts";
import type { Peer } from "./quorum.ts";
import { attemptOn, differsFrom, isWhole } from "./settled.ts";

export type CatchUpParts = {
  readonly store: SettlementStore;
  readonly chain: ChainView;
  readonly verifier: Verifier;
  readonly intake: Intake;
  readonly rules: Rules;
  readonly entriesMax: number;
  readonly peers: readonly Peer[];
  readonly log: Logger;
  /** Its name in leases. */
  readonly worker: string;
};

/** As a peer gave it, each item signed by whom it names. */
type Given = { readonly account: EpochAccount; readonly evidence: readonly Kept[] };

/** What is no peer's fault is not held against it. */
const OURS: ReadonlySet<ErrorCode> = new Set(["LEASE_LOST", "STORE_UNAVAILABLE", "CHAIN_UNREACHABLE", "CHAIN_REFUSED"]);

export class CatchUp {
  readonly #parts: CatchUpParts;
  /** When an epoch that nobody could give is asked for again. */
  readonly #againMs = new Map<number, number>();

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** Reads on what the chain settled, then asks for what is lacking, the earliest first. */
  async step(head: Head): Promise<void> {
    const { store, chain, worker } = this.#parts;
    await this.#look(head);
    const running = chain.epochAt(head.seconds);
    const now = store.hereMs();
    const due = (await lackedEpochs(store)).filter((epoch) => (this.#againMs.get(epoch) ?? 0) <= now);
    for (const epoch of due.slice(0, LIMITS.catchUpEpochsOfLook)) {
      const chunks = await chainChunksOf(store, epoch);
      // One that is under way is its proposer's still.
      if (isWhole(chunks) || chain.isOver(epoch, running))
        await withTask(store, epochTask(epoch), worker, (task) => this.#get(task, epoch, head));
    }
  }

  async #look(head: Head): Promise<void> {
    const { store, chain, verifier } = this.#parts;
    const seen = await seenBlock(store);
    if (seen !== undefined && head.final <= seen) return;
    // A little again each time: where few blocks make one final, one may still come in another's place.
    let from = Math.max(chain.deployment.block, (seen ?? 0) - LIMITS.chainConfirmations);
    for (let asks = 0; asks < LIMITS.chainEventAsks && from <= head.final; asks++) {
      const to = Math.min(head.final, from + LIMITS.chainEventBlocks - 1);
      const chunks = (await chain.settledIn(from, to)).map(
        (batch): ChainChunk => ({
          epoch: Number(batch.epoch),
          chunk: Number(batch.chunk),
          digest: verifier.digest("SettlementBatch", batch),
          batch: JSON.stringify(texts(batch)),
        }),
      );
      await keepSeen(store, chunks, to);
      from = to + 1;
    }
    await markHeld(store);
  }

  async #get(task: Task, epoch: number, head: Head): Promise<void> {
    const { store, chain, peers, log } = this.#parts;
    await markHeld(store);
    if (!(await lackedEpochs(store)).includes(epoch)) return;
    if ((await chain.progress(epoch, head.final)).next === 0) return forgetSeen(store, epoch);
    for (const peer of peers) {
      try {
        const epochs = await this.#from(peer, task, epoch, head);
        this.#againMs.delete(epoch);
        log.info("caught up with an epoch", {
          epoch,
          epochs,
          peer: peer.name,
          behind: (await lackedEpochs(store)).length,
        });
        return;
      } catch (thrown) {
        const error = asSrwanError(thrown);
        if (OURS.has(error.code)) throw thrown;
        log.warn("a peer's epoch is not taken", { epoch, peer: peer.name, why: error.message });
      }
    }
    this.#againMs.set(epoch, store.hereMs() + LIMITS.catchUpRetryMs);
    const behind = (await lackedEpochs(store)).length;
    log.warn("an epoch that the chain settled is lacking, and no peer gives it", { epoch, behind });
  }

  /**
   * What an epoch comes to rests on the one before it. Where that is not here, or the outcome is another than the chain's, the
   * peer's earlier ones are made again with it. Says how many it took.
   */
  async #from(peer: Peer, task: Task, epoch: number, head: Head): Promise<number> {
    const run = [await this.#fetch(peer, task, epoch, head)];
    for (let fault: string | undefined; ; ) {
      const before = run[0]?.account.before ?? -1;
      const isMore = before >= 0 && run.length < LIMITS.catchUpRunEpochs;
      if (!isMore || (await this.#isHere(before))) {
        const found = await this.#keep(task, run);
        if (found === undefined) return run.length;
        // What is said of it is what was found first.
        fault ??= found;
        if (!isMore) throw differs(fault);
      }
      run.unshift(await this.#earlier(peer, task, before, head, fault));
    }
  }

  async #earlier(peer: Peer, task: Task, epoch: number, head: Head, fault: string | undefined): Promise<Given> {
    try {
      return await this.#fetch(peer, task, epoch, head);
    } catch (thrown) {
      const error = asSrwanError(thrown);
      if (fault === undefined || OURS.has(error.code)) throw thrown;
      throw differs(`${fault}; and of what was before it: ${error.message}`);
    }
  }

  async #isHere(epoch: number): Promise<boolean> {
    const { store } = this.#parts;
    const state = (await epochOf(store, epoch))?.state;
    return (state === "settled" || state === "left") && !(await lackedEpochs(store)).includes(epoch);
  }

  async #fetch(peer: Peer, task: Task, epoch: number, { final }: Head): Promise<Given> {
    const { store, worker, intake } = this.#parts;
    const account = await peer.account(epoch);
    if (account === undefined) throw differs(`it did not settle epoch ${epoch}`);
    if (account.epoch !== epoch || account.block > final || account.before >= epoch) {
      throw differs(`its account of epoch ${epoch} is of another epoch, or of a block that is not final`);
    }
    const evidence = new Map<string, Kept>();
    for (let after = ""; ; ) {
      // Longer than one time of a task where there is much.
      await takeTask(store, task.name, worker, LIMITS.taskHoldMs);
      const { items, next } = await peer.page(epoch, after);
      const { kept, refused } = await intake.checked(items);
      if (refused !== undefined) throw differs(refused);
      const had = evidence.size;
      for (const one of kept) evidence.set(one.digest, one);
      if (evidence.size > account.evidence) throw differs(`epoch ${epoch} has more evidence than its account says`);
      if (next === "") break;
      if (evidence.size === had) throw differs(`a page of epoch ${epoch} holds nothing new`);
      after = next;
    }
    if (evidence.size < account.evidence) throw differs(`epoch ${epoch} has less evidence than its account says`);
    const fault = vouchersFault(epoch, [...evidence.values()]);
    if (fault !== undefined) throw differs(fault);
    return { account, evidence: [...evidence.values()] };
  }

  /** All of them or none; undefined where they are kept, else why not. */
  async #keep(task: Task, run: readonly Given[]): Promise<string | undefined> {
    const { store } = this.#parts;
    const epochs = run.map(({ account }) => account.epoch);
    try {
      await store.write(async (tx) => {
        const inside = store.inside(tx);
        await holdTask(inside, tx, task);
        await closeIntake(inside, epochs.at(-1) ?? -1);
        for (const { account, evidence } of run) {
          const { epoch } = account;
          const elsewhere = await placeEvidence(inside, tx, epoch, evidence, epochs);
          if (elsewhere !== undefined) throw differs(`${elsewhere} counts in another settled epoch`);
          const chain = await chainChunksOf(inside, epoch);
          const { made } = await this.#make(inside, account, attemptOn(chain));
          const fault = differsFrom(chain, made.chunks);
          if (fault !== undefined) throw differs(`epoch ${epoch}, ${fault}`);
          await keepMade(inside, tx, epoch, made);
          await setState(inside, task, epoch, made.chunks.length === 0 || isWhole(chain) ? "settled" : "left");
        }
        await markHeld(inside);
      });
      return undefined;
    } catch (thrown) {
      if (thrown instanceof SrwanError && thrown.code === "BATCH_DIFFERS") return thrown.message;
      throw thrown;
    }
  }

  #make(store: SettlementStore, { epoch, block, held }: EpochAccount, attempt: number) {
    const { verifier, rules, entriesMax } = this.#parts;
    return makeAgain(store, verifier, new Set(held), { epoch, attempt, block, rules, entriesMax });
  }
}

/** Only the highest of a path counts, in its own epoch. */
function vouchersFault(epoch: number, evidence: readonly Kept[]): string | undefined {
  const vouchers = evidence.filter((one) => one.kind === "voucher");
  const other = vouchers.find((one) => one.epoch !== epoch);
  if (other !== undefined) return `a voucher of epoch ${other.epoch} is given for epoch ${epoch}`;
  return new Set(vouchers.map(({ path }) => path)).size === vouchers.length
    ? undefined
    : `epoch ${epoch} has two vouchers of one path`;
}

const differs = (why: string): SrwanError =>
  new SrwanError("BATCH_DIFFERS", why, { remedy: "Nothing is kept of it, and the next validator is asked." });
