// A YAML or JSON file that a person wrote, read against a schema. Every error names the file, the line, the field and
// the value, and the first one stops: nothing is ever taken in part.

import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { type ErrorCode, SrwanError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { type FieldPath, fieldText, misfit, QUOTE } from "./misfit.ts";
import { nearest } from "./nearest.ts";
import { treeFault } from "./yaml-tree.ts";

/** An error about a field: what is wrong with it, and what to do. */
export type Refuse = (path: FieldPath, what: string, remedy: string) => SrwanError;

export type YamlFile = {
  readonly text: string;
  /** As it is named in errors. */
  readonly file: string;
  /** The code of every error about it. */
  readonly code: ErrorCode;
  /** Where its format is described, for errors that have nothing better to say. */
  readonly reference: string;
};

/** Files above this are made by machines: JSON is read without positions, which are found when an error needs them. */
const POSITIONS_BELOW_OCTETS = 262_144;

/** The value as the schema has it, and the means to refuse what the schema cannot judge. */
export function readYaml<S extends TSchema>(schema: S, source: YamlFile): { value: Static<S>; refuse: Refuse } {
  const lines = new LineCounter();
  let parsed: Document | undefined;
  const doc = (): Document => {
    // Fields that are there twice are found by treeFault: the reader's own search compares every field with every other.
    const how = { prettyErrors: false, merge: true, uniqueKeys: false, logLevel: "error" } as const;
    parsed ??= parseDocument(source.text, { lineCounter: lines, ...how });
    return parsed;
  };
  const error = (line: number, field: string, what: string, remedy: string): SrwanError =>
    new SrwanError(source.code, `${source.file}:${line}: ${what}`, {
      remedy,
      details: { file: source.file, line, ...(field === "" ? {} : { field }) },
    });
  const refuse: Refuse = (path, what, remedy) => {
    const field = fieldText(path) || "the file";
    const sentence = what.startsWith(":") ? `${field}${what}` : `${field} ${what}`;
    return error(lines.linePos(offsetOf(doc(), path)).line, field, sentence, remedy);
  };
  const quick = source.text.length > POSITIONS_BELOW_OCTETS ? quickJson(source.text) : undefined;
  if (quick !== undefined) return { value: conform(schema, quick, source, refuse), refuse };
  const broken = doc().errors[0];
  if (broken) {
    const { line } = lines.linePos(broken.pos[0]);
    if (broken.code === "RESOURCE_EXHAUSTION")
      throw error(line, "", "nested too deeply", "Write it with fewer levels.");
    const unquoted = /::\s*([,\]}#]|$)/.test(source.text.split("\n")[line - 1] ?? "");
    // What stands there is not repeated: it may be a secret.
    const why = broken.message.replace(/(token\b[^:]*): .*/s, "$1");
    throw error(line, "", `neither YAML nor JSON: ${why}`, unquoted ? QUOTE : "Correct the line.");
  }
  const fault = treeFault(doc());
  if (fault) throw error(lines.linePos(fault.offset).line, fault.field, fault.what, fault.remedy);
  return { value: conform(schema, plain(doc(), refuse), source, refuse), refuse };
}

function quickJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where a field stands, or the nearest thing around it: its key if it has one, else its value. */
function offsetOf(doc: Document, path: FieldPath): number {
  let node: unknown = doc.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const part of path) {
    if (!isCollection(node)) break;
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === part) : undefined;
    const next: unknown = pair ? pair.value : node.get(part, true);
    const stands = pair ? pair.key : next;
    if (!isNode(stands)) break;
    offset = stands.range?.[0] ?? offset;
    node = next;
  }
  return offset;
}

function conform<S extends TSchema>(
  schema: S,
  value: unknown,
  { text, reference }: YamlFile,
  refuse: Refuse,
): Static<S> {
  if (text.length > POSITIONS_BELOW_OCTETS && Compile(schema).Check(value)) return value as Static<S>;
  const wrong = misfit(schema, value, `See ${reference}.`);
  if (wrong) throw refuse(wrong.path, wrong.what, wrong.remedy);
  return value as Static<S>;
}

/** Aliases are followed, but not without end: ten lines of them can stand for a billion values. */
function plain(doc: Document, refuse: Refuse): unknown {
  try {
    return doc.toJS({ maxAliasCount: LIMITS.yamlAliasesMax });
  } catch (thrown) {
    if (!(thrown instanceof ReferenceError)) throw thrown;
    throw refuse([], `cannot be read: ${thrown.message}`, "Write out what the aliases stand for.");
  }
}

/** Reads a value of the file; what it complains of is told with file, line and field. */
export function readAt<T>(refuse: Refuse, path: FieldPath, read: () => T): T {
  try {
    return read();
  } catch (error) {
    // What names its line was refused already, nearer to the mistake.
    if (error instanceof SrwanError && error.details.line !== undefined) throw error;
    if (error instanceof SrwanError) throw refuse(path, `: ${error.message}`, error.remedy);
    throw error;
  }
}

/** What a name was taken for, and where it was looked for ("this file" if nothing else is said). */
type Sought = {
  readonly what: string;
  readonly known: Iterable<string>;
  readonly remedy: string;
  readonly of?: string;
};

/** Refuses a name that stands for nothing, with the nearest that does. */
export function refuseUnknown(refuse: Refuse, path: FieldPath, name: string, sought: Sought): SrwanError {
  const near = nearest(name, sought.known);
  const what = `= ${name} is no ${sought.what} of ${sought.of ?? "this file"}`;
  return refuse(path, what, near ? `Did you mean ${near}?` : sought.remedy);
}

/** Refuses the second of two items with one key. */
export function refuseRepeats<T>(
  refuse: Refuse,
  path: FieldPath,
  items: readonly T[],
  key: (item: T) => string,
  field: string,
): void {
  const seen = new Set<string>();
  for (const [i, item] of items.entries()) {
    if (seen.has(key(item))) {
      throw refuse([...path, i], `repeats the ${field} "${key(item)}"`, `Give each a ${field} of its own.`);
    }
    seen.add(key(item));
  }
}
