// The journal of decisions: JSON lines, the format and settings first, then each decision with all that it was made of.
// Replaying decides each anew from its input and names the first that is another.

import { type Static, Type } from "typebox";
import { SrwanError } from "../../../base/errors.ts";
import { fieldText, misfit } from "../../../base/misfit.ts";
import { decide } from "./decide.ts";
import type { Made } from "./decider.ts";
import { Decision, Input, Settings } from "./schema.ts";

const closed = { additionalProperties: false } as const;

const JournalHead = Type.Object(
  {
    journal: Type.Literal("srwan.decisions", { description: "What this file is." }),
    version: Type.Literal(1, { description: "The version of this format: 1." }),
    settings: Settings,
  },
  closed,
);

const JournalRecord = Type.Object(
  {
    n: Type.Integer({ minimum: 1, description: "Counts from 1 without a gap." }),
    input: Input,
    decision: Decision,
  },
  closed,
);

/** Either kind of line, as published. */
export const JournalLine = Type.Union([JournalHead, JournalRecord], { title: "srwan journal of decisions, one line" });

export const headLine = (settings: Settings): string =>
  `${JSON.stringify({ journal: "srwan.decisions", version: 1, settings } satisfies Static<typeof JournalHead>)}\n`;

export const recordLine = (n: number, { input, decision }: Made): string =>
  `${JSON.stringify({ n, input, decision })}\n`;

export type Difference = {
  readonly line: number;
  readonly what: string;
  readonly written: unknown;
  readonly replayed: unknown;
};

export type Replay = {
  readonly decisions: number;
  readonly moves: number;
  /** The first one. */
  readonly difference: Difference | undefined;
};

/** `file` is its name, for messages; `tell` gets each move that was made again. */
export function replay(lines: Iterable<string>, file: string, tell: (move: Made) => void = () => undefined): Replay {
  let settings: Settings | undefined;
  const standing = new Map<string, { current: number; flipsMs: readonly number[] }>();
  let [line, decisions, moves] = [0, 0, 0];
  for (const text of lines) {
    line++;
    if (text === "") continue;
    if (!settings) {
      settings = read(JournalHead, text, file, line).settings;
      continue;
    }
    const { n, input, decision } = read(JournalRecord, text, file, line);
    const differs = (what: string, written: unknown, replayed: unknown): Replay => ({
      decisions,
      moves,
      difference: { line, what, written, replayed },
    });
    if (n !== decisions + 1) return differs("a decision is missing before this one", n, decisions + 1);
    const stray = input.paths.flat().find((at) => at >= input.segments.length);
    if (stray !== undefined || input.current >= input.paths.length) {
      throw invalid(file, line, "input.paths", `names segment ${stray ?? "of no path"}, which it does not list`);
    }
    const before = standing.get(input.policy) ?? { current: 0, flipsMs: [] };
    const stood = { current: input.current, flipsMs: input.flipsMs };
    if (JSON.stringify(stood) !== JSON.stringify(before)) return differs("the policy stood elsewhere", stood, before);
    const again = decide(input, settings);
    if (canonical(again) !== canonical(decision)) return differs("the decision is another", decision, again);
    decisions++;
    if (decision.path === input.current) continue;
    moves++;
    tell({ input, decision });
    const flipsMs = [...input.flipsMs, input.atMs].slice(-settings.flipsPerHour);
    standing.set(input.policy, { current: decision.path, flipsMs });
  }
  if (!settings) throw invalid(file, 1, "journal", "is missing: the file has no first line");
  return { decisions, moves, difference: undefined };
}

const canonical = ({ path, reason, wish, wishSinceMs }: Decision): string =>
  JSON.stringify([path, reason, wish, wishSinceMs]);

function read<S extends typeof JournalHead | typeof JournalRecord>(
  schema: S,
  text: string,
  file: string,
  line: number,
): Static<S> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw invalid(file, line, "the line", `is not JSON: ${(error as Error).message}`);
  }
  const wrong = misfit(schema, raw, "See docs/reference/schemas/journal.schema.json.");
  if (wrong) throw invalid(file, line, fieldText(wrong.path) || "the line", wrong.what);
  return raw as Static<S>;
}

const invalid = (file: string, line: number, field: string, what: string): SrwanError =>
  new SrwanError("JOURNAL_INVALID", `${file}:${line}: ${field} ${what}`, {
    remedy: "Replay a journal as srwan wrote it; its format is docs/reference/schemas/journal.schema.json.",
    details: { file, line, field },
  });
