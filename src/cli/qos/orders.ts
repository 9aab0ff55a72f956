// `srwan qos register|buy|status|cancel` at work: the consumer's side of an order, and how it stands.

import { randomBytes } from "node:crypto";
import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { misfit } from "../../base/misfit.ts";
import { parseRate, parseSharePpm } from "../../base/units.ts";
import { driverOf, reasonsText } from "../../netconf/devices/driver.ts";
import { readAccount } from "../../settlement/chain/account.ts";
import { formatCoins } from "../../settlement/chain/coins.ts";
import { read, send } from "../../settlement/chain/contracts.ts";
import { openKeystore } from "../../settlement/chain/keystore.ts";
import { digestOf, signTyped } from "../../settlement/chain/sign.ts";
import { formatSeconds } from "../../settlement/chain/words.ts";
import { OrderChain } from "../../settlement/qos/chain.ts";
import type { OrderState } from "../../settlement/qos/decide.ts";
import type { OrderRow } from "../../settlement/qos/orders.ts";
import { nextOf } from "../../settlement/qos/standing.ts";
import { cancelText, orderOf, type PlacedOrder, placedOrder, type QosOrder } from "../../settlement/qos/terms.ts";
import type { Hex } from "../../settlement/typed.ts";
import type { OrderView } from "../../wire/books.ts";
import { QueueIntent } from "../../wire/intent.ts";
import { platformFrom } from "../device/input.ts";
import { readFlag, textOf, usage, wholeNumber } from "../flags.ts";
import { addressFrom, type Chain, coinsFrom, whenFrom, withChain, withPurse } from "../money/options.ts";
import { type Paint, paint, table } from "../output.ts";
import { ServiceClient } from "../service/client.ts";
import type { Context, Input, View } from "../verb.ts";
import { configHashOf } from "./devices.ts";
import { orderNamed, ServiceOrders, withOrderBook, withOrders } from "./store.ts";

const MILLION = 1_000_000n;
const NOBODY = `0x${"00".repeat(20)}`;

const FLAG_OF: Readonly<Record<string, string>> = { device: "--interface", dscp: "--dscp", rateBps: "--rate" };

/** A router's key becomes a provider's; the key itself consents. */
export function qosRegister(input: Input): Promise<View> {
  const [file, password] = [textOf(input.flags.routerKeystore), textOf(input.flags.routerPasswordFile)];
  if (file === undefined || password === undefined) {
    throw usage("--router-keystore or --router-password-file is missing", "Give both: the router's own key.");
  }
  return withPurse(input, async ({ provider, deployment, contracts, address }) => {
    const router = await openKeystore(file, password, provider);
    const message = { provider: address, key: router.address as Hex };
    const consent = await signTyped(router, deployment, "DeviceKey", message);
    const { hash } = await send(contracts, "QosEscrow", "registerDevice", router.address, consent);
    return {
      data: { provider: address, routerKey: router.address, transaction: hash },
      text: () => `The router key ${router.address}\nis ${address}'s.`,
    };
  });
}

export async function qosBuy(context: Context, input: Input): Promise<View> {
  const { flags } = input;
  const [device = ""] = input.arguments;
  const needed = (flag: string, value: string | undefined): string => {
    if (value === undefined) throw usage(`${flag} is missing`, `Give ${flag}; see \`srwan help qos buy\`.`);
    return value;
  };
  const nonce = BigInt(`0x${randomBytes(8).toString("hex")}`);
  const intent: PlacedOrder["intent"] = {
    kind: "queue",
    name: `q${nonce.toString(16)}`,
    device: needed("--interface", textOf(flags.interface)),
    dscp: needed("--dscp", textOf(flags.dscp))
      .split(",")
      .map((one) => wholeNumber("--dscp", one, 0, 63)),
    rateBps: readFlag("--rate", needed("--rate", textOf(flags.rate)), parseRate) ?? 0,
  };
  const unfit = misfit(QueueIntent, intent, "See `srwan help qos buy`.");
  if (unfit) throw usage(`${FLAG_OF[String(unfit.path[0])] ?? unfit.path[0]} ${unfit.what}`, unfit.remedy);
  const driver = driverOf(platformFrom(flags.platform));
  const verdict = driver.supports(intent);
  if (!verdict.supported) {
    throw new SrwanError("INTENT_UNSUPPORTED", `${driver.title} cannot have it: ${reasonsText(verdict.reasons)}`, {
      remedy: "Change what the reason names, or use another router. No money moved.",
      deviceStateKnown: true,
    });
  }
  const amount = coinsFrom("--price", textOf(flags.price));
  const share = readFlag("--hold-back", textOf(flags.holdBack) ?? "40%", parseSharePpm) ?? 0;
  const [provider, routerKey] = [
    addressFrom("--provider", needed("--provider", textOf(flags.provider))),
    addressFrom("--router-key", needed("--router-key", textOf(flags.routerKey))),
  ];
  return withPurse(input, async (purse) => {
    const wall = BigInt(Math.floor(Date.now() / 1_000));
    const now = purse.nowSeconds > wall ? purse.nowSeconds : wall;
    const order: QosOrder = {
      consumer: purse.address,
      provider,
      routerKey,
      configHash: configHashOf(driver, device, intent, new RealClock()),
      amount,
      holdBack: (amount * BigInt(share)) / MILLION,
      deadline: whenFrom("--within", textOf(flags.within) ?? "10m", now),
      until: whenFrom("--until", needed("--until", textOf(flags.until)), now),
      nonce,
    };
    if (order.deadline <= now) throw usage("--within is past", "Give the router some time: 10m.");
    if (order.until <= order.deadline) throw usage("--until is not after --within", "Give a later --until.");
    await refuseUnpayable(purse, order);
    const id = digestOf(purse.deployment, "QosOrder", order);
    const signature = await signTyped(purse.signer, purse.deployment, "QosOrder", order);
    const terms = placedOrder(device, intent, order, signature);
    await withOrderBook(context, input, (book) => book.place(id, terms));
    return {
      data: { id, ...terms },
      text: () =>
        `${id}\n${intent.device} of ${device}, DSCP ${intent.dscp.join(",")}, until ${formatSeconds(order.until)}.\n` +
        `${formatCoins(amount)}, of it ${formatCoins(order.holdBack)} held back. No money has moved yet: the router\n` +
        "is asked first. `srwan qos status` says how it stands.",
    };
  });
}

/** Said now, before a worker finds it out. */
async function refuseUnpayable({ provider, deployment, contracts }: Chain, order: QosOrder): Promise<void> {
  const [account, owner] = await Promise.all([
    readAccount(provider, deployment, order.consumer),
    read<Hex>(contracts, "QosEscrow", "devices", order.routerKey),
  ]);
  if (owner !== order.provider) {
    const whose = owner === NOBODY ? "nobody" : owner;
    throw new SrwanError("CHAIN_REFUSED", `--router-key ${order.routerKey} is registered by ${whose}`, {
      remedy: "Ask the provider which key its router has; it registers it with `srwan qos register`.",
    });
  }
  if (account.free < order.amount) {
    throw new SrwanError(
      "CHAIN_REFUSED",
      `--price ${formatCoins(order.amount)}: ${order.consumer} has ${formatCoins(account.free)} free in the escrow`,
      { remedy: "Deposit more with `srwan escrow deposit`, then order again." },
    );
  }
}

type Standing = {
  readonly id: string;
  readonly device: string;
  readonly interface: string;
  /** unknown: the service's chain does not answer. */
  readonly state: OrderState | "unknown";
  readonly next: string;
  readonly amount: bigint;
  readonly held: bigint;
  readonly until: bigint;
  readonly outcome: string | null;
  readonly alert: string | null;
};

const PAINTS: Readonly<Partial<Record<Standing["state"], Paint>>> = { Released: "good", Refunded: "warn" };

export async function qosStatus(context: Context, input: Input): Promise<View> {
  const [name] = input.arguments;
  const onlyOpen = input.flags.all !== true;
  if (input.flags.service === true) {
    const service = new ServiceOrders(ServiceClient.of(context));
    if (name === undefined) return statusView((await service.list(onlyOpen)).map(shown));
    const whole = await service.named(name);
    return statusView([shown(whole)], { ...whole.terms, sealed: whole.sealed });
  }
  return withChain(input, (chain) =>
    withOrders(context, input, async (orders) => {
      const rows = name === undefined ? await orders.list(onlyOpen) : [await orderNamed(orders, name)];
      const onChain = new OrderChain(chain.provider, chain.deployment, LIMITS.chainConfirmations);
      const all: Standing[] = [];
      for (const row of rows) all.push(await standing(row, onChain));
      return name === undefined
        ? statusView(all)
        : statusView(all, { ...rows[0]?.terms, sealed: rows[0]?.outcome ?? null });
    }),
  );
}

/** `one`: what else is said of an order that was asked for by its name. */
const statusView = (all: readonly Standing[], one?: object): View => ({
  data: one === undefined ? all : { ...all[0], ...one },
  text: (wide, screen) => {
    if (all.length === 0) return "No order is open.";
    const columns = [
      { title: "ORDER", cell: ({ id }: Standing) => (wide || one ? id : id.slice(0, 10)) },
      { title: "DEVICE", cell: ({ device }: Standing) => device },
      { title: "INTERFACE", cell: (row: Standing) => row.interface, wide: true },
      { title: "MONEY", cell: ({ state }: Standing) => state, paint: ({ state }: Standing) => PAINTS[state] },
      { title: "ROUTER", cell: ({ outcome }: Standing) => outcome ?? "" },
      {
        title: "UNTIL",
        cell: ({ until }: Standing) => formatSeconds(until).slice(0, 16),
        wide: one === undefined,
      },
      { title: "NEXT", cell: ({ next }: Standing) => next },
    ];
    const drawn = one === undefined || wide ? columns : columns.slice(1);
    const alerts = all.flatMap(({ id, alert }) => (alert ? [`${id.slice(0, 10)}: ${alert}`] : []));
    const head = one === undefined ? "" : `${all[0]?.id}\n`;
    return `${head}${table(all, drawn, wide, screen)}${alerts.map((line) => paint(line, "bad", screen)).join("\n")}`;
  },
});

/** As the service tells it. */
const shown = (order: OrderView): Standing => ({
  id: order.id,
  device: order.device,
  interface: order.interface,
  state: order.money ?? "unknown",
  next: order.next ?? order.verdict ?? (order.isCancelled ? "cancelled" : ""),
  amount: BigInt(order.amount),
  held: BigInt(order.held ?? 0),
  until: BigInt(order.untilMs) / 1_000n,
  outcome: order.router,
  alert: order.alert,
});

async function standing(row: OrderRow, chain: OrderChain): Promise<Standing> {
  const sight = await chain.look(row.id);
  const order = orderOf(row.terms);
  return {
    id: row.id,
    device: row.terms.device,
    interface: row.terms.intent.device,
    state: sight.latest.state,
    next: nextOf(row, sight, chain.graceSeconds, new RealClock()),
    amount: order.amount,
    held: sight.latest.held,
    until: order.until,
    outcome: row.outcome?.document.outcome ?? null,
    alert: row.alert ?? null,
  };
}

/** The consumer's word to the workers; and where time has decided already, its money back without them. */
export function qosCancel(context: Context, input: Input): Promise<View> {
  const [name = ""] = input.arguments;
  return withPurse(input, (purse) =>
    withOrderBook(context, input, async (book) => {
      const row = await book.named(name);
      const { consumer, deadline } = orderOf(row.terms);
      if (consumer !== purse.address) {
        throw usage(`order ${row.id} is ${consumer}'s, not ${purse.address}'s`, "Give the consumer's --keystore.");
      }
      const chain = new OrderChain(purse.provider, purse.deployment, LIMITS.chainConfirmations);
      const { latest, seconds } = await chain.look(row.id);
      if (latest.state === "Open" && seconds > deadline + chain.graceSeconds) {
        const { hash } = await send(purse.contracts, "QosEscrow", "timeOut", row.id);
        return {
          data: { id: row.id, did: "refunded", transaction: hash },
          text: () => "Its time was over without an answer: all of it is free again.",
        };
      }
      const signature = (await purse.signer.signMessage(cancelText(row.id))) as Hex;
      await book.cancel(row.id, signature);
      const what =
        latest.state === "Released" ? "what was not given, of what is held back, goes back" : "all of it goes back";
      return {
        data: { id: row.id, did: "asked", was: latest.state },
        text: () => `Cancelled: the queue is taken away, and ${latest.state === "None" ? "no money moves" : what}.`,
      };
    }),
  );
}
