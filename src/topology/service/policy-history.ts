// Expected against actual delay of a policy over time: of each moment the path it was on, the sum of what its segments
// measured, and what probes over the SID list saw. Pure.

import { segmentParts } from "../../wire/parts.ts";
import type { SegmentReport } from "../../wire/report.ts";
import { pathName } from "../loop/documents.ts";

/** A policy came onto these segments. */
export type Stood = { readonly fromMs: number; readonly segments: readonly string[] };

export type ReportSeen = {
  readonly pop: string;
  readonly atMs: number;
  readonly cells: readonly SegmentReport[];
  readonly paths: readonly {
    readonly policy: string;
    readonly path: string;
    readonly actualUs: number | null;
    readonly lossPpm: number | null;
  }[];
};

export type HistoryPoint = {
  readonly atMs: number;
  /** Index into the paths. */
  readonly path: number;
  readonly expectedUs: number | null;
  readonly actualUs: number | null;
  readonly lossPpm: number | null;
};

export type PolicyHistory = {
  readonly paths: readonly (readonly string[])[];
  readonly points: readonly HistoryPoint[];
};

/** `moves`, the oldest first: from and to as they were told. Where none is known it stands where it stands now. */
export function stoodOf(
  moves: readonly { readonly atMs: number; readonly from: readonly string[]; readonly to: readonly string[] }[],
  now: readonly string[],
): Stood[] {
  const [first] = moves;
  const stood: Stood[] = [{ fromMs: 0, segments: first === undefined ? now : first.from }];
  for (const { atMs, to } of moves) stood.push({ fromMs: atMs, segments: to });
  return stood.filter(({ segments }) => segments.length > 0);
}

/** A report of another POP may be this much older than the one of the POP where the policy begins. */
const TOGETHER = 2.5;

/**
 * Delays are freed of the clocks at both ends: what the segments' own estimates say the clocks add is taken off both
 * what was expected and what was seen.
 */
export function policyHistory(
  policy: { readonly name: string; readonly from: string },
  stood: readonly Stood[],
  reports: readonly ReportSeen[],
  bucketMs: number,
): PolicyHistory {
  const keys = [...new Set(stood.map(({ segments }) => segments.join(" ")))];
  const paths = keys.map((key) => key.split(" "));
  const names = paths.map((segments) => pathName(segments.map((name) => ({ name }))));
  const latest = new Map<string, ReportSeen>();
  const points: HistoryPoint[] = [];
  for (const report of reports) {
    latest.set(report.pop, report);
    if (report.pop !== policy.from) continue;
    const now = stood.findLast(({ fromMs }) => fromMs <= report.atMs);
    if (now === undefined) continue;
    const path = keys.indexOf(now.segments.join(" "));
    const cells = now.segments.map((segment) => {
      const seen = latest.get(segmentParts(segment).from);
      if (seen === undefined || report.atMs - seen.atMs > TOGETHER * bucketMs) return undefined;
      return seen.cells.find((cell) => cell.segment === segment);
    });
    const clocksUs = sum(cells, (cell) =>
      cell.p50Us === null || cell.delayUs === null ? null : cell.p50Us - cell.delayUs,
    );
    const probe = report.paths.find((one) => one.policy === policy.name && one.path === names[path]);
    const actual = probe?.actualUs ?? null;
    points.push({
      atMs: report.atMs,
      path,
      expectedUs: sum(cells, ({ delayUs }) => delayUs),
      actualUs: actual === null || clocksUs === null ? null : Math.max(0, actual - clocksUs),
      lossPpm: probe?.lossPpm ?? null,
    });
  }
  return { paths, points };
}

const sum = (
  cells: readonly (SegmentReport | undefined)[],
  of: (cell: SegmentReport) => number | null,
): number | null =>
  cells.reduce<number | null>((total, cell) => {
    const one = cell === undefined ? null : of(cell);
    return total === null || one === null ? null : total + one;
  }, 0);
