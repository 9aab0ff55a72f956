// A trace: what was measured of each directed segment, interval by interval, and the policies to try on it. As a file it
// is JSON lines: the head, then one array for each interval with a delay in µs, "lost", or null where nobody reported.

import { type Static, Type } from "typebox";
import { SrwanError } from "../../../base/errors.ts";
import { fieldText, misfit } from "../../../base/misfit.ts";
import { nearest } from "../../../base/nearest.ts";
import type { Policy } from "../decide/decider.ts";
import { type Layout, LOST } from "../detect/detector.ts";

const closed = { additionalProperties: false } as const;
const name = (description: string) => Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$", description });

const TraceHead = Type.Object(
  {
    trace: Type.Literal("srwan.trace", { description: "What this file is." }),
    version: Type.Literal(1, { description: "The version of this format: 1." }),
    startMs: Type.Integer({ minimum: 0, description: "When the first interval began, ms since 1970 UTC." }),
    intervalMs: Type.Integer({ minimum: 10, maximum: 600_000, description: "One pulse of each segment in so long." }),
    graceMs: Type.Integer({ minimum: 0, maximum: 600_000, description: "A pulse that is out for longer is lost." }),
    segments: Type.Array(
      Type.Object(
        {
          from: name("The POP it leaves."),
          transit: name("The transit of `from` that carries it."),
          to: name("The POP it reaches."),
          capacityBps: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 1e15, description: "What policies may fill (not known)." }),
          ),
        },
        closed,
      ),
      { minItems: 1, maxItems: 30_000, description: "Directed segments, in the order of the samples." },
    ),
    policies: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 200, description: "Unique among the policies." }),
          paths: Type.Array(
            Type.Array(Type.String({ description: "A segment: fra/cogent>nyc" }), { minItems: 1, maxItems: 64 }),
            { minItems: 1, maxItems: 64, description: "The default first." },
          ),
          demandBps: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e15, description: "What it carries (0)." })),
          improve: Type.Optional(
            Type.Boolean({ description: "Whether it leaves a default that is well for a better path (no)." }),
          ),
        },
        closed,
      ),
      { maxItems: 10_000, description: "What to decide for." },
    ),
  },
  { ...closed, description: "The first line." },
);
export type TraceHead = Static<typeof TraceHead>;

const TraceTick = Type.Array(
  Type.Union([Type.Integer({ minimum: -1e15, maximum: 1e15 }), Type.Literal("lost"), Type.Null()]),
  { description: "Every other line: a delay in µs of each segment, lost, or null where nobody reported." },
);

/** Either kind of line, as published. */
export const TraceLine = Type.Union([TraceHead, TraceTick], { title: "srwan trace, one line" });

export type Trace = {
  readonly head: TraceHead;
  /** Fills the same array again and again with the next interval's samples, for the detector. */
  readonly ticks: () => Iterable<Float64Array>;
};

export const segmentName = ({ from, transit, to }: TraceHead["segments"][number]): string => `${from}/${transit}>${to}`;

/** POPs as numbers, for the detector. */
export function layoutOf({ segments }: TraceHead): Layout {
  const ids = new Map<string, number>();
  const id = (pop: string): number => {
    const known = ids.get(pop) ?? ids.size;
    ids.set(pop, known);
    return known;
  };
  const from = Int32Array.from(segments, (segment) => id(segment.from));
  const to = Int32Array.from(segments, (segment) => id(segment.to));
  return { pops: ids.size, from, to };
}

/** Policies with their segments as numbers; a path must lead from segment to segment. */
export function policiesOf(head: TraceHead, file = "trace"): Policy[] {
  const ids = new Map(head.segments.map((segment, id) => [segmentName(segment), id]));
  return head.policies.map(({ paths, ...policy }, p) => ({
    ...policy,
    paths: paths.map((path, i) => {
      const field = `policies[${p}].paths[${i}]`;
      const numbers = path.map((text, s) => {
        const segment = ids.get(text);
        if (segment !== undefined) return segment;
        const near = nearest(text, ids.keys());
        const remedy = near ? `Did you mean ${near}?` : "Name a segment of this file as from/transit>to.";
        throw invalid(file, 1, `${field}[${s}]`, `= "${text}" is no segment of this file`, remedy);
      });
      const gap = numbers.findIndex(
        (s, k) => k > 0 && head.segments[numbers[k - 1] as number]?.to !== head.segments[s]?.from,
      );
      if (gap > 0) {
        throw invalid(
          file,
          1,
          `${field}[${gap}]`,
          `does not begin where ${path[gap - 1]} ends`,
          "Name the segments in order.",
        );
      }
      const [first, last] = [head.segments[numbers[0] as number], head.segments[numbers.at(-1) as number]];
      const ends = paths[0] as string[];
      const [defaultFirst, defaultLast] = [
        head.segments[ids.get(ends[0] as string) ?? -1],
        head.segments[ids.get(ends.at(-1) as string) ?? -1],
      ];
      if (first?.from !== defaultFirst?.from || last?.to !== defaultLast?.to) {
        throw invalid(
          file,
          1,
          field,
          "does not lead from and to where the default path does",
          "Correct it, or make it a policy of its own.",
        );
      }
      return numbers;
    }),
  }));
}

/** From the lines of a file; each is read when it is asked for. */
export function readTrace(lines: readonly string[], file: string): Trace {
  const head = parsed(lines[0] ?? "", file, 1);
  const wrong = misfit(TraceHead, head, "See docs/reference/schemas/trace.schema.json.");
  if (wrong) throw invalid(file, 1, fieldText(wrong.path) || "the line", wrong.what, wrong.remedy);
  const right = head as TraceHead;
  policiesOf(right, file);
  return {
    head: right,
    *ticks() {
      const samples = new Float64Array(right.segments.length);
      for (const [i, text] of lines.entries()) {
        if (i === 0 || text === "") continue;
        const row: unknown = parsed(text, file, i + 1);
        if (!Array.isArray(row) || row.length !== samples.length) {
          throw invalid(
            file,
            i + 1,
            "the line",
            `is no array of ${samples.length} samples`,
            "Give one of each segment.",
          );
        }
        for (const [s, value] of row.entries()) samples[s] = sample(value, file, i + 1, s);
        yield samples;
      }
    },
  };
}

function sample(value: unknown, file: string, line: number, s: number): number {
  if (value === null) return Number.NaN;
  if (value === "lost") return LOST;
  if (Number.isSafeInteger(value)) return value as number;
  throw invalid(file, line, `[${s}]`, `= ${JSON.stringify(value)} is no sample`, 'Give whole µs, "lost", or null.');
}

/** One interval as its line. */
export const tickLine = (samples: Float64Array): string =>
  `[${Array.from(samples, (us) => (us === LOST ? '"lost"' : Number.isNaN(us) ? "null" : String(us))).join(",")}]\n`;

export const traceHeadLine = (head: TraceHead): string => `${JSON.stringify(head)}\n`;

function parsed(text: string, file: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(file, line, "the line", `is not JSON: ${(error as Error).message}`, "Correct it there.");
  }
}

const invalid = (file: string, line: number, field: string, what: string, remedy: string): SrwanError =>
  new SrwanError("TRACE_INVALID", `${file}:${line}: ${field} ${what}`, { remedy, details: { file, line, field } });
