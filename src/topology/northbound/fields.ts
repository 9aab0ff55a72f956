// Objects of a message as YANG-JSON (RFC 7951) and back, by a table of fields: names change, whole numbers that may need
// more than 32 bits and fractions go as text, lists without a name of their own get their place as key.

import { SrwanError } from "../../base/errors.ts";

/** How a value is written there. */
export type How =
  | "same"
  /** uint64: decimal text (RFC 7951 section 6.1). */
  | "count"
  /** decimal64 with so many digits behind the point. */
  | "decimal6"
  /** A count or a word. */
  | "countOrWord"
  /** A list of values: an empty one is the same as none. */
  | "values"
  | { readonly container: Table }
  | { readonly list: Table }
  /** A list whose entries have no name: their place becomes this leaf. */
  | { readonly list: Table; readonly index: string };

export type Field = {
  readonly wire: string;
  readonly yang: string;
  readonly how: How;
  /** A list that the message always has, be it empty. */
  readonly always?: true;
};
export type Table = readonly Field[];

type Plain = Readonly<Record<string, unknown>>;

const DIGITS = 6;

export function toYang(table: Table, value: Plain): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { wire, yang, how } of table) {
    const given = value[wire];
    if (given === undefined || (Array.isArray(given) && given.length === 0)) continue;
    out[yang] = outwards(how, given);
  }
  return out;
}

function outwards(how: How, value: unknown): unknown {
  if (how === "count" || how === "countOrWord") return String(value);
  if (how === "decimal6") return decimal(value as number);
  if (typeof how === "string") return value;
  if ("container" in how) return toYang(how.container, value as Plain);
  return (value as readonly Plain[]).map((one, i) => ({
    ...("index" in how ? { [how.index]: i } : {}),
    ...toYang(how.list, one),
  }));
}

/** Canonical: no more zeros than the one behind the point (RFC 7950 section 9.3.2). */
const decimal = (value: number): string => value.toFixed(DIGITS).replace(/(\.\d+?)0+$/, "$1");

export function fromYang(table: Table, value: Plain): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { wire, yang, how, always } of table) {
    const given = value[yang];
    const isNone = given === undefined || (Array.isArray(given) && given.length === 0);
    if (!isNone) out[wire] = inwards(how, given);
    else if (always) out[wire] = [];
  }
  return out;
}

function inwards(how: How, value: unknown): unknown {
  if (how === "count" || how === "decimal6") return Number(value);
  if (how === "countOrWord") return /^\d+$/.test(String(value)) ? Number(value) : value;
  if (typeof how === "string") return value;
  if ("container" in how) return fromYang(how.container, value as Plain);
  const entries = value as readonly Plain[];
  const inOrder = "index" in how ? placed(entries, how.index) : entries;
  return inOrder.map((one) => fromYang(how.list, one));
}

function placed(entries: readonly Plain[], index: string): readonly Plain[] {
  if (entries.some((one) => one[index] === undefined)) {
    throw new SrwanError("YANG_DATA_INVALID", `an entry of a list is without its key, ${index}`, {
      remedy: "Number the entries from 0.",
    });
  }
  return entries.toSorted((a, b) => Number(a[index]) - Number(b[index]));
}
