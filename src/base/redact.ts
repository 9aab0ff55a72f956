// Secrets never reach a log: any value under a key that names one is replaced before it is written, at any depth.

import { LIMITS } from "./limits.ts";

const SECRET_KEY =
  /(?:pass(?:word|phrase|wd)?|secret|token|authorization|cookie|mnemonic|seed|psk|credential|(?:private|auth|hmac|api|pre_?shared)[-_]?key)s?$/i;

export const REDACTED = "[redacted]";

export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);

/** A copy that is safe to write: secrets replaced, bigints as decimal text, errors as objects, cycles and depth cut. */
export function redact(value: unknown, depth = 0, seen: ReadonlySet<object> = new Set()): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return "[circular]";
  if (depth >= LIMITS.logMaxDepth) return "[deep]";
  const inside = new Set(seen).add(value);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1, inside));
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof Map) return redact(Object.fromEntries(value), depth, inside);
  if (value instanceof Set) return redact([...value], depth, inside);
  const source = value instanceof Error ? errorFields(value) : value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(source)) {
    copy[key] = isSecretKey(key) && item !== undefined && item !== null ? REDACTED : redact(item, depth + 1, inside);
  }
  return copy;
}

function errorFields(error: Error): Record<string, unknown> {
  return {
    type: error.name,
    message: error.message,
    ...("toJSON" in error ? (error as { toJSON(): Record<string, unknown> }).toJSON() : { ...error }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
}
