// The newest row of each member, until it is too old.

import type { PeerId, Row } from "../model.ts";

export type HeldRow = { readonly row: Row; readonly heardNs: bigint };

/** Time that goes back by more was set back: then nobody knows how old a row is, until it is heard anew. */
const BACKWARDS_MS = 1_000;

export class HeldRows {
  readonly #staleMs: number;
  readonly #rows = new Map<PeerId, HeldRow>();

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  /** False where it is not newer than the one that is held. A member that began anew with its clock set back is heard again when its old row is stale. */
  take(row: Row, heardNs: bigint): boolean {
    const held = this.#rows.get(row.member);
    if (held !== undefined && held.row.sequence >= row.sequence && !this.#isStale(held, heardNs)) return false;
    this.#rows.set(row.member, { row, heardNs });
    return true;
  }

  forget(member: PeerId): void {
    this.#rows.delete(member);
  }

  fresh(nowNs: bigint): ReadonlyMap<PeerId, HeldRow> {
    return new Map([...this.#rows].filter(([, held]) => !this.#isStale(held, nowNs)));
  }

  #isStale({ heardNs }: HeldRow, nowNs: bigint): boolean {
    const ageMs = Number((nowNs - heardNs) / 1_000_000n);
    return ageMs > this.#staleMs || ageMs < -BACKWARDS_MS;
  }
}
