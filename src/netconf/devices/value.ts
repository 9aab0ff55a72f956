// Values as routers write them: an address has many texts, so has a prefix, and they mean the same.

import { formatIpv6, formatPrefix, parseIpv6, parsePrefix } from "../../srv6/address.ts";

/** One text for all that mean the same; what is no address stays as it is. */
export function canonicalValue(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.includes(":")) return trimmed;
  try {
    return trimmed.includes("/") ? formatPrefix(parsePrefix(trimmed)) : formatIpv6(parseIpv6(trimmed));
  } catch {
    return trimmed;
  }
}

export const sameValue = (one: string, other: string): boolean => canonicalValue(one) === canonicalValue(other);
