// What is wrong with a value that does not fit its schema: where, what, and what to do. Readers of files put the file and
// the line before it.

import type { TSchema } from "typebox";
import { Errors } from "typebox/value";
import { nearest } from "./nearest.ts";

export type FieldPath = readonly (string | number)[];

export type Misfit = { readonly path: FieldPath; readonly what: string; readonly remedy: string };

export const QUOTE = 'Put an address that ends in "::" in quotes: YAML takes its last colon for a mapping.';

/** ["policies", 0, "paths", 1] → "policies[0].paths[1]". */
export const fieldText = (path: FieldPath): string =>
  path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");

/** The first thing that does not fit, `seeAlso` where there is nothing better to say; undefined where all does. */
export function misfit(schema: TSchema, value: unknown, seeAlso: string): Misfit | undefined {
  const error = Errors(schema, value)[0];
  if (!error) return undefined;
  const path = pathTo(error.instancePath, value);
  // A field beside those of a closed object is told first as a schema that takes nothing.
  if (error.keyword === "boolean") {
    if (!/^[^\s{}[\]]{1,64}$/.test(String(path.at(-1)))) {
      return {
        path: path.slice(0, -1),
        what: "has a field whose name is none",
        remedy: "Write a word before the colon.",
      };
    }
    const fields = Object.keys(schemaAt(schema, path.slice(0, -1))?.properties ?? {});
    const near = nearest(String(path.at(-1)), fields);
    return {
      path,
      what: "is no field of this format",
      remedy: near ? `Did you mean ${near}?` : fields.length ? `Use one of ${fields.join(", ")}.` : seeAlso,
    };
  }
  const choices = choicesAt(schema, path);
  if (choices) {
    const near = nearest(String(valueAt(path, value)), choices);
    const all = choices.join(", ");
    return {
      path,
      what: `${shown(schema, path, value)}is none of ${all}`,
      remedy: near ? `Did you mean ${near}?` : `Use one of ${all}.`,
    };
  }
  const missing = error.keyword === "required" ? error.params.requiredProperties[0] : undefined;
  const remedy = schemaAt(schema, missing === undefined ? path : [...path, missing])?.description;
  return {
    path,
    what: `${shown(schema, path, value)}${error.message}`,
    remedy: isUnquoted(valueAt(path, value)) ? QUOTE : (remedy ?? seeAlso),
  };
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
