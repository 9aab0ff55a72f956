// The outcome of a transaction for a person: what is true now, device by device, and why.

import { EXIT_CODES } from "../../base/errors.ts";
import type { DeviceOutcome, SealedOutcome } from "../../netconf/transaction/outcome.ts";
import { type Column, type Paint, table } from "../output.ts";
import type { View } from "../verb.ts";

const PAINTS: Readonly<Record<DeviceOutcome["outcome"], Paint>> = {
  APPLIED: "good",
  NOT_APPLIED: "warn",
  UNKNOWN: "bad",
};

const GUARANTEES: Readonly<Record<string, string>> = {
  persist: "confirmed commit",
  session: "confirmed commit of this session",
  compensated: "an edit that takes it back",
};

const COLUMNS: readonly Column<DeviceOutcome>[] = [
  { title: "DEVICE", cell: ({ device }) => device },
  { title: "OUTCOME", cell: ({ outcome }) => outcome, paint: ({ outcome }) => PAINTS[outcome] },
  { title: "BEFORE", cell: ({ before }) => before?.slice(0, 12) ?? "", wide: true },
  { title: "AFTER", cell: ({ after }) => after?.slice(0, 12) ?? "", wide: true },
  { title: "WAY BACK", cell: ({ guarantee }) => GUARANTEES[guarantee ?? ""] ?? "", wide: true },
  { title: "WHY", cell: ({ outcome, after, problem }) => problem?.message ?? reason(outcome, after) },
];

const reason = (outcome: DeviceOutcome["outcome"], after: string | null): string => {
  if (outcome === "APPLIED") return "seen in running after the last word";
  return after === null ? "nothing was sent" : "seen in running as it was before";
};

const EXITS = { APPLIED: "ok", NOT_APPLIED: "failed", UNKNOWN: "unavailable" } as const;

export function outcomeView(sealed: readonly SealedOutcome[]): View {
  const worst = sealed.map(({ document }) => EXIT_CODES[EXITS[document.outcome]].code);
  return {
    data: sealed.length === 1 ? sealed[0] : sealed,
    text: (wide, screen) =>
      sealed
        .map(({ document, seal }) => {
          const rows = table(document.devices, COLUMNS, wide, screen);
          const signed = seal ? `signed with ${seal.scheme} ${seal.key.slice(0, 16)}…` : "not signed";
          const open =
            document.outcome === "UNKNOWN" ? "\nIts journal stays open: `srwan netconf reconcile` looks again." : "";
          return `${rows}transaction ${document.transaction}: ${document.outcome}, ${signed}${open}`;
        })
        .join("\n\n"),
    exitCode: Math.max(EXIT_CODES.ok.code, ...worst),
  };
}
