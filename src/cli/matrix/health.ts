// What does not go well in a group, a line each: ways that are dead, rows that did not come, rows that contradict.

import { formatUs } from "../../base/units.ts";
import type { HeldContradiction, HeldMatrix } from "../../pulse/group/held.ts";
import { fold } from "../output.ts";
import type { Screen } from "../verb.ts";

const WAYS = { out: "the way out", in: "the way in" } as const;

export function healthLines(matrix: HeldMatrix, { width }: Screen): string[] {
  const nowMs = Date.parse(matrix.at);
  const links = matrix.links
    .filter(({ state }) => state === "suspect" || state === "down")
    .map(({ peer, state, dead, since }) => {
      const seconds = Math.max(0, Math.round((nowMs - Date.parse(since)) / 1_000));
      return `${peer} is ${state}${dead === null ? "" : ` (${WAYS[dead]})`} for ${seconds} s.`;
    });
  const silent = matrix.rows.filter(({ ageMs }) => ageMs === null).map(({ member }) => member);
  const rows = silent.length === 0 ? [] : [`No row yet of ${silent.join(", ")}.`];
  const paths = matrix.paths.map(({ path, peer, state, p50Us, againstDirectUs }) => {
    const delay = p50Us === null ? "not measured" : formatUs(p50Us);
    const against = againstDirectUs === null ? "" : `, ${formatUs(againstDirectUs)} against the direct way`;
    return `Path ${path} to ${peer}: ${state}, ${delay}${against}.`;
  });
  const lines = [...links, ...rows, ...paths, ...matrix.contradictions.map(contradictionText)];
  return lines.flatMap((line) => fold(line, width ?? Number.POSITIVE_INFINITY));
}

function contradictionText({ reporters, lastedMs, evidence }: HeldContradiction): string {
  const who = reporters.length === 1 ? `${reporters[0]} reports` : `One of ${reporters.join(", ")} reports`;
  const facts = evidence.map(({ kind, members, senderUs, receiverUs, toleranceUs, sumUs, floorUs }) =>
    kind === "views"
      ? `${members.join(" to ")}: the sender says ${formatUs(senderUs ?? 0)}, the receiver ${formatUs(receiverUs ?? 0)}, ` +
        `${formatUs(toleranceUs ?? 0)} apart at most`
      : `round ${members.join(", ")} in ${formatUs(sumUs ?? 0)}, and light needs ${formatUs(floorUs ?? 0)}`,
  );
  return `${who} what cannot be, for ${Math.round(lastedMs / 1_000)} s: ${facts.join("; ")}.`;
}
