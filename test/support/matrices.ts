// Random measured matrices and requests: few POPs, few values, so that ties, dead ends and every reason to leave a segment
// out come up often.

import fc from "fast-check";
import { Matrix } from "../../src/topology/engine/matrix.ts";
import type { PopSpec, SegmentSpec } from "../../src/topology/engine/matrix-schema.ts";
import type { Constraints, Criterion, Request } from "../../src/topology/engine/request.ts";

const NAMES = ["ams", "bom", "cdg", "dxb", "ewr", "fra", "gru"];
const TRANSITS = ["t1", "t2"];
const TAGS = ["red", "blue"];
const RISKS = ["r1", "r2", "r3"];

type Draw = { chance(percent: number): boolean; upTo(most: number): number; one<T>(of: readonly T[]): T };

/** Draws from one seed: a property shrinks by its seed and its sizes, and stays quick. */
function drawing(seed: number): Draw {
  let state = (seed ^ 0x9e3779b9) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (most: number): number => Math.floor(next() * (most + 1));
  return {
    upTo,
    chance: (percent) => next() * 100 < percent,
    one: (of) => of[upTo(of.length - 1)] as (typeof of)[number],
  };
}

export type Scene = { readonly matrix: Matrix; readonly request: Request };

/** `odd`: how often, in percent, something unusual is said of a segment or a POP. */
export function sceneOf(seed: number, pops: number, odd: number, hasOffsets: boolean): Scene {
  const draw = drawing(seed);
  const names = NAMES.slice(0, pops);
  const offset = new Map(names.map((name) => [name, hasOffsets ? draw.upTo(2_000) - 1_000 : 0]));
  const traits = (): Partial<PopSpec> => ({
    ...(draw.chance(odd) ? { country: draw.one(["DE", "FR"]) } : {}),
    ...(draw.chance(odd) ? { tags: [draw.one(TAGS)] } : {}),
    ...(draw.chance(odd) ? { riskGroups: [draw.one(RISKS)] } : {}),
    ...(draw.chance(odd / 4) ? { quarantine: "contradicts others" } : {}),
    ...(draw.chance(odd / 4) ? { isolation: ["bank"] } : {}),
  });
  const density = 30 + draw.upTo(60);
  const segments: SegmentSpec[] = [];
  for (const from of names) {
    for (const to of names) {
      for (const transit of TRANSITS) {
        if (from === to || !draw.chance(density * (transit === "t1" ? 1 : 0.4))) continue;
        const measured = 1 + draw.upTo(12);
        const delayUs = measured + (offset.get(to) ?? 0) - (offset.get(from) ?? 0);
        segments.push({
          ...{ from, transit, to, ...traits() },
          ...(draw.chance(96) && delayUs !== 0 ? { delayUs, boundUs: draw.upTo(2) } : {}),
          ...(draw.chance(95) ? { jitterUs: draw.upTo(4) } : {}),
          ...(draw.chance(95) ? { lossPpm: draw.one([0, 0, 1_000, 20_000, 1_000_000]) } : {}),
          ...(draw.chance(95) ? { availableBps: draw.upTo(5), reservedBps: draw.upTo(2) } : {}),
          ...(draw.chance(92)
            ? { priceMicroPerGB: draw.upTo(6) }
            : draw.chance(60)
              ? { priceMicroPerGB: "infinity" }
              : {}),
          ...(draw.chance(odd) ? { owner: draw.one(["acme", "else"]) } : {}),
          ...(draw.chance(odd / 3) ? { windows: [{ from: draw.one(["00:00", "12:00"]), to: "20:00" }] } : {}),
        });
      }
    }
  }
  const matrix = new Matrix({ pops: names.map((name) => ({ name, ...traits() })), segments });
  return { matrix, request: requestOf(draw, matrix, odd) };
}

function requestOf(draw: Draw, matrix: Matrix, odd: number): Request {
  const from = draw.upTo(matrix.pops.length - 1);
  const to = (from + 1 + draw.upTo(matrix.pops.length - 2)) % matrix.pops.length;
  const sometimes = (key: keyof Constraints, value: () => unknown): object =>
    draw.chance(25) ? { [key]: value() } : {};
  const criterion = (): Criterion =>
    draw.one<() => Criterion>([
      () => ({ kind: "pop", name: draw.one(matrix.pops).name }),
      () => ({ kind: "transit", name: draw.one(TRANSITS) }),
      () => ({ kind: "country", name: draw.one(["DE", "FR"]) }),
      () => ({ kind: "tag", name: draw.one(TAGS) }),
      () => ({ kind: "risk", name: draw.one(RISKS) }),
    ])();
  const apartFrom = draw.chance(12) && matrix.segmentCount > 0 ? [[draw.upTo(matrix.segmentCount - 1)]] : undefined;
  return {
    ...{ from, to },
    ...sometimes("maxDelayUs", () => 5 + draw.upTo(30)),
    ...sometimes("maxJitterUs", () => draw.upTo(9)),
    ...sometimes("maxLossPpm", () => draw.one([0, 1_000, 2_000, 21_000, 39_600])),
    ...sometimes("maxPriceMicroPerGB", () => draw.upTo(14)),
    ...sometimes("maxHops", () => 1 + draw.upTo(4)),
    ...sometimes("maxSids", () => 2 + draw.upTo(4)),
    ...sometimes("minBandwidthBps", () => draw.upTo(3)),
    ...sometimes("must", () => Array.from({ length: 1 + draw.upTo(2) }, criterion)),
    ...sometimes("never", () => [criterion()]),
    ...(draw.chance(odd / 3) ? { isolation: "bank" } : {}),
    ...(draw.chance(40) ? { owner: "acme" } : {}),
    ...(draw.chance(60) ? { atMs: draw.upTo(47) * 3_600_000 } : {}),
    ...(draw.chance(40) ? { bounds: draw.one(["certain", "nominal"] as const) } : {}),
    ...(apartFrom ? { apartFrom } : {}),
    ...(draw.chance(30) ? { apart: [draw.one(["pop", "transit", "risk"] as const)] } : {}),
    ...draw.one<Partial<Request>>([
      {},
      { intent: "lowest-latency" },
      { intent: "cheapest" },
      { intent: "highest-throughput" },
      { weights: { loss: 1, delay: 0.001 } },
      { weights: { delay: 1, price: 2.5, jitter: 0.5 } },
    ]),
  };
}

/** What `sceneOf` makes a scene of; a counterexample prints as four values. */
export const sceneKeys = (most: number): fc.Arbitrary<Parameters<typeof sceneOf>> =>
  fc.tuple(fc.integer(), fc.integer({ min: 2, max: most }), fc.constantFrom(0, 10, 40), fc.boolean());
