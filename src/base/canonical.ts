// One text for one JSON value, so that it can be hashed and signed: RFC 8785, for values without fractions.

import { SrwanError } from "./errors.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    // By UTF-16 code units (RFC 8785 section 3.2.3), which is how strings compare.
    const sorted = fields.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field as Json)}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new SrwanError("VALUE_INVALID", `${value} cannot be signed: it is no whole number of 53 bits`, {
      remedy: "Write it as text.",
    });
  }
  return JSON.stringify(value);
}
