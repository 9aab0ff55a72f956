// Many reports of one agent as one: what a reader of last month wants to know. Pure.
//
// Middles are medians of what was told; lows are the least and highs the most; shares and jitter are means by samples, so
// that a thin report weighs little; what nobody measured stays null.

import type { SegmentReport } from "../../wire/report.ts";

type Path = {
  readonly policy: string;
  readonly path: string;
  readonly actualUs: number | null;
  readonly lossPpm: number | null;
  readonly samples: number;
};

export type Report = { readonly cells: readonly SegmentReport[]; readonly paths: readonly Path[] };

export function rollUp(reports: readonly Report[]): Report {
  return {
    cells: [
      ...byKey(
        reports.flatMap(({ cells }) => cells),
        ({ segment }) => segment,
      ).values(),
    ].map(oneCell),
    paths: [
      ...byKey(
        reports.flatMap(({ paths }) => paths),
        ({ policy, path }) => `${policy} ${path}`,
      ).values(),
    ].map(
      (told): Path => ({
        policy: (told[0] as Path).policy,
        path: (told[0] as Path).path,
        actualUs: median(told.map(({ actualUs }) => actualUs)),
        lossPpm: mean(told, ({ lossPpm }) => lossPpm),
        samples: sum(told),
      }),
    ),
  };
}

function oneCell(told: readonly SegmentReport[]): SegmentReport {
  const of = (field: "p5Us" | "p50Us" | "p95Us" | "delayUs" | "lowUs" | "highUs" | "roundTripUs") =>
    told.map((cell) => cell[field]);
  const samples = told.map(({ sampleUs }) => sampleUs);
  const numbers = samples.filter((one) => typeof one === "number");
  return {
    segment: (told[0] as SegmentReport).segment,
    sampleUs: numbers.length > 0 ? median(numbers) : samples.includes("lost") ? "lost" : null,
    p5Us: least(of("p5Us")),
    p50Us: median(of("p50Us")),
    p95Us: most(of("p95Us")),
    delayUs: median(of("delayUs")),
    lowUs: least(of("lowUs")),
    highUs: most(of("highUs")),
    roundTripUs: median(of("roundTripUs")),
    errorUs: Math.max(...told.map(({ errorUs }) => errorUs)),
    jitterUs: mean(told, ({ jitterUs }) => jitterUs),
    lossPpm: mean(told, ({ lossPpm }) => lossPpm),
    reorderedPpm: mean(told, ({ reorderedPpm }) => reorderedPpm),
    duplicatedPpm: mean(told, ({ duplicatedPpm }) => duplicatedPpm),
    ageMs: Math.min(...told.map(({ ageMs }) => ageMs)),
    samples: sum(told),
  };
}

function byKey<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = key(one);
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

const present = (values: readonly (number | null)[]): number[] => values.filter((one) => one !== null);

/** Of an even count the lower middle: a value that was told. */
function median(values: readonly (number | null)[]): number | null {
  const sorted = present(values).sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? null;
}

function least(values: readonly (number | null)[]): number | null {
  const there = present(values);
  return there.length === 0 ? null : Math.min(...there);
}

function most(values: readonly (number | null)[]): number | null {
  const there = present(values);
  return there.length === 0 ? null : Math.max(...there);
}

function mean<T extends { readonly samples: number }>(
  told: readonly T[],
  of: (one: T) => number | null,
): number | null {
  let [total, weight] = [0, 0];
  for (const one of told) {
    const value = of(one);
    if (value === null) continue;
    // A report without samples still says what it says where there is no other.
    const counts = Math.max(1, one.samples);
    total += value * counts;
    weight += counts;
  }
  return weight === 0 ? null : Math.round(total / weight);
}

const sum = (told: readonly { readonly samples: number }[]): number =>
  told.reduce((total, { samples }) => total + samples, 0);
