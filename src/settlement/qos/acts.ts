// Each thing that can be done for an order. All end in a row of the store or in a call to the chain; none remembers anything.

import type { Wallet } from "ethers";
import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { sha256Hex } from "../../base/seal.ts";
import type { SealedOutcome } from "../../wire/outcome.ts";
import type { KeyedSigner } from "../chain/keystore.ts";
import { digestOf, signTyped } from "../chain/sign.ts";
import type { Task } from "../store/tasks.ts";
import type { Hex, Message } from "../typed.ts";
import type { OrderChain, Sight } from "./chain.ts";
import type { Action, Facts } from "./decide.ts";
import type { Devices } from "./devices.ts";
import type { OrderRow, Orders } from "./orders.ts";
import { signaturesOf } from "./orders.ts";
import { installed, removed } from "./proof.ts";
import { isSealedBy, isSignedText } from "./router-key.ts";
import { gather, signAs } from "./seals.ts";
import { cancelText, orderOf } from "./terms.ts";

export type Hands = {
  readonly orders: Orders;
  readonly chain: OrderChain;
  readonly clock: Clock;
  readonly log: Logger;
  /** Pays for gas. */
  readonly payer: KeyedSigner;
  /** Without it, orders are paid here and configured elsewhere. */
  readonly devices?: Devices;
  /** The key of the routers that are configured from here. */
  readonly router?: Wallet;
  /** Each signs what this worker saw by its own reading. */
  readonly validators: readonly Wallet[];
  /** One call of the payer at a time, whoever else sends for it. */
  readonly inTurn: (work: () => Promise<void>) => Promise<boolean>;
  readonly onStep?: (step: string) => void | Promise<void>;
};

/** Whether something changed, so that it is worth looking again at once. */
export type Did = "more" | "wait";

const NOTHING = `0x${"00".repeat(32)}` as Hex;
const MICROS = 1_000_000n;

export function factsOf(row: OrderRow, sight: Sight, graceSeconds: bigint, clock: Clock): Facts {
  const order = orderOf(row.terms);
  const wall = clock.wallUs() / MICROS;
  return {
    nowSeconds: sight.seconds > wall ? sight.seconds : wall,
    graceSeconds,
    deadline: order.deadline,
    until: order.until,
    latest: sight.latest,
    deep: sight.deep,
    verdict: row.verdict,
    isCancelled: row.cancel !== undefined && isSignedText(cancelText(row.id), row.cancel, order.consumer),
    isOpening: row.isOpening,
    isTouched: row.isTouched,
    outcome: row.outcome && installed(row.outcome.document, row.id, order, sha256Hex),
    removedAt: row.removal && removed(row.removal.document, row.id, row.terms.device),
    goneAt: row.goneAt,
  };
}

export class Acts {
  readonly #hands: Hands;
  readonly #task: Task;
  readonly #row: OrderRow;
  readonly #facts: Facts;
  readonly #signal: AbortSignal;

  constructor(hands: Hands, task: Task, row: OrderRow, facts: Facts, signal: AbortSignal) {
    this.#hands = hands;
    this.#task = task;
    this.#row = row;
    this.#facts = facts;
    this.#signal = signal;
  }

  run(action: Action): Promise<Did> | Did {
    switch (action.do) {
      case "open":
        return this.#open();
      case "install":
        return this.#install();
      case "accept":
        return this.#accept();
      case "fail":
        return this.#fail();
      case "time-out":
        return this.#send("timeOut", this.#row.id);
      case "end":
        return this.#send("end", this.#row.id);
      case "end-early":
        return this.#endEarly();
      case "watch":
        return this.#watch();
      case "remove":
        return this.#remove();
      case "give-up":
        return this.#keep({ verdict: action.why });
      case "done":
        return this.#keep({ isDone: true });
      case "wait":
        return "wait";
    }
  }

  /** The router that this order names is configured from here. */
  get #mine(): { readonly devices: Devices; readonly router: Wallet } | undefined {
    const { devices, router } = this.#hands;
    return devices && router?.address === this.#row.terms.order.routerKey ? { devices, router } : undefined;
  }

  async #open(): Promise<Did> {
    const { orders } = this.#hands;
    if (this.#mine === undefined) return "wait";
    const reasons = await this.#mine.devices.refusals(this.#row.terms);
    if (reasons.length > 0) return this.#keep({ verdict: reasons.join("; ") });
    const other = await orders.beginOpening(this.#task, this.#row.id);
    if (other !== undefined) return this.#keep({ verdict: `the interface is order ${other}'s until that one is over` });
    await this.#step("opening");
    try {
      return await this.#send("open", orderOf(this.#row.terms), this.#row.terms.signature);
    } catch (error) {
      if (!(error instanceof SrwanError) || error.code !== "CHAIN_REFUSED") throw error;
      // Somebody else's call came first: the next look says so.
      if (error.details.error === "StateWrong") return "more";
      return this.#keep({ verdict: error.message, isOpening: this.#row.isOpening });
    }
  }

  async #install(): Promise<Did> {
    if (this.#mine === undefined) return "wait";
    const { id, terms } = this.#row;
    await this.#keep({ isTouched: true });
    const sealed = await this.#mine.devices.install(id, terms, this.#signal);
    await this.#step("installed");
    if (sealed.document.outcome === "UNKNOWN") return this.#unknown(sealed);
    this.#believe(sealed);
    if (installed(sealed.document, id, orderOf(terms), sha256Hex) === undefined) {
      throw unproved(id, "it is of another order or another configuration");
    }
    return this.#keep({ outcome: sealed });
  }

  async #accept(): Promise<Did> {
    const { orders, chain, validators, devices } = this.#hands;
    const { id, terms, outcome: sealed } = this.#row;
    const { outcome } = this.#facts;
    if (sealed === undefined || outcome === undefined) return "wait";
    this.#believe(sealed);
    const { routerKey, configHash } = orderOf(terms);
    const message = { orderId: id, routerKey, configHash, rpcReplyHash: hashOf(sealed), acceptedAt: outcome.provedAt };
    const byRouter = await this.#routerSignature("ConfigAccepted", message);
    if (validators.length > 0 && devices !== undefined && (await this.#unsigned("ConfigAccepted", message))) {
      // Not what the document says of it: what running holds.
      if (await devices.holds(terms)) {
        for (const validator of validators) await signAs(orders, chain, validator, "ConfigAccepted", message);
      } else {
        await this.#alert("the router does not hold what it confirmed; nobody signs that it does");
      }
    }
    await this.#step("signed");
    const seal = byRouter && (await gather(orders, chain, "ConfigAccepted", message));
    return seal ? this.#send("accept", message, byRouter, seal) : "wait";
  }

  async #fail(): Promise<Did> {
    const { id, terms, outcome: sealed, removal } = this.#row;
    const { outcome, removedAt } = this.#facts;
    const evidence = outcome?.kind === "NOT_APPLIED" ? sealed : removal;
    if (evidence) this.#believe(evidence);
    const failedAt = outcome?.kind === "NOT_APPLIED" ? outcome.provedAt : (removedAt ?? 0n);
    const rpcReplyHash = evidence ? hashOf(evidence) : NOTHING;
    const message = { orderId: id, routerKey: terms.order.routerKey as Hex, rpcReplyHash, failedAt };
    const byRouter = await this.#routerSignature("ConfigFailed", message);
    return byRouter ? this.#send("fail", message, byRouter) : "wait";
  }

  async #watch(): Promise<Did> {
    const { devices } = this.#hands;
    if (devices === undefined || (await devices.holds(this.#row.terms))) return "wait";
    return this.#keep({ goneAt: this.#facts.nowSeconds });
  }

  async #endEarly(): Promise<Did> {
    const { orders, chain, validators, devices } = this.#hands;
    const { id, terms, goneAt } = this.#row;
    if (goneAt === undefined) return "wait";
    const message = { orderId: id, removedAt: goneAt };
    if (validators.length > 0 && devices !== undefined && (await this.#unsigned("ConfigRemoved", message))) {
      if (!(await devices.holds(terms))) {
        for (const validator of validators) await signAs(orders, chain, validator, "ConfigRemoved", message);
      } else {
        await this.#alert("the queue was seen to be gone and stands again; nobody signs that it is gone");
      }
    }
    await this.#step("signed");
    const seal = await gather(orders, chain, "ConfigRemoved", message);
    return seal ? this.#send("endEarly", message, seal) : "wait";
  }

  async #remove(): Promise<Did> {
    if (this.#mine === undefined) return "wait";
    const { id, terms } = this.#row;
    await this.#step("removing");
    const sealed = await this.#mine.devices.remove(id, terms, this.#signal);
    await this.#step("removed");
    this.#believe(sealed);
    const at = removed(sealed.document, id, terms.device);
    if (at === undefined) return this.#unknown(sealed);
    const { latest, until, goneAt } = this.#facts;
    const wasPaidFor = latest.state === "Released" && goneAt === undefined && at < until;
    return this.#keep({ removal: sealed, ...(wasPaidFor && { goneAt: at }) });
  }

  /** Whoever has the store cannot make an outcome. */
  #believe(sealed: SealedOutcome): void {
    const { id, terms } = this.#row;
    if (!isSealedBy(sealed, terms.order.routerKey as Hex)) throw unproved(id, "its router did not seal it");
  }

  async #routerSignature<Name extends "ConfigAccepted" | "ConfigFailed">(type: Name, message: Message<Name>) {
    const { orders, chain } = this.#hands;
    const { routerKey } = orderOf(this.#row.terms);
    const digest = digestOf(chain.deployment, type, message);
    const { router } = this.#mine ?? {};
    if (router) await orders.sign(digest, routerKey, await signTyped(router, chain.deployment, type, message));
    return (await signaturesOf(orders, digest)).get(routerKey);
  }

  async #unsigned<Name extends "ConfigAccepted" | "ConfigRemoved">(type: Name, message: Message<Name>) {
    const { orders, chain, validators } = this.#hands;
    const signed = await signaturesOf(orders, digestOf(chain.deployment, type, message));
    return validators.some(({ address }) => !signed.has(address as Hex));
  }

  async #send(method: string, ...args: unknown[]): Promise<Did> {
    const { chain, payer, inTurn } = this.#hands;
    await this.#step(`sending ${method}`);
    const had = await inTurn(() => chain.send(payer, method, ...args));
    await this.#step(`sent ${method}`);
    return had ? "more" : "wait";
  }

  async #keep(change: Parameters<Orders["change"]>[2]): Promise<Did> {
    await this.#hands.orders.change(this.#task, this.#row.id, { alert: null, ...change });
    await this.#step(`kept ${Object.keys(change)}`);
    return "more";
  }

  async #unknown({ document }: SealedOutcome): Promise<Did> {
    const problem = document.devices.map(({ problem }) => problem?.message).find(Boolean) ?? "nothing could be proved";
    await this.#alert(`${document.outcome}: ${problem}`);
    return "wait";
  }

  async #alert(what: string): Promise<void> {
    const { orders, log } = this.#hands;
    log.error("an order needs a look", { order: this.#row.id, what });
    await orders.change(this.#task, this.#row.id, { alert: what });
  }

  async #step(name: string): Promise<void> {
    await this.#hands.onStep?.(name);
  }
}

const hashOf = ({ hash }: SealedOutcome): Hex => `0x${hash}`;

const unproved = (id: string, why: string): SrwanError =>
  new SrwanError("ORDER_UNPROVED", `the outcome of order ${id} proves nothing: ${why}`, {
    remedy: "Find out who wrote it; no money moves by it.",
    details: { order: id },
  });
