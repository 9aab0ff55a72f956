// A YAML or JSON file that a person wrote, read against a schema. Every error names the file, the line, the field and
// the value, and the first one stops: nothing is ever taken in part.

import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Errors } from "typebox/value";
import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { type ErrorCode, SrwanError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { nearest } from "./nearest.ts";
import { treeFault } from "./yaml-tree.ts";

export type FieldPath = readonly (string | number)[];

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

const QUOTE = 'Put an address that ends in "::" in quotes: YAML takes its last colon for a mapping.';

/** ["policies", 0, "paths", 1] → "policies[0].paths[1]". */
export const fieldText = (path: FieldPath): string =>
  path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");

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

/** Aliases are followed, but not without end: ten lines of them can stand for a billion values. */
function plain(doc: Document, refuse: Refuse): unknown {
  try {
    return doc.toJS({ maxAliasCount: LIMITS.yamlAliasesMax });
  } catch (thrown) {
    if (!(thrown instanceof ReferenceError)) throw thrown;
    throw refuse([], `cannot be read: ${thrown.message}`, "Write out what the aliases stand for.");
  }
}

function conform<S extends TSchema>(schema: S, value: unknown, source: YamlFile, refuse: Refuse): Static<S> {
  const { text, reference } = source;
  if (text.length > POSITIONS_BELOW_OCTETS && Compile(schema).Check(value)) return value as Static<S>;
  const error = Errors(schema, value)[0];
  if (!error) return value as Static<S>;
  const path = pathTo(error.instancePath, value);
  // A field beside those of a closed object is told first as a schema that takes nothing.
  if (error.keyword === "boolean") {
    if (!/^[^\s{}[\]]{1,64}$/.test(String(path.at(-1)))) {
      throw refuse(path.slice(0, -1), "has a field whose name is none", "Write a word before the colon.");
    }
    const fields = Object.keys(schemaAt(schema, path.slice(0, -1))?.properties ?? {});
    const near = nearest(String(path.at(-1)), fields);
    throw refuse(
      path,
      "is no field of this format",
      near ? `Did you mean ${near}?` : fields.length ? `Use one of ${fields.join(", ")}.` : `See ${reference}.`,
    );
  }
  const choices = choicesAt(schema, path);
  if (choices) {
    const near = nearest(String(valueAt(path, value)), choices);
    const all = choices.join(", ");
    throw refuse(
      path,
      `${shown(schema, path, value)}is none of ${all}`,
      near ? `Did you mean ${near}?` : `Use one of ${all}.`,
    );
  }
  const missing = error.keyword === "required" ? error.params.requiredProperties[0] : undefined;
  const remedy = schemaAt(schema, missing === undefined ? path : [...path, missing])?.description;
  throw refuse(
    path,
    `${shown(schema, path, value)}${error.message}`,
    isUnquoted(valueAt(path, value)) ? QUOTE : (remedy ?? `See ${reference}.`),
  );
}

/** A JSON pointer as a path; whether "0" is a name or a place in a list, the value says. */
function pathTo(pointer: string, value: unknown): FieldPath {
  const path: (string | number)[] = [];
  for (const part of pointer.split("/").slice(1)) {
    path.push(Array.isArray(valueAt(path, value)) ? Number(part) : part.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  return path;
}

const valueAt = (path: FieldPath, value: unknown): unknown =>
  path.reduce((at, part) => (at as Record<string | number, unknown> | null | undefined)?.[part], value);

/** What YAML makes of fcbb:bb00:1:: without quotes: {"fcbb:bb00:1:": null}. */
const isUnquoted = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.entries(value).some(([k, v]) => k.endsWith(":") && v === null);

function shown(schema: TSchema, path: FieldPath, value: unknown): string {
  const node = schemaAt(schema, path);
  if (node?.secret === true) return "= (secret) ";
  const given = valueAt(path, value);
  // JSON has no word for infinity.
  const text = typeof given === "number" ? String(given) : JSON.stringify(given);
  if (JSON.stringify(node ?? {}).includes('"secret":true')) return "";
  return text === undefined || text.length > 80 ? "" : `= ${text} `;
}

type SchemaNode = {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly { readonly const?: unknown }[];
  readonly description?: string;
  readonly secret?: boolean;
};

function schemaAt(schema: TSchema, path: FieldPath): SchemaNode | undefined {
  let node = schema as SchemaNode | undefined;
  for (const part of path) {
    node =
      typeof part === "number"
        ? node?.items
        : (node?.properties?.[part] ?? Object.values(node?.patternProperties ?? {})[0]);
  }
  return node;
}

/** What may be written where there is a choice of words. */
function choicesAt(schema: TSchema, path: FieldPath): string[] | undefined {
  const words = schemaAt(schema, path)?.anyOf?.map((one) => one.const);
  return words?.every((word) => typeof word === "string") ? words : undefined;
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
