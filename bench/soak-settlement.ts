// `node bench/soak-settlement.ts [TICKETS] [SEED]` (10,000): three workers of one store, killed at random, over SQLite and then
// over PostgreSQL. Prints what was seen; ends with 0 only where every ticket was paid once in both.

import { isDeepStrictEqual } from "node:util";
import { restarted } from "../test/chain/restarts.ts";
import { PostgresServer, whyNoPostgres } from "../test/support/postgres.ts";

const EPOCHS = 4;
const [tickets = 10_000, seed = Number(process.hrtime.bigint() % 2_147_483_647n)] = process.argv.slice(2).map(Number);

async function soak(name: string, store: (folder: string) => Promise<string>): Promise<void> {
  const began = performance.now();
  const { kills, seen, due } = await restarted({ tickets, epochs: EPOCHS, seed, store });
  const paidOnce = isDeepStrictEqual(seen, due);
  const seconds = Math.round((performance.now() - began) / 1_000);
  process.stdout.write(`${JSON.stringify({ store: name, tickets, seed, kills, seconds, paidOnce })}\n`);
  if (!paidOnce) process.exitCode = 1;
}

await soak("sqlite", async (folder) => `${folder}/shared.db`);
const why = whyNoPostgres();
if (why !== undefined) {
  process.stdout.write(`postgresql: ${why}\n`);
  process.exitCode = 1;
} else {
  const server = await PostgresServer.start();
  try {
    await soak("postgresql", () => server.database());
  } finally {
    await server.stop();
  }
}
