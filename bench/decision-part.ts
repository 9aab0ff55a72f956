// Detection and decision in time and number, by the clock of traces and not of this machine: how soon a hard loss and a
// step are answered, how often noise moves anybody, and whether clocks that are off do.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { between, type Rng, SeededRng, unit } from "../src/base/rng.ts";
import { DEFAULTS } from "../src/topology/engine/decide/schema.ts";
import { LOST } from "../src/topology/engine/detect/detector.ts";
import { type Ours, ours } from "../src/topology/engine/sim/chooser.ts";
import { generate, KINDS, withClocks } from "../src/topology/engine/sim/generate.ts";
import { layoutOf, policiesOf, readTrace, segmentName, type Trace } from "../src/topology/engine/sim/trace.ts";
import { atMost, type Measured } from "./lib.ts";

const HOUR_TICKS = 3_600;
const DAY_MS = 86_400_000;
const TRIALS = 400;
/** Long enough that it is known what is usual. */
const WARM_TICKS = 900;

export function decisions(): Measured {
  const loss = reactions(() => LOST);
  const aQuarter = (us: number, usualUs: number) => us + usualUs / 4;
  const [step, shortStep] = [reactions(aQuarter), reactions(aQuarter, 12_000, 25_000)];
  const noise = falseMoves(noiseTrace());
  const recorded = falseMoves(drawnFrom(recording(), 1_500_000));
  const { differing, flipsInAnHour } = clocksAndCap();
  return {
    figures: {
      hardLossP50S: at(loss, 0.5),
      hardLossWorstS: at(loss, 1),
      stepP50S: at(step, 0.5),
      stepP99S: at(step, 0.99),
      shortStepP50S: at(shortStep, 0.5),
      shortStepP90S: at(shortStep, 0.9),
      noisePairDays: noise.pairDays,
      noiseMovesPerPairDay: noise.moves / noise.pairDays,
      noiseAlarmsPerSegmentDay: noise.alarms / noise.segmentDays,
      recordedPairDays: recorded.pairDays,
      recordedMovesPerPairDay: recorded.moves / recorded.pairDays,
      recordedAlarmsPerSegmentDay: recorded.alarms / recorded.segmentDays,
    },
    goals: [
      atMost("decision after a hard loss, worst", at(loss, 1), "s", 3.5),
      atMost("decision after a +25 % step of 25 ms or more, p99", at(step, 0.99), "s", 5),
      atMost("reroutes for nothing on generated noise", noise.moves / noise.pairDays, "/pair-day", 0.01),
      atMost("reroutes for nothing on recorded noise", recorded.moves / recorded.pairDays, "/pair-day", 0.01),
      atMost("choices that clocks 10 s off make another", differing, "", 0),
      atMost("moves of one policy in any hour, on every kind of trace", flipsInAnHour, "", DEFAULTS.flipsPerHour),
    ],
  };
}

/** Seconds, in rising order. */
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;

const rngs =
  (seed: number) =>
  (part: number): Rng =>
    new SeededRng(seed * 1_009 + part);

const chooserOf = ({ head }: Trace): Ours =>
  ours({
    layout: layoutOf(head),
    names: head.segments.map(segmentName),
    policies: policiesOf(head),
    settings: DEFAULTS,
    graceMs: head.graceMs,
  });

/**
 * Seconds from the moment something begins on a policy's default path to the move away from it. It begins anywhere between
 * two pulses, and the other transit of the same two POPs is well.
 */
function reactions(change: (us: number, usualUs: number) => number, fromUs = 25_000, toUs = 1e9): number[] {
  const took = Array.from({ length: TRIALS }, (_, trial) => {
    const rng = new SeededRng(trial);
    const trace = generate({ kind: "noise", pops: 3, transits: 2, ticks: WARM_TICKS + 60 }, rngs(trial));
    const policies = policiesOf(trace.head);
    // What a quarter is of decides how far it stands out of the noise.
    const usual = medians(trace, 61);
    const fit = policies.flatMap(({ paths: [straight = []] }, p) => {
      const us = usual[straight[0] ?? -1] ?? 0;
      return us >= fromUs && us < toUs ? [p] : [];
    });
    if (fit.length === 0) return [];
    const p = fit[between(rng, 0, fit.length - 1)] as number;
    const segment = policies[p]?.paths[0]?.[0] as number;
    const beginsTick = WARM_TICKS + unit(rng);
    const chooser = chooserOf(trace);
    let tick = 0;
    for (const samples of trace.ticks()) {
      if (tick >= beginsTick) samples[segment] = change(samples[segment] as number, usual[segment] as number);
      chooser.tick(trace.head.startMs + tick * trace.head.intervalMs, samples);
      if (tick >= beginsTick && chooser.current(p) !== 0) return [tick - beginsTick + trace.head.graceMs / 1_000];
      tick++;
    }
    return [Number.POSITIVE_INFINITY];
  });
  return took.flat().sort((a, b) => a - b);
}

function medians(trace: Trace, ticks: number): number[] {
  const seen: number[][] = trace.head.segments.map(() => []);
  let tick = 0;
  for (const samples of trace.ticks()) {
    if (tick++ === ticks) break;
    for (const [s, us] of samples.entries()) seen[s]?.push(us);
  }
  return seen.map((values) => values.sort((a, b) => a - b)[values.length >> 1] as number);
}

/** Thirty pairs of POPs with two transits each, for ten days at a pulse a second. */
const noiseTrace = (): Trace => generate({ kind: "noise", pops: 6, transits: 2, ticks: 240 * HOUR_TICKS }, rngs(1));

const recording = (): Trace => {
  const file = join(import.meta.dirname, "..", "labs", "traces", "noise.jsonl");
  return readTrace(readFileSync(file, "utf8").split("\n"), file);
};

/** A long trace out of a short one: a minute at a time from anywhere in it, all segments together, at a pulse a second. */
function drawnFrom(short: Trace, ticks: number): Trace {
  const rows = Array.from(short.ticks(), (samples) => samples.slice());
  const block = 60;
  return {
    head: { ...short.head, intervalMs: 1_000, graceMs: 500 },
    *ticks() {
      const rng = new SeededRng(2);
      let from = 0;
      for (let tick = 0; tick < ticks; tick++) {
        if (tick % block === 0) from = between(rng, 0, rows.length - block);
        yield rows[from + (tick % block)] as Float64Array;
      }
    },
  };
}

type False = {
  readonly moves: number;
  readonly alarms: number;
  readonly pairDays: number;
  readonly segmentDays: number;
};

/** Moves away from the default, and segments that leave UP, where nothing happens. */
function falseMoves(trace: Trace): False {
  const { head } = trace;
  const chooser = chooserOf(trace);
  const policies = policiesOf(head).map((_, p) => p);
  const segments = head.segments.map((_, s) => s);
  let [ticks, moves, alarms] = [0, 0, 0];
  let [on, up] = [policies.map(() => 0), segments.map(() => true)];
  for (const samples of trace.ticks()) {
    chooser.tick(head.startMs + ticks++ * head.intervalMs, samples);
    const [nowOn, nowUp] = [policies.map(chooser.current), segments.map((s) => chooser.detector.state(s) === "UP")];
    moves += nowOn.filter((path, p) => path !== on[p] && path !== 0).length;
    alarms += nowUp.filter((isUp, s) => !isUp && up[s]).length;
    [on, up] = [nowOn, nowUp];
  }
  const days = (ticks * head.intervalMs) / DAY_MS;
  return { moves, alarms, pairDays: policies.length * days, segmentDays: segments.length * days };
}

/** Choices of an hour of each kind of trace, with right clocks and with wrong ones. */
function clocksAndCap(): { readonly differing: number; readonly flipsInAnHour: number } {
  const offsets = { offsetUs: 10_000_000, driftPpm: 0, stepEveryS: 0, stepUs: 0 };
  let [differing, flipsInAnHour] = [0, 0];
  for (const kind of KINDS) {
    const right = generate({ kind, pops: 5, ticks: HOUR_TICKS }, rngs(3));
    const wrong = withClocks(right, offsets, () => new SeededRng(4));
    const [one, other] = [chooserOf(right), chooserOf(wrong)];
    const policies = policiesOf(right.head).map((_, p) => p);
    const flips = policies.map(() => 0);
    const shown = wrong.ticks()[Symbol.iterator]();
    let tick = 0;
    for (const samples of right.ticks()) {
      const nowMs = right.head.startMs + tick++ * right.head.intervalMs;
      const before = policies.map(one.current);
      one.tick(nowMs, samples);
      other.tick(nowMs, shown.next().value as Float64Array);
      for (const p of policies) {
        if (one.current(p) !== before[p]) flips[p] = (flips[p] as number) + 1;
        if (one.current(p) !== other.current(p)) differing++;
      }
    }
    flipsInAnHour = Math.max(flipsInAnHour, ...flips);
  }
  return { differing, flipsInAnHour };
}
