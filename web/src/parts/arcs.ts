// Which directed segments a map shows, and how. Pure.

import { msUnit, percent } from "../base/format.ts";
import { segmentWords } from "../base/story.ts";
import type { ConditionView, PolicyView } from "../base/types.ts";
import type { Cells } from "./cells.ts";
import type { Arc } from "./world-map.tsx";

/** With more than this only those that say something are drawn. */
const MOST_PLAIN = 400;

export function arcsOf(
  cells: Cells,
  conditions: readonly ConditionView[],
  policies: readonly PolicyView[],
  chosen: string | undefined,
): Arc[] {
  const state = new Map(
    conditions.filter(({ id }) => id.startsWith("segment-")).map(({ subject, id }) => [subject, id]),
  );
  const used = new Set(
    policies
      .filter(({ spec }) => chosen === undefined || spec.name === chosen)
      .flatMap(({ status }) => status?.paths.find(({ role }) => role === "active")?.segments ?? []),
  );
  const all = [...cells.all()];
  return all.flatMap((cell): Arc[] => {
    const segment = `${cell.from}/${cell.transit}>${cell.to}`;
    const trouble = state.get(segment);
    const kind =
      trouble === "segment-down" ? "bad" : trouble !== undefined ? "warn" : used.has(segment) ? "used" : "plain";
    if (kind === "plain" && all.length > MOST_PLAIN) return [];
    const title = `${segmentWords(segment)}: ${msUnit(cell.delayUs)}, loss ${percent(cell.lossPpm)}`;
    return [
      { segment, from: cell.from, to: cell.to, kind: kind === "plain" && chosen !== undefined ? "dim" : kind, title },
    ];
  });
}
