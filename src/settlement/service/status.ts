// How a validator stands, in one value: what it waits for, what it has settled, and what is in dispute.

import type { SettlementStore } from "../store/store.ts";
import type { ChainView } from "./chain-view.ts";
import type { Worker } from "./worker.ts";

export type ValidatorStatus = {
  readonly schema: "srwan.validator-status/1";
  readonly signer: string;
  readonly epoch: number;
  readonly block: number;
  /** Why nothing is done; empty while something is. */
  readonly halted: string;
  readonly epochs: Readonly<Record<string, number>>;
  readonly sends: Readonly<Record<string, number>>;
  readonly tickets: number;
  readonly disputes: number;
};

export async function validatorStatus(
  store: SettlementStore,
  chain: ChainView,
  worker: Worker,
  signer: string,
): Promise<ValidatorStatus> {
  const byState = (table: "epochs" | "sends") =>
    store.read((db) =>
      db
        .selectFrom(table)
        .select(({ fn }) => ["state", fn.countAll().as("number")])
        .groupBy("state")
        .execute(),
    );
  const count = (table: "tickets" | "disputes") =>
    store.read((db) =>
      db
        .selectFrom(table)
        .select(({ fn }) => fn.countAll().as("number"))
        .executeTakeFirstOrThrow(),
    );
  const [epochs, sends, tickets, disputes] = await Promise.all([
    byState("epochs"),
    byState("sends"),
    count("tickets"),
    count("disputes"),
  ]);
  const numbers = (rows: readonly { state: string; number: unknown }[]) =>
    Object.fromEntries(rows.map(({ state, number }) => [state, Number(number)]));
  const head = worker.head;
  return {
    schema: "srwan.validator-status/1",
    signer,
    epoch: head ? chain.epochAt(head.seconds) : 0,
    block: head?.number ?? 0,
    halted: worker.halted,
    epochs: numbers(epochs),
    sends: numbers(sends),
    tickets: Number(tickets.number),
    disputes: Number(disputes.number),
  };
}
