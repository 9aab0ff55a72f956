// What engineers ask for and what became of it: candidate, commits, desired documents, statuses, decisions, leases.

import { numbered, type Step } from "./step.ts";

export const config: Step = {
  number: 2,
  name: "config",
  up: async (db, kind) => {
    await db.schema
      .createTable("candidate")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("config", "text", (column) => column.notNull())
      .addColumn("etag", "bigint", (column) => column.notNull())
      .addColumn("base", "bigint", (column) => column.notNull())
      .addColumn("changed_by", "text", (column) => column.notNull())
      .addColumn("changed_ms", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("commits")
      .addColumn("id", "bigint", (column) => column.primaryKey())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .addColumn("made_by", "text", (column) => column.notNull())
      .addColumn("why", "text", (column) => column.notNull())
      .addColumn("config", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("confirm_by_ms", "bigint")
      .addColumn("settled_by", "text")
      .addColumn("settled_ms", "bigint")
      .execute();
    await db.schema
      .createTable("desired")
      .addColumn("pop", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("desired_key", ["pop", "version"])
      .execute();
    await db.schema
      .createTable("statuses")
      .addColumn("policy", "text", (column) => column.primaryKey())
      .addColumn("group_name", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addColumn("since_ms", "bigint", (column) => column.notNull())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("statuses_group").on("statuses").column("group_name").execute();
    await numbered(db, kind, "journal")
      .addColumn("group_name", "text", (column) => column.notNull())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .addColumn("line", "text", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("journal_group").on("journal").columns(["group_name", "id"]).execute();
    await db.schema.createIndex("journal_at").on("journal").column("at_ms").execute();
    await db.schema
      .createTable("leases")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("holder", "text", (column) => column.notNull())
      .addColumn("epoch", "bigint", (column) => column.notNull())
      .addColumn("since_ms", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("services")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("address", "text", (column) => column.notNull())
      .addColumn("process", "text", (column) => column.notNull())
      .addColumn("started_ms", "bigint", (column) => column.notNull())
      .addColumn("seen_ms", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("memory")
      .addColumn("group_name", "text", (column) => column.primaryKey())
      .addColumn("body", "text", (column) => column.notNull())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .execute();
  },
};
