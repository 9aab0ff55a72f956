// A report that may be shown to strangers: secrets go by the name of their field, by their value where it is known, and by
// their form where it is not. Pure.

import { isSecretKey, REDACTED, redact } from "../../base/redact.ts";

/** Tokens of ours, PEM blocks of keys, passwords in addresses, bearer headers, keys as long hexadecimal or base64 text. */
const FORMS: readonly RegExp[] = [
  /srwan-(?:join|access)\.[\w-]+(?:\.[\w-]+)*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/]*(?=@)/gi,
  /(?<=\b(?:bearer|basic) )[\w.~+/=-]{8,}/gi,
  /(?<=\b(?:pass(?:word|wd|phrase)?|secret|token|psk|mnemonic|(?:private|auth|hmac|api|pre_?shared)[-_ ]?key)\s?[=:]\s?)[^\s,;"']+/gi,
  /\b(?:0x)?[0-9a-f]{64,}\b/gi,
  /(?<![\w+/=.-])[A-Za-z0-9+/]{43}=(?![\w+/=])/g,
];

/** Shorter values are words of everyday use: taking them out would tear the report to pieces and hide nothing. */
const SHORTEST = 6;

export function clean(report: unknown, known: readonly string[] = []): unknown {
  const secrets = known.filter(({ length }) => length >= SHORTEST).toSorted((a, b) => b.length - a.length);
  return walk(redact(report), (text) => {
    let cleaned = text;
    for (const secret of secrets) cleaned = cleaned.replaceAll(secret, REDACTED);
    for (const form of FORMS) cleaned = cleaned.replace(form, REDACTED);
    return cleaned;
  });
}

function walk(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((one) => walk(one, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [change(key), walk(one, change)]));
}

/** Values of an environment whose names tell of secrets: they may stand anywhere else too. */
export const secretsOf = (env: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && isSecretKey(name.replaceAll("_", "-").toLowerCase()) ? [value] : [],
  );
