// The store: opened by its address, brought to this program's version, written in transactions that tell their news when
// they are done.

import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { migrate } from "./migrate.ts";
import type { StoreKind } from "./migrations/step.ts";
import { CHANNEL, type Listener, Listeners, type News, PostgresListener, parts } from "./news.ts";
import { isAway, openPool, postgresConfig } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";
import { NodeSqliteDialect } from "./sqlite-dialect.ts";
import type { Tables } from "./tables.ts";

export type Tx = Transaction<Tables>;
export type Tell = (news: News) => void;

export type StoreOptions = {
  /** postgres://…, or the path of a file. */
  readonly address: string;
  readonly clock: Clock;
  readonly log: Logger;
};

export const kindOf = (address: string): StoreKind => (/^postgres(ql)?:/.test(address) ? "postgres" : "sqlite");

export class Store {
  readonly kind: StoreKind;
  readonly address: string;
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
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
    const dialect =
      kind === "sqlite"
        ? new NodeSqliteDialect(() => openSqlite(address))
        : new PostgresDialect({
            pool: openPool(address, (error) => log.warn("a connection to the store broke", { why: error.message })),
          });
    const db = new Kysely<Tables>({ dialect });
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

/** PostgreSQL's text holds everything but this. */
export const plain = (text: string): string => text.replaceAll("\0", "");

export const nowMs = (clock: Clock): number => Number(clock.wallUs() / 1_000n);

/** A store that is away is told apart from one that refuses. */
async function asStored<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof SrwanError || !isAway(thrown)) throw thrown;
    throw new SrwanError("STORE_UNAVAILABLE", `the store does not answer: ${(thrown as Error).message}`, {
      remedy: "Nothing was lost: what is not kept is told again. See that PostgreSQL runs and can be reached.",
      cause: thrown,
    });
  }
}
