// A simulation as a document and as text.

import { formatUs } from "../../base/units.ts";
import { isTrusted } from "../../topology/engine/forecast.ts";
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

/** `kind` of what was generated. */
type Result = Comparison & { readonly kind: string | undefined };

export function simulationData(results: readonly Result[]): Record<string, unknown> {
  const all = results.map((result) => ({
    kind: result.kind ?? null,
    policies: result.policies,
    intervals: result.ticks,
    intervalMs: result.intervalMs,
    ways: waysOf(result),
    forecasts: result.forecasts.map(({ profileUs: _profile, ...forecast }) => forecast),
  }));
  return { traces: all };
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

export function simulationText(results: readonly Result[], wide: boolean, screen: Screen): string {
  const rows = results.flatMap((result) => waysOf(result).map((way) => ({ kind: result.kind, ...way })));
  const ways = table(
    rows,
    [
      ...(results.length > 1 ? [{ title: "TRACE", cell: ({ kind = "-" }: (typeof rows)[number]) => kind }] : []),
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
  return [`${headText(results)}\n`, ways, ...forecastText(results, wide, screen)].join("\n");
}

function headText([first]: readonly Result[]): string {
  if (!first) return "";
  const { policies, ticks, intervalMs } = first;
  const minutes = (ticks * intervalMs) / 60_000;
  const length = minutes < 120 ? `${Number(minutes.toFixed(1))} min` : `${Number((minutes / 60).toFixed(1))} h`;
  return `${policies} policies for ${length}, a pulse of each segment every ${formatUs(intervalMs * 1_000)}`;
}

function forecastText(results: readonly Result[], wide: boolean, screen: Screen): string[] {
  const forecasts = results.flatMap((result) => result.forecasts);
  if (forecasts.length === 0) return [];
  return [
    table(
      forecasts,
      [
        { title: "FORECAST OF", cell: ({ segment }) => segment },
        { title: "KIND", cell: ({ kind }) => kind },
        { title: "ERROR", cell: ({ errorUs }) => formatUs(errorUs), align: "right" },
        { title: "NAIVE", cell: ({ naiveErrorUs }) => formatUs(naiveErrorUs), align: "right" },
        { title: "HOURS", cell: ({ heldBack }) => String(heldBack), align: "right" },
        { title: "SCORE", cell: ({ scorePermille }) => percent(scorePermille / 1_000), align: "right" },
        { title: "USED", cell: (forecast) => (isTrusted(forecast) ? "yes" : "no") },
      ],
      wide,
      screen,
    ),
  ];
}
