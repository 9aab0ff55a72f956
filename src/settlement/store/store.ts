// The settlement's store: opened by its address, brought to this program's version, written in whole transactions.

import { type Kysely, sql, type Transaction } from "kysely";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { asStored, kindOf, openDatabase, type StoreKind } from "../../database/database.ts";
import { migrate } from "../../database/steps.ts";
import { STEPS } from "./migrations/index.ts";
import type { Tables } from "./tables.ts";

export type Tx = Transaction<Tables>;

type Inside = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

export type SettlementStoreOptions = {
  /** postgres://…, or the path of a file. */
  readonly address: string;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Other numbers are topology's, which may live in the same PostgreSQL. */
const MIGRATION_LOCK = 7_177_011;

export class SettlementStore {
  readonly kind: StoreKind;
  readonly address: string;
  readonly #db: Kysely<Tables>;
  readonly #clock: Clock;
  readonly #inside: Inside | undefined;

  private constructor(
    { address, clock }: Pick<SettlementStoreOptions, "address" | "clock">,
    db: Kysely<Tables>,
    inside?: Inside,
  ) {
    this.#inside = inside;
    this.kind = kindOf(address);
    this.address = address;
    this.#db = db;
    this.#clock = clock;
  }

  static async open(options: SettlementStoreOptions): Promise<SettlementStore> {
    const db = openDatabase<Tables>(options.address, options.log);
    const store = new SettlementStore(options, db);
    try {
      await asStored(() =>
        migrate(db, store.kind, {
          steps: STEPS,
          table: "settlement_migrations",
          lock: MIGRATION_LOCK,
          nowMs: store.hereMs(),
        }),
      );
    } catch (thrown) {
      await db.destroy();
      throw thrown;
    }
    return store;
  }

  /** By this machine's clock; what several machines compare is `storeMs`. */
  hereMs(): number {
    return Number(this.#clock.wallUs() / 1_000n);
  }

  /** By the one clock that all who share the store go by: the server's, or this machine's, which has the file. */
  async storeMs(tx: Tx): Promise<number> {
    if (this.kind === "sqlite") return this.hereMs();
    const { rows } = await sql<{
      ms: number;
    }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(tx);
    return Number(rows[0]?.ms ?? 0);
  }

  /** All of it or nothing. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#inside?.(work) ?? asStored(() => this.#db.transaction().execute(work));
  }

  read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return this.#inside?.(work) ?? asStored(() => work(this.#db));
  }

  /** The same store as a transaction sees it, one question after the other. Only while that runs; it is not closed. */
  inside(tx: Tx): SettlementStore {
    let last: Promise<unknown> = Promise.resolve();
    return new SettlementStore({ address: this.address, clock: this.#clock }, this.#db, (work) => {
      const mine = last.then(() => work(tx));
      last = mine.catch(() => undefined);
      return mine;
    });
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }
}
