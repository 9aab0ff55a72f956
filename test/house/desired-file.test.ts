// The published example of a desired file: it can be read, and it leaves no field out.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { sections } from "../../scripts/schema-page.ts";
import { readDesired } from "../../src/srv6/desired.ts";
import { DesiredFile } from "../../src/srv6/desired-schema.ts";

const EXAMPLE = "docs/reference/desired-example.yaml";
const text = readFileSync(EXAMPLE, "utf8");

describe(EXAMPLE, () => {
  it("is a desired file", () => {
    const desired = readDesired(text, EXAMPLE);
    expect(desired.policies.map(({ name }) => name)).toEqual(["sea-fra"]);
  });

  it("uses every field there is", () => {
    const used = new Set<string>();
    collect(parse(text), "", used);
    const known = sections(JSON.parse(JSON.stringify(DesiredFile))).flatMap(({ place, fields }) =>
      place.split(", ").flatMap((at) => fields.map(({ name }) => (at === "" ? name : `${at}.${name}`))),
    );
    // A backup is written like a path; that it can be is what counts.
    expect(known.filter((field) => !used.has(field) && !field.startsWith("policies[].backup."))).toEqual([]);
  });

  it("uses every behavior that needs other fields than the rest", () => {
    const behaviors = readDesired(text, EXAMPLE).localSids.map(({ behavior }) => behavior.action);
    expect(new Set(behaviors)).toEqual(new Set(["End", "End.X", "End.DT46", "End.DT6", "End.B6.Encaps"]));
  });
});

function collect(value: unknown, place: string, into: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, `${place}[]`, into);
  else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const at = place === "" ? name : `${place}.${name}`;
      into.add(at);
      collect(inner, at, into);
    }
  }
}
