// Makes atlantic.jsonl: `node labs/traces/generate.ts`. Twenty minutes of three POPs, a pulse a second, in which
// something happens now and then; README.md tells what. The same seed gives the same file on every machine.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SeededRng } from "../../src/base/rng.ts";
import { LOST } from "../../src/topology/engine/detect/detector.ts";
import { Queue } from "../../src/topology/engine/sim/processes.ts";
import { segmentName, type TraceHead, tickLine, traceHeadLine } from "../../src/topology/engine/sim/trace.ts";
import { HEAD, WAYS } from "./atlantic.ts";

const SEED = 20;
const MINUTES = 20;

/** What a pulse of a segment shows at a second, where it would have shown `us`. */
type Event = (segment: string, second: number, us: number) => number;
const during = (segment: string, from: number, to: number, change: (us: number) => number): Event => {
  return (named, second, us) => (named === segment && second >= from && second < to ? change(us) : us);
};
const minute = (count: number): number => Math.round(count * 60);

const EVENTS: readonly Event[] = [
  during("fra/north>nyc", minute(3), minute(3) + 3, (us) => us + 60_000),
  during("fra/north>nyc", minute(5), minute(9), (us) => us * 1.35),
  during("fra/north>nyc", minute(13), minute(13.5), () => LOST),
  during("lon/north>nyc", minute(16), minute(17), () => 0),
  (segment, second, us) => {
    if (second < minute(11)) return us;
    return us + (segment.endsWith(">lon") ? 5_000_000 : segment.startsWith("lon/") ? -5_000_000 : 0);
  },
];

export function traceText(): string {
  const queues = WAYS.map((_, i) => new Queue(new SeededRng(SEED + i), 300, 0.5));
  const lines = Array.from({ length: minute(MINUTES) }, (_, second) => {
    const samples = WAYS.map(([, , baseUs], i) => {
      const us = baseUs + (queues[i] as Queue).nextUs();
      const segment = segmentName(HEAD.segments[i] as TraceHead["segments"][number]);
      return Math.round(
        EVENTS.reduce((now, event) => (now === 0 || now === LOST ? now : event(segment, second, now)), us),
      );
    });
    return tickLine(Float64Array.from(samples));
  });
  return traceHeadLine(HEAD) + lines.join("");
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, "atlantic.jsonl"), traceText());
