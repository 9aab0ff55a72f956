// Everything that is compared, over one trace, with our journal: what `srwan simulate` and the figures show.

import { headLine, recordLine } from "../decide/journal.ts";
import { DEFAULTS, type Settings } from "../decide/schema.ts";
import type { Forecast } from "../forecast.ts";
import { Foresight } from "../foresight.ts";
import { onDefault, ours, tenPercent, twoMinuteMean } from "./chooser.ts";
import { type Simulation, simulate } from "./simulate.ts";
import { layoutOf, policiesOf, segmentName, type Trace } from "./trace.ts";

export type CompareOptions = {
  readonly settings?: Settings;
  /** Learn what comes back, and go before it does. */
  readonly forecast?: boolean;
  /** Gets the lines of our journal. */
  readonly journal?: (line: string) => void;
};

export type Comparison = Simulation & {
  readonly forecasts: readonly (Forecast & { readonly segment: string })[];
};

export function compare(trace: Trace, options: CompareOptions = {}): Comparison {
  const { settings = DEFAULTS, journal } = options;
  const { head } = trace;
  const policies = policiesOf(head);
  const names = head.segments.map(segmentName);
  const foresight = options.forecast ? new Foresight(names.length) : undefined;
  let decisions = 0;
  journal?.(headLine(settings));
  const mine = ours({
    layout: layoutOf(head),
    names,
    policies,
    settings,
    graceMs: head.graceMs,
    capacityBps: (s) => head.segments[s]?.capacityBps,
    ...(foresight ? { foresight } : {}),
    ...(journal ? { tell: (made) => journal(recordLine(++decisions, made)) } : {}),
  });
  const simulation = simulate(trace, [onDefault(), tenPercent(policies), twoMinuteMean(policies, names.length), mine]);
  const forecasts = names.flatMap((segment, s) => {
    const forecast = foresight?.forecast(s);
    return forecast ? [{ segment, ...forecast }] : [];
  });
  return { ...simulation, forecasts };
}
