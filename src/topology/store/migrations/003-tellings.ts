// What agents tell: where each stands, measurements and their roll-ups, events, counters, contradictions, quarantine.

import { MEASURED_TABLES } from "../tables.ts";
import { measuredTable, numbered, type Step } from "./step.ts";

export const tellings: Step = {
  number: 3,
  name: "tellings",
  up: async (db, kind) => {
    await db.schema
      .createTable("hearing")
      .addColumn("pop", "text", (column) => column.primaryKey())
      .addColumn("start", "text", (column) => column.notNull())
      .addColumn("heard", "bigint", (column) => column.notNull())
      .addColumn("session", "text", (column) => column.notNull())
      .addColumn("service", "text", (column) => column.notNull())
      .addColumn("since_ms", "bigint", (column) => column.notNull())
      .addColumn("seen_ms", "bigint", (column) => column.notNull())
      .addColumn("away_ms", "bigint")
      .addColumn("applied_version", "bigint", (column) => column.notNull())
      .addColumn("measured_ms", "bigint")
      .addColumn("measured_number", "bigint")
      .execute();
    await db.schema
      .createTable("applied")
      .addColumn("pop", "text", (column) => column.primaryKey())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .addColumn("number", "bigint", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .execute();
    await numbered(db, kind, "layouts")
      .addColumn("hash", "text", (column) => column.notNull().unique())
      .addColumn("segments", "text", (column) => column.notNull())
      .execute();
    for (const table of MEASURED_TABLES) await measuredTable(db, kind, table);
    await numbered(db, kind, "events")
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .addColumn("pop", "text")
      .addColumn("group_name", "text")
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("text", "text", (column) => column.notNull())
      .addColumn("data", "text", (column) => column.notNull())
      .addColumn("number", "bigint")
      .execute();
    await db.schema.createIndex("events_pop").on("events").columns(["pop", "id"]).execute();
    await db.schema.createIndex("events_at").on("events").column("at_ms").execute();
    for (const [table, hour] of [
      ["counters", false],
      ["counter_hours", true],
    ] as const) {
      const made = db.schema
        .createTable(table)
        .addColumn("pop", "text", (column) => column.notNull())
        .addColumn("what", "text", (column) => column.notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("epoch", "bigint", (column) => column.notNull())
        .addColumn("packets", "text", (column) => column.notNull())
        .addColumn("octets", "text", (column) => column.notNull())
        .addColumn("gap_ms", "bigint", (column) => column.notNull())
        .addColumn("boot_ms", "bigint", (column) => column.notNull())
        .addColumn("at_ms", "bigint", (column) => column.notNull());
      const key = ["pop", "what", "name", "epoch"] as const;
      await (hour
        ? made
            .addColumn("hour_ms", "bigint", (column) => column.notNull())
            .addPrimaryKeyConstraint(`${table}_key`, [...key, "hour_ms"] as never)
        : made.addPrimaryKeyConstraint(`${table}_key`, [...key])
      ).execute();
    }
    await db.schema.createIndex("counter_hours_at").on("counter_hours").column("hour_ms").execute();
    await numbered(db, kind, "contradictions")
      .addColumn("reporter", "text", (column) => column.notNull())
      .addColumn("member", "text", (column) => column.notNull())
      .addColumn("at_ms", "bigint", (column) => column.notNull())
      .addColumn("evidence", "text", (column) => column.notNull())
      .addColumn("number", "bigint", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("contradictions_reporter").on("contradictions").columns(["reporter", "id"]).execute();
    await db.schema.createIndex("contradictions_member").on("contradictions").columns(["member", "at_ms"]).execute();
    await numbered(db, kind, "quarantine")
      .addColumn("pop", "text", (column) => column.notNull())
      .addColumn("since_ms", "bigint", (column) => column.notNull())
      .addColumn("why", "text", (column) => column.notNull())
      .addColumn("evidence", "text", (column) => column.notNull())
      .addColumn("put_by", "text", (column) => column.notNull())
      .addColumn("released_ms", "bigint")
      .addColumn("released_by", "text")
      .execute();
    await db.schema.createIndex("quarantine_pop").on("quarantine").column("pop").execute();
  },
};
