// A simulation as a document and as text.

import { formatUs } from "../../base/units.ts";
import type { Comparison } from "../../topology/engine/sim/compare.ts";
import { table } from "../output.ts";
import type { Screen } from "../verb.ts";

const DAY_MS = 86_400_000;

type Way = {
  readonly name: string;
  readonly flips: number;
  readonly flipsPerPolicyDay: number;
  readonly flipsInAnHour: number;
  /** On a path that loses two of five pulses while another does not. */
  readonly lossyShare: number;
  /** On a path that is 20 % and 2 ms slower than the best. */
  readonly slowShare: number;
  readonly gainUs: number;
};

export function simulationData(simulation: Comparison): Record<string, unknown> {
  const { policies, ticks, intervalMs, forecasts } = simulation;
  return {
    policies,
    intervals: ticks,
    intervalMs,
    ways: waysOf(simulation),
    forecasts: forecasts.map(({ profileUs: _profile, ...forecast }) => forecast),
  };
}

function waysOf({ policies, ticks, intervalMs, scores }: Comparison): Way[] {
  const allMs = Math.max(1, policies * ticks * intervalMs);
  return scores.map(({ name, flips, flipsInAnHour, badMs, lossyMs, gainUs }) => ({
    name,
    flips,
    flipsPerPolicyDay: rounded((flips * DAY_MS) / allMs),
    flipsInAnHour,
    lossyShare: rounded(lossyMs / allMs),
    slowShare: rounded((badMs - lossyMs) / allMs),
    gainUs,
  }));
}

const rounded = (value: number): number => Number(value.toPrecision(4));
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

export function simulationText(simulation: Comparison, wide: boolean, screen: Screen): string {
  const { policies, ticks, intervalMs, forecasts } = simulation;
  const ways = table(
    waysOf(simulation),
    [
      { title: "WAY", cell: (way) => way.name },
      { title: "FLIPS", cell: (way) => String(way.flips), align: "right", wide: true },
      { title: "FLIPS/POLICY/DAY", cell: (way) => String(way.flipsPerPolicyDay), align: "right" },
      { title: "MOST/HOUR", cell: (way) => String(way.flipsInAnHour), align: "right" },
      { title: "ON LOSSY PATH", cell: (way) => percent(way.lossyShare), align: "right" },
      { title: "ON SLOW PATH", cell: (way) => percent(way.slowShare), align: "right" },
      { title: "GAIN", cell: (way) => formatUs(way.gainUs), align: "right" },
    ],
    wide,
    screen,
  );
  const hours = Number(((ticks * intervalMs) / 3_600_000).toFixed(1));
  const head = `${policies} policies for ${hours} h, a pulse of each segment every ${formatUs(intervalMs * 1_000)}\n\n`;
  if (forecasts.length === 0) return `${head}${ways}`;
  const learnt = table(
    forecasts,
    [
      { title: "FORECAST OF", cell: ({ segment }) => segment },
      { title: "KIND", cell: ({ kind }) => kind },
      { title: "ERROR", cell: ({ errorUs }) => formatUs(errorUs), align: "right" },
      { title: "NAIVE", cell: ({ naiveErrorUs }) => formatUs(naiveErrorUs), align: "right" },
      { title: "HOURS", cell: ({ heldBack }) => String(heldBack), align: "right" },
      { title: "SCORE", cell: ({ scorePermille }) => percent(scorePermille / 1_000), align: "right" },
    ],
    wide,
    screen,
  );
  return `${head}${ways}\n${learnt}`;
}
