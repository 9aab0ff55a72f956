// How a client finds its way: where RESTCONF begins (RFC 6415), which modules there are (RFC 8525), and their text.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { OUR_MODULES } from "../../northbound/compiled.ts";

export const ROOT = "/restconf";

export const HOST_META = `<?xml version="1.0" encoding="UTF-8"?>
<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
  <Link rel="restconf" href="${ROOT}"/>
</XRD>
`;

export const LIBRARY_REVISION = "2019-01-04";

export const moduleText = (name: string): string | undefined =>
  OUR_MODULES.some((one) => one === name)
    ? readFileSync(new URL(`../../../../yang/${name}.yang`, import.meta.url), "utf8")
    : undefined;

/** Those we answer by, and those we only lean on. */
const PROTOCOL = [
  ["ietf-restconf", "2017-01-26"],
  ["ietf-restconf-monitoring", "2017-01-26"],
  ["ietf-yang-library", LIBRARY_REVISION],
].map(([name, revision]) => ({ name, revision, namespace: `urn:ietf:params:xml:ns:yang:${name}` }));

const IMPORTED = [
  { name: "ietf-inet-types", revision: "2013-07-15", namespace: "urn:ietf:params:xml:ns:yang:ietf-inet-types" },
] as const;

/** RFC 8040 section 9.1: of what is optional there is nothing. */
export function capabilities(within: "capabilities" | undefined): Readonly<Record<string, unknown>> {
  const all = { capability: ["urn:ietf:params:restconf:capability:defaults:1.0?basic-mode=explicit"] };
  const [root, child] = ["ietf-restconf-monitoring:restconf-state", "ietf-restconf-monitoring:capabilities"];
  return within === undefined ? { [root]: { capabilities: all } } : { [child]: all };
}

let made: Readonly<Record<string, unknown>> | undefined;

export function yangLibrary(): Readonly<Record<string, unknown>> {
  made ??= libraryOf();
  return made;
}

function libraryOf(): Readonly<Record<string, unknown>> {
  const all = OUR_MODULES.map((name) => {
    const text = moduleText(name) ?? "";
    return {
      name,
      revision: /revision (\d{4}-\d\d-\d\d)/.exec(text)?.[1] ?? "",
      namespace: /namespace "([^"]+)"/.exec(text)?.[1] ?? "",
      location: [`${ROOT}/modules/${name}`],
    };
  });
  const holdsData = ({ name }: { name: string }): boolean => name !== "srwan-types";
  const set = {
    name: "srwan",
    module: [...all.filter(holdsData), ...PROTOCOL],
    "import-only-module": [...all.filter((one) => !holdsData(one)), ...IMPORTED],
  };
  const body = {
    "module-set": [set],
    schema: [{ name: "srwan", "module-set": ["srwan"] }],
    datastore: ["running", "candidate", "operational"].map((name) => ({
      name: `ietf-datastores:${name}`,
      schema: "srwan",
    })),
  };
  const id = createHash("sha256").update(JSON.stringify(body)).digest("hex").slice(0, 16);
  return { "ietf-yang-library:yang-library": { ...body, "content-id": id } };
}
