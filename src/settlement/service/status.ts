// How a validator stands, in one value: what it waits for, what it has settled, and what is in dispute.

import { lackedEpochs } from "../store/chain-chunks.ts";
import type { SettlementStore } from "../store/store.ts";
import type { ChainView } from "./chain-view.ts";
import type { Worker } from "./worker.ts";

export type ValidatorStatus = {
  readonly schema: "srwan.validator-status/1";
  readonly signer: string;
  readonly epoch: number;
  readonly block: number;
  /** When it was made; 0 before any was seen. */
  readonly blockSeconds: number;
  /** Why nothing is done; empty while something is. */
  readonly halted: string;
  readonly epochs: Readonly<Record<string, number>>;
  /** Epochs that the chain settled and the store does not hold. */
  readonly behind: number;
  readonly sends: Readonly<Record<string, number>>;
  /** Of those, sent again for a higher fee. */
  readonly replaced: number;
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
  const replaced = store.read((db) =>
    db
      .selectFrom("sends")
      .select(({ fn }) => fn.countAll().as("number"))
      .where("earlier", "is not", null)
      .executeTakeFirstOrThrow(),
  );
  const [epochs, sends, again, tickets, disputes, lacked] = await Promise.all([
    byState("epochs"),
    byState("sends"),
    replaced,
    count("tickets"),
    count("disputes"),
    lackedEpochs(store),
  ]);
  const numbers = (rows: readonly { state: string; number: unknown }[]) =>
    Object.fromEntries(rows.map(({ state, number }) => [state, Number(number)]));
  const head = worker.head;
  return {
    schema: "srwan.validator-status/1",
    signer,
    epoch: head ? chain.epochAt(head.seconds) : 0,
    block: head?.number ?? 0,
    blockSeconds: head?.seconds ?? 0,
    halted: worker.halted,
    epochs: numbers(epochs),
    behind: lacked.length,
    sends: numbers(sends),
    replaced: Number(again.number),
    tickets: Number(tickets.number),
    disputes: Number(disputes.number),
  };
}
