// The word that brings a policy back to a path which its POP left by itself: given when the path has been proved again for a
// while, and after a longer while each time it had to be left soon after.

import type { Applied } from "../../wire/report.ts";

const [FIRST_MS, MOST_MS, FORGET_MS] = [10_000, 320_000, 600_000];

type Given = { readonly word: number; readonly atMs: number; readonly waitMs: number };

export class Words {
  /** Since when a policy could return, by its name. */
  readonly #since = new Map<string, number>();
  readonly #given = new Map<string, Given>();

  take({ policies }: Pick<Applied, "policies">, nowMs: number): void {
    for (const { name, active, paths } of policies) {
      const lives = active === "backup" && paths[0]?.state === "proved";
      if (!lives) this.#since.delete(name);
      else if (!this.#since.has(name)) this.#since.set(name, nowMs);
    }
  }

  /** True where words were given. */
  tick(nowMs: number): boolean {
    let gave = false;
    for (const [name, since] of this.#since) {
      const last = this.#given.get(name);
      const isFresh = last === undefined || nowMs - last.atMs > FORGET_MS;
      const waitMs = isFresh ? FIRST_MS : Math.min(MOST_MS, last.waitMs * 2);
      if (nowMs - since < waitMs) continue;
      this.#since.delete(name);
      // Seconds grow also from one controller to the next, which remembers no word of the one before.
      this.#given.set(name, { word: Math.floor(nowMs / 1_000), atMs: nowMs, waitMs });
      gave = true;
    }
    return gave;
  }

  of(policy: string): number | undefined {
    return this.#given.get(policy)?.word;
  }
}
