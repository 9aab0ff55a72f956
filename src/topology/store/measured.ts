// Measurements: one row a report, its cells packed; which segments they are of is kept once for all reports alike.

import { createHash } from "node:crypto";
import type { InsertObject } from "kysely";
import { LIMITS } from "../../base/limits.ts";
import type { Measured, SegmentReport } from "../../wire/report.ts";
import { packCells, unpackCells } from "./pack.ts";
import type { Report } from "./rollup.ts";
import type { Store } from "./store.ts";
import type { MeasuredTable, Tables } from "./tables.ts";

/** Layouts never change, so what was read once stays true. */
const ids = new WeakMap<Store, Map<string, number>>();
const lists = new WeakMap<Store, Map<number, readonly string[]>>();

const hashOf = (cells: readonly SegmentReport[]): string =>
  createHash("sha256")
    .update(cells.map(({ segment }) => segment).join("\n"))
    .digest("base64url");

/** What a report's layout is called, found once for each report. */
const layoutOf = new WeakMap<Measured, number>();

/** Before a transaction that keeps them: one that is undone must not leave behind numbers that nobody has. */
export async function ensureLayouts(store: Store, reports: readonly Measured[]): Promise<void> {
  const known = ids.get(store) ?? new Map<string, number>();
  ids.set(store, known);
  if (known.size > LIMITS.layoutsKept) known.clear();
  const hashes = reports.map(({ cells }) => hashOf(cells));
  const missing = new Map<string, string>();
  for (const [i, hash] of hashes.entries()) {
    if (known.has(hash)) continue;
    missing.set(hash, JSON.stringify((reports[i] as Measured).cells.map(({ segment }) => segment)));
  }
  if (missing.size > 0) {
    const rows = await store.write(async (tx) => {
      const values = [...missing].map(([hash, segments]) => ({ hash, segments }));
      await tx
        .insertInto("layouts")
        .values(values)
        .onConflict((conflict) => conflict.column("hash").doNothing())
        .execute();
      return tx
        .selectFrom("layouts")
        .select(["id", "hash"])
        .where("hash", "in", [...missing.keys()])
        .execute();
    });
    for (const { id, hash } of rows) known.set(hash, id);
  }
  for (const [i, report] of reports.entries()) layoutOf.set(report, known.get(hashes[i] as string) as number);
}

export const measuredRow = (pop: string, atMs: number, report: Measured): InsertObject<Tables, "measured"> => ({
  pop,
  at_ms: atMs,
  number: report.number,
  interval_ms: report.intervalMs,
  layout: layoutOf.get(report) as number,
  cells: packCells(report.cells),
  paths: packPaths(report.paths),
});

type PathTuple = readonly [string, string, number | null, number | null, number];

export const packPaths = (paths: Report["paths"]): string | null =>
  paths.length === 0
    ? null
    : JSON.stringify(paths.map((one): PathTuple => [one.policy, one.path, one.actualUs, one.lossPpm, one.samples]));

const unpackPaths = (text: string | null): Report["paths"] =>
  text === null
    ? []
    : (JSON.parse(text) as PathTuple[]).map(([policy, path, actualUs, lossPpm, samples]) => ({
        policy,
        path,
        actualUs,
        lossPpm,
        samples,
      }));

export type MeasuredReport = Report & {
  readonly pop: string;
  readonly atMs: number;
  readonly number: number;
  readonly intervalMs: number;
  readonly layout: number;
};

export async function unpackRows(store: Store, rows: readonly Tables["measured"][]): Promise<MeasuredReport[]> {
  const known = await segmentLists(store, new Set(rows.map(({ layout }) => layout)));
  return rows.map((row) => ({
    pop: row.pop,
    atMs: row.at_ms,
    number: row.number,
    intervalMs: row.interval_ms,
    layout: row.layout,
    cells: unpackCells(row.cells, known.get(row.layout) ?? []),
    paths: unpackPaths(row.paths),
  }));
}

async function segmentLists(
  store: Store,
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const known = lists.get(store) ?? new Map<number, readonly string[]>();
  lists.set(store, known);
  if (known.size > LIMITS.layoutsKept) known.clear();
  const lacking = [...wanted].filter((id) => !known.has(id));
  for (let at = 0; at < lacking.length; at += 500) {
    const some = lacking.slice(at, at + 500);
    const rows = await store.read((db) => db.selectFrom("layouts").selectAll().where("id", "in", some).execute());
    for (const { id, segments } of rows) known.set(id, JSON.parse(segments));
  }
  return known;
}

/** The newest report of each of these POPs. */
export async function latestReports(store: Store, pops: readonly string[]): Promise<MeasuredReport[]> {
  if (pops.length === 0) return [];
  const rows = await store.read((db) =>
    db
      .selectFrom("measured")
      .innerJoin("hearing", (join) =>
        join
          .onRef("hearing.pop", "=", "measured.pop")
          .onRef("hearing.measured_ms", "=", "measured.at_ms")
          .onRef("hearing.measured_number", "=", "measured.number"),
      )
      .selectAll("measured")
      .where("measured.pop", "in", pops)
      .execute(),
  );
  return unpackRows(store, rows);
}

export type HistoryAsked = {
  readonly table: MeasuredTable;
  readonly pop: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
};

/** Reports of one POP, the oldest first. */
export async function history(store: Store, asked: HistoryAsked): Promise<MeasuredReport[]> {
  const rows = await store.read((db) =>
    db
      .selectFrom(asked.table)
      .selectAll()
      .where("pop", "=", asked.pop)
      .where("at_ms", ">=", asked.fromMs)
      .where("at_ms", "<", asked.toMs)
      .orderBy("at_ms")
      .orderBy("number")
      .limit(asked.limit)
      .execute(),
  );
  return unpackRows(store, rows);
}
