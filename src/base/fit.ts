// What is wrong with a value that does not fit its schema: where, what, and what to do, for readers of files to word.

import type { TSchema } from "typebox";
import { Errors } from "typebox/value";
import { nearest } from "./nearest.ts";

export type FieldPath = readonly (string | number)[];

export type Misfit = { readonly path: FieldPath; readonly what: string; readonly remedy: string };

/** ["policies", 0, "paths", 1] → "policies[0].paths[1]". */
export const fieldText = (path: FieldPath): string =>
  path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");

type SchemaNode = {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly description?: string;
};

/** The first thing that does not fit; undefined where all does. */
export function misfit(schema: TSchema, value: unknown, seeAlso: string): Misfit | undefined {
  // A closed object answers twice: "schema is false" at the field, then the field's name at the object.
  const error = Errors(schema, value).find(({ keyword }) => keyword !== "boolean");
  if (!error) return undefined;
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll("~1", "/").replaceAll("~0", "~")));
  const extra = error.keyword === "additionalProperties" ? error.params.additionalProperties[0] : undefined;
  if (extra !== undefined) {
    const fields = Object.keys(nodeAt(schema, path)?.properties ?? {});
    const near = nearest(extra, fields);
    const remedy = near ? `Did you mean ${near}?` : `Use one of ${fields.join(", ")}.`;
    return { path: [...path, extra], what: "is no field of this format", remedy };
  }
  return { path, what: `${shown(path, value)}${error.message}`, remedy: nodeAt(schema, path)?.description ?? seeAlso };
}

function nodeAt(schema: TSchema, path: FieldPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema as SchemaNode;
  for (const part of path) node = typeof part === "number" ? node?.items : node?.properties?.[part];
  return node;
}

function shown(path: FieldPath, value: unknown): string {
  let at = value;
  for (const part of path) at = (at as Record<string | number, unknown> | undefined)?.[part];
  const text = path.includes("secret") ? "(secret)" : JSON.stringify(at);
  return text === undefined || text.length > 80 ? "" : `= ${text} `;
}
