// Values as routers write them: an address has many texts, so has a prefix, and they mean the same.

import { formatIpv6, formatPrefix, parseIpv6, parsePrefix } from "../../srv6/address.ts";

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
