// Who is the bad reporter. Every dispute and every way round that cannot be holds at least one. Whoever is the only thing
// that many of them have in common is named: it lies, or as many others do, and fewer than that are taken to lie together.

import { LIMITS } from "../../base/limits.ts";
import type { Contradiction, Evidence, PeerId } from "../model.ts";
import type { Dispute } from "./disputes.ts";
import { beyondUs } from "./disputes.ts";

/** Seen again within this, it has gone on; a solution is computed each second. */
const GAP_MS = 5_000;
/** A named one that has been quiet for so long is taken back. */
const QUIET_MS = 30_000;

export type CycleFound = { readonly members: readonly number[]; readonly sumUs: number; readonly floorUs: number };
export type Complaints = { readonly disputes: readonly Dispute[]; readonly cycles: readonly CycleFound[] };

/** How many others must accuse: fewer than a quarter of a group may lie together, and one alone is never believed. */
export const accusersNeeded = (members: number): number => Math.max(2, Math.ceil(members / 4));

type Seen = { readonly firstMs: number; lastMs: number };

export class Accusers {
  readonly #members: readonly PeerId[];
  readonly #lastsMs: number;
  readonly #seen = new Map<string, Seen>();
  readonly #named = new Map<number, Seen>();
  #complaints: Complaints = { disputes: [], cycles: [] };

  /** What lasts for less than `lastsMs` is a clock that was set, or a window that moved on. */
  constructor(members: readonly PeerId[], lastsMs: number) {
    this.#members = members;
    this.#lastsMs = lastsMs;
  }

  /** Members whose rows are no longer used. */
  get named(): ReadonlySet<number> {
    return new Set(this.#named.keys());
  }

  forget(member: number): void {
    this.#named.delete(member);
    for (const key of [...this.#seen.keys()]) if (key.split(" ").includes(`${member}`)) this.#seen.delete(key);
    this.#complaints = without(this.#complaints, member);
  }

  /** What one solution found. */
  hear(complaints: Complaints, nowMs: number): void {
    this.#complaints = complaints;
    const accused = new Set<number>();
    for (let i = 0; i < this.#members.length; i++) {
      if (accusersOf(i, complaints) >= accusersNeeded(this.#members.length)) accused.add(i);
    }
    for (const i of accused) {
      const since = this.#see(`${i}`, nowMs);
      const named = this.#named.get(i);
      if (named !== undefined) named.lastMs = nowMs;
      else if (nowMs - since >= this.#lastsMs) this.#named.set(i, { firstMs: since, lastMs: nowMs });
    }
    for (const key of groupsOf(complaints).keys()) this.#see(key, nowMs);
    for (const [key, { lastMs }] of this.#seen) if (isOver(lastMs, nowMs, GAP_MS)) this.#seen.delete(key);
    for (const [i, { lastMs }] of this.#named) if (isOver(lastMs, nowMs, QUIET_MS)) this.#named.delete(i);
  }

  contradictions(nowMs: number): Contradiction[] {
    const found: Contradiction[] = [];
    const nameOf = (i: number): PeerId => this.#members[i] as PeerId;
    for (const [i, { firstMs }] of this.#named) {
      const evidence = evidenceOf(about(this.#complaints, i), nameOf);
      found.push({ reporters: [nameOf(i)], lastedMs: Math.round(nowMs - firstMs), evidence });
    }
    // Who is about to be named alone is not named with others before.
    const known = [...this.#members.keys()].filter((i) => this.#named.has(i) || this.#seen.has(`${i}`));
    for (const [key, group] of groupsOf(known.reduce(without, this.#complaints))) {
      const lastedMs = Math.round(nowMs - (this.#seen.get(key)?.firstMs ?? nowMs));
      if (lastedMs < this.#lastsMs || found.length >= LIMITS.contradictionsMax) continue;
      const reporters = key.split(" ").map((one) => nameOf(Number(one)));
      found.push({ reporters, lastedMs, evidence: evidenceOf(group, nameOf) });
    }
    return found;
  }

  /** Pairs that have contradicted each other for long, while nobody can say which of them is wrong. */
  lasting(nowMs: number): readonly Dispute[] {
    const rest = [...this.#named.keys()].reduce(without, this.#complaints);
    return rest.disputes.filter(({ from, to }) => {
      const seen = this.#seen.get(keyOf([from, to]));
      return seen !== undefined && nowMs - seen.firstMs >= this.#lastsMs;
    });
  }

  #see(key: string, nowMs: number): number {
    const seen = this.#seen.get(key);
    if (seen !== undefined && !isOver(seen.lastMs, nowMs, GAP_MS)) {
      seen.lastMs = nowMs;
      return seen.firstMs;
    }
    this.#seen.set(key, { firstMs: nowMs, lastMs: nowMs });
    return nowMs;
  }
}

/** A clock that was set back ends it as well. */
const isOver = (lastMs: number, nowMs: number, gapMs: number): boolean => nowMs - lastMs > gapMs || nowMs < lastMs;

/** How many disputes and cycles can be found that have nothing in common but this member. */
function accusersOf(member: number, { disputes, cycles }: Complaints): number {
  const used = new Set<number>();
  let count = 0;
  for (const { from, to } of disputes) {
    const other = from === member ? to : to === member ? from : undefined;
    if (other === undefined || used.has(other)) continue;
    used.add(other);
    count++;
  }
  // Those whose others are in few cycles first: so more of them find room beside each other.
  const through = cycles.filter(({ members }) => members.includes(member));
  const often = new Map<number, number>();
  for (const { members } of through) for (const one of members) often.set(one, (often.get(one) ?? 0) + 1);
  const crowd = ({ members }: CycleFound): number => members.reduce((sum, one) => sum + (often.get(one) ?? 0), 0);
  const order = through.map((cycle) => ({ cycle, crowd: crowd(cycle) })).sort((a, b) => a.crowd - b.crowd);
  for (const { cycle } of order) {
    if (cycle.members.some((one) => used.has(one))) continue;
    for (const one of cycle.members) if (one !== member) used.add(one);
    count++;
  }
  return count;
}

const keyOf = (members: readonly number[]): string => members.toSorted((a, b) => a - b).join(" ");

/** By who is in them. */
function groupsOf({ disputes, cycles }: Complaints): Map<string, Complaints> {
  const groups = new Map<string, { disputes: Dispute[]; cycles: CycleFound[] }>();
  const group = (members: readonly number[]): { disputes: Dispute[]; cycles: CycleFound[] } => {
    const key = keyOf(members);
    const found = groups.get(key) ?? { disputes: [], cycles: [] };
    groups.set(key, found);
    return found;
  };
  for (const one of disputes) group([one.from, one.to]).disputes.push(one);
  for (const one of cycles) group(one.members).cycles.push(one);
  return groups;
}

const isIn = ({ from, to }: Dispute, member: number): boolean => from === member || to === member;

const about = ({ disputes, cycles }: Complaints, member: number): Complaints => ({
  disputes: disputes.filter((one) => isIn(one, member)),
  cycles: cycles.filter(({ members }) => members.includes(member)),
});

const without = ({ disputes, cycles }: Complaints, member: number): Complaints => ({
  disputes: disputes.filter((one) => !isIn(one, member)),
  cycles: cycles.filter(({ members }) => !members.includes(member)),
});

/** The worst first. */
function evidenceOf({ disputes, cycles }: Complaints, nameOf: (i: number) => PeerId): Evidence[] {
  const views = disputes.map((one) => ({
    byUs: beyondUs(one),
    evidence: { ...one, kind: "views", from: nameOf(one.from), to: nameOf(one.to) } as const,
  }));
  const rounds = cycles.map(({ members, sumUs, floorUs }) => ({
    byUs: floorUs - sumUs,
    evidence: { kind: "cycle", members: members.map(nameOf), sumUs, floorUs } as const,
  }));
  const worst = [...views, ...rounds].sort((a, b) => b.byUs - a.byUs).slice(0, LIMITS.evidenceMax);
  return worst.map(({ evidence }) => evidence);
}
