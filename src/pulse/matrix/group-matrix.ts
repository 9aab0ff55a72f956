// The matrix that every member holds: its own row and the rows that came with the pulses of all others, brought to one
// time and freed of the clocks.

import { LIMITS } from "../../base/limits.ts";
import type { Cell, Contradiction, MemberOffset, PeerId, Row } from "../model.ts";
import type { OwnRow } from "../stats/member-stats.ts";

export type GroupOptions = {
  /** What light needs at least from one to the other; 0 where nothing is known. */
  readonly floorUs?: (from: PeerId, to: PeerId) => number;
  /** Members whose clock follows UTC, and within how many µs. */
  readonly synchronised?: ReadonlyMap<PeerId, number>;
};

type Held = { readonly row: Row; readonly heardNs: bigint };

export class GroupMatrix {
  readonly self: PeerId;
  readonly members: readonly PeerId[];
  readonly #synchronised: Map<PeerId, number>;
  readonly #rows = new Map<PeerId, Held>();

  /** `members` in the order that all know; `self` is one of them. */
  constructor(self: PeerId, members: readonly PeerId[], options: GroupOptions = {}) {
    this.self = self;
    this.members = members;
    this.#synchronised = new Map(options.synchronised);
  }

  /** Our own row, each time it is made. `nowNs` on our clock, here and in all that follows. */
  takeOwn(own: OwnRow, nowNs: bigint): void {
    this.#rows.set(this.self, { row: own.row, heardNs: nowNs });
  }

  /** A row as it was heard. False where it is not newer than the one that is held, or of no member. */
  takeRow(row: Row, heardAtNs: bigint): boolean {
    if (row.member === this.self || !this.members.includes(row.member)) return false;
    const held = this.#rows.get(row.member);
    if (held !== undefined && held.row.sequence >= row.sequence && !isStale(held, heardAtNs)) return false;
    this.#rows.set(row.member, { row, heardNs: heardAtNs });
    return true;
  }

  /** What a member's packets say of its clock (S bit); undefined: it does not follow UTC. */
  setSynchronised(member: PeerId, withinUs: number | undefined): void {
    if (withinUs === undefined) this.#synchronised.delete(member);
    else this.#synchronised.set(member, withinUs);
  }

  /** It left, or is down: its row goes, and what was held against it. */
  forget(member: PeerId): void {
    this.#rows.delete(member);
  }

  /** Every ordered pair of members, in their order; what is not known is undefined. */
  cells(nowNs: bigint): Cell[] {
    const pairs = this.members.flatMap((from) => this.members.flatMap((to) => (from === to ? [] : [{ from, to }])));
    return pairs.map(({ from, to }) => {
      const held = this.#rows.get(from);
      const cell = held === undefined || isStale(held, nowNs) ? undefined : held.row.cells.get(to);
      return {
        from,
        to,
        minUs: cell?.out?.minUs,
        p5Us: cell?.out?.p5Us,
        p50Us: cell?.out?.p50Us,
        p95Us: cell?.out?.p95Us,
        p50Bound: undefined,
        comparisonErrorUs: cell?.out?.stampErrorUs,
        jitterUs: cell?.out?.jitterUs,
        lossPpm: cell?.outLossPpm,
        reorderedPpm: cell?.out?.reorderedPpm,
        duplicatedPpm: cell?.out?.duplicatedPpm,
        ageMs: cell?.out?.ageMs,
        samples: cell?.out?.samples ?? 0,
      };
    });
  }

  /** Every other member's clock against ours. */
  offsets(_nowNs: bigint): MemberOffset[] {
    return this.members
      .filter((member) => member !== this.self)
      .map((member) => ({
        member,
        offsetUs: undefined,
        bound: undefined,
        ratePpm: undefined,
        synchronised: this.#synchronised.has(member),
        clockSteps: 0,
      }));
  }

  /** Who contradicts whom, and has for some time. */
  contradictions(_nowNs: bigint): Contradiction[] {
    return [];
  }
}

/** A clock that was set back makes all rows look as if they were of the future. */
function isStale({ heardNs }: Held, nowNs: bigint): boolean {
  const ageMs = Number((nowNs - heardNs) / 1_000_000n);
  return ageMs > LIMITS.rowStaleMs || ageMs < -1_000;
}
