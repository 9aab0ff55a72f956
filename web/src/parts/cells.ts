// The matrix of a group as cells that can be asked for by name. Pure.

import type { MatrixView } from "../base/types.ts";

export type Better = MatrixView["better"][number];

export type Cell = {
  readonly from: string;
  readonly to: string;
  readonly transit: string;
  readonly delayUs: number | null;
  readonly lowUs: number | null;
  readonly highUs: number | null;
  /** Half of what lies between. */
  readonly boundUs: number | null;
  readonly jitterUs: number | null;
  readonly lossPpm: number | null;
  readonly ageMs: number;
  readonly better: Better | undefined;
};

/** Older than this a cell says nothing of now. */
export const STALE_MS = 10_000;

export class Cells {
  readonly view: MatrixView;
  readonly #places: ReadonlyMap<string, number>;
  readonly #better: ReadonlyMap<number, Better>;

  constructor(view: MatrixView) {
    this.view = view;
    this.#places = new Map(view.pops.map((pop, i) => [pop, i]));
    const n = view.pops.length;
    this.#better = new Map(
      view.better.map((one) => [(this.#places.get(one.from) ?? 0) * n + (this.#places.get(one.to) ?? 0), one]),
    );
  }

  get n(): number {
    return this.view.pops.length;
  }

  place(pop: string): number | undefined {
    return this.#places.get(pop);
  }

  of(from: string, to: string): Cell | undefined {
    const [row, column] = [this.#places.get(from), this.#places.get(to)];
    return row === undefined || column === undefined ? undefined : this.at(row, column);
  }

  betterAt(at: number): Better | undefined {
    return this.#better.get(at);
  }

  /** Undefined where there is no segment. */
  at(row: number, column: number): Cell | undefined {
    const { pops, transits, transit, delayUs, lowUs, highUs, jitterUs, lossPpm, ageMs } = this.view;
    const at = row * pops.length + column;
    const over = transit[at] ?? null;
    if (over === null) return undefined;
    const [low, high] = [lowUs[at] ?? null, highUs[at] ?? null];
    return {
      from: pops[row] ?? "",
      to: pops[column] ?? "",
      transit: transits[over] ?? "",
      delayUs: delayUs[at] ?? null,
      lowUs: low,
      highUs: high,
      boundUs: low === null || high === null ? null : (high - low) / 2,
      jitterUs: jitterUs[at] ?? null,
      lossPpm: lossPpm[at] ?? null,
      ageMs: ageMs[at] ?? 0,
      better: this.#better.get(at),
    };
  }

  /** All there are, row by row. */
  *all(): Generator<Cell> {
    for (let row = 0; row < this.n; row++) {
      for (let column = 0; column < this.n; column++) {
        const cell = this.at(row, column);
        if (cell !== undefined) yield cell;
      }
    }
  }
}
