// Whether what was asked fits its schema: the first misfit is told with its field, its value and what to do. What comes in
// an address is text, and is read as what the schema says it stands for.

import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { SrwanError } from "../../../base/errors.ts";
import { fieldText, misfit } from "../../../base/misfit.ts";

const PARTS: Readonly<Record<string, string>> = {
  body: "body",
  querystring: "query",
  params: "path",
  headers: "headers",
};

export type Checked = { readonly value: unknown } | { readonly error: SrwanError };

export function checker(schema: TSchema, part: string): (value: unknown) => Checked {
  const check = Compile(schema);
  return (given) => {
    const value = part === "body" ? given : fromText(schema, given);
    if (check.Check(value)) return { value };
    const wrong = misfit(schema, value, "See docs/reference/api.md.");
    const field = [PARTS[part] ?? part, ...(wrong === undefined ? [] : [fieldText(wrong.path)])].filter(
      (one) => one !== "",
    );
    const error = new SrwanError("REQUEST_INVALID", `${field.join(".")} ${wrong?.what ?? "does not fit"}`, {
      remedy: wrong?.remedy ?? "See docs/reference/api.md.",
      details: { field: field.join(".") },
    });
    return { error };
  };
}

type Node = { readonly type?: string; readonly properties?: Readonly<Record<string, Node>> };

function fromText(schema: TSchema, given: unknown): unknown {
  const { properties = {} } = schema as Node;
  return Object.fromEntries(
    Object.entries((given ?? {}) as Record<string, unknown>).map(([name, text]) => [
      name,
      read(properties[name], text),
    ]),
  );
}

function read(node: Node | undefined, text: unknown): unknown {
  if (typeof text !== "string") return text;
  if (node?.type === "integer" && /^-?\d{1,16}$/.test(text)) return Number(text);
  if (node?.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
