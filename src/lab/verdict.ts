// Whether what a scenario expects came true, from what its flows saw.

import { formatSharePpm, formatUs } from "../base/units.ts";
import type { Bound, DelayBound, Expectation } from "./scenario.ts";

/** One packet of a flow: when it was sent, counted from the scenario's start, and how long it took if it arrived. */
export type PacketFate = { readonly sentUs: number; readonly latencyUs?: number };

export type Verdict = {
  readonly expectation: Expectation;
  readonly holds: boolean;
  /** One line for each thing expected, with what was seen. */
  readonly lines: readonly string[];
};

/** A span without packets proves nothing and fails. */
export function judge(expectation: Expectation, packets: readonly PacketFate[]): Verdict {
  const { fromUs, untilUs, lostAtMost, lostAtLeast, delays } = expectation;
  const sent = packets.filter(({ sentUs }) => fromUs <= sentUs && sentUs < untilUs);
  const latencies = sent.flatMap(({ latencyUs }) => (latencyUs === undefined ? [] : [latencyUs])).sort((a, b) => a - b);
  const lost = sent.length - latencies.length;
  const seen: { readonly holds: boolean; readonly line: string }[] = [];
  const loss = (sign: "≤" | "≥", bound: Bound | undefined): void => {
    if (bound === undefined) return;
    const most = "ppm" in bound ? (sent.length * bound.ppm) / 1_000_000 : bound.packets;
    const holds = sent.length > 0 && (sign === "≤" ? lost <= most : lost >= most);
    const wanted = "ppm" in bound ? formatSharePpm(bound.ppm) : String(bound.packets);
    seen.push({ holds, line: `lost ${lost} of ${sent.length}, expected ${sign} ${wanted}` });
  };
  loss("≤", lostAtMost);
  loss("≥", lostAtLeast);
  for (const bound of delays) seen.push(judgeDelay(bound, latencies));
  return {
    expectation,
    holds: seen.every(({ holds }) => holds),
    lines: seen.map(({ holds, line }) => `${holds ? "ok" : "FAIL"} ${expectation.flow} ${line}`),
  };
}

function judgeDelay({ percentile, lowUs, highUs }: DelayBound, sorted: readonly number[]) {
  const seenUs = sorted[Math.ceil((sorted.length * percentile) / 100) - 1];
  const wanted = lowUs === undefined ? `≤ ${formatUs(highUs)}` : `${formatUs(lowUs)} to ${formatUs(highUs)}`;
  const holds = seenUs !== undefined && (lowUs === undefined || lowUs <= seenUs) && seenUs <= highUs;
  const seen = seenUs === undefined ? "of nothing, for none arrived" : formatUs(seenUs);
  return { holds, line: `delay p${percentile} ${seen}, expected ${wanted}` };
}
