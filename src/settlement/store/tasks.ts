// Who works on what, for a time: any number of workers share a store, and each task is one's at a time. A worker that is
// killed, or stopped for longer than its time, loses it; its late writes are refused by the number of its taking.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { SettlementStore, Tx } from "./store.ts";

export type Task = { readonly name: string; readonly holder: string; readonly fence: number };

/** Undefined where another has it. Taking one's own again is a longer time under the same number. */
export function takeTask(
  store: SettlementStore,
  name: string,
  holder: string,
  forMs: number,
): Promise<Task | undefined> {
  return store.write(async (tx) => {
    const now = await store.storeMs(tx);
    const until = { holder, until_ms: now + forMs };
    const row = await tx
      .insertInto("tasks")
      .values({ name, fence: 1, ...until })
      .onConflict((conflict) =>
        conflict
          .column("name")
          .doUpdateSet(({ eb, ref }) => ({
            ...until,
            fence: eb
              .case()
              .when(eb.and([eb(ref("tasks.holder"), "=", holder), eb(ref("tasks.until_ms"), ">", now)]))
              .then(ref("tasks.fence"))
              .else(eb(ref("tasks.fence"), "+", 1))
              .end(),
          }))
          .where((eb) => eb.or([eb("tasks.holder", "=", holder), eb("tasks.until_ms", "<=", now)])),
      )
      .returning("fence")
      .executeTakeFirst();
    return row && { name, holder, fence: Number(row.fence) };
  });
}

/** Whoever makes, signs or catches up with an epoch does it under this. */
export const epochTask = (epoch: number): string => `epoch ${epoch}`;

/** Takes a task, works on it and gives it back; nothing where another has it. */
export async function withTask(
  store: SettlementStore,
  name: string,
  holder: string,
  work: (task: Task) => Promise<void>,
): Promise<void> {
  const task = await takeTask(store, name, holder, LIMITS.taskHoldMs);
  if (task === undefined) return;
  try {
    await work(task);
  } finally {
    await giveTask(store, task);
  }
}

/** Within a transaction that writes for a task: it is still ours, and stays so until the transaction ends. */
export async function holdTask(store: SettlementStore, tx: Tx, { name, fence }: Task): Promise<void> {
  const asked = tx.selectFrom("tasks").select(["fence", "until_ms"]).where("name", "=", name);
  const row = await (store.kind === "postgres" ? asked.forShare() : asked).executeTakeFirst();
  if (row !== undefined && Number(row.fence) === fence) return;
  throw new SrwanError("LEASE_LOST", `the task ${name} was taken by another worker`, {
    remedy: "Nothing is to be done: the other worker goes on with it.",
  });
}

export async function giveTask(store: SettlementStore, { name, fence }: Task): Promise<void> {
  await store.write((tx) =>
    tx.updateTable("tasks").set({ until_ms: 0 }).where("name", "=", name).where("fence", "=", fence).execute(),
  );
}
