// States as a mark, a colour and a word: the colour alone says nothing that the word does not.

const KINDS: Readonly<Record<string, "good" | "warn" | "bad" | "calm">> = {
  PROGRAMMED: "good",
  INSTALLED: "calm",
  SENT: "calm",
  "FAILED-OVER": "warn",
  UNPROVED: "warn",
  "POP-AWAY": "warn",
  "NO-PATH": "bad",
  REFUSED: "bad",
  UP: "good",
  DEGRADED: "warn",
  DOWN: "bad",
  critical: "bad",
  warning: "warn",
  notice: "calm",
  confirmed: "good",
  waiting: "warn",
  returned: "calm",
  there: "good",
  away: "bad",
  "set apart": "warn",
  open: "good",
  sold: "calm",
  paid: "calm",
  settled: "good",
  sealed: "calm",
  made: "calm",
  left: "warn",
  Open: "calm",
  Released: "good",
  Refunded: "warn",
};

const MARKS = { good: "●", warn: "▲", bad: "✕", calm: "○" } as const;

export const kindOf = (state: string): keyof typeof MARKS => KINDS[state] ?? "calm";

export function Badge({ state, kind = kindOf(state) }: { readonly state: string; readonly kind?: keyof typeof MARKS }) {
  return (
    <span class={`badge ${kind}`}>
      <span aria-hidden="true">{MARKS[kind]}</span> {state}
    </span>
  );
}
