// A worker of paid priority as tests put it together: keys everybody knows, a router by its address, a wall clock that goes
// with the chain's.

import type { Provider } from "ethers";
import { Wallet } from "ethers";
import { type Clock, RealClock, type WallUs } from "../../src/base/clock.ts";
import { createLogger } from "../../src/base/log.ts";
import { NetconfDevices } from "../../src/cli/qos/devices.ts";
import { driverOf } from "../../src/netconf/devices/driver.ts";
import { Session } from "../../src/netconf/session.ts";
import { connectSsh, type SshTarget } from "../../src/netconf/ssh.ts";
import { folderJournals } from "../../src/netconf/transaction/journal.ts";
import type { Deployment } from "../../src/settlement/chain/deployment.ts";
import type { KeyedSigner } from "../../src/settlement/chain/keystore.ts";
import { OrderChain } from "../../src/settlement/qos/chain.ts";
import { Orders } from "../../src/settlement/qos/orders.ts";
import { routerSealer } from "../../src/settlement/qos/router-key.ts";
import { QosWorker } from "../../src/settlement/qos/worker.ts";
import { SettlementStore } from "../../src/settlement/store/store.ts";
import { token } from "../netconf/change-world.ts";
import { wallet } from "./world.ts";

export const ROUTER = 140;
export const PAYER = 150;
export const VALIDATORS = [80, 81, 82] as const;
export const CONFIRMATIONS = 6;
/** Longer than a busy machine takes from a commit to the last word. */
const CONFIRM_MS = 8_000;
export const LEASE_MS = 2_000;

export const silent = createLogger({ level: "silent", format: "json", write: () => undefined });

/** Set by the chain's, and going on like any other. */
export class ChainClock implements Clock {
  readonly #real = new RealClock();
  #set: { readonly seconds: number; readonly atUs: bigint };

  constructor(seconds: number) {
    this.#set = { seconds, atUs: this.#real.monoUs() };
  }

  set(seconds: number): void {
    this.#set = { seconds, atUs: this.#real.monoUs() };
  }

  wallUs(): WallUs {
    return (BigInt(this.#set.seconds) * 1_000_000n + this.#real.monoUs() - this.#set.atUs) as WallUs;
  }

  monoUs() {
    return this.#real.monoUs();
  }

  sleepMs(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#real.sleepMs(ms, signal);
  }
}

export type Parts = {
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly store: SettlementStore;
  readonly clock: Clock;
  /** A folder that every worker of the router shares. */
  readonly journals: string;
  readonly connect: (signal: AbortSignal) => Promise<Session>;
  readonly onStep?: (step: string) => void | Promise<void>;
  readonly onDeviceStep?: (step: string) => void | Promise<void>;
  /** Signs as these; all of them, as a rule. */
  readonly validators?: readonly number[];
  readonly leaseMs?: number;
};

const keyed = (i: number): Wallet => new Wallet(wallet(i).privateKey);

export function devicesOf({ clock, journals, connect, onDeviceStep }: Parts): NetconfDevices {
  return new NetconfDevices({
    driverOf: () => driverOf("iosxr"),
    clock,
    // Nothing forwards there: what runs is a configuration.
    verifies: false,
    confirmMs: CONFIRM_MS,
    transactor: {
      journals: folderJournals(journals),
      clock,
      connect: (_device, signal) => connect(signal),
      token,
      sealer: routerSealer(keyed(ROUTER)),
      ...(onDeviceStep && { onStep: (_device: string, step: string) => onDeviceStep(step) }),
    },
  });
}

export function workerOf(parts: Parts): QosWorker {
  const { provider, deployment, store, clock, onStep, validators = VALIDATORS, leaseMs = LEASE_MS } = parts;
  return new QosWorker({
    orders: new Orders(store),
    chain: new OrderChain(provider, deployment, CONFIRMATIONS),
    clock,
    log: silent,
    payer: keyed(PAYER).connect(provider) as KeyedSigner,
    devices: devicesOf(parts),
    router: keyed(ROUTER),
    validators: validators.map(keyed),
    leaseMs,
    ...(onStep && { onStep }),
  });
}

export const storeAt = (address: string): Promise<SettlementStore> =>
  SettlementStore.open({ address, clock: new RealClock(), log: silent });

export const sessionWith = async (target: SshTarget, signal?: AbortSignal): Promise<Session> =>
  Session.open(await connectSsh(target, signal), { clock: new RealClock() });
