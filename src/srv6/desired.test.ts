// The desired file as an operator writes it, and as nobody should: whatever octets come, the answer is one error that says
// where, or a whole state, never a part of one. What each mistake is answered with is in desired-mistakes.test.ts.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { DESIRED_FILE } from "../../test/support/desired-file.ts";
import { outcome, refusal } from "../../test/support/outcome.ts";
import { parseIpv6, parsePrefix } from "./address.ts";
import { readDesired } from "./desired.ts";
import type { Desired } from "./model.ts";
import { parseSid } from "./sid.ts";

const sids = (...list: readonly string[]) => list.map(parseSid);
const WHOLE: Desired = {
  domain: {
    blocks: [parsePrefix("fcbb:bb00::/32")],
    segments: ["seg-a"],
    management: [parsePrefix("192.0.2.0/24")],
    requireHmac: false,
  },
  tunnelSource: parseIpv6("fcbb:bb00:1::"),
  hmacKeys: [{ id: 17, algorithm: "sha256", secret: "never-shown" }],
  tenants: [{ name: "blue", table: 1001 }],
  localSids: [
    {
      prefix: parsePrefix("fcbb:bb00:1::/48"),
      behavior: { action: "End", flavors: { nextCsid: { blockBits: 32, nodeFunctionBits: 16 } } },
      counted: true,
    },
    {
      prefix: parsePrefix("fcbb:bb00:1:e000::"),
      behavior: { action: "End.X", nexthop: parseIpv6("fe80::1"), device: "seg-a", flavors: { psp: true } },
      counted: true,
    },
    { prefix: parsePrefix("fcbb:bb00:1:d000::"), behavior: { action: "End.DT46", vrfTable: 1001 }, counted: true },
    { prefix: parsePrefix("fcbb:bb00:1:d001::"), behavior: { action: "End.DT6", table: 254 }, counted: false },
  ],
  policies: [
    {
      name: "gold",
      paths: [
        { name: "north", segments: sids("fcbb:bb00:2::", "fcbb:bb00:3::"), weight: 3, mode: "encap.red" },
        { name: "south", segments: sids("fcbb:bb00:4::"), weight: 1, mode: "encap", hmacKeyId: 17 },
      ],
      backup: { name: "direct", segments: sids("fcbb:bb00:3::"), weight: 1, mode: "encap" },
      active: "paths",
      bindingSid: parseSid("fcbb:bb00:1:b000::"),
    },
  ],
  steering: [
    {
      policy: "gold",
      prefixes: [parsePrefix("10.0.0.0/8"), parsePrefix("2001:db8::/32")],
      classes: [],
      table: 254,
      metric: 64,
    },
    { policy: "gold", prefixes: [], classes: [{ dscp: 46 }], table: 254, metric: 64 },
  ],
};

const value: unknown = parse(DESIRED_FILE);

describe("a desired file", () => {
  it.each([
    ["YAML", DESIRED_FILE],
    ["YAML of another hand", stringify(value, { lineWidth: 40 }).replaceAll("\n", "\r\n")],
    ["JSON", JSON.stringify(value)],
    ["JSON with a mark of its octet order", `\ufeff${JSON.stringify(value, null, 2)}`],
    ["JSON too large for a person", JSON.stringify(value) + " ".repeat(300_000)],
  ])("is read as %s", (_what, text) => {
    expect(readDesired(text, "pop.yaml")).toEqual(WHOLE);
  });

  it("may say the same thing once, by an alias", () => {
    const text = DESIRED_FILE.replace("[10.0.0.0/8,", "&v6 [10.0.0.0/8,").replace(
      "classes:",
      "metric: 70, prefixes: *v6, classes:",
    );
    expect(readDesired(text, "pop.yaml").steering.map(({ prefixes }) => prefixes.length)).toEqual([2, 2]);
  });

  it("may say almost nothing", () => {
    const { domain, ...rest } = readDesired('version: 1\ndomain: { blocks: ["fcbb:bb00::/32"] }\n', "pop.yaml");
    expect(domain).toEqual({ ...WHOLE.domain, segments: [], management: [] });
    expect(rest).toEqual({ hmacKeys: [], tenants: [], localSids: [], policies: [], steering: [] });
  });
});

/** The places of a value, each as the keys that lead to it. */
function placesOf(at: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof at !== "object" || at === null) return [path];
  const keys = Array.isArray(at) ? at.map((_, i) => i) : Object.keys(at);
  return [path, ...keys.flatMap((key) => placesOf((at as Record<string | number, unknown>)[key], [...path, key]))];
}

type Edit = (place: Record<string | number, unknown>, key: string | number) => void;

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 53, Number.POSITIVE_INFINITY, "", " ", "main", [], {}, [[]]),
  fc.constantFrom("fcbb:bb00:1::", "10.0.0.0/8", "gold", "blue"),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string(),
);
/** One change to a value: a field dropped, of a wrong type, renamed, twice, or in another's place. */
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.constant<Edit>((place, key) => {
    delete place[key];
  }),
  junk.map(
    (put): Edit =>
      (place, key) => {
        place[key] = put;
      },
  ),
  fc.constantFrom("__proto__", "name", "secret", "0", "", "constructor").map(
    (name): Edit =>
      (place, key) => {
        Object.defineProperty(place, name, { value: place[key], enumerable: true, configurable: true, writable: true });
      },
  ),
  fc.constant<Edit>((place, key) => {
    if (Array.isArray(place)) place.push(structuredClone(place[Number(key)]));
  }),
  fc.constantFrom("tenants", "policies", "domain", "localSids").map(
    (other): Edit =>
      (place, key) => {
        place[key] = structuredClone((value as Record<string, unknown>)[other]);
      },
  ),
);

const PLACES = placesOf(value).filter((path) => path.length > 0);
const edited = fc.array(fc.tuple(fc.constantFrom(...PLACES), edit), { minLength: 1, maxLength: 3 }).map((edits) => {
  const copy = structuredClone(value);
  for (const [path, change] of edits) {
    const place = path
      .slice(0, -1)
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], copy);
    if (typeof place === "object" && place !== null) change(place as Record<string, unknown>, path.at(-1) as string);
  }
  return copy;
});

const scrap = fc.oneof(
  fc.constantFrom("&a ", "*a", "<<: *a", "\n", "\t", "- ", "? ", "{", "}", "[", "]", ": ", "|\n", "!!int ", "!x "),
  fc.constantFrom("---\n", "%YAML 1.1\n", "null", "0x", "\u0000", "\ufeff", "\ud800", '"', "'", "#", "gold"),
  fc.string({ maxLength: 8, unit: "binary" }),
);
/** A file with a few letters lost and others put in. */
const scrawled = fc
  .tuple(
    fc.constantFrom(DESIRED_FILE, JSON.stringify(value)),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), scrap), { minLength: 1, maxLength: 4 }),
  )
  .map(([text, edits]) =>
    edits.reduce((now, [at, drop, put]) => {
      const i = at % (now.length + 1);
      return now.slice(0, i) + put + now.slice(i + drop);
    }, text),
  );

/** One error that says where and what to do, or all of a state. */
function answer(text: string): "refused" | "read" {
  const result = outcome("DESIRED_INVALID", () => readDesired(text, "pop.yaml"));
  if ("value" in result) {
    expect(Object.keys(result.value)).toEqual(expect.arrayContaining(["domain", "policies", "localSids", "steering"]));
    return "read";
  }
  const { message, remedy, details } = result.error;
  const line = Number(/^pop\.yaml:(\d+): ./s.exec(message)?.[1]);
  expect(line).toBeGreaterThanOrEqual(1);
  expect(line).toBeLessThanOrEqual(text.split("\n").length);
  expect(details).toMatchObject({ file: "pop.yaml", line });
  expect(remedy).not.toBe("");
  return "refused";
}

const noise = fc.oneof(
  fc.string({ maxLength: 400 }),
  fc.uint8Array({ maxLength: 400 }).map((octets) => Buffer.from(octets).toString("utf8")),
);

describe("a thousand files that are spoilt", () => {
  it.each([
    ["in what they say, as JSON", edited.map((copy) => JSON.stringify(copy) ?? ""), 300],
    ["in what they say, as YAML", edited.map((copy) => stringify(copy)), 100],
    ["in how they are written", scrawled, 300],
    ["altogether", noise, 300],
  ])("%s: refused by line and remedy, or read as a whole", (_how, text, numRuns) => {
    const seen = { refused: 0, read: 0 };
    fc.assert(
      fc.property(text, (one) => {
        seen[answer(one)]++;
      }),
      { numRuns },
    );
    expect(seen.refused).toBeGreaterThan(numRuns / 4);
  });

  const rows = (count: number, row: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => row(i)).join("\n");
  it.each([
    ["nothing", ""],
    ["a scalar", "42"],
    ["lists in lists without end", "[".repeat(3_000)],
    ["lists in lists", `version: ${"[".repeat(900)}${"]".repeat(900)}`],
    ["fields in fields", `{"a":`.repeat(3_000)],
    ["deeper and deeper lines", rows(1_500, (i) => `${" ".repeat(i)}a:`)],
    ["thousands of fields", rows(2_000, (i) => `field${i}: ${i}`)],
    ["aliases that multiply", rows(9, (i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(i && 12)} x]`)],
    ["an alias of itself", "version: 1\ndomain: &d { blocks: *d }"],
    ["aliases of each other", "version: 1\ndomain: &d { blocks: &b [*d, *b] }"],
    ["a list of itself where a list is wanted", "version: 1\ndomain: { blocks: &b [*b] }"],
  ])("of %s", (_what, text) => {
    expect(refusal("DESIRED_INVALID", () => readDesired(text, "pop.yaml")).remedy).not.toBe("");
    expect(answer(text)).toBe("refused");
  });
});
