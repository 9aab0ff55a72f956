// The bill of materials and the list of licences: in the form of CycloneDX 1.6, whole, and the same twice.

import { readFileSync } from "node:fs";
import { Type } from "typebox";
import { Check, Errors } from "typebox/value";
import { describe, expect, it } from "vitest";
import { type Lock, lockedPackages, needsOf, readLock } from "../../scripts/locked.ts";
import { billOf, licenceList } from "../../scripts/sbom.ts";

const closed = { additionalProperties: false };
const Licence = Type.Union([
  Type.Object(
    {
      license: Type.Union([
        Type.Object({ id: Type.String({ pattern: "^[A-Za-z0-9.+-]+$" }) }, closed),
        Type.Object({ name: Type.String({ minLength: 1 }) }, closed),
      ]),
    },
    closed,
  ),
  Type.Object({ expression: Type.String({ minLength: 1 }) }, closed),
]);

/** What we write of bom-1.6.schema.json, in its own words; nothing else may be in it. */
const Component = Type.Object(
  {
    type: Type.Union([Type.Literal("application"), Type.Literal("library")]),
    "bom-ref": Type.String({ minLength: 1 }),
    group: Type.Optional(Type.String()),
    name: Type.String({ minLength: 1 }),
    version: Type.String({ minLength: 1, maxLength: 1024 }),
    scope: Type.Optional(Type.Union(["required", "optional", "excluded"].map((one) => Type.Literal(one)))),
    purl: Type.String({ pattern: "^pkg:npm/(%40[a-z0-9._-]+/)?[A-Za-z0-9._-]+@[A-Za-z0-9.+-]+$" }),
    licenses: Type.Optional(Type.Array(Licence, { minItems: 1, maxItems: 1 })),
    hashes: Type.Optional(
      Type.Array(
        Type.Object({ alg: Type.Literal("SHA-512"), content: Type.String({ pattern: "^[a-f0-9]{128}$" }) }, closed),
      ),
    ),
  },
  closed,
);

const Bill = Type.Object(
  {
    bomFormat: Type.Literal("CycloneDX"),
    specVersion: Type.Literal("1.6"),
    serialNumber: Type.String({
      pattern: "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    }),
    version: Type.Integer({ minimum: 1 }),
    metadata: Type.Object({ component: Component }, closed),
    components: Type.Array(Component, { uniqueItems: true }),
    dependencies: Type.Array(
      Type.Object({ ref: Type.String(), dependsOn: Type.Array(Type.String(), { uniqueItems: true }) }, closed),
      { uniqueItems: true },
    ),
  },
  closed,
);

/** Whoever ships srwan may do so under all of these. */
const PERMITTED = ["0BSD", "Apache-2.0", "BSD-3-Clause", "ISC", "MIT", "Unlicense", "(MIT OR CC0-1.0)"];

const lock = readLock();
const bill = billOf(lock);

describe("the bill of materials", () => {
  it("has the form of CycloneDX", () => {
    expect([...Errors(Bill, bill)].slice(0, 3)).toEqual([]);
    expect(Check(Bill, { ...bill, specVersion: "0.9" })).toBe(false);
  });

  it("refers to nothing that it does not have, and to each once", () => {
    const refs = [bill.metadata.component["bom-ref"], ...bill.components.map((one) => one["bom-ref"])];
    expect(new Set(refs).size).toBe(refs.length);
    expect(bill.dependencies.map(({ ref }) => ref)).toEqual(refs);
    const known = new Set(refs);
    expect(bill.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.has(ref))).toEqual([]);
  });

  it("says of every package of the manifest whether it is shipped", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8"));
    const scopes = new Map(bill.components.map((one) => [one["bom-ref"], one.scope]));
    const scopesOf = (kind: string) =>
      new Set(Object.keys(manifest[kind]).map((name) => scopes.get(`node_modules/${name}`)));
    expect(scopesOf("dependencies")).toEqual(new Set(["required"]));
    expect(scopesOf("devDependencies")).toEqual(new Set(["excluded"]));
    expect(scopesOf("optionalDependencies")).toEqual(new Set(["excluded"]));
  });

  it("reaches all that is shipped from srwan itself", () => {
    const needs = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const reached = new Set<string>();
    const waiting = [bill.metadata.component["bom-ref"]];
    for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
      if (reached.has(ref)) continue;
      reached.add(ref);
      waiting.push(...(needs.get(ref) ?? []));
    }
    const shipped = bill.components.filter(({ scope }) => scope !== "excluded").map((one) => one["bom-ref"]);
    expect(shipped.filter((ref) => !reached.has(ref))).toEqual([]);
  });

  it("is the same twice, and another where a package is another", () => {
    expect(billOf(readLock())).toEqual(bill);
    const changed: Lock = {
      ...lock,
      packages: { ...lock.packages, "node_modules/ws": { ...lock.packages["node_modules/ws"], version: "9.9.9" } },
    };
    expect(billOf(changed).serialNumber).not.toBe(bill.serialNumber);
  });

  it("lists no licence that forbids or binds", () => {
    const shipped = lockedPackages(lock).filter(({ use }) => use !== "not-shipped");
    expect(shipped.filter(({ licence = "" }) => !PERMITTED.includes(licence)).map(({ name }) => name)).toEqual([]);
    const text = licenceList(lock);
    for (const { name, version } of shipped) expect(text).toContain(`  ${name} ${version}\n`);
  });
});

it("finds what a package needs where Node would", () => {
  const own: Lock = {
    name: "x",
    version: "1.0.0",
    packages: {
      "": { dependencies: { a: "1" } },
      "node_modules/a": { dependencies: { b: "1", c: "1" } },
      "node_modules/a/node_modules/b": { dependencies: { c: "1", gone: "1" } },
      "node_modules/b": {},
      "node_modules/c": {},
    },
  };
  expect(needsOf(own, "node_modules/a")).toEqual(["node_modules/a/node_modules/b", "node_modules/c"]);
  expect(needsOf(own, "node_modules/a/node_modules/b")).toEqual(["node_modules/c"]);
});
