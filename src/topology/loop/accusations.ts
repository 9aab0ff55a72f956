// Who is to be put in quarantine because its rows contradict others'. A single accuser may be the liar itself, so it takes
// several of those who are not accused by more than they accuse; and who is silent for long is believed again.

import type { Contradiction } from "../../wire/report.ts";

export type Verdict = { readonly pop: string; readonly why: string; readonly evidence: readonly string[] };

/** Accusers it takes, or half of all others in a small group. */
const ACCUSERS = 3;
/** An accusation that is not repeated holds so long. */
const HOLDS_MS = 600_000;

export class Accusations {
  readonly #by = new Map<string, Map<string, { readonly atMs: number; readonly evidence: readonly string[] }>>();

  take(accuser: string, { member, evidence }: Pick<Contradiction, "member" | "evidence">, nowMs: number): void {
    if (accuser === member) return;
    const against = this.#by.get(member) ?? new Map();
    against.set(accuser, { atMs: nowMs, evidence });
    this.#by.set(member, against);
  }

  verdicts(members: number, nowMs: number): Verdict[] {
    for (const [member, against] of this.#by) {
      for (const [accuser, { atMs }] of against) if (nowMs - atMs >= HOLDS_MS) against.delete(accuser);
      if (against.size === 0) this.#by.delete(member);
    }
    const needed = Math.min(ACCUSERS, Math.max(2, Math.ceil((members - 1) / 2)));
    const guilty = new Map<string, Verdict>();
    // The most accused first: what a liar says against others does not count.
    const order = [...this.#by].sort(([a, x], [b, y]) => y.size - x.size || (a < b ? -1 : 1));
    for (const [pop, against] of order) {
      const honest = [...against].filter(([accuser]) => !guilty.has(accuser));
      if (honest.length < needed) continue;
      const names = honest.map(([accuser]) => accuser).sort();
      const evidence = honest.flatMap(([accuser, said]) => said.evidence.map((line) => `${accuser}: ${line}`));
      guilty.set(pop, {
        pop,
        why: `its reports contradict those of ${names.join(", ")}`,
        evidence: evidence.slice(0, 16),
      });
    }
    return [...guilty.values()];
  }
}
