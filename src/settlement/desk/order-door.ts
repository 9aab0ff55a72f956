// Orders of priority by another's hand: taken only with the signature of whoever pays, and shown as chain and store have them.

import { getAddress } from "ethers";
import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Listed, OrderView, OrderWhole } from "../../wire/books.ts";
import type { Deployment } from "../chain/deployment.ts";
import { digestOf } from "../chain/sign.ts";
import { Verifier } from "../chain/verify.ts";
import { OrderChain, type Sight } from "../qos/chain.ts";
import { type OrderRow, Orders } from "../qos/orders.ts";
import { isSignedText } from "../qos/router-key.ts";
import { nextOf } from "../qos/standing.ts";
import { cancelText, orderOf, type PlacedOrder, placedOrder } from "../qos/terms.ts";
import { orderNames, orderNamesPage } from "../store/pages.ts";
import type { SettlementStore } from "../store/store.ts";
import type { Hex } from "../typed.ts";
import type { DeskChain } from "./chain.ts";

export class OrderDoor {
  readonly #orders: Orders;
  readonly #deployment: Deployment;
  readonly #verifier: Verifier;
  readonly #chain: DeskChain | undefined;
  readonly #clock: Clock;

  constructor(store: SettlementStore, deployment: Deployment, chain: DeskChain | undefined, clock: Clock) {
    this.#orders = new Orders(store);
    this.#deployment = deployment;
    this.#verifier = new Verifier(deployment);
    this.#chain = chain;
    this.#clock = clock;
  }

  /** The newest first. */
  async page(onlyOpen: boolean, limit: number, after: string | undefined): Promise<Listed<OrderView>> {
    const asked = { limit: limit + 1, after: after?.split(" ") };
    const names = await orderNamesPage(this.#orders.store, onlyOpen, asked);
    const shown = names.slice(0, limit);
    const rows: OrderRow[] = [];
    for (const { id } of shown) {
      const row = await this.#orders.find(id);
      if (row !== undefined) rows.push(row);
    }
    const { sights, note } = await this.#look(rows);
    const last = shown.at(-1);
    return {
      items: rows.map((row, i) => this.#view(row, sights?.[i])),
      ...(names.length > limit && last !== undefined ? { next: `${last.atMs} ${last.id}` } : {}),
      ...(note === undefined ? {} : { note }),
    };
  }

  async one(name: string): Promise<OrderWhole> {
    const row = await this.#named(name);
    const { sights } = await this.#look([row]);
    return { ...this.#view(row, sights?.[0]), terms: row.terms, sealed: row.outcome ?? null };
  }

  /** What was placed already is the same order. */
  async place(given: PlacedOrder): Promise<{ order: OrderWhole; isNew: boolean }> {
    const terms = withSums(given);
    const order = orderOf(terms);
    const id = digestOf(this.#deployment, "QosOrder", order);
    const field = (name: string, what: string, remedy: string): SrwanError =>
      new SrwanError("ORDER_INVALID", `order.${name} ${what}`, { remedy, details: { field: `body.order.${name}` } });
    if (!this.#verifier.signed(order.consumer, id, terms.signature)) {
      throw new SrwanError("ORDER_INVALID", `signature: ${order.consumer} did not sign this order`, {
        remedy:
          "Sign it for the deployment that this service has (settlement.deployment), with the consumer's own key.",
        details: { field: "body.signature" },
      });
    }
    const now = this.#clock.wallUs() / 1_000_000n;
    if (order.deadline <= now) throw field("deadline", "is past", "Give the router some time: ten minutes.");
    if (order.until <= order.deadline) throw field("until", "is not after the deadline", "Give a later end.");
    if (order.holdBack > order.amount) throw field("holdBack", "is more than the amount", "Hold back a part of it.");
    if (order.amount === 0n) throw field("amount", "is nothing", "Give what it is worth to you.");
    const isNew = await this.#orders.place(id, terms);
    return { order: await this.one(id), isNew };
  }

  /** The queue is taken away, and what was not given goes back; by workers, not here. */
  async cancel(name: string, signature: Hex): Promise<OrderWhole> {
    const row = await this.#named(name);
    const { consumer } = orderOf(row.terms);
    if (!isSignedText(cancelText(row.id), signature, consumer)) {
      throw new SrwanError("ORDER_INVALID", `signature: ${consumer} did not sign “${cancelText(row.id)}”`, {
        remedy: "Sign these words with the key of whoever placed it (EIP-191).",
        details: { field: "body.signature" },
      });
    }
    await this.#orders.cancel(row.id, signature);
    return this.one(row.id);
  }

  /** Of one who pays: those that are not over, and what they are for. */
  async ofConsumer(account: string): Promise<{ open: number; amount: bigint }> {
    const open = (await this.#orders.list(true)).map(({ terms }) => orderOf(terms));
    const theirs = open.filter(({ consumer }) => consumer.toLowerCase() === account);
    return { open: theirs.length, amount: theirs.reduce((sum, { amount }) => sum + amount, 0n) };
  }

  async #named(name: string): Promise<OrderRow> {
    const beginning = name.toLowerCase();
    const [only, ...more] = await orderNames(this.#orders.store, beginning, 2);
    const row = only === undefined || more.length > 0 ? undefined : await this.#orders.find(only);
    if (row !== undefined) return row;
    throw new SrwanError(
      "ORDER_UNKNOWN",
      `${only === undefined ? "no order begins" : "several orders begin"} with ${name}`,
      {
        remedy: "GET /api/v1/orders lists them; give more of the name.",
      },
    );
  }

  async #look(rows: readonly OrderRow[]): Promise<{ sights?: (Sight | undefined)[]; note?: string }> {
    if (this.#chain === undefined || rows.length === 0) return {};
    const asked = await this.#chain.ask(async (provider) => {
      const chain = new OrderChain(provider, this.#deployment, LIMITS.chainConfirmations);
      const sights: Sight[] = [];
      for (const { id } of rows) sights.push(await chain.look(id));
      return sights;
    });
    return "note" in asked ? { note: `the chain does not answer: ${asked.note}` } : { sights: asked.value };
  }

  #view(row: OrderRow, sight: Sight | undefined): OrderView {
    const order = orderOf(row.terms);
    const grace = BigInt(this.#deployment.parameters.graceSeconds);
    return {
      id: row.id,
      device: row.terms.device,
      interface: row.terms.intent.device,
      dscp: row.terms.intent.dscp,
      rateBps: row.terms.intent.rateBps,
      consumer: order.consumer.toLowerCase(),
      provider: order.provider.toLowerCase(),
      amount: String(order.amount),
      holdBack: String(order.holdBack),
      deadlineMs: millis(order.deadline),
      untilMs: millis(order.until),
      placedMs: row.placedMs,
      isDone: row.isDone,
      isCancelled: row.cancel !== undefined,
      verdict: row.verdict ?? null,
      router: row.outcome?.document.outcome ?? null,
      money: sight?.latest.state ?? null,
      held: sight === undefined ? null : String(sight.latest.held),
      next: sight === undefined ? (row.isDone ? "over" : null) : nextOf(row, sight, grace, this.#clock),
      alert: row.alert ?? null,
    };
  }
}

const millis = (seconds: bigint): number => Number(seconds > LATEST ? LATEST : seconds) * 1_000;
/** Of any calendar. */
const LATEST = 8_640_000_000_000n;

/** Addresses with their checksums: workers compare them with those that signatures give. */
function withSums(given: PlacedOrder): PlacedOrder {
  const { consumer, provider, routerKey, ...rest } = given.order;
  const [who, whom, key] = [consumer, provider, routerKey].map((one) => {
    try {
      return getAddress(one);
    } catch {
      throw new SrwanError("ORDER_INVALID", `order: ${one} has a wrong checksum`, {
        remedy: "Copy the address again, or write it in small letters.",
        details: { field: "body.order" },
      });
    }
  });
  const order = { ...rest, consumer: who ?? "", provider: whom ?? "", routerKey: key ?? "" };
  return placedOrder(given.device, given.intent, orderOf({ ...given, order }), given.signature as Hex);
}
