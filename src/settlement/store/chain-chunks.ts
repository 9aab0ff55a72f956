// What the chain settled for good, chunk by chunk, as its events say; and which of it this store does not hold.

import { sql } from "kysely";
import type { SettlementStore, Tx } from "./store.ts";

export type ChainChunk = {
  readonly epoch: number;
  readonly chunk: number;
  readonly digest: string;
  /** As `chunks.batch`. */
  readonly batch: string;
};

const SEEN = "chain seen";

/** The last block that was looked at; undefined before the first. */
export async function seenBlock(store: SettlementStore): Promise<number | undefined> {
  const row = await store.read((db) =>
    db.selectFrom("settlement_facts").select("value").where("name", "=", SEEN).executeTakeFirst(),
  );
  return row && Number(row.value);
}

/** What was seen twice is kept once; where a block came in another's place the later word holds. */
export function keepSeen(store: SettlementStore, chunks: readonly ChainChunk[], block: number): Promise<void> {
  return store.write(async (tx) => {
    for (const { epoch, chunk, digest, batch } of chunks) {
      const row = { digest, batch, held: 0 };
      await tx
        .insertInto("chain_chunks")
        .values({ epoch, chunk, ...row })
        .onConflict((conflict) =>
          conflict.columns(["epoch", "chunk"]).doUpdateSet(row).where("chain_chunks.digest", "<>", digest),
        )
        .execute();
    }
    const value = String(block);
    await tx
      .insertInto("settlement_facts")
      .values({ name: SEEN, value })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
      .execute();
  });
}

/** Each of the chain's chunks that is ours too is held from now on. */
export function markHeld(store: SettlementStore): Promise<void> {
  return store.write(async (tx) => {
    await sql`
      update chain_chunks set held = 1 where held = 0 and exists (
        select 1 from chunks where chunks.epoch = chain_chunks.epoch
        and chunks.chunk = chain_chunks.chunk and chunks.digest = chain_chunks.digest)`.execute(tx);
  });
}

/** Epochs of which the chain holds a chunk that the store does not; the earliest first. */
export async function lackedEpochs(store: SettlementStore): Promise<number[]> {
  const rows = await store.read((db) =>
    db.selectFrom("chain_chunks").select("epoch").distinct().where("held", "=", 0).orderBy("epoch").execute(),
  );
  return rows.map(({ epoch }) => Number(epoch));
}

export async function chainChunksOf(store: SettlementStore, epoch: number): Promise<ChainChunk[]> {
  const rows = await store.read((db) =>
    db
      .selectFrom("chain_chunks")
      .select(["epoch", "chunk", "digest", "batch"])
      .where("epoch", "=", epoch)
      .orderBy("chunk")
      .execute(),
  );
  return rows.map((row) => ({ ...row, epoch: Number(row.epoch), chunk: Number(row.chunk) }));
}

/** A block went away, and what it settled with it. */
export async function forgetSeen(store: SettlementStore, epoch: number): Promise<void> {
  await store.write((tx: Tx) => tx.deleteFrom("chain_chunks").where("epoch", "=", epoch).execute());
}
