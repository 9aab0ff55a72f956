// A scenario as the ordered list of what is to be done at which moment. Doing it is the runner's part.

import { changed, type Direction, directions, endText, type Impairment, type Lab, type LinkEnd } from "./model.ts";
import type { Flow, Scenario } from "./scenario.ts";

export type LabEvent =
  | { readonly atUs: number; readonly kind: "flow-end"; readonly flow: Flow }
  /** All that this direction does from now on, not the difference. */
  | { readonly atUs: number; readonly kind: "impair"; readonly end: LinkEnd; readonly does: Impairment }
  | { readonly atUs: number; readonly kind: "flow-start"; readonly flow: Flow }
  | { readonly atUs: number; readonly kind: "end" };

/** At one moment: what stops, then what changes, then what starts. */
const ORDER: readonly LabEvent["kind"][] = ["flow-end", "impair", "flow-start", "end"];

/** Everything that is to be done, in order; at the end every link does again what the lab's file says. */
export function timeline(scenario: Scenario, lab: Lab): LabEvent[] {
  const events: LabEvent[] = scenario.flows.flatMap((flow): LabEvent[] => [
    { atUs: flow.fromUs, kind: "flow-start", flow },
    { atUs: flow.untilUs, kind: "flow-end", flow },
  ]);
  for (const direction of directions(lab)) {
    let before = direction.does;
    for (const atUs of momentsOf(scenario)) {
      const does = doesAt(scenario, direction, atUs);
      if (!same(does, before)) events.push({ atUs, kind: "impair", end: direction.from, does });
      before = does;
    }
  }
  events.push({ atUs: scenario.durationUs, kind: "end" });
  return events.sort((a, b) => a.atUs - b.atUs || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/**
 * What a direction does at a moment. Where impairments overlap, each field is that of the one that began last; when it
 * ends, the others count again. A cut link stays cut whatever else is said of it.
 */
export function doesAt(scenario: Scenario, { from, to, does }: Direction, atUs: number): Impairment {
  const active = scenario.impairments
    .filter(({ fromUs, untilUs }) => fromUs <= atUs && atUs < untilUs)
    .toSorted((a, b) => a.fromUs - b.fromUs);
  const on = (end: LinkEnd) => active.filter((impairment) => endText(impairment.end) === endText(end));
  const impaired = on(from).reduce((sum, { change }) => changed(sum, change), does);
  const cut = [...on(from), ...on(to)].some(({ down }) => down);
  return cut ? { ...impaired, lossPpm: 1_000_000 } : impaired;
}

const momentsOf = ({ impairments }: Scenario): number[] =>
  [...new Set(impairments.flatMap(({ fromUs, untilUs }) => [fromUs, untilUs]))].sort((a, b) => a - b);

const same = (a: Impairment, b: Impairment): boolean =>
  a.delayUs === b.delayUs && a.jitterUs === b.jitterUs && a.lossPpm === b.lossPpm && a.rateBps === b.rateBps;
