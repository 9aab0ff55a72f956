// Which services of this store are there. Over PostgreSQL there may be many; the embedded store has one at a time.

import { existsSync } from "node:fs";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { nowMs, type Store } from "./store.ts";

export type ServiceRow = {
  readonly id: string;
  readonly address: string;
  readonly startedMs: number;
  readonly seenMs: number;
  readonly alive: boolean;
};

export function register(store: Store, id: string, address: string): Promise<void> {
  return store.write(async (tx) => {
    const now = nowMs(store.clock);
    if (store.kind === "sqlite") {
      const others = await tx.selectFrom("services").selectAll().where("id", "!=", id).execute();
      const other = others.find(({ process: pid, seen_ms }) => isAlive(pid) && now - seen_ms < LIMITS.serviceSilentMs);
      if (other) throw inUse(store.address, other.id, other.process);
      await tx.deleteFrom("services").where("id", "!=", id).execute();
    }
    const row = { address, process: String(process.pid), started_ms: now, seen_ms: now };
    await tx
      .insertInto("services")
      .values({ id, ...row })
      .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
      .execute();
  });
}

const isAlive = (pid: string): boolean => Number(pid) !== process.pid && existsSync(`/proc/${pid}`);

const inUse = (path: string, id: string, pid: string): SrwanError =>
  new SrwanError("STORE_IN_USE", `${path} is in use by service ${id}, process ${pid}`, {
    remedy: "Stop that one first, or give each service the same PostgreSQL.",
    details: { service: id, process: pid },
  });

/** Says that it lives, forgets who has been silent for a day, and gives back who else lives. */
export function beat(store: Store, id: string): Promise<ServiceRow[]> {
  return store.write(async (tx) => {
    const now = nowMs(store.clock);
    await tx.updateTable("services").set({ seen_ms: now }).where("id", "=", id).execute();
    await tx
      .deleteFrom("services")
      .where("seen_ms", "<", now - LIMITS.serviceForgottenMs)
      .execute();
    const rows = await tx.selectFrom("services").selectAll().orderBy("id").execute();
    return rows.map((row) => ({
      id: row.id,
      address: row.address,
      startedMs: row.started_ms,
      seenMs: row.seen_ms,
      alive: now - row.seen_ms < LIMITS.serviceSilentMs,
    }));
  });
}

export async function unregister(store: Store, id: string): Promise<void> {
  await store.write((tx) => tx.deleteFrom("services").where("id", "=", id).execute());
}
