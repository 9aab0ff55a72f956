// Values as routers write them: an address has many texts, so has a prefix, and they mean the same.

import { formatIpv6, formatPrefix, parseIpv6, parsePrefix } from "../../srv6/address.ts";
import type { DeviceIntent } from "../../wire/intent.ts";

/** One text for all that mean the same; what is no address stays as it is. */
export function canonicalValue(text: string): string {
  const trimmed = text.trim();
  if (DSCP_WORD.test(trimmed)) return String(dscpOf(trimmed));
  if (!trimmed.includes(":")) return trimmed;
  try {
    return trimmed.includes("/") ? formatPrefix(parsePrefix(trimmed)) : formatIpv6(parseIpv6(trimmed));
  } catch {
    return trimmed;
  }
}

export const sameValue = (one: string, other: string): boolean => canonicalValue(one) === canonicalValue(other);

/** As people and some routers call them (RFC 2474, 2597, 3246). */
const DSCP_WORD = /^(?:(ef)|cs([0-7])|af([1-4])([1-3]))$/;

/** "ef", "cs6", "af41" or a number. */
export function dscpOf(text: string): number {
  const [, ef, selector, group, drop] = DSCP_WORD.exec(text.trim()) ?? [];
  if (ef !== undefined) return 46;
  if (selector !== undefined) return Number(selector) * 8;
  if (group !== undefined) return Number(group) * 8 + Number(drop) * 2;
  return Number(text);
}

/** As a router shows it: the word where there is one. */
export function dscpWord(value: number): string {
  const [group, drop] = [value >> 3, (value & 7) / 2];
  if (value === 46) return "ef";
  if (value % 8 === 0) return `cs${group}`;
  return group >= 1 && group <= 4 && [1, 2, 3].includes(drop) ? `af${group}${drop}` : String(value);
}

/** An intent with every address in the one form that routers answer in. */
export const canonicalIntent = (intent: DeviceIntent): DeviceIntent => canonical(intent) as DeviceIntent;

function canonical(value: unknown): unknown {
  if (typeof value === "string") return value.includes(":") ? canonicalValue(value) : value;
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, canonical(one)]));
}
