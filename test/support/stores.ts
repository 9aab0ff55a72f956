// The same tests over both kinds of store: each gets stores of its own, and says loudly when PostgreSQL is missing.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import { createLogger, type Logger } from "../../src/base/log.ts";
import { Store } from "../../src/topology/store/store.ts";
import { PostgresServer, whyNoPostgres } from "./postgres.ts";

export const silent: Logger = createLogger({ level: "silent", format: "json", write: () => undefined });

export type Stores = {
  readonly kind: "sqlite" | "postgres";
  /** The address of an empty store. */
  address(): Promise<string>;
  open(address?: string): Promise<Store>;
  /** Only with PostgreSQL. */
  server(): PostgresServer;
};

export function overBothStores(body: (stores: Stores) => void): void {
  describe("over SQLite", () => {
    const folder = mkdtempSync(join(tmpdir(), "srwan-store-"));
    let count = 0;
    afterAll(() => rmSync(folder, { recursive: true }));
    body(storesOf("sqlite", async () => join(folder, `${++count}.db`)));
  });
  const why = whyNoPostgres();
  describe.skipIf(why !== undefined)(`over PostgreSQL${why === undefined ? "" : `: ${why}`}`, () => {
    let server: PostgresServer | undefined;
    const running = (): PostgresServer => {
      if (server === undefined) throw new Error("the server is not up");
      return server;
    };
    beforeAll(async () => {
      server = await PostgresServer.start();
    }, 60_000);
    afterAll(() => server?.stop());
    body(storesOf("postgres", () => running().database(), running));
  });
}

function storesOf(kind: Stores["kind"], address: () => Promise<string>, server?: () => PostgresServer): Stores {
  const open: Store[] = [];
  afterAll(async () => {
    for (const store of open) await store.close();
  });
  return {
    kind,
    address,
    open: async (at) => {
      const store = await Store.open({ address: at ?? (await address()), clock: new RealClock(), log: silent });
      open.push(store);
      return store;
    },
    server: () => {
      if (server === undefined) throw new Error("there is no server");
      return server();
    },
  };
}
