// The evidence that a settled epoch rests on, handed from one validator to another: given page by page, and put in its place.

import { closedEpoch, type Kept, portions, reportRow, ticketRow, voucherRow } from "./evidence.ts";
import type { SettlementStore, Tx } from "./store.ts";

const TABLES = ["reports", "tickets", "vouchers"] as const;
export type EvidenceTable = (typeof TABLES)[number];
const KIND = { reports: "report", tickets: "ticket", vouchers: "voucher" } as const;

/** The last of a page. */
export type PageMark = { readonly table: EvidenceTable; readonly digest: string };
export type HandedRow = {
  readonly kind: "report" | "ticket" | "voucher";
  readonly digest: string;
  readonly body: string;
  readonly signature: string;
  readonly signer?: string;
};

export const markText = ({ table, digest }: PageMark): string => `${table}:${digest}`;

/** Undefined where it is none. */
export function markFrom(text: string): PageMark | undefined {
  const [, table, digest] = /^(reports|tickets|vouchers):(0x[0-9a-f]{64})$/.exec(text) ?? [];
  return digest === undefined ? undefined : { table: table as EvidenceTable, digest };
}

export async function handedPage(
  store: SettlementStore,
  epoch: number,
  after: PageMark | undefined,
  limit: number,
): Promise<{ readonly rows: HandedRow[]; readonly next: PageMark | undefined }> {
  const rows: HandedRow[] = [];
  let last = after;
  for (const table of TABLES.slice(after === undefined ? 0 : TABLES.indexOf(after.table))) {
    const from = after?.table === table ? after.digest : "";
    const room = limit - rows.length;
    const found = await rowsAfter(store, table, epoch, from, room + 1);
    for (const row of found.slice(0, room)) {
      rows.push({ kind: KIND[table], ...row });
      last = { table, digest: row.digest };
    }
    if (found.length > room) return { rows, next: last };
  }
  return { rows, next: undefined };
}

function rowsAfter(store: SettlementStore, table: EvidenceTable, epoch: number, after: string, limit: number) {
  const fields = ["digest", "body", "signature"] as const;
  return store.read<Omit<HandedRow, "kind">[]>((db) =>
    table === "vouchers"
      ? db
          .selectFrom(table)
          .select([...fields, "signer"])
          .where("epoch", "=", epoch)
          .where("digest", ">", after)
          .orderBy("digest")
          .limit(limit)
          .execute()
      : db
          .selectFrom(table)
          .select(fields)
          .where("epoch", "=", epoch)
          .where("digest", ">", after)
          .orderBy("digest")
          .limit(limit)
          .execute(),
  );
}

export async function countEvidence(store: SettlementStore, epoch: number): Promise<number> {
  const counts = await Promise.all(
    TABLES.map((table) =>
      store.read((db) =>
        db
          .selectFrom(table)
          .select(({ fn }) => fn.countAll().as("number"))
          .where("epoch", "=", epoch)
          .executeTakeFirstOrThrow(),
      ),
    ),
  );
  return counts.reduce((sum, { number }) => sum + Number(number), 0);
}

/**
 * An epoch's evidence is this and nothing else. What else counted in it here counts in the first epoch that is open; what
 * counts here in another epoch that is settled stays there, and its digest is told.
 */
export async function placeEvidence(
  store: SettlementStore,
  tx: Tx,
  epoch: number,
  items: readonly Kept[],
  alsoPlaced: readonly number[],
): Promise<string | undefined> {
  const open = (await closedEpoch(store, tx)) + 1;
  for (const table of ["reports", "tickets"] as const) {
    const digests = new Set(items.filter(({ kind }) => kind === KIND[table]).map(({ digest }) => digest));
    const here = await tx.selectFrom(table).select("digest").where("epoch", "=", epoch).execute();
    const out = here.map(({ digest }) => digest).filter((digest) => !digests.has(digest));
    for (const some of portions(out)) {
      await tx.updateTable(table).set({ epoch: open }).where("digest", "in", some).execute();
    }
    const settled = tx
      .selectFrom("epochs")
      .select("epoch")
      .where("state", "=", "settled")
      .where("epoch", "not in", alsoPlaced);
    const placed = new Set<string>();
    for (const some of portions([...digests])) {
      const moved = await tx
        .updateTable(table)
        .set({ epoch })
        .where("digest", "in", some)
        .where("epoch", "not in", settled)
        .returning("digest")
        .execute();
      for (const { digest } of moved) placed.add(digest);
      const all = await tx.selectFrom(table).select("digest").where("digest", "in", some).execute();
      const taken = all.find(({ digest }) => !placed.has(digest));
      if (taken !== undefined) return taken.digest;
    }
    for (const item of items) {
      if (item.kind !== KIND[table] || placed.has(item.digest)) continue;
      const taken = await putIn(tx, epoch, item);
      if (!taken) return item.digest;
      placed.add(item.digest);
    }
  }
  await tx.deleteFrom("vouchers").where("epoch", "=", epoch).execute();
  for (const item of items) {
    if (item.kind === "voucher") await tx.insertInto("vouchers").values(voucherRow(item)).execute();
  }
  return undefined;
}

/** Who signed two things under one number is believed in the one that was settled; false where the other was settled too. */
async function putIn(tx: Tx, epoch: number, item: Kept): Promise<boolean> {
  const settled = tx.selectFrom("epochs").select("epoch").where("state", "=", "settled");
  if (item.kind === "report") {
    const row = reportRow(item, epoch);
    await tx
      .deleteFrom("reports")
      .where("link", "=", row.link)
      .where("reporter", "=", row.reporter)
      .where("boot", "=", row.boot)
      .where("seq", "=", row.seq)
      .where("epoch", "not in", settled)
      .execute();
    const put = tx.insertInto("reports").values(row);
    return (
      (await put
        .onConflict((conflict) => conflict.doNothing())
        .returning("digest")
        .executeTakeFirst()) !== undefined
    );
  }
  if (item.kind !== "ticket") return false;
  const row = ticketRow(item, epoch);
  await tx
    .deleteFrom("tickets")
    .where("path", "=", row.path)
    .where("provider", "=", row.provider)
    .where("boot", "=", row.boot)
    .where("seq", "=", row.seq)
    .where("epoch", "not in", settled)
    .execute();
  const put = tx.insertInto("tickets").values(row);
  return (
    (await put
      .onConflict((conflict) => conflict.doNothing())
      .returning("digest")
      .executeTakeFirst()) !== undefined
  );
}
