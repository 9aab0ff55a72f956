// What the chain settled, by its own word: a validator that was away sees what it lacks.

import type { Step } from "../../../database/steps.ts";
import type { Tables } from "../tables.ts";

export const chainChunks: Step<Tables> = {
  number: 4,
  name: "chain-chunks",
  up: async ({ schema }) => {
    await schema
      .createTable("chain_chunks")
      .addColumn("epoch", "bigint", (column) => column.notNull())
      .addColumn("chunk", "integer", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("batch", "text", (column) => column.notNull())
      .addColumn("held", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("chain_chunks_key", ["epoch", "chunk"])
      .execute();
    await schema.createIndex("chain_chunks_held").on("chain_chunks").column("held").execute();
  },
};
