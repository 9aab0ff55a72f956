// Transactions that another of the same number was to replace: any of them may be the one that a chain takes.

import type { Step } from "../../../database/steps.ts";
import type { Tables } from "../tables.ts";

export const replaced: Step<Tables> = {
  number: 3,
  name: "replaced",
  up: async ({ schema }) => {
    await schema.alterTable("sends").addColumn("earlier", "text").execute();
  },
};
