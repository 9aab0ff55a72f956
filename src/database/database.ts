// A database by its address: PostgreSQL, or a file. Errors of a store that is away are told apart from those of one that
// refuses.

import { Kysely, PostgresDialect } from "kysely";
import { SrwanError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { isAway, openPool } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";
import { NodeSqliteDialect } from "./sqlite-dialect.ts";

export type StoreKind = "sqlite" | "postgres";

export const kindOf = (address: string): StoreKind => (/^postgres(ql)?:/.test(address) ? "postgres" : "sqlite");

/** `address` is postgres://…, or the path of a file. */
export const openDatabase = <Tables>(address: string, log: Logger): Kysely<Tables> =>
  new Kysely<Tables>({
    dialect:
      kindOf(address) === "sqlite"
        ? new NodeSqliteDialect(() => openSqlite(address))
        : new PostgresDialect({
            pool: openPool(address, (error) => log.warn("a connection to the store broke", { why: error.message })),
          }),
  });

/** PostgreSQL's text holds everything but this. */
export const plain = (text: string): string => text.replaceAll("\0", "");

/** A store that is away is told apart from one that refuses. */
export async function asStored<T>(work: () => Promise<T>): Promise<T> {
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
