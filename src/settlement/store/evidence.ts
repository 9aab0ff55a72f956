// Link reports, tickets, vouchers and terms: each kept once, in the epoch that it counts in. Intake and closing never
// overlap: whoever keeps something holds the mark of closed epochs still until it is kept.

import { sql } from "kysely";
import type { SettlementStore, Tx } from "./store.ts";

/** A message with whatever its signature covers, ready to be kept. */
export type Kept =
  | {
      readonly kind: "report";
      readonly digest: string;
      readonly link: string;
      readonly author: string;
      readonly boot: string;
      readonly seq: string;
      readonly epoch: number;
      readonly body: string;
      readonly signature: string;
    }
  | {
      readonly kind: "ticket";
      readonly digest: string;
      readonly path: string;
      readonly author: string;
      readonly boot: string;
      readonly seq: string;
      readonly body: string;
      readonly signature: string;
    }
  | {
      readonly kind: "voucher";
      readonly digest: string;
      readonly path: string;
      readonly author: string;
      readonly epoch: number;
      readonly amount: bigint;
      readonly body: string;
      readonly signer: string;
      readonly signature: string;
    };

export type TermsRow = { readonly id: string; readonly kind: "link" | "path"; readonly body: string };
export type TicketRow = {
  readonly digest: string;
  readonly body: string;
  readonly signature: string;
  readonly epoch: number;
};
export type VoucherRow = {
  readonly digest: string;
  readonly body: string;
  readonly signer: string;
  readonly signature: string;
  readonly amount: string;
  readonly path: string;
};

const CLOSED = "closed";

/** The last epoch that takes nothing any more; it stays so until the transaction ends. */
export async function closedEpoch(store: SettlementStore, tx: Tx): Promise<number> {
  const asked = tx.selectFrom("settlement_facts").select("value").where("name", "=", CLOSED);
  const row = await (store.kind === "postgres" ? asked.forShare() : asked).executeTakeFirst();
  return Number(row?.value ?? -1);
}

/** From now on nothing is taken into this epoch or an earlier one; what is being kept in it is kept first. */
export async function closeIntake(store: SettlementStore, epoch: number): Promise<void> {
  await store.write(async (tx) => {
    await tx
      .insertInto("settlement_facts")
      .values({ name: CLOSED, value: "-1" })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    const asked = tx.selectFrom("settlement_facts").select("value").where("name", "=", CLOSED);
    const row = await (store.kind === "postgres" ? asked.forUpdate() : asked).executeTakeFirstOrThrow();
    if (Number(row.value) >= epoch) return;
    await tx
      .updateTable("settlement_facts")
      .set({ value: String(epoch) })
      .where("name", "=", CLOSED)
      .execute();
  });
}

/** The row must be there before anybody can hold it still. */
export async function openIntake(store: SettlementStore): Promise<void> {
  await closeIntake(store, -1);
}

export type KeepAnswer = { readonly epoch: number; readonly late: readonly Kept[] };

/**
 * `now` is the running epoch. Reports and tickets that come late count in the first epoch that is open; vouchers come too
 * late, unless another validator counted them in time.
 */
export function keepEvidence(
  store: SettlementStore,
  items: readonly Kept[],
  now: number,
  lateVouchers = false,
): Promise<KeepAnswer> {
  return store.write(async (tx) => {
    const open = (await closedEpoch(store, tx)) + 1;
    const epoch = Math.max(now, open);
    const late: Kept[] = [];
    for (const item of items) {
      if (item.kind === "voucher") {
        if (item.epoch < open && !(lateVouchers && !(await isSettled(tx, item.epoch)))) late.push(item);
        else await keepVoucher(tx, item);
      } else if (item.kind === "report") {
        await tx
          .insertInto("reports")
          .values(reportRow(item, Math.max(item.epoch, open)))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      } else {
        await tx
          .insertInto("tickets")
          .values(ticketRow(item, epoch))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
    }
    return { epoch, late };
  });
}

export const reportRow = (item: Kept & { kind: "report" }, epoch: number) => {
  const { digest, link, author, boot, seq, body, signature } = item;
  return { digest, epoch, link, reporter: author, boot: sorted(boot), seq: sorted(seq), body, signature };
};

export const ticketRow = (item: Kept & { kind: "ticket" }, epoch: number) => {
  const { digest, path, author, boot, seq, body, signature } = item;
  return { digest, epoch, path, provider: author, boot: sorted(boot), seq: sorted(seq), body, signature };
};

export const voucherRow = (item: Kept & { kind: "voucher" }) => {
  const { digest, epoch, path, author, amount, body, signer, signature } = item;
  return { epoch, path, consumer: author, amount: String(amount), body, signer, signature, digest };
};

/** Nothing that comes later changes what a settled batch rests on. */
const isSettled = async (tx: Tx, epoch: number): Promise<boolean> => {
  const row = await tx.selectFrom("epochs").select("state").where("epoch", "=", epoch).executeTakeFirst();
  return row?.state === "settled";
};

async function keepVoucher(tx: Tx, item: Kept & { kind: "voucher" }): Promise<void> {
  const { epoch, path, amount } = item;
  const had = await tx
    .selectFrom("vouchers")
    .select("amount")
    .where("epoch", "=", epoch)
    .where("path", "=", path)
    .executeTakeFirst();
  if (had && BigInt(had.amount) >= amount) return;
  const row = voucherRow(item);
  await tx
    .insertInto("vouchers")
    .values(row)
    .onConflict((conflict) => conflict.columns(["epoch", "path"]).doUpdateSet(row))
    .execute();
}

export async function keepTerms(store: SettlementStore, rows: readonly TermsRow[]): Promise<void> {
  const at_ms = store.hereMs();
  await store.write(async (tx) => {
    for (const row of rows) {
      await tx
        .insertInto("terms")
        .values({ ...row, at_ms })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .execute();
    }
  });
}

export async function termsOf(store: SettlementStore, ids: readonly string[]): Promise<TermsRow[]> {
  const rows: TermsRow[] = [];
  for (const some of portions(ids)) {
    rows.push(
      ...(await store.read((db) =>
        db.selectFrom("terms").select(["id", "kind", "body"]).where("id", "in", some).execute(),
      )),
    );
  }
  return rows;
}

export const allTerms = (store: SettlementStore): Promise<TermsRow[]> =>
  store.read((db) => db.selectFrom("terms").select(["id", "kind", "body"]).orderBy("id").execute());

type SignedTable = "reports" | "tickets";

export const evidenceOf = (store: SettlementStore, table: SignedTable, epoch: number): Promise<TicketRow[]> =>
  store.read((db) =>
    db
      .selectFrom(table)
      .select(["digest", "body", "signature", "epoch"])
      .where("epoch", "=", epoch)
      .orderBy("digest")
      .execute(),
  );

/** The last from before an epoch of each author and subject that has some in it. */
export async function lastBefore(store: SettlementStore, table: SignedTable, epoch: number): Promise<TicketRow[]> {
  const [subject, author] = table === "reports" ? ["link", "reporter"] : ["path", "provider"];
  const [of, by] = [sql.ref(subject), sql.ref(author)];
  return store.read(async (db) => {
    const { rows: pairs } = await sql<{ subject: string; author: string }>`
      select distinct ${of} as subject, ${by} as author from ${sql.table(table)} where epoch = ${epoch}`.execute(db);
    const found: TicketRow[] = [];
    for (const pair of pairs) {
      // Numbers are kept with zeros in front, so that their order as text is theirs.
      const { rows } = await sql<TicketRow>`
        select digest, body, signature, epoch from ${sql.table(table)}
        where ${of} = ${pair.subject} and ${by} = ${pair.author} and epoch < ${epoch}
        order by boot desc, seq desc limit 1`.execute(db);
      found.push(...rows);
    }
    return found;
  });
}

export const vouchersOf = (store: SettlementStore, epoch: number): Promise<VoucherRow[]> =>
  store.read((db) =>
    db
      .selectFrom("vouchers")
      .select(["digest", "body", "signer", "signature", "amount", "path"])
      .where("epoch", "=", epoch)
      .orderBy("path")
      .execute(),
  );

/** What another validator counts in this epoch is counted here in it too, and what it does not count comes in the next. */
export function assign(store: SettlementStore, epoch: number, digests: ReadonlySet<string>): Promise<void> {
  return store.write(async (tx) => {
    for (const table of ["reports", "tickets"] as const) {
      const mine = await tx.selectFrom(table).select(["digest", "epoch"]).where("epoch", ">=", epoch).execute();
      const into = mine.filter((row) => digests.has(row.digest) && Number(row.epoch) !== epoch);
      const out = mine.filter((row) => !digests.has(row.digest) && Number(row.epoch) === epoch);
      for (const [rows, to] of [
        [into, epoch],
        [out, epoch + 1],
      ] as const) {
        for (const some of portions(rows.map(({ digest }) => digest))) {
          await tx.updateTable(table).set({ epoch: to }).where("digest", "in", some).execute();
        }
      }
    }
  });
}

/** Of 64 bits. */
const sorted = (number: string): string => number.padStart(20, "0");

/** SQLite takes so many parameters in a statement. */
const PORTION = 10_000;
export function portions<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / PORTION) }, (_, i) => list.slice(i * PORTION, (i + 1) * PORTION));
}

/** Which of these are not here. */
export async function missingOf(store: SettlementStore, digests: readonly string[]): Promise<string[]> {
  const here = new Set<string>();
  for (const table of ["reports", "tickets", "vouchers"] as const) {
    for (const some of portions(digests)) {
      const rows = await store.read((db) =>
        db.selectFrom(table).select("digest").where("digest", "in", some).execute(),
      );
      for (const { digest } of rows) here.add(digest);
    }
  }
  return digests.filter((digest) => !here.has(digest));
}

export async function lastEpochWithTickets(store: SettlementStore): Promise<number | undefined> {
  const row = await store.read((db) =>
    db
      .selectFrom("tickets")
      .select(({ fn }) => fn.max("epoch").as("epoch"))
      .executeTakeFirst(),
  );
  return row?.epoch === null || row?.epoch === undefined ? undefined : Number(row.epoch);
}
