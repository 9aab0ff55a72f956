// A validator put together: store, chain, intake, quorum, outbox, worker, doors; and taken apart in the other order.

import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { dirname } from "node:path";
import type { Wallet } from "ethers";
import type { Static } from "typebox";
import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { serveMetrics } from "../../base/metrics-server.ts";
import { folderFor } from "../../base/private.ts";
import type { validatorRole } from "../../base/roles.ts";
import { Stopper, type StopReport } from "../../base/stop.ts";
import { kindOf } from "../../database/database.ts";
import { type Deployment, readDeployment } from "../chain/deployment.ts";
import { openKeystore } from "../chain/keystore.ts";
import { openProvider } from "../chain/provider.ts";
import { Verifier } from "../chain/verify.ts";
import type { Account, Rules } from "../ledger/epoch.ts";
import { SettlementStore } from "../store/store.ts";
import { buildApp } from "./app.ts";
import { admission, signedHeaders } from "./between.ts";
import { CatchUp } from "./catch-up.ts";
import { ChainView } from "./chain-view.ts";
import { validatorMetrics } from "./figures.ts";
import { Intake } from "./intake.ts";
import { Outbox } from "./outbox.ts";
import { httpPeer } from "./peers.ts";
import { Quorum } from "./quorum.ts";
import { type ValidatorStatus, validatorStatus } from "./status.ts";
import { Worker } from "./worker.ts";

export type ValidatorSettings = Static<(typeof validatorRole)["schema"]>;
/** `paused`: its worker does nothing by itself. */
export type ValidatorWorld = { readonly clock: Clock; readonly log: Logger; readonly paused?: boolean };

export type Validator = {
  /** Empty where it has no doors. */
  readonly url: string;
  readonly signer: string;
  readonly store: SettlementStore;
  readonly worker: Worker;
  readonly status: () => Promise<ValidatorStatus>;
  readonly close: () => Promise<readonly StopReport[]>;
};

export async function startValidator(
  settings: ValidatorSettings,
  { clock, log, paused }: ValidatorWorld,
): Promise<Validator> {
  const stopper = new Stopper(clock);
  try {
    const deployment = readDeployment(settings.deployment);
    const provider = await openProvider(settings.chain.url);
    stopper.onStop("chain", async () => provider.destroy());
    const wallet: Wallet = await openKeystore(
      needed(settings.keystore, "keystore"),
      needed(settings.passwordFile, "passwordFile"),
      provider,
    );
    if (kindOf(settings.store) === "sqlite") {
      folderFor(dirname(settings.store), "Give --store a file in a folder that this user may write.");
    }
    const store = await SettlementStore.open({ address: settings.store, clock, log });
    stopper.onStop("store", () => store.close());
    const chain = new ChainView(provider, deployment, settings.chain.finalityBlocks);
    const verifier = new Verifier(deployment);
    // Evidence counts in the epoch that the chain is in: that is known before the doors open.
    let head = await chain.head();
    const intake = await Intake.open({
      store,
      verifier,
      isSessionKey: (consumer, key, epoch) => chain.isSessionKey(consumer, key, epoch),
      epoch: () => chain.epochAt(head.seconds),
    });
    const rules = rulesOf(settings, deployment);
    const quorum = new Quorum({ store, chain, verifier, intake, wallet, rules, entriesMax: LIMITS.batchEntriesMax });
    const name = `${hostname().slice(0, 40)}-${process.pid}-${randomBytes(4).toString("hex")}`;
    const signed = signedHeaders(wallet, deployment);
    const peers = settings.peers.map((peer) => httpPeer(peer, signed));
    const entriesMax = LIMITS.batchEntriesMax;
    const catchUp = new CatchUp({ store, chain, verifier, intake, rules, entriesMax, peers, log, worker: name });
    const works = new Worker({
      store,
      chain,
      catchUp,
      outbox: new Outbox({ store, chain, wallet, worker: name, log }),
      quorum,
      peers,
      clock,
      log,
      worker: name,
      staleMs: settings.chain.staleMs,
      turnSeconds: settings.turnSeconds,
      onHead: (seen) => {
        head = seen;
      },
    });
    if (paused !== true) works.start();
    stopper.onStop("worker", () => works.close());
    const url =
      settings.listen === "none" ? "" : await openDoors(settings, { store, intake, quorum, chain, works, stopper });
    const status = () => validatorStatus(store, chain, works, quorum.signer);
    if (settings.metrics.port !== 0) {
      const { metrics, set } = validatorMetrics();
      const served = await serveMetrics(settings.metrics.port, metrics, async () => set(await status()));
      stopper.onStop("metrics", async () => served.close());
    }
    log.info("validator is up", { url, signer: quorum.signer, worker: name });
    return { url, signer: quorum.signer, store, worker: works, status, close: () => stopper.stop() };
  } catch (thrown) {
    await stopper.stop();
    throw thrown;
  }
}

async function openDoors(
  settings: ValidatorSettings,
  parts: { store: SettlementStore; intake: Intake; quorum: Quorum; chain: ChainView; works: Worker; stopper: Stopper },
): Promise<string> {
  const { store, intake, quorum, chain, works, stopper } = parts;
  const app = await buildApp({
    store,
    intake,
    quorum,
    status: () => validatorStatus(store, chain, works, quorum.signer),
    requestsPerMinute: settings.requestsPerMinute,
    admit: admission(chain.deployment, async (signer, epoch) => (await chain.seatsFor(epoch)).seats.has(signer)),
  });
  stopper.onStop("doors", () => app.close());
  const [, host = "", port = ""] = /^(.*):(\d{1,5})$/.exec(settings.listen) ?? [];
  if (port === "") {
    throw new SrwanError("USAGE", `listen: "${settings.listen}" is no address and port`, {
      remedy: "Give one as 127.0.0.1:7178, or none for a worker without doors.",
    });
  }
  await app.listen({ host: host.replace(/^\[|\]$/g, "") || "::", port: Number(port) });
  const { address, family, port: got } = app.server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${got}`;
}

export function rulesOf(settings: Pick<ValidatorSettings, "feePpm" | "infrastructure">, deployment: Deployment): Rules {
  const feePpm = settings.feePpm ?? deployment.parameters.feePpm;
  if (feePpm > deployment.parameters.feePpm) {
    throw new SrwanError(
      "USAGE",
      `feePpm: ${feePpm} is more than the contracts take (${deployment.parameters.feePpm})`,
      {
        remedy: "Leave it out, or give less.",
      },
    );
  }
  const { account, ppm } = settings.infrastructure;
  return {
    feePpm: BigInt(feePpm),
    infrastructurePpm: account === undefined ? 0n : BigInt(ppm),
    infrastructure: (account ?? `0x${"00".repeat(20)}`).toLowerCase() as Account,
  };
}

function needed(value: string | undefined, name: string): string {
  if (value !== undefined) return value;
  throw new SrwanError("USAGE", `${name}: not given`, {
    remedy: `Give --${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}.`,
  });
}
