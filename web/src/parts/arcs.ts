// Which directed segments a map shows, and how. Pure.

import { msUnit, percent, segmentOf } from "../base/format.ts";
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
  const arcs = all.flatMap((cell): Arc[] => {
    const segment = `${cell.from}/${cell.transit}>${cell.to}`;
    const kind = kindOf(state.get(segment), used.has(segment));
    if (kind === "plain" && all.length > MOST_PLAIN) return [];
    const title = `${segmentWords(segment)}: ${msUnit(cell.delayUs)}, loss ${percent(cell.lossPpm)}`;
    return [
      { segment, from: cell.from, to: cell.to, kind: kind === "plain" && chosen !== undefined ? "dim" : kind, title },
    ];
  });
  // The matrix has the quickest segment of a pair; others may carry a policy or be in trouble.
  const drawn = new Set(arcs.map(({ segment }) => segment));
  const others = [...new Set([...state.keys(), ...used])].filter((segment) => !drawn.has(segment));
  const special = new Set(others.map((segment) => `${segmentOf(segment).from} ${segmentOf(segment).to}`));
  return [
    ...arcs.filter(({ from, to, kind }) => kind === "used" || !special.has(`${from} ${to}`)),
    ...others.map((segment): Arc => {
      const { from, to } = segmentOf(segment);
      return { segment, from, to, kind: kindOf(state.get(segment), used.has(segment)), title: segmentWords(segment) };
    }),
  ];
}

const kindOf = (trouble: string | undefined, isUsed: boolean): Arc["kind"] =>
  trouble === "segment-down" ? "bad" : trouble !== undefined ? "warn" : isUsed ? "used" : "plain";
