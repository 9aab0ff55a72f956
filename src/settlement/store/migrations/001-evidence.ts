// Evidence, epochs, batches, what is sent, and who works on what.

import type { Step } from "../../../database/steps.ts";
import type { Tables } from "../tables.ts";

export const evidence: Step<Tables> = {
  number: 1,
  name: "evidence",
  up: async ({ schema }) => {
    await schema
      .createTable("terms")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .execute();
    for (const [table, subject, author] of [
      ["reports", "link", "reporter"],
      ["tickets", "path", "provider"],
    ] as const) {
      await schema
        .createTable(table)
        .addColumn("digest", "text", (column) => column.primaryKey())
        .addColumn("epoch", "bigint", (column) => column.notNull())
        .addColumn(subject, "text", (column) => column.notNull())
        .addColumn(author, "text", (column) => column.notNull())
        .addColumn("boot", "text", (column) => column.notNull())
        .addColumn("seq", "text", (column) => column.notNull())
        .addColumn("body", "text", (column) => column.notNull())
        .addColumn("signature", "text", (column) => column.notNull())
        .addUniqueConstraint(`${table}_once`, [subject, author, "boot", "seq"] as never)
        .execute();
      await schema.createIndex(`${table}_epoch`).on(table).column("epoch").execute();
    }
    await schema
      .createTable("vouchers")
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("epoch", "bigint", (column) => column.notNull())
      .addColumn("path", "text", (column) => column.notNull())
      .addColumn("consumer", "text", (column) => column.notNull())
      .addColumn("amount", "text", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addColumn("signer", "text", (column) => column.notNull())
      .addColumn("signature", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("vouchers_key", ["epoch", "path"])
      .execute();
    await schema
      .createTable("epochs")
      .addColumn("epoch", "bigint", (column) => column.primaryKey())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .execute();
    await schema
      .createTable("chunks")
      .addColumn("epoch", "bigint", (column) => column.notNull())
      .addColumn("chunk", "integer", (column) => column.notNull())
      .addColumn("attempt", "integer", (column) => column.notNull())
      .addColumn("batch", "text", (column) => column.notNull())
      .addColumn("debits", "text", (column) => column.notNull())
      .addColumn("credits", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("chunks_key", ["epoch", "chunk", "attempt"])
      .execute();
    await schema
      .createTable("signed")
      .addColumn("epoch", "bigint", (column) => column.notNull())
      .addColumn("chunk", "integer", (column) => column.notNull())
      .addColumn("attempt", "integer", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("signature", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("signed_key", ["epoch", "chunk", "attempt"])
      .execute();
    await schema
      .createTable("seals")
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("seat", "integer", (column) => column.notNull())
      .addColumn("signature", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("seals_key", ["digest", "seat"])
      .execute();
    await schema
      .createTable("disputes")
      .addColumn("epoch", "bigint", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("account", "text", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("disputes_key", ["epoch", "kind", "subject", "account"])
      .execute();
    await schema
      .createTable("sends")
      .addColumn("key", "text", (column) => column.primaryKey())
      .addColumn("position", "bigint", (column) => column.notNull())
      .addColumn("account", "text", (column) => column.notNull())
      .addColumn("target", "text", (column) => column.notNull())
      .addColumn("data", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("nonce", "bigint")
      .addColumn("raw", "text")
      .addColumn("hash", "text")
      .addColumn("block", "bigint")
      .addColumn("why", "text")
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .execute();
    await schema.createIndex("sends_nonce").unique().on("sends").columns(["account", "nonce"]).execute();
    await schema.createIndex("sends_state").on("sends").columns(["account", "state"]).execute();
    await schema
      .createTable("tasks")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("holder", "text", (column) => column.notNull())
      .addColumn("fence", "bigint", (column) => column.notNull())
      .addColumn("until_ms", "bigint", (column) => column.notNull())
      .execute();
    await schema
      .createTable("settlement_facts")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("value", "text", (column) => column.notNull())
      .execute();
  },
};
