// Orders of priority on routers, and validators' signatures of what became of them.

import type { Step } from "../../../database/steps.ts";
import type { Tables } from "../tables.ts";

export const orders: Step<Tables> = {
  number: 2,
  name: "orders",
  up: async ({ schema }) => {
    let table = schema
      .createTable("orders")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("terms", "text", (column) => column.notNull())
      .addColumn("place", "text", (column) => column.notNull());
    for (const flag of ["done", "opening", "touched"] as const) {
      table = table.addColumn(flag, "integer", (column) => column.notNull());
    }
    for (const text of ["verdict", "cancel", "outcome", "removal", "gone_at", "alert"] as const) {
      table = table.addColumn(text, "text");
    }
    await table.addColumn("at_ms", "bigint", (column) => column.notNull()).execute();
    await schema.createIndex("orders_place").on("orders").columns(["place", "done"]).execute();
    await schema
      .createTable("order_seals")
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("signer", "text", (column) => column.notNull())
      .addColumn("signature", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("order_seals_key", ["digest", "signer"])
      .execute();
  },
};
