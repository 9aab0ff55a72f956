// Orders in the store: what was asked for, and all that the next worker must know. Every change is made under the order's
// task, so that a worker that lost it changes nothing.

import type { SealedOutcome } from "../../wire/outcome.ts";
import type { SettlementStore } from "../store/store.ts";
import type { Tables } from "../store/tables.ts";
import { holdTask, type Task } from "../store/tasks.ts";
import type { Hex } from "../typed.ts";
import { type PlacedOrder, parseOrder } from "./terms.ts";

export type OrderRow = {
  readonly id: Hex;
  readonly terms: PlacedOrder;
  readonly isDone: boolean;
  readonly verdict: string | undefined;
  readonly cancel: Hex | undefined;
  readonly isOpening: boolean;
  readonly isTouched: boolean;
  readonly outcome: SealedOutcome | undefined;
  readonly removal: SealedOutcome | undefined;
  readonly goneAt: bigint | undefined;
  /** What a person should look at. */
  readonly alert: string | undefined;
  readonly placedMs: number;
};

type Row = Tables["orders"];
export type Change = Partial<Omit<OrderRow, "id" | "terms" | "alert" | "placedMs">> & {
  readonly alert?: string | null;
};

export const taskOf = (id: string): string => `order-${id}`;

export class Orders {
  readonly store: SettlementStore;

  constructor(store: SettlementStore) {
    this.store = store;
  }

  /** False where it is there already. What cannot be read again is refused: it would be in every worker's way. */
  async place(id: Hex, terms: PlacedOrder): Promise<boolean> {
    const body = JSON.stringify(terms);
    parseOrder(body, "the order");
    const row: Row = {
      id,
      terms: body,
      place: `${terms.device} ${terms.intent.device}`,
      done: 0,
      verdict: null,
      cancel: null,
      opening: 0,
      touched: 0,
      outcome: null,
      removal: null,
      gone_at: null,
      alert: null,
      at_ms: this.store.hereMs(),
    };
    return this.store.write(async (tx) => {
      const made = await tx
        .insertInto("orders")
        .values(row)
        .onConflict((conflict) => conflict.column("id").doNothing())
        .returning("id")
        .executeTakeFirst();
      return made !== undefined;
    });
  }

  async find(id: string): Promise<OrderRow | undefined> {
    const row = await this.store.read((db) =>
      db.selectFrom("orders").selectAll().where("id", "=", id).executeTakeFirst(),
    );
    return row && fromRow(row);
  }

  /** Oldest first. */
  async list(onlyOpen: boolean): Promise<OrderRow[]> {
    const rows = await this.store.read((db) =>
      db
        .selectFrom("orders")
        .selectAll()
        .$if(onlyOpen, (query) => query.where("done", "=", 0))
        .orderBy("at_ms")
        .execute(),
    );
    return rows.map(fromRow);
  }

  /** The consumer's word; it needs no task, for it only ever adds. */
  async cancel(id: string, signature: Hex): Promise<void> {
    await this.store.write((tx) =>
      tx.updateTable("orders").set({ cancel: signature }).where("id", "=", id).where("cancel", "is", null).execute(),
    );
  }

  async change(task: Task, id: string, change: Change): Promise<void> {
    await this.store.write(async (tx) => {
      await holdTask(this.store, tx, task);
      await tx.updateTable("orders").set(toRow(change)).where("id", "=", id).execute();
    });
  }

  /** Before the money is bound; another order that has the same interface now is its name. */
  beginOpening(task: Task, id: string): Promise<string | undefined> {
    return this.store.write(async (tx) => {
      await holdTask(this.store, tx, task);
      const own = await tx.selectFrom("orders").select("place").where("id", "=", id).executeTakeFirstOrThrow();
      const other = await tx
        .selectFrom("orders")
        .select("id")
        .where("place", "=", own.place)
        .where("id", "!=", id)
        .where("opening", "=", 1)
        .where("done", "=", 0)
        .executeTakeFirst();
      if (other !== undefined) return other.id;
      await tx.updateTable("orders").set({ opening: 1 }).where("id", "=", id).execute();
      return undefined;
    });
  }

  /** A signature stays what it is, whoever adds it. */
  async sign(digest: Hex, signer: Hex, signature: Hex): Promise<void> {
    await this.store.write((tx) =>
      tx
        .insertInto("order_seals")
        .values({ digest, signer, signature })
        .onConflict((conflict) => conflict.columns(["digest", "signer"]).doNothing())
        .execute(),
    );
  }
}

export async function signaturesOf({ store }: Orders, digest: Hex): Promise<ReadonlyMap<Hex, Hex>> {
  const rows = await store.read((db) =>
    db.selectFrom("order_seals").selectAll().where("digest", "=", digest).execute(),
  );
  return new Map(rows.map(({ signer, signature }) => [signer as Hex, signature as Hex]));
}

const fromRow = (row: Row): OrderRow => ({
  id: row.id as Hex,
  terms: parseOrder(row.terms, `order ${row.id}`),
  isDone: Number(row.done) === 1,
  verdict: row.verdict ?? undefined,
  cancel: (row.cancel as Hex | null) ?? undefined,
  isOpening: Number(row.opening) === 1,
  isTouched: Number(row.touched) === 1,
  outcome: row.outcome === null ? undefined : (JSON.parse(row.outcome) as SealedOutcome),
  removal: row.removal === null ? undefined : (JSON.parse(row.removal) as SealedOutcome),
  goneAt: row.gone_at === null ? undefined : BigInt(row.gone_at),
  alert: row.alert ?? undefined,
  placedMs: Number(row.at_ms),
});

function toRow(change: Change): Partial<Row> {
  const flag = (value: boolean | undefined) => (value === undefined ? undefined : value ? 1 : 0);
  const all = {
    done: flag(change.isDone),
    verdict: change.verdict,
    opening: flag(change.isOpening),
    touched: flag(change.isTouched),
    outcome: change.outcome && JSON.stringify(change.outcome),
    removal: change.removal && JSON.stringify(change.removal),
    gone_at: change.goneAt?.toString(),
    alert: change.alert,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Partial<Row>;
}
