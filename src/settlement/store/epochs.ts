// What an epoch came to, the chunks of its batch, what this validator signed of them, and disputes. An epoch is written
// once a try; a try that could not be applied makes room for the next.

import type { Dispute } from "../ledger/close.ts";
import type { SettlementStore, Tx } from "./store.ts";
import { holdTask, type Task } from "./tasks.ts";

/** Made: ready to be signed. Sealed: a quorum signed. Settled: on the chain for good. Left: no batch will come any more. */
export type EpochState = "made" | "sealed" | "settled" | "left";

export type EpochRow = { readonly epoch: number; readonly state: EpochState; readonly body: string };
export type ChunkRow = {
  readonly epoch: number;
  readonly chunk: number;
  readonly attempt: number;
  readonly batch: string;
  readonly debits: string;
  readonly credits: string;
  readonly digest: string;
};

export async function epochOf(store: SettlementStore, epoch: number): Promise<EpochRow | undefined> {
  const row = await store.read((db) =>
    db.selectFrom("epochs").select(["epoch", "state", "body"]).where("epoch", "=", epoch).executeTakeFirst(),
  );
  return row && { epoch: Number(row.epoch), state: row.state as EpochState, body: row.body };
}

export async function epochsIn(store: SettlementStore, states: readonly EpochState[]): Promise<EpochRow[]> {
  const rows = await store.read((db) =>
    db.selectFrom("epochs").select(["epoch", "state", "body"]).where("state", "in", states).orderBy("epoch").execute(),
  );
  return rows.map((row) => ({ epoch: Number(row.epoch), state: row.state as EpochState, body: row.body }));
}

/** The nearest earlier one that came to its end. */
export async function epochBefore(store: SettlementStore, epoch: number): Promise<number | undefined> {
  const row = await store.read((db) =>
    db
      .selectFrom("epochs")
      .select("epoch")
      .where("epoch", "<", epoch)
      .where("state", "in", ["settled", "left"])
      .orderBy("epoch", "desc")
      .limit(1)
      .executeTakeFirst(),
  );
  return row && Number(row.epoch);
}

/** Epochs with evidence that were never made, up to and with one. */
export async function unmadeEpochs(store: SettlementStore, upTo: number): Promise<number[]> {
  const found = new Set<number>();
  for (const table of ["tickets", "reports"] as const) {
    const rows = await store.read((db) =>
      db
        .selectFrom(table)
        .select("epoch")
        .distinct()
        .where("epoch", "<=", upTo)
        .where("epoch", "not in", db.selectFrom("epochs").select("epoch"))
        .execute(),
    );
    for (const { epoch } of rows) found.add(Number(epoch));
  }
  return [...found].sort((a, b) => a - b);
}

export type Made = {
  readonly body: string;
  readonly chunks: readonly ChunkRow[];
  readonly disputes: readonly Dispute[];
};

export async function keepMade(store: SettlementStore, tx: Tx, epoch: number, made: Made): Promise<void> {
  const row = { state: "made" as const, body: made.body, at_ms: store.hereMs() };
  await tx
    .insertInto("epochs")
    .values({ epoch, ...row })
    .onConflict((conflict) => conflict.column("epoch").doUpdateSet(row))
    .execute();
  await tx.deleteFrom("chunks").where("epoch", "=", epoch).execute();
  for (const chunk of made.chunks) await tx.insertInto("chunks").values(chunk).execute();
  await tx.deleteFrom("disputes").where("epoch", "=", epoch).execute();
  for (const { kind, subject, account, claimed, paid } of made.disputes) {
    const body = JSON.stringify({ claimed: String(claimed), paid: String(paid) });
    await tx
      .insertInto("disputes")
      .values({ epoch, kind, subject, account, body })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

export async function setState(store: SettlementStore, task: Task, epoch: number, state: EpochState): Promise<void> {
  await store.write(async (tx) => {
    await holdTask(store, tx, task);
    await tx.updateTable("epochs").set({ state, at_ms: store.hereMs() }).where("epoch", "=", epoch).execute();
  });
}

export async function chunksOf(store: SettlementStore, epoch: number): Promise<ChunkRow[]> {
  const rows = await store.read((db) =>
    db.selectFrom("chunks").selectAll().where("epoch", "=", epoch).orderBy("chunk").execute(),
  );
  return rows.map((row) => ({ ...row, epoch: Number(row.epoch) }));
}

/** The lists of many epochs, for who got and gave what. */
export async function listsOf(
  store: SettlementStore,
  epochs: readonly number[],
): Promise<{ epoch: number; debits: string; credits: string }[]> {
  if (epochs.length === 0) return [];
  const rows = await store.read((db) =>
    db.selectFrom("chunks").select(["epoch", "debits", "credits"]).where("epoch", "in", epochs).execute(),
  );
  return rows.map((row) => ({ ...row, epoch: Number(row.epoch) }));
}

export async function epochStates(store: SettlementStore): Promise<Map<number, EpochState>> {
  const rows = await store.read((db) => db.selectFrom("epochs").select(["epoch", "state"]).execute());
  return new Map(rows.map(({ epoch, state }) => [Number(epoch), state as EpochState]));
}

export type SignOnce = {
  readonly epoch: number;
  readonly chunk: number;
  readonly attempt: number;
  readonly digest: string;
};

/** Written before the signature leaves; undefined where another digest was signed under the same name, which is slashed. */
export function signOnce(store: SettlementStore, what: SignOnce, signature: string): Promise<string | undefined> {
  return store.write(async (tx) => {
    const { epoch, chunk, attempt, digest } = what;
    await tx
      .insertInto("signed")
      .values({ ...what, signature })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const row = await tx
      .selectFrom("signed")
      .select(["digest", "signature"])
      .where("epoch", "=", epoch)
      .where("chunk", "=", chunk)
      .where("attempt", "=", attempt)
      .executeTakeFirstOrThrow();
    return row.digest === digest ? row.signature : undefined;
  });
}

export async function keepSeals(
  store: SettlementStore,
  seals: readonly { readonly digest: string; readonly seat: number; readonly signature: string }[],
): Promise<void> {
  await store.write(async (tx) => {
    for (const seal of seals) {
      await tx
        .insertInto("seals")
        .values(seal)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  });
}

export async function sealsOf(store: SettlementStore, digest: string): Promise<Map<number, string>> {
  const rows = await store.read((db) =>
    db.selectFrom("seals").select(["seat", "signature"]).where("digest", "=", digest).execute(),
  );
  return new Map(rows.map(({ seat, signature }) => [Number(seat), signature]));
}

export type DisputeRow = {
  readonly epoch: number;
  readonly kind: string;
  readonly subject: string;
  readonly account: string;
  readonly claimed: string;
  readonly paid: string;
};

export async function disputes(store: SettlementStore, limit: number): Promise<DisputeRow[]> {
  const rows = await store.read((db) =>
    db.selectFrom("disputes").selectAll().orderBy("epoch", "desc").orderBy("kind").limit(limit).execute(),
  );
  return rows.map(({ epoch, kind, subject, account, body }) => ({
    epoch: Number(epoch),
    kind,
    subject,
    account,
    ...(JSON.parse(body) as { claimed: string; paid: string }),
  }));
}
