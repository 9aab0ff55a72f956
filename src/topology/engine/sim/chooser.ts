// Ways to choose a path, to be run side by side over the same trace: staying on the default, two simple rules as others
// use them, and ours.

import { Decider, type Made, type Policy, type SegmentFacts, type World } from "../decide/decider.ts";
import type { Settings } from "../decide/schema.ts";
import { Detector, type Layout, LOST } from "../detect/detector.ts";
import type { Foresight } from "../foresight.ts";

export type Chooser = {
  readonly name: string;
  tick(nowMs: number, samples: Float64Array): void;
  /** The path that policy number `policy` is on. */
  current(policy: number): number;
};

export const onDefault = (): Chooser => ({ name: "default only", tick: () => undefined, current: () => 0 });

/** A path that was 10 % quicker at two pulses 1 s apart is taken. */
export function tenPercent(policies: readonly Policy[], holdMs = 1_000): Chooser {
  const current = policies.map(() => 0);
  const since: (number | undefined)[] = policies.map(() => undefined);
  return {
    name: "10 % + 1 s hold",
    current: (policy) => current[policy] as number,
    tick: (nowMs, samples) => {
      for (const [p, { paths }] of policies.entries()) {
        const delays = paths.map((path) => path.reduce((sum, s) => sum + known(samples[s]), 0));
        const best = delays.indexOf(Math.min(...delays));
        const [now, then] = [delays[current[p] as number] as number, delays[best] as number];
        if (!(then < now * 0.9)) {
          since[p] = undefined;
          continue;
        }
        since[p] ??= nowMs;
        if (nowMs - (since[p] as number) < holdMs) continue;
        current[p] = best;
        since[p] = undefined;
      }
    },
  };
}

const known = (us: number | undefined): number => (us === undefined || Number.isNaN(us) ? LOST : us);

/** The mean of 24 samples, one in 5 s: 10 ms and 10 % better is taken; so is what loses less by a tenth. */
export function twoMinuteMean(policies: readonly Policy[], segments: number): Chooser {
  const [width, everyMs] = [24, 5_000];
  const rings = Array.from({ length: segments }, () => new Float64Array(width).fill(Number.NaN));
  const current = policies.map(() => 0);
  let [taken, lastMs] = [0, Number.NEGATIVE_INFINITY];
  const [means, losses] = [new Float64Array(segments), new Float64Array(segments)];
  const look = (path: readonly number[]) => ({
    delayUs: path.reduce((sum, s) => sum + (means[s] as number), 0),
    lost: path.reduce((sum, s) => sum + (losses[s] as number), 0),
  });
  return {
    name: "10 ms and 10 %, 24 × 5 s",
    current: (policy) => current[policy] as number,
    tick: (nowMs, samples) => {
      if (nowMs - lastMs < everyMs) return;
      lastMs = nowMs;
      for (const [s, ring] of rings.entries()) ring[taken % width] = samples[s] as number;
      if (++taken < width) return;
      for (const [s, ring] of rings.entries()) [means[s], losses[s]] = meanAndLoss(ring);
      for (const [p, { paths }] of policies.entries()) {
        const all = paths.map(look);
        const now = all[current[p] as number] as ReturnType<typeof look>;
        for (const [i, one] of all.entries()) {
          const lossless = one.lost <= now.lost - 0.1;
          const quicker =
            one.lost <= now.lost + 0.1 && one.delayUs <= now.delayUs - 10_000 && one.delayUs <= now.delayUs * 0.9;
          if (!lossless && !quicker) continue;
          current[p] = i;
          break;
        }
      }
    },
  };
}

/** The mean of what came through, and the share that did not. */
function meanAndLoss(ring: Float64Array): [meanUs: number, lost: number] {
  let [sum, seen, lost] = [0, 0, 0];
  for (const us of ring) {
    if (us === LOST) lost++;
    else if (!Number.isNaN(us)) {
      sum += us;
      seen++;
    }
  }
  return [sum / seen, lost / ring.length];
}

export type Ours = Chooser & { readonly detector: Detector; readonly decider: Decider };

export type OursOptions = {
  readonly layout: Layout;
  readonly names: readonly string[];
  readonly policies: readonly Policy[];
  readonly settings: Settings;
  readonly graceMs: number;
  readonly capacityBps?: (segment: number) => number | undefined;
  /** Learns what comes back, and warns of it. */
  readonly foresight?: Foresight;
  readonly tell?: (made: Made) => void;
};

/** Detection and decision as a controller runs them: once the last pulse of the interval is known or lost. */
export function ours(options: OursOptions): Ours {
  const detector = new Detector(options.layout);
  const decider = new Decider(options.policies, options.settings);
  const names = options.policies.map(({ name }) => name);
  return {
    name: "srwan",
    detector,
    decider,
    current: (policy) => decider.current(names[policy] as string),
    tick: (sentMs, samples) => {
      detector.tick(sentMs, samples);
      const nowMs = sentMs + options.graceMs;
      options.foresight?.watch(nowMs, (s) => (detector.state(s) === "DOWN" ? undefined : detector.delayUs(s)));
      const foreseen = (s: number) => options.foresight?.foreseenUs(s, nowMs, detector.delayUs(s), detector.scaleUs(s));
      const world: World = {
        segment: (s) => factsOf(detector, s, options.names[s] as string, foreseen(s)),
        ...(options.capacityBps === undefined ? {} : { capacityBps: options.capacityBps }),
      };
      decider.tick(nowMs, world, options.tell);
    },
  };
}

/** What detection knows of a segment, in whole numbers. */
export function factsOf(detector: Detector, s: number, segment: string, foreseenUs: number | undefined): SegmentFacts {
  return {
    segment,
    state: detector.state(s),
    trouble: detector.trouble(s) ?? null,
    fresh: detector.isFresh(s),
    delayUs: detector.delayUs(s) ?? null,
    scaleUs: rounded(detector.scaleUs(s)),
    errorUs: rounded(detector.noiseUs(s)) ?? 0,
    lossPpm: detector.lossPpm(s),
    regime: detector.regime(s),
    foreseenUs: rounded(foreseenUs),
    closed: null,
  };
}

const rounded = (us: number | undefined): number | null => (us === undefined ? null : Math.round(us));
