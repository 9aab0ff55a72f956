// Work that must happen in one place. Over PostgreSQL a lease is an advisory lock on a connection that does nothing else:
// a service that dies loses it with its connection. Each taking gets a number, and what is written under a lease that
// somebody else took since is refused. The embedded store has one service, which holds them all.

import pg from "pg";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { postgresConfig } from "../../database/postgres.ts";
import { nowMs, type Store, type Tx } from "./store.ts";

export type Lease = { readonly name: string; readonly epoch: number };

/** Two 32-bit numbers name an advisory lock; the first says that it is a lease of ours. */
const LEASES = 7_177_003;

export class Leases {
  readonly #store: Store;
  readonly #service: string;
  readonly #onLost: () => void;
  readonly #held = new Map<string, Lease>();
  #client: pg.Client | undefined;
  #connecting: Promise<pg.Client> | undefined;

  /** `onLost` is called when all are gone at once: the connection that held them broke. */
  constructor(store: Store, service: string, onLost: () => void) {
    this.#store = store;
    this.#service = service;
    this.#onLost = onLost;
  }

  get held(): ReadonlyMap<string, Lease> {
    return this.#held;
  }

  /** Undefined where another service has it. */
  async take(name: string): Promise<Lease | undefined> {
    const had = this.#held.get(name);
    if (had) return had;
    const client = this.#store.kind === "postgres" ? await this.#connect() : undefined;
    if (client !== undefined) {
      const { rows } = await client.query("select pg_try_advisory_lock($1, hashtext($2)) as got", [LEASES, name]);
      if (rows[0]?.got !== true) return undefined;
    }
    const lease = { name, epoch: await this.#number(name) };
    // The connection may have broken meanwhile, and with it the lock.
    if (client !== this.#client) return undefined;
    this.#held.set(name, lease);
    return lease;
  }

  async release(name: string): Promise<void> {
    if (!this.#held.delete(name)) return;
    await this.#client?.query("select pg_advisory_unlock($1, hashtext($2))", [LEASES, name]);
  }

  async close(): Promise<void> {
    this.#held.clear();
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  #number(name: string): Promise<number> {
    return this.#store.write(async (tx) => {
      const row = await tx
        .insertInto("leases")
        .values({ name, holder: this.#service, epoch: 1, since_ms: nowMs(this.#store.clock) })
        .onConflict((conflict) =>
          conflict.column("name").doUpdateSet(({ eb, ref }) => ({
            holder: this.#service,
            epoch: eb("leases.epoch", "+", 1),
            since_ms: ref("excluded.since_ms"),
          })),
        )
        .returning("epoch")
        .executeTakeFirstOrThrow();
      return row.epoch;
    });
  }

  async #connect(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client({
      ...postgresConfig(this.#store.address),
      statement_timeout: LIMITS.storeStatementMs,
    });
    const lost = (): void => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#held.clear();
      this.#onLost();
    };
    client.on("error", lost);
    client.on("end", lost);
    await client.connect();
    this.#client = client;
    return client;
  }
}

/** Within a transaction that writes under a lease: it is still ours, and stays so until the transaction ends. */
export async function holdLease(store: Store, tx: Tx, { name, epoch }: Lease): Promise<void> {
  const asked = tx.selectFrom("leases").select("epoch").where("name", "=", name);
  const row = await (store.kind === "postgres" ? asked.forShare() : asked).executeTakeFirst();
  if (row?.epoch === epoch) return;
  throw new SrwanError("LEASE_LOST", `the lease ${name} was taken by another service`, {
    remedy: "Nothing is to be done: the other service decides now.",
  });
}
