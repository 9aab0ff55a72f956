// A worker: takes up every epoch that is over, has its batch made and signed, and brings it until the chain holds it for
// good. It keeps nothing in memory that another would need; any number share a store, and any may be killed at any time.

import type { Clock } from "../../base/clock.ts";
import { asSrwanError, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { sealOf } from "../chain/sign.ts";
import { chainChunksOf } from "../store/chain-chunks.ts";
import {
  type ChunkRow,
  chunksOf,
  type EpochRow,
  epochOf,
  epochsIn,
  keepMade,
  sealsOf,
  setState,
  unmadeEpochs,
} from "../store/epochs.ts";
import { sendOf, UNSENT, want } from "../store/sends.ts";
import type { SettlementStore } from "../store/store.ts";
import { epochTask, holdTask, type Task, withTask } from "../store/tasks.ts";
import type { Hex } from "../typed.ts";
import type { CatchUp } from "./catch-up.ts";
import type { ChainView, Head } from "./chain-view.ts";
import { bigints } from "./evidence.ts";
import type { EpochBody } from "./making.ts";
import type { Outbox } from "./outbox.ts";
import type { Attempt, Peer, Quorum } from "./quorum.ts";
import { differsFrom, isOf, isWhole } from "./settled.ts";

export type WorkerParts = {
  readonly store: SettlementStore;
  readonly chain: ChainView;
  readonly outbox: Outbox;
  readonly catchUp: CatchUp;
  readonly quorum: Quorum;
  readonly peers: readonly Peer[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Its name in leases. */
  readonly worker: string;
  readonly staleMs: number;
  /** A validator waits so long for each that comes before it in an epoch's order. */
  readonly turnSeconds: number;
  readonly onHead?: (head: Head) => void;
};

export class Worker {
  readonly #parts: WorkerParts;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #halted = "";
  #head: Head | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** Why nothing is done; empty while something is. */
  get halted(): string {
    return this.#halted;
  }

  get head(): Head | undefined {
    return this.#head;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    while (!this.#stop.signal.aborted) {
      try {
        await this.step();
        if (this.#halted !== "") log.info("the chain goes on");
        this.#halted = "";
      } catch (thrown) {
        const error = asSrwanError(thrown);
        if (error.code !== "LEASE_LOST" && this.#halted !== error.message)
          log.warn("nothing is settled", { why: error.message });
        this.#halted = error.message;
      }
      await clock.sleepMs(LIMITS.workerPauseMs, this.#stop.signal).catch(() => undefined);
    }
  }

  /** Everything that can be done now, once. */
  async step(): Promise<void> {
    const { store, chain, outbox, catchUp, worker } = this.#parts;
    const head = await chain.head();
    this.#head = head;
    this.#parts.onHead?.(head);
    this.#checkFresh(head);
    await outbox.step(head);
    await catchUp.step(head);
    const over = await chain.finalEpoch(head);
    const open = (await epochsIn(store, ["made", "sealed"])).map(({ epoch }) => epoch);
    const fresh = await unmadeEpochs(store, over);
    for (const epoch of [...new Set([...open, ...fresh])].sort((a, b) => a - b)) {
      if (epoch <= over) await withTask(store, epochTask(epoch), worker, (task) => this.#advance(task, epoch, head));
    }
    await outbox.step(head);
  }

  #checkFresh(head: Head): void {
    const { clock, staleMs } = this.#parts;
    const ageMs = Number(clock.wallUs() / 1_000n) - head.seconds * 1_000;
    if (ageMs <= staleMs) return;
    throw new SrwanError("CHAIN_STALE", `the last block, ${head.number}, is ${Math.round(ageMs / 1_000)} s old`, {
      remedy: "See that the chain goes on and that this is a node that follows it. Nothing is lost meanwhile.",
    });
  }

  async #advance(task: Task, epoch: number, head: Head): Promise<void> {
    const { store, chain, log } = this.#parts;
    const row = await epochOf(store, epoch);
    if (row?.state === "settled" || row?.state === "left") return;
    const onChain = await chain.progress(epoch, head.final);
    if (onChain.chunks > 0 && onChain.next === onChain.chunks) {
      // Where another batch was settled than the one that is kept, it is caught up with.
      const settled = await chainChunksOf(store, epoch);
      const fault = isWhole(settled) ? differsFrom(settled, await chunksOf(store, epoch)) : "it was not read yet";
      if (row === undefined || fault !== undefined) return;
      await setState(store, task, epoch, "settled");
      log.info("an epoch is settled", { epoch, chunks: onChain.chunks });
      return;
    }
    if (chain.isOver(epoch, chain.epochAt(head.seconds))) {
      if (row !== undefined) await setState(store, task, epoch, "left");
      else await this.#leave(task, epoch, head);
      log.error("an epoch can be settled no more; its vouchers are good without validators", { epoch });
      return;
    }
    if (row?.state === "sealed") return this.#bring(task, row);
    if (!(await this.#isTurn(epoch, head)) || (await this.#isBrought(epoch, head))) return;
    await this.#propose(task, attemptOf(epoch, row, head));
  }

  /** Another batch than ours is on the chain already, and may be final soon; what is settled is contradicted by nobody. */
  async #isBrought(epoch: number, head: Head): Promise<boolean> {
    const { store, chain } = this.#parts;
    const { chunks, ticketsRoot } = await chain.progress(epoch, head.number);
    return chunks > 0 && !isOf(ticketsRoot, chunks, await chunksOf(store, epoch));
  }

  /** Validators take turns, epoch by epoch; the next one comes when the one before says nothing. */
  async #isTurn(epoch: number, head: Head): Promise<boolean> {
    const { chain, quorum, turnSeconds } = this.#parts;
    const { seats } = await chain.seatsFor(epoch);
    const seat = seats.get(quorum.signer)?.seat;
    if (seat === undefined) return false;
    const place = (seat + seats.size - (epoch % seats.size)) % seats.size;
    return head.seconds >= (epoch + 1) * chain.epochSeconds + place * turnSeconds;
  }

  async #propose(task: Task, what: Attempt): Promise<void> {
    const { store, quorum, peers, log } = this.#parts;
    const { epoch, attempt } = what;
    const made = await quorum.propose(task, what, peers).catch((thrown) => {
      if (asSrwanError(thrown).code !== "BATCH_DIFFERS") throw thrown;
      return "differs" as const;
    });
    if (made === "differs") {
      // Accounts or evidence changed since it was signed: under the next attempt it may be another.
      const { final } = await this.#parts.chain.head();
      return this.#propose(task, { epoch, attempt: attempt + 1, block: final });
    }
    if (made === undefined) {
      log.warn("too few validators signed", { epoch, attempt });
      return;
    }
    const empty = made.chunks.length === 0;
    await setState(store, task, epoch, empty ? "settled" : "sealed");
    log.info(empty ? "an epoch owes nothing" : "an epoch's batch is sealed", {
      epoch,
      attempt,
      chunks: made.chunks.length,
    });
    const row = empty ? undefined : await epochOf(store, epoch);
    if (row) await this.#bring(task, row);
  }

  /** What it came to is kept all the same: the next epoch begins where it ends. */
  async #leave(task: Task, epoch: number, head: Head): Promise<void> {
    const { store, quorum } = this.#parts;
    const { made } = await quorum.make(epoch, 0, head.final);
    await store.write(async (tx) => {
      await holdTask(store, tx, task);
      await keepMade(store, tx, epoch, made);
    });
    await setState(store, task, epoch, "left");
  }

  /** One chunk after the other: each is known to be in a block before the next is wanted. */
  async #bring(task: Task, { epoch }: EpochRow): Promise<void> {
    const { store, outbox, chain, log } = this.#parts;
    for (const chunk of await chunksOf(store, epoch)) {
      const key = `settle ${epoch}/${chunk.chunk}/${chunk.attempt}`;
      const send = await sendOf(store, key);
      if (send === undefined) {
        const data = await this.#call(chunk);
        await store.write(async (tx) => {
          await holdTask(store, tx, task);
          await want(store, tx, { key, account: outbox.account, target: chain.at("Settlement"), data });
        });
        return;
      }
      if (send.state === "done" || send.state === "mined") continue;
      if (send.state !== "refused" && send.state !== "reverted") return;
      await this.#refused(task, chunk, key, send.why ?? "it was reverted");
      log.warn("the chain refused a chunk", { key, why: send.why });
      return;
    }
  }

  /** Somebody else brought it, or it cannot be applied; what the chain holds for good tells. */
  async #refused(task: Task, chunk: ChunkRow, key: string, why: string): Promise<void> {
    const { store, chain } = this.#parts;
    const { next } = await chain.progress(chunk.epoch, (await chain.head()).number);
    if (next > chunk.chunk) {
      // It stands, but not yet for good; where a reorganisation takes it away it is wanted again.
      return;
    }
    if (/ChunkOutOfOrder|EpochRuns/.test(why) || chunk.chunk > 0) {
      await changeWanted(store, key);
      return;
    }
    const { final } = await chain.head();
    await this.#propose(task, { epoch: chunk.epoch, attempt: chunk.attempt + 1, block: final });
  }

  async #call(chunk: ChunkRow): Promise<string> {
    const { store, chain } = this.#parts;
    const seats = await chain.seatsFor(chunk.epoch);
    const seal = sealOf(seats.set, (await sealsOf(store, chunk.digest)) as Map<number, Hex>);
    const batch = bigints(JSON.parse(chunk.batch));
    return chain.contracts.Settlement.interface.encodeFunctionData("settle", [
      batch,
      chunk.debits,
      chunk.credits,
      seal,
    ]);
  }
}

/** One that was made before is made again as it was: what was signed under an attempt stays the batch of that attempt. */
function attemptOf(epoch: number, row: EpochRow | undefined, head: Head): Attempt {
  if (row === undefined) return { epoch, attempt: 0, block: head.final };
  const { attempt, block } = JSON.parse(row.body) as EpochBody;
  return { epoch, attempt, block };
}

async function changeWanted(store: SettlementStore, key: string): Promise<void> {
  const fresh = { state: "wanted", ...UNSENT } as const;
  await store.write((tx) =>
    tx.updateTable("sends").set(fresh).where("key", "=", key).where("state", "in", ["refused", "reverted"]).execute(),
  );
}
