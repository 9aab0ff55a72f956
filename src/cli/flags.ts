// What verbs make of the text of a flag. Every error names the flag, what was given and what it may be.

import { SrwanError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { Input } from "./verb.ts";

type Value = Input["flags"][string];

export const textOf = (value: Value): string | undefined => (typeof value === "string" ? value : undefined);

export const usage = (message: string, remedy: string): SrwanError => new SrwanError("USAGE", message, { remedy });

/** What `parse` makes of a flag that was given; its errors begin with the flag. */
export function readFlag<T>(flag: string, value: Value, parse: (text: string) => T): T | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof SrwanError) || error.message.startsWith("--")) throw error;
    throw new SrwanError(error.code, `${flag}: ${error.message}`, { remedy: error.remedy, details: error.details });
  }
}

export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw usage(`${flag} ${text}: no whole number from ${least} to ${most}`, `Give ${flag} ${least} to ${most}.`);
}

export function oneOf<T extends string>(flag: string, text: string, of: readonly T[]): T {
  const found = of.find((one) => one === text);
  if (found !== undefined) return found;
  throw usage(`${flag} ${text}: there is no such thing`, didYouMean(text, of));
}

/** The nearest right name, or the right names. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `Did you mean ${near}?`;
  const list = known.length > 20 ? `${known.slice(0, 20).join(", ")} and ${known.length - 20} more` : known.join(", ");
  return `Use one of ${list}.`;
}
