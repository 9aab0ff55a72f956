// From every earlier version a store comes to this one with its rows, and is then the same as a new one.

import type { Kysely } from "kysely";
import { expect, it } from "vitest";
import { overBothStores, silent } from "../../../test/support/stores.ts";
import { openDatabase } from "../../database/database.ts";
import { migrate } from "./migrate.ts";
import { STEPS } from "./migrations/index.ts";
import type { Tables } from "./tables.ts";

const connect = (address: string): Kysely<Tables> => openDatabase(address, silent);

/** Tables with their columns, in an order of their own. */
async function form(db: Kysely<Tables>): Promise<unknown> {
  const tables = await db.introspection.getTables();
  return tables
    .map(({ name, columns }) => [
      name,
      columns.map((column) => `${column.name} ${column.dataType} ${column.isNullable}`).sort(),
    ])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

overBothStores(({ address, open, kind }) => {
  it.each(STEPS.map(({ number }) => number))("version %i comes to this one with what it held", async (version) => {
    const at = await address();
    const db = connect(at);
    expect(await migrate(db, kind, 1_000, version)).toBe(version);
    await db
      .insertInto("pops")
      .values({
        name: "sea",
        record: "{}",
        group_name: "core",
        locator: "fcbb:bb00:1::/48",
        public_key: "key",
        serial: "01",
        previous_serial: null,
        joined_ms: 9_007_199_254_740_991,
        changed_ms: 1,
        etag: 1,
      })
      .execute();
    await db.destroy();
    const [after, fresh] = [await open(at), await open()];
    const pop = await after.db.selectFrom("pops").selectAll().executeTakeFirstOrThrow();
    expect(pop).toMatchObject({ name: "sea", joined_ms: 9_007_199_254_740_991 });
    expect(await form(after.db)).toEqual(await form(fresh.db));
    const done = await after.db.selectFrom("migrations").select("number").orderBy("number").execute();
    expect(done.map(({ number }) => number)).toEqual(STEPS.map(({ number }) => number));
  });

  it("a store of a newer program is refused, and left as it is", async () => {
    const at = await address();
    const store = await open(at);
    const newer = { number: STEPS.length + 1, name: "to come", at_ms: 1 };
    await store.db.insertInto("migrations").values(newer).execute();
    await expect(open(at)).rejects.toThrow(
      `the store is at version ${newer.number}; this program knows ${STEPS.length}`,
    );
  });

  it("two programs that open a new store at once make it once", async () => {
    const at = await address();
    const [a, b] = await Promise.all([open(at), open(at)]);
    expect(await form(a.db)).toEqual(await form(b.db));
  });
});
