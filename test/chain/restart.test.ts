// Three workers of one store, killed at random all the while: every ticket that was acknowledged is paid, and none twice. Ten
// thousand tickets go through in a soak of its own, bench/soak-settlement.ts.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PostgresServer, whyNoPostgres } from "../support/postgres.ts";
import { type Restarts, restarted } from "./restarts.ts";
import { whyNoChain } from "./world.ts";

const TICKETS = 1_500;
const EPOCHS = 3;

let server: PostgresServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
}, 60_000);

async function everythingIsPaidOnce(store: Restarts["store"]): Promise<void> {
  const seed = Number(process.hrtime.bigint() % 2_147_483_647n);
  process.stdout.write(`restarts: seed ${seed}\n`);
  const { kills, seen, due } = await restarted({ tickets: TICKETS, epochs: EPOCHS, seed, store });
  expect(kills).toBeGreaterThanOrEqual(EPOCHS);
  expect(seen).toEqual(due);
}

describe("workers that are killed at random lose no ticket and pay none twice", () => {
  beforeEach(({ skip }) => {
    const why = whyNoChain();
    if (why !== undefined) skip(why);
  });

  it("over SQLite", () => everythingIsPaidOnce(async (folder) => `${folder}/shared.db`), 300_000);

  it("over PostgreSQL", async ({ skip }) => {
    const why = whyNoPostgres();
    if (why !== undefined) skip(why);
    const running = await PostgresServer.start();
    server = running;
    await everythingIsPaidOnce(() => running.database());
  }, 300_000);
});
