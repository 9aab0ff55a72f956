// Everything that an order of priority meets: a chain with validators, a router with IOS-XR's modules, a store, workers.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Provider } from "ethers";
import { RealClock } from "../../src/base/clock.ts";
import { configHashOf } from "../../src/cli/qos/devices.ts";
import { driverOf } from "../../src/netconf/devices/driver.ts";
import type { Session } from "../../src/netconf/session.ts";
import { digestOf } from "../../src/settlement/chain/sign.ts";
import { Orders } from "../../src/settlement/qos/orders.ts";
import { type PlacedOrder, placedOrder, type QosOrder } from "../../src/settlement/qos/terms.ts";
import type { QosWorker } from "../../src/settlement/qos/worker.ts";
import type { SettlementStore } from "../../src/settlement/store/store.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { Netconfd, vendorModules, whyNoNetconfd } from "../netconf/netconfd.ts";
import { coins, consumer, consumerWallet, Flows, provider } from "./flows.ts";
import { ChainClock, PAYER, type Parts, ROUTER, sessionWith, storeAt, workerOf } from "./qos-parts.ts";
import { account, PARAMETERS, type World, World as Worlds, wallet, whyNoChain } from "./world.ts";

const MODULES = [
  "Cisco-IOS-XR-um-policymap-classmap-cfg",
  "Cisco-IOS-XR-um-interface-cfg",
  "Cisco-IOS-XR-um-if-service-policy-qos-cfg",
];

export const whyNoQos = (): string | undefined =>
  whyNoChain() ??
  whyNoNetconfd() ??
  (vendorModules() === undefined ? "no vendors' modules (scripts/fetch-yang.ts)" : undefined);

export const DEVICE = "sea-r1";
export const PRICE = coins(10);
export const HELD = coins(4);
/** After the fee of a hundredth. */
export const net = (amount: bigint): bigint => amount - amount / 100n;
const SERVED_SECONDS = 4_000n;

export class QosWorld {
  readonly world: World;
  readonly flows: Flows;
  readonly server: Netconfd;
  readonly store: SettlementStore;
  readonly storeAddress: string;
  readonly orders: Orders;
  readonly folder: string;
  readonly clock: ChainClock;
  #nonce = 0n;

  private constructor(world: World, flows: Flows, server: Netconfd, store: SettlementStore, folder: string) {
    this.world = world;
    this.flows = flows;
    this.server = server;
    this.store = store;
    this.storeAddress = store.address;
    this.orders = new Orders(store);
    this.folder = folder;
    this.clock = new ChainClock(world.seconds);
  }

  /** Its store is a file where no address is given. */
  static async start(address?: string): Promise<QosWorld> {
    const [world, server] = await Promise.all([
      Worlds.start(),
      Netconfd.start(resolve(vendorModules() ?? ".", "iosxr"), MODULES),
    ]);
    const flows = new Flows(world);
    await flows.validators(3);
    await flows.deposit(consumer(0), coins(1_000), 0n);
    const consent = flows.signed(wallet(ROUTER), "DeviceKey", { provider: provider(0), key: account(ROUTER) });
    await world.send(provider(0), "QosEscrow", "registerDevice", account(ROUTER), consent);
    await world.provider.send("anvil_setBalance", [account(PAYER), "0x3635c9adc5dea00000"]);
    const folder = mkdtempSync(join(tmpdir(), "srwan-qos-"));
    return new QosWorld(world, flows, server, await storeAt(address ?? join(folder, "settlement.db")), folder);
  }

  async end(): Promise<void> {
    await this.store.close();
    await this.server.stop();
    await this.world.end();
    rmSync(this.folder, { recursive: true });
  }

  get journals(): string {
    return join(this.folder, "journals");
  }

  worker(more: Partial<Parts> = {}): QosWorker {
    return workerOf({
      provider: this.world.provider as Provider,
      deployment: this.world.deployment,
      store: this.store,
      clock: this.clock,
      journals: this.journals,
      connect: (signal) => sessionWith(this.server.target, signal),
      ...more,
    });
  }

  /** Signed by its consumer and in the store; no money has moved. */
  async place(port: number, more: Partial<QosOrder> = {}): Promise<{ id: Hex; terms: PlacedOrder; o: QosOrder }> {
    const nonce = ++this.#nonce;
    const intent = {
      kind: "queue" as const,
      name: `q${nonce}`,
      device: `HundredGigE0/0/0/${port}`,
      dscp: [46],
      rateBps: 100_000_000,
    };
    const deadline = BigInt(this.world.seconds + 600);
    const o: QosOrder = {
      consumer: consumer(0),
      provider: provider(0),
      routerKey: account(ROUTER),
      configHash: configHashOf(driverOf("iosxr"), DEVICE, intent, new RealClock()),
      amount: PRICE,
      holdBack: HELD,
      deadline,
      until: deadline + SERVED_SECONDS,
      nonce,
      ...more,
    };
    const terms = placedOrder(DEVICE, intent, o, this.flows.signed(consumerWallet(0), "QosOrder", o));
    const id = digestOf(this.world.deployment, "QosOrder", o);
    await this.orders.place(id, terms);
    return { id, terms, o };
  }

  /** A few blocks of others. */
  async blocks(count = 3): Promise<void> {
    await this.world.provider.send("anvil_mine", [`0x${count.toString(16)}`]);
    await this.refresh();
  }

  async refresh(): Promise<void> {
    await this.world.look();
    this.clock.set(this.world.seconds);
  }

  async warpTo(seconds: bigint): Promise<void> {
    await this.refresh();
    await this.world.warp(Number(seconds) - this.world.seconds);
    await this.refresh();
  }

  /** Until it is so; whoever looks, and blocks between. */
  async drive(workers: readonly QosWorker[], isSo: () => Promise<boolean>): Promise<void> {
    for (let looks = 0; looks < 120; looks++) {
      await Promise.all(workers.map((worker) => worker.look()));
      await this.blocks();
      if (await isSo()) return;
    }
    const rows = await this.orders.list(true);
    throw new Error(`it does not come: ${JSON.stringify(rows.map(({ id, alert }) => [id, alert]))}`);
  }

  async state(id: Hex): Promise<string> {
    const { state } = await this.world.readAll("QosEscrow", "orders", id);
    return ["None", "Open", "Released", "Refunded"][Number(state)] ?? "";
  }

  is = (id: Hex, state: string) => async (): Promise<boolean> => (await this.state(id)) === state;
  done = (id: Hex) => async (): Promise<boolean> => (await this.orders.find(id))?.isDone === true;

  /** What the consumer has free and the provider has earned. */
  async money(): Promise<{ free: bigint; earned: bigint; bound: bigint }> {
    const bound = await this.world.read("Escrow", "reserved", this.world.at("QosEscrow"));
    return { free: await this.flows.free(consumer(0)), earned: await this.flows.earned(provider(0)), bound };
  }

  /** The queues of ours that running holds, by another's eyes. */
  async queues(): Promise<string[]> {
    return this.#asOthers(async (session) => {
      const { getConfig } = await import("../../src/netconf/operations.ts");
      const { subtree } = await import("../../src/netconf/filter.ts");
      const { elementsOf, find } = await import("../../src/netconf/xml/element.ts");
      const driver = driverOf("iosxr");
      const { root } = await session.call(getConfig("running", { filter: subtree(driver.everything) }));
      const data = find(root, "data");
      return driver.read(data ? elementsOf(data) : []).flatMap((one) => (one.kind === "queue" ? [one.name] : []));
    });
  }

  /** Somebody takes the queue away by hand. */
  takeAway({ intent }: PlacedOrder): Promise<void> {
    return this.#asOthers(async (session) => {
      const { commit, editConfig } = await import("../../src/netconf/operations.ts");
      await session.call(editConfig("candidate", driverOf("iosxr").remove(intent).config));
      await session.call(commit());
    });
  }

  async #asOthers<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await sessionWith(this.server.target);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }
}

export { PARAMETERS };
