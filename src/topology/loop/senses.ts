// What a loop knows of its segments: the matrix and the detector, fed by reports, aged by silence.

import type { Measured, SegmentReport } from "../../wire/report.ts";
import type { SegmentFacts } from "../engine/decide/decider.ts";
import { Detector, LOST } from "../engine/detect/detector.ts";
import type { SegmentId } from "../engine/matrix.ts";
import { factsOf } from "../engine/sim/chooser.ts";
import { type Accused, agree, CrossCheck, type Side } from "./cross-check.ts";
import { Ground } from "./ground.ts";
import type { Wan } from "./wan.ts";

export type SegmentChange = { readonly segment: string; readonly state: string; readonly trouble: string | null };

/** A report older than this says nothing of now. */
const STALE_MS = 10_000;

export class Senses {
  readonly ground: Ground;
  readonly detector: Detector;
  /** Told since the last tick. */
  readonly #fresh = new Map<SegmentId, SegmentReport>();
  readonly #cells = new Map<SegmentId, SegmentReport>();
  readonly #crossCheck: CrossCheck;
  #beganMs: number | undefined;
  #lookedMs = 0;
  readonly #heardMs: Map<string, number>;
  readonly #measured: Map<string, Measured>;
  readonly #told: Map<SegmentId, string>;

  /** What the senses before them learnt stays, as far as the segments are the same. */
  constructor(wan: Wan, before?: Senses) {
    this.ground = new Ground(wan);
    const { pops, columns } = this.ground.matrix;
    const isSame = before !== undefined && before.ground.layout === this.ground.layout;
    this.detector = isSame ? before.detector : new Detector({ pops: pops.length, from: columns.from, to: columns.to });
    this.#told = isSame ? before.#told : new Map();
    this.#heardMs = before ? before.#heardMs : new Map();
    this.#measured = before ? before.#measured : new Map();
    this.#crossCheck = before ? before.#crossCheck : new CrossCheck();
    for (const [pop, told] of this.#measured) this.#keep(pop, told);
    if (before) [this.#beganMs, this.#lookedMs] = [before.#beganMs, before.#lookedMs];
    for (const [id, cell] of this.#cells) this.#record(id, cell, this.#lookedMs);
  }

  /** How many POPs have measured something that is not too old. */
  get heard(): number {
    return [...this.#measured.values()].filter(({ cells }) => cells.some(({ sampleUs }) => sampleUs !== null)).length;
  }

  measured(pop: string): Measured | undefined {
    return this.#measured.get(pop);
  }

  /** True where a segment is not what it was, and decisions should not wait for the next tick. */
  take(pop: string, told: Measured, nowMs: number): boolean {
    let isUrgent = false;
    this.#heardMs.set(pop, nowMs);
    this.#measured.set(pop, told);
    for (const id of this.#keep(pop, told)) {
      const waiting = this.#fresh.get(id);
      // A POP that looks more closely tells more than one sample between two ticks.
      const isMore = typeof waiting?.sampleUs === "number" && !this.#isDisputed(id, waiting, nowMs);
      if (isMore) isUrgent = this.detector.more(nowMs, id, waiting.sampleUs as number) || isUrgent;
      const cell = this.#cells.get(id) as SegmentReport;
      const keepsSample = cell.sampleUs === null && waiting !== undefined;
      this.#fresh.set(id, keepsSample ? { ...cell, sampleUs: waiting.sampleUs } : cell);
    }
    return isUrgent;
  }

  /** Nobody speaks for the segments of another. */
  #keep(pop: string, { cells }: Measured): SegmentId[] {
    return cells.flatMap((cell) => {
      const id = cell.segment.startsWith(`${pop}/`) ? this.ground.id(cell.segment) : undefined;
      if (id === undefined) return [];
      this.#cells.set(id, cell);
      return [id];
    });
  }

  /** A way whose ends contradict each other stays as it was last known. The word of one end alone counts after a while. */
  #record(id: SegmentId, cell: SegmentReport, nowMs: number): void {
    const back = this.#back(id);
    const isAlone = this.ground.backOf(id) === undefined || nowMs - (this.#beganMs ?? nowMs) >= STALE_MS;
    if (back === undefined ? isAlone : agree(cell, back.cell)) this.ground.record(cell);
  }

  #side = (id: SegmentId, cell: SegmentReport): Side => ({ pop: this.ground.segment(id).from, cell });

  #isDisputed(id: SegmentId, cell: SegmentReport, nowMs: number): boolean {
    const back = this.#back(id);
    return back !== undefined && this.#crossCheck.isDisputed(this.#side(id, cell), back, nowMs);
  }

  /** What the other end says of the way back. */
  #back(id: SegmentId): Side | undefined {
    const back = this.ground.backOf(id);
    const cell = back === undefined ? undefined : this.#cells.get(back);
    return back === undefined || cell === undefined ? undefined : this.#side(back, cell);
  }

  /** What was reported since the last tick is one sample of each segment; returns whose state is another now. */
  tick(nowMs: number): SegmentChange[] {
    this.#beganMs ??= nowMs;
    this.#lookedMs = nowMs;
    this.#forgetStale(nowMs);
    const samples = new Float64Array(this.ground.matrix.segmentCount).fill(Number.NaN);
    for (const [id, cell] of this.#fresh) {
      const [side, back] = [this.#side(id, cell), this.#back(id)];
      if (back !== undefined) this.#crossCheck.look(side, back, nowMs);
      this.#record(id, cell, nowMs);
      const { sampleUs: us } = cell;
      if (us === "lost") samples[id] = LOST;
      else if (us !== null && !this.#isDisputed(id, cell, nowMs)) samples[id] = us;
    }
    this.#fresh.clear();
    this.detector.tick(nowMs, samples);
    return Array.from(samples.keys()).flatMap((id) => this.#change(id));
  }

  /** Who contradicts whom, and has for long. */
  accused(nowMs: number): Accused[] {
    return this.#crossCheck.accused(nowMs);
  }

  /** What decisions are made of. */
  facts(wan: Wan): (id: SegmentId) => SegmentFacts {
    const closed = this.closed(wan);
    return (id) => ({ ...factsOf(this.detector, id, this.ground.segment(id).name, undefined), closed: closed(id) });
  }

  /** Why a segment takes nobody's traffic, whatever it measures. */
  closed({ config, pops }: Wan): (id: SegmentId) => SegmentFacts["closed"] {
    const drained = new Set(config.maintenance.flatMap(({ pop, segments }) => (segments ? [] : [pop])));
    const shut = new Set<SegmentId>();
    for (const id of config.maintenance.flatMap(({ segments = [] }) => segments.map((one) => this.ground.id(one))))
      for (const way of id === undefined ? [] : [id, this.ground.backOf(id)]) if (way !== undefined) shut.add(way);
    const barred = new Set(pops.flatMap(({ record, quarantine }) => (quarantine === undefined ? [] : [record.name])));
    const within = (all: ReadonlySet<string>, from: string, to: string): boolean => all.has(from) || all.has(to);
    return (id) => {
      const { from, to } = this.ground.segment(id);
      if (within(barred, from, to)) return "quarantine";
      return within(drained, from, to) || shut.has(id) ? "drain" : null;
    };
  }

  /** Clocks of both ends and all, as a probe over the path sees it. */
  expectedUs(path: readonly SegmentId[]): number | null {
    const sum = path.reduce<number | undefined>((total, id) => {
      const us = this.detector.delayUs(id) ?? this.ground.matrix.delayUs(id);
      return total === undefined || us === undefined ? undefined : total + us;
    }, 0);
    return sum === undefined ? null : Math.round(sum);
  }

  #change(id: SegmentId): SegmentChange[] {
    const [state, trouble] = [this.detector.state(id), this.detector.trouble(id) ?? null];
    const text = `${state} ${trouble}`;
    if (text === (this.#told.get(id) ?? "UP null")) return [];
    this.#told.set(id, text);
    return [{ segment: this.ground.segment(id).name, state, trouble }];
  }

  #forgetStale(nowMs: number): void {
    for (const [pop, { cells }] of this.#measured) {
      if (nowMs - (this.#heardMs.get(pop) ?? 0) < STALE_MS) continue;
      for (const { segment } of cells) {
        const id = this.ground.id(segment);
        if (id === undefined) continue;
        this.ground.forget(id);
        this.#cells.delete(id);
      }
      this.#measured.delete(pop);
    }
  }
}
