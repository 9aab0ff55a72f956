// The matrix that every member holds: its own row and the rows that came with the pulses of all others, brought to one
// time and freed of the clocks.

import { LIMITS } from "../../base/limits.ts";
import type { Cell, Contradiction, MemberOffset, PeerId, Row } from "../model.ts";
import type { OwnRow } from "../stats/member-stats.ts";
import { Accusers } from "./accusers.ts";
import { cellOf } from "./cells.ts";
import { HeldRows } from "./held-rows.ts";
import { type Own, said } from "./said.ts";
import { aheadOf, type Solution, solve } from "./solution.ts";
import { StepWatch } from "./step-watch.ts";

export type GroupOptions = {
  /** What light needs at least from one to the other; 0 where nothing is known. */
  readonly floorUs?: (from: PeerId, to: PeerId) => number;
  /** Members whose clock follows UTC, and within how many µs. */
  readonly synchronised?: ReadonlyMap<PeerId, number>;
  /** How often members pulse each other: what takes a few pulses is waited for (1 s). */
  readonly intervalMs?: number;
};

/** Rows are no older than this many pulses, clocks that were set have settled after so many, and so on. */
const PULSES = { untilStale: 5, untilSettled: 3, untilNamed: 4 } as const;

export class GroupMatrix {
  readonly self: PeerId;
  readonly members: readonly PeerId[];
  readonly #places: ReadonlyMap<PeerId, number>;
  readonly #floorUs: Float64Array;
  readonly #withinUs: Float64Array;
  readonly #rows: HeldRows;
  readonly #accusers: Accusers;
  readonly #steps: StepWatch;
  #own: Own = { rates: new Map(), views: new Map() };
  /** Of the last question, until something new is known. */
  #solved: { readonly atNs: bigint; readonly solution: Solution } | undefined;

  /** `members` in the order that all know; `self` is one of them. */
  constructor(
    self: PeerId,
    members: readonly PeerId[],
    { floorUs, synchronised, intervalMs = 1_000 }: GroupOptions = {},
  ) {
    this.self = self;
    this.members = members;
    this.#places = new Map(members.map((member, i) => [member, i]));
    if (!this.#places.has(self) || members.length > LIMITS.groupMembersMax) {
      throw new RangeError(`GroupMatrix: ${self} among ${members.length} members`);
    }
    this.#floorUs = Float64Array.from(
      members.flatMap((from) => members.map((to) => (from === to ? 0 : (floorUs?.(from, to) ?? 0)))),
    );
    this.#withinUs = Float64Array.from(members, (member) => synchronised?.get(member) ?? Number.NaN);
    this.#rows = new HeldRows(Math.max(LIMITS.rowStaleMs, PULSES.untilStale * intervalMs));
    this.#accusers = new Accusers(members, Math.max(LIMITS.contradictionLastsMs, PULSES.untilNamed * intervalMs));
    this.#steps = new StepWatch(self, PULSES.untilSettled * intervalMs);
  }

  /** Our own row, once a second or so: with it the clocks are reconciled. `nowNs` on our clock, here and in all that follows. */
  takeOwn({ row, rates, views }: OwnRow, nowNs: bigint): void {
    this.#rows.take(row, nowNs);
    this.#own = { rates, views: new Map(views.map((view) => [view.peer, view])) };
    this.#steps.take(views, milliseconds(nowNs));
    this.#solved = undefined;
    // Nobody needs to ask for contradictions to be seen to last.
    this.#solution(nowNs);
  }

  /** A row as it was heard. False where it is not newer than the one that is held, or of no member. It counts from the next time on. */
  takeRow(row: Row, heardAtNs: bigint): boolean {
    return row.member !== this.self && this.#places.has(row.member) && this.#rows.take(row, heardAtNs);
  }

  /** What a member's packets say of its clock (S bit); undefined: it does not follow UTC. */
  setSynchronised(member: PeerId, withinUs: number | undefined): void {
    const place = this.#places.get(member);
    if (place === undefined || Object.is(this.#withinUs[place], withinUs ?? Number.NaN)) return;
    this.#withinUs[place] = withinUs ?? Number.NaN;
    this.#solved = undefined;
  }

  /** It left, or is down: its row goes, and what was held against it. */
  forget(member: PeerId): void {
    this.#rows.forget(member);
    this.#steps.forget(member);
    this.#accusers.forget(this.#places.get(member) ?? -1);
    this.#solved = undefined;
  }

  /** Every ordered pair of members, in their order; what is not known is undefined. */
  cells(nowNs: bigint): Cell[] {
    const solution = this.#solution(nowNs);
    const { named } = this.#accusers;
    const n = this.members.length;
    const doubted = new Set(this.#accusers.lasting(milliseconds(nowNs)).map(({ from, to }) => from * n + to));
    const cells: Cell[] = [];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const isBelieved = !named.has(i) && !doubted.has(i * n + j);
        if (i !== j) cells.push(cellOf(solution, this.members, this.#floorUs, i, j, isBelieved));
      }
    }
    return cells;
  }

  /** Every other member's clock against ours. */
  offsets(nowNs: bigint): MemberOffset[] {
    const solution = this.#solution(nowNs);
    const self = this.#placeOf(this.self);
    return this.members.flatMap((member, i) => {
      if (i === self) return [];
      const ahead = aheadOf(solution, this.#floorUs, self, i);
      return [
        {
          member,
          offsetUs: ahead && Math.round(ahead.estimateUs),
          bound: ahead && { lowUs: Math.floor(ahead.bound.lowUs), highUs: Math.ceil(ahead.bound.highUs) },
          ratePpm: this.#own.rates.get(member)?.ppm,
          synchronised: !Number.isNaN(solution.withinUs[i]),
          clockSteps: this.#steps.steps(member),
        },
      ];
    });
  }

  /** How often our own clock was seen to be set. */
  get ownClockSteps(): number {
    return this.#steps.steps(this.self);
  }

  /** Who contradicts whom, and has for some time. */
  contradictions(nowNs: bigint): Contradiction[] {
    this.#solution(nowNs);
    return this.#accusers.contradictions(milliseconds(nowNs));
  }

  #solution(nowNs: bigint): Solution {
    if (this.#solved?.atNs === nowNs) return this.#solved.solution;
    const rows = this.#rows.fresh(nowNs);
    const solution = solve({
      self: this.#placeOf(this.self),
      rows,
      said: said(this.members, this.self, rows, this.#own, nowNs),
      floorUs: this.#floorUs,
      withinUs: this.#withinUs,
      unsettled: new Set([...this.#steps.unsettled()].map((member) => this.#placeOf(member))),
      named: this.#accusers.named,
    });
    this.#accusers.hear(solution, milliseconds(nowNs));
    this.#solved = { atNs: nowNs, solution };
    return solution;
  }

  #placeOf(member: PeerId): number {
    return this.#places.get(member) ?? -1;
  }
}

const milliseconds = (ns: bigint): number => Number(ns / 1_000n) / 1_000;
