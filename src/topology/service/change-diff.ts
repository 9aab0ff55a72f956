// The difference of two configurations, as values and as lines that an engineer knows from routers. Pure.

import { Equal } from "typebox/value";
import type { PolicySpec, WanConfig } from "../../wire/policy.ts";

export type FieldChange = { readonly field: string; readonly before: unknown; readonly after: unknown };
export type Change = {
  readonly what: "policy" | "maintenance" | "signing";
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  readonly fields: readonly FieldChange[];
};

export function diffConfig(before: WanConfig, after: WanConfig): Change[] {
  return [
    ...diffList("policy", before.policies, after.policies, ({ name }) => name),
    ...diffList("maintenance", before.maintenance, after.maintenance, ({ pop }) => pop),
    ...diffList("signing", signingOf(before), signingOf(after), () => "wan"),
  ];
}

const signingOf = ({ signing }: WanConfig) => (signing === undefined ? [] : [signing]);

function diffList<T extends object>(
  what: Change["what"],
  before: readonly T[],
  after: readonly T[],
  nameOf: (one: T) => string,
): Change[] {
  const old = new Map(before.map((one) => [nameOf(one), one]));
  const next = new Map(after.map((one) => [nameOf(one), one]));
  const names = [...new Set([...old.keys(), ...next.keys()])].sort();
  return names.flatMap((name): Change[] => {
    const fields = diffFields(old.get(name), next.get(name));
    if (fields.length === 0) return [];
    const change = !old.has(name) ? "added" : next.has(name) ? "changed" : "removed";
    return [{ what, name, change, fields }];
  });
}

function diffFields(before: object | undefined, after: object | undefined): FieldChange[] {
  const [old, next] = [(before ?? {}) as Record<string, unknown>, (after ?? {}) as Record<string, unknown>];
  return [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .filter((field) => !Equal(old[field], next[field]))
    .map((field) => ({ field, before: old[field] ?? null, after: next[field] ?? null }));
}

/** "- policy gold intent cheapest", "+ policy gold intent lowest-latency". */
export function diffLines(changes: readonly Change[]): string[] {
  return changes.flatMap(({ what, name, fields }) =>
    fields
      .filter(({ field }) => !NAMES.includes(field))
      .flatMap(({ field, before, after }) => [
        ...(before === null ? [] : valueLines("-", `${what} ${name} ${field}`, before)),
        ...(after === null ? [] : valueLines("+", `${what} ${name} ${field}`, after)),
      ]),
  );
}

const NAMES = ["name", "pop"];

function valueLines(sign: string, head: string, value: unknown): string[] {
  if (!Array.isArray(value)) return [`${sign} ${head} ${text(value)}`];
  return value.map((one) => `${sign} ${head} ${text(one)}`);
}

/** A text with a line feed or worse in it must not look like another line. */
const text = (value: unknown): string =>
  typeof value === "string" && !/\p{Cc}/u.test(value) ? value : JSON.stringify(value);

/** Sorted by name, so that the same configuration is the same text whoever wrote it. */
export function tidy({ policies, maintenance, signing }: WanConfig): WanConfig {
  const by =
    <T>(nameOf: (one: T) => string) =>
    (a: T, b: T) =>
      nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0;
  return {
    policies: policies.toSorted(by<PolicySpec>(({ name }) => name)),
    maintenance: maintenance
      .map((one) => (one.segments ? { ...one, segments: one.segments.toSorted() } : one))
      .toSorted(by(({ pop }) => pop)),
    ...(signing === undefined ? {} : { signing: { ...signing, keys: signing.keys.toSorted((a, b) => a - b) } }),
  };
}
