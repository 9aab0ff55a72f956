// The gas page says what is true, and the goals hold.

import { readFileSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { COMMAND, GOALS, gasPage, PAGE } from "./gas-page.ts";
import { type GasRow, GasTable } from "./gas-table.ts";
import { whyNoChain } from "./world.ts";

describe("gas", () => {
  const why = whyNoChain();
  let rows: readonly GasRow[] = [];
  beforeAll(async () => {
    if (why === undefined) rows = await GasTable.measure();
  });
  beforeEach(({ skip }) => {
    if (why !== undefined) skip(why);
  });

  it.each(GOALS)("of $name is at most $most", ({ most, rows: find }) => {
    expect(find(rows)).toBeLessThanOrEqual(most);
  });

  it("is what its page says", () => {
    expect(readFileSync(PAGE, "utf8"), `run ${COMMAND}`).toBe(gasPage(rows));
  });
});
