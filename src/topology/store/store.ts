// The store: opened by its address, brought to this program's version, written in transactions that tell their news when
// they are done.

import { type Kysely, sql, type Transaction } from "kysely";
import type { Clock } from "../../base/clock.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { asStored, kindOf, openDatabase, type StoreKind } from "../../database/database.ts";
import { postgresConfig } from "../../database/postgres.ts";
import { Turns } from "../../database/turns.ts";
import { migrate } from "./migrate.ts";
import { CHANNEL, type Listener, Listeners, type News, PostgresListener, parts } from "./news.ts";
import type { Tables } from "./tables.ts";

export type Tx = Transaction<Tables>;
export type Tell = (news: News) => void;

export type StoreOptions = {
  /** postgres://…, or the path of a file. */
  readonly address: string;
  readonly clock: Clock;
  readonly log: Logger;
};

export class Store {
  readonly kind: StoreKind;
  readonly address: string;
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** For writes that change the SID ledger: each waits for the one before anyway. */
  readonly ledgerTurns = new Turns(1);
  /** For what many ask for at the same time: hellos, documents to send, decisions to keep. */
  readonly manyTurns = new Turns(LIMITS.storeManyAtOnce);
  readonly #listeners: Listeners;
  readonly #listener: PostgresListener | undefined;

  private constructor(
    { address, clock }: StoreOptions,
    db: Kysely<Tables>,
    listeners: Listeners,
    listener?: PostgresListener,
  ) {
    this.kind = kindOf(address);
    this.address = address;
    this.db = db;
    this.clock = clock;
    this.#listeners = listeners;
    this.#listener = listener;
  }

  static async open(options: StoreOptions): Promise<Store> {
    const { address, clock, log } = options;
    const kind = kindOf(address);
    const db = openDatabase<Tables>(address, log);
    try {
      await asStored(() => migrate(db, kind, nowMs(clock)));
    } catch (thrown) {
      await db.destroy();
      throw thrown;
    }
    const listeners = new Listeners();
    if (kind === "sqlite") return new Store(options, db, listeners);
    const listener = new PostgresListener(postgresConfig(address), listeners, clock, log);
    await listener.ready;
    return new Store(options, db, listeners, listener);
  }

  nowMs(): number {
    return nowMs(this.clock);
  }

  /** All of it or nothing; its news go out when it is kept. */
  async write<T>(work: (tx: Tx, tell: Tell) => Promise<T>): Promise<T> {
    const news: News[] = [];
    const result = await asStored(() =>
      this.db.transaction().execute(async (tx) => {
        news.length = 0;
        const made = await work(tx, (one) => void news.push(one));
        if (this.kind === "postgres") {
          for (const one of news) {
            for (const part of parts(one)) await sql`select pg_notify(${CHANNEL}, ${part})`.execute(tx);
          }
        }
        return made;
      }),
    );
    if (this.kind === "sqlite") for (const one of news) this.#listeners.tell(one);
    return result;
  }

  read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return asStored(() => work(this.db));
  }

  listen(listener: Listener): () => void {
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    await this.#listener?.close();
    await this.db.destroy();
  }
}

export const nowMs = (clock: Clock): number => Number(clock.wallUs() / 1_000n);
