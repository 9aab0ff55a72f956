// POPs, the SIDs granted to them, the tokens they join with, and the tokens people and programs call with.

import { numbered, type Step } from "./step.ts";

export const pops: Step = {
  number: 1,
  name: "pops",
  up: async (db, kind) => {
    await db.schema
      .createTable("facts")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("value", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("pops")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("record", "text", (column) => column.notNull())
      .addColumn("group_name", "text", (column) => column.notNull())
      .addColumn("locator", "text", (column) => column.notNull())
      .addColumn("public_key", "text", (column) => column.notNull())
      .addColumn("serial", "text", (column) => column.notNull())
      .addColumn("previous_serial", "text")
      .addColumn("joined_ms", "bigint", (column) => column.notNull())
      .addColumn("changed_ms", "bigint", (column) => column.notNull())
      .addColumn("etag", "bigint", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("pops_group").on("pops").column("group_name").execute();
    await db.schema
      .createTable("grants")
      .addColumn("sid", "text", (column) => column.primaryKey())
      .addColumn("digits", "text", (column) => column.notNull())
      .addColumn("pop", "text", (column) => column.notNull())
      .addColumn("purpose", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("retired", "integer", (column) => column.notNull())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("grants_pop").on("grants").column("pop").execute();
    await db.schema.createIndex("grants_digits").on("grants").columns(["purpose", "digits"]).execute();
    await db.schema
      .createTable("join_tokens")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("hash", "text", (column) => column.notNull())
      .addColumn("pop", "text")
      .addColumn("group_name", "text")
      .addColumn("made_by", "text", (column) => column.notNull())
      .addColumn("made_ms", "bigint", (column) => column.notNull())
      .addColumn("expires_ms", "bigint", (column) => column.notNull())
      .addColumn("used_ms", "bigint")
      .addColumn("used_pop", "text")
      .addColumn("used_key", "text")
      .execute();
    await db.schema
      .createTable("access_tokens")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("hash", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("made_by", "text", (column) => column.notNull())
      .addColumn("made_ms", "bigint", (column) => column.notNull())
      .addColumn("expires_ms", "bigint")
      .addColumn("revoked_ms", "bigint")
      .execute();
    await numbered(db, kind, "audit")
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .addColumn("caller", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("address", "text", (column) => column.notNull())
      .addColumn("what", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("outcome", "integer", (column) => column.notNull())
      .addColumn("why", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("answers")
      .addColumn("caller", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("request", "text", (column) => column.notNull())
      .addColumn("status", "integer")
      .addColumn("body", "text")
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("answers_key", ["caller", "key"])
      .execute();
  },
};
