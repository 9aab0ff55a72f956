// Traces from a seed: POPs on a plane, segments of each transit between each two in each direction, and one kind of
// trouble or all of them. A policy for each ordered pair: the first transit's segment, another's, or a way over a POP.

import { type Rng, unit } from "../../../base/rng.ts";
import { LOST } from "../detect/detector.ts";
import { Episodes, evening, exponential, normal, type Process, Queue } from "./processes.ts";
import type { Trace, TraceHead } from "./trace.ts";

export const KINDS = ["noise", "bursts", "diurnal", "steps", "flaps", "mixed"] as const;
export type Kind = (typeof KINDS)[number];

export type Recipe = {
  readonly kind: Kind;
  readonly pops: number;
  /** Of each POP (1). */
  readonly transits?: number;
  readonly ticks: number;
  readonly intervalMs?: number;
  readonly startMs?: number;
};

/** A Monday, midnight UTC. */
const START_MS = 1_804_982_400_000;
/** A pulse in 1,000 is lost and five are late by something that has nothing to do with the path, as on real ones. */
const LOSS = 0.001;
const SPIKE = 0.005;

export function generate(recipe: Recipe, makeRng: (part: number) => Rng): Trace {
  const places = makeRng(0);
  const pops = Array.from({ length: recipe.pops }, (_, pop) => ({
    name: `p${String(pop + 1).padStart(2, "0")}`,
    x: unit(places),
    y: unit(places),
  }));
  const transits = Array.from({ length: recipe.transits ?? 1 }, (_, i) => `t${i + 1}`);
  const pairs = pops.flatMap((from) => pops.filter((to) => to !== from).map((to) => ({ from, to })));
  const segments = pairs.flatMap((pair) => transits.map((transit) => ({ ...pair, transit })));
  // Up to 57 ms across, and a detour of the cable of up to a tenth.
  const baseUs = segments.map(({ from, to }) =>
    Math.round((5_000 + 40_000 * Math.hypot(from.x - to.x, from.y - to.y)) * (1 + 0.1 * unit(places))),
  );
  const intervalMs = recipe.intervalMs ?? 1_000;
  const head: TraceHead = {
    trace: "srwan.trace",
    version: 1,
    startMs: recipe.startMs ?? START_MS,
    intervalMs,
    graceMs: Math.min(500, intervalMs / 2),
    segments: segments.map(({ from, transit, to }) => ({ from: from.name, transit, to: to.name })),
    policies: pairs.map(({ from, to }) => ({
      name: `${from.name}-${to.name}`,
      paths: [
        ...transits.map((transit) => [`${from.name}/${transit}>${to.name}`]),
        ...pops
          .filter((pop) => pop !== from && pop !== to)
          .sort((a, b) => detour(from, a, to) - detour(from, b, to))
          .slice(0, 3)
          .map((pop) => [`${from.name}/t1>${pop.name}`, `${pop.name}/t1>${to.name}`]),
      ],
    })),
  };
  return {
    head,
    *ticks() {
      const samples = new Float64Array(segments.length);
      const ways = segments.map(
        (_, s) => new Way(recipe.kind, baseUs[s] as number, 1_000 / intervalMs, makeRng(s + 1)),
      );
      for (let tick = 0; tick < recipe.ticks; tick++) {
        const atMs = head.startMs + tick * intervalMs;
        for (const [s, way] of ways.entries()) samples[s] = way.sample(atMs);
        yield samples;
      }
    },
  };
}

type Place = { readonly x: number; readonly y: number };
const detour = (from: Place, by: Place, to: Place): number =>
  Math.hypot(from.x - by.x, from.y - by.y) + Math.hypot(by.x - to.x, by.y - to.y);

/** One directed segment. */
class Way {
  readonly #rng: Rng;
  readonly #baseUs: number;
  readonly #queue: Queue;
  readonly #episodes: readonly Process[];
  readonly #outages: Process | undefined;
  readonly #evening: { readonly hour: number; readonly extra: number } | undefined;

  constructor(kind: Kind, baseUs: number, perSecond: number, rng: Rng) {
    const has = (one: Kind) => kind === one || kind === "mixed";
    const about = (seconds: number) => () => exponential(rng, seconds * perSecond);
    const range = (low: number, high: number) => () => low + (high - low) * unit(rng);
    this.#rng = rng;
    this.#baseUs = baseUs;
    this.#queue = new Queue(rng, 600, 0.6);
    this.#episodes = [
      ...(has("bursts") ? [new Episodes(rng, about(600), about(3), range(0.3, 1))] : []),
      ...(has("steps") ? [new Episodes(rng, about(3_600), about(900), range(0.25, 1))] : []),
    ];
    // A link flaps for a while and is well for hours.
    const session = has("flaps") ? new Episodes(rng, about(10_800), about(600), () => 1) : undefined;
    const flap = has("flaps") ? new Episodes(rng, about(60), about(12), () => 1) : undefined;
    this.#outages = session && flap ? { next: () => Math.min(session.next(), flap.next()) } : undefined;
    this.#evening =
      has("diurnal") && unit(rng) < 0.4 ? { hour: 19 + 2 * unit(rng), extra: range(0.4, 1)() } : undefined;
  }

  sample(atMs: number): number {
    const busy = this.#evening ? evening(atMs, this.#evening.hour) : 0;
    const extra = this.#episodes.reduce((sum, episodes) => sum + episodes.next(), busy * (this.#evening?.extra ?? 0));
    const isOut = this.#outages?.next() === 1;
    const queueUs = this.#queue.nextUs() * (1 + 4 * busy);
    const chance = unit(this.#rng);
    const spikeUs = chance > 1 - SPIKE ? 5_000 + 55_000 * unit(this.#rng) : 0;
    if (isOut || chance < LOSS + 0.01 * busy) return LOST;
    return Math.round(this.#baseUs * (1 + extra) + queueUs + spikeUs);
  }
}

/** The same trace with something done to each interval's samples. */
export function altered(trace: Trace, begin: () => (samples: Float64Array, tick: number) => void): Trace {
  return {
    head: trace.head,
    *ticks() {
      const change = begin();
      let tick = 0;
      for (const samples of trace.ticks()) {
        change(samples, tick++);
        yield samples;
      }
    },
  };
}

export type ClockTrouble = {
  /** Each clock is off by up to so much from the start. */
  readonly offsetUs: number;
  readonly driftPpm: number;
  /** One step in so many seconds, on the average; none at 0. */
  readonly stepEveryS: number;
  readonly stepUs: number;
};

/** The same trace as clocks that are wrong show it. */
export function withClocks(trace: Trace, trouble: ClockTrouble, makeRng: () => Rng): Trace {
  const { segments, intervalMs } = trace.head;
  const names = [...new Set(segments.flatMap(({ from, to }) => [from, to]))];
  return altered(trace, () => {
    const rng = makeRng();
    const either = (size: number) => size * (2 * unit(rng) - 1);
    const quiet = () => exponential(rng, (trouble.stepEveryS * 1_000) / intervalMs);
    const clocks = new Map(
      names.map((name) => {
        const steps =
          trouble.stepEveryS > 0
            ? new Episodes(
                rng,
                quiet,
                () => 1,
                () => 1,
              )
            : undefined;
        return [name, { us: either(trouble.offsetUs), drift: (either(trouble.driftPpm) * intervalMs) / 1_000, steps }];
      }),
    );
    return (samples) => {
      for (const clock of clocks.values()) {
        clock.us += clock.drift + (clock.steps?.next() === 1 ? normal(rng) * trouble.stepUs : 0);
      }
      const off = (name: string) => Math.round(clocks.get(name)?.us ?? 0);
      for (const [s, { from, to }] of segments.entries()) samples[s] = (samples[s] as number) + off(to) - off(from);
    };
  });
}
