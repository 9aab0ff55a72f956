// Tickets listed and checked, an epoch reckoned without being kept, and one turn of a worker.

import { existsSync } from "node:fs";
import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { readDeployment } from "../../settlement/chain/deployment.ts";
import { Verifier } from "../../settlement/chain/verify.ts";
import { bigints } from "../../settlement/service/evidence.ts";
import { closingOf } from "../../settlement/service/making.ts";
import type { ValidatorStatus } from "../../settlement/service/status.ts";
import { rulesOf, startValidator } from "../../settlement/service/validator.ts";
import { evidenceOf, lastEpochWithTickets } from "../../settlement/store/evidence.ts";
import { SettlementStore } from "../../settlement/store/store.ts";
import type { Hex, Message } from "../../settlement/typed.ts";
import type { SettleOptions } from "./options.ts";

/** Who only looks makes no store. */
export function needStore({ store }: SettleOptions["settings"]): void {
  if (/^postgres(ql)?:/.test(store) || existsSync(store)) return;
  throw new SrwanError("NOT_THERE", `${store}: no such store`, { remedy: "Give --store the store of a validator." });
}

export async function withStore<T>(
  { settings }: SettleOptions,
  log: Logger,
  work: (store: SettlementStore) => Promise<T>,
): Promise<T> {
  needStore(settings);
  const store = await SettlementStore.open({ address: settings.store, clock: new RealClock(), log });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function epochFor(store: SettlementStore, given: number | undefined): Promise<number> {
  const epoch = given ?? (await lastEpochWithTickets(store));
  if (epoch !== undefined) return epoch;
  throw new SrwanError("NOT_THERE", "the store holds no tickets", { remedy: "Give --store the store of a validator." });
}

export type TicketsAnswer = {
  readonly epoch: number;
  readonly rows: readonly {
    readonly path: string;
    readonly provider: string;
    readonly tickets: number;
    readonly lastSeq: string;
    readonly totalOut: string;
  }[];
  readonly checked: number;
  readonly wrong: number;
};

export const listTickets = (options: SettleOptions, verify: boolean, log: Logger): Promise<TicketsAnswer> =>
  withStore(options, log, async (store) => {
    const epoch = await epochFor(store, options.epoch);
    const tickets = await evidenceOf(store, "tickets", epoch);
    const read = tickets.map(({ body, signature, digest }) => ({
      message: bigints(JSON.parse(body)) as Message<"Ticket">,
      signature,
      digest,
    }));
    const verifier = verify ? new Verifier(readDeployment(options.settings.deployment)) : undefined;
    const isWrong = ({ message, signature, digest }: (typeof read)[number]): boolean =>
      verifier?.digest("Ticket", message) !== digest || !verifier.signed(message.provider, digest as Hex, signature);
    const groups = Map.groupBy(read, ({ message }) => `${message.pathId} ${message.provider}`);
    const rows = [...groups.values()].map((list) => {
      const last = list.reduce((a, b) => (b.message.seq > a.message.seq ? b : a)).message;
      const { pathId: path, provider } = last;
      return { path, provider, tickets: list.length, lastSeq: `${last.seq}`, totalOut: `${last.totalOut}` };
    });
    return { epoch, rows, checked: verifier ? read.length : 0, wrong: verifier ? read.filter(isWrong).length : 0 };
  });

export type Simulation = {
  readonly epoch: number;
  readonly evidence: number;
  readonly paths: readonly {
    readonly path: string;
    readonly consumer: string;
    readonly amount: string;
    readonly fee: string;
    readonly unsigned: string;
    readonly tickets: number;
  }[];
  readonly disputes: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly account: string;
    readonly claimed: string;
    readonly paid: string;
  }[];
};

export const simulate = (options: SettleOptions, log: Logger): Promise<Simulation> =>
  withStore(options, log, async (store) => {
    const epoch = await epochFor(store, options.epoch);
    const rules = rulesOf(options.settings, readDeployment(options.settings.deployment));
    const { closing, evidence } = await closingOf(store, epoch, rules);
    return {
      epoch,
      evidence: evidence.length,
      paths: closing.paths.map(({ pathId, consumer, amount, fee, unsigned, tickets }) => ({
        path: pathId,
        consumer,
        amount: `${amount}`,
        fee: `${fee}`,
        unsigned: `${unsigned}`,
        tickets: tickets.length,
      })),
      disputes: closing.disputes.map((one) => ({ ...one, claimed: `${one.claimed}`, paid: `${one.paid}` })),
    };
  });

export async function submit({ settings }: SettleOptions, log: Logger): Promise<ValidatorStatus> {
  const validator = await startValidator(
    { ...settings, listen: "none", metrics: { port: 0 } },
    { clock: new RealClock(), log, paused: true },
  );
  try {
    await validator.worker.step();
    return await validator.status();
  } finally {
    await validator.close();
  }
}
