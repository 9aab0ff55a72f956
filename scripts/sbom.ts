// `make sbom`: what the package is made of, for whoever must know: dist/sbom.cdx.json (CycloneDX 1.6) and dist/licences.txt,
// from package-lock.json alone. The same lock gives the same octets: no date, no random serial number.

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { type Lock, type Locked, lockedPackages, readLock } from "./locked.ts";

type Component = Readonly<Record<string, unknown>> & { readonly "bom-ref": string };

export type Bom = {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};

/** The scopes of CycloneDX: "excluded" is what built and tested it. */
const SCOPES = { shipped: "required", "one-platform": "optional", "not-shipped": "excluded" } as const;

export function billOf(lock: Lock): Bom {
  const all = lockedPackages(lock);
  const refs = new Map(all.map((one) => [one.path, one.path]));
  const root = lock.packages[""];
  const top = Object.keys({ ...root?.dependencies }).map((name) => `node_modules/${name}`);
  const self = `pkg:npm/${lock.name}@${lock.version}`;
  const components = all.map(componentOf);
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(components))}`,
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": self,
        name: lock.name,
        version: lock.version,
        purl: self,
        licenses: [{ license: { id: root?.license ?? "Apache-2.0" } }],
      },
    },
    components,
    dependencies: [
      { ref: self, dependsOn: top.toSorted() },
      ...all.map(({ path, needs }) => ({ ref: path, dependsOn: needs.filter((need) => refs.has(need)).toSorted() })),
    ],
  };
}

function componentOf({ path, name, version, licence, integrity, use }: Locked): Component {
  const [group, own] = name.startsWith("@") ? name.split("/") : [undefined, name];
  return {
    type: "library",
    // One version may lie in several folders: the folder is what is referred to.
    "bom-ref": path,
    ...(group === undefined ? {} : { group }),
    name: own,
    version,
    scope: SCOPES[use],
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    ...(licence === undefined ? {} : { licenses: [licenceOf(licence)] }),
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
  };
}

/** "MIT" is an identifier of SPDX, "MIT OR Apache-2.0" an expression; all else is a name. */
function licenceOf(licence: string): Readonly<Record<string, unknown>> {
  if (/^[A-Za-z0-9.+-]+$/.test(licence)) return { license: { id: licence } };
  return / (OR|AND|WITH) /.test(licence) ? { expression: licence } : { license: { name: licence } };
}

/** Of npm, "sha512-" and base64; of CycloneDX, hexadecimal. */
function hashOf(integrity: string): { readonly alg: string; readonly content: string } {
  const [kind = "", base64 = ""] = integrity.split(" ")[0]?.split(/-(.*)/s) ?? [];
  return { alg: kind.toUpperCase().replace("SHA", "SHA-"), content: Buffer.from(base64, "base64").toString("hex") };
}

/** A UUID of version 8 (RFC 9562) out of what the bill says. */
function uuidOf(text: string): string {
  const octets = createHash("sha256").update(text).digest().subarray(0, 16);
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x80;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  return octets.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Of what is shipped: each licence with the packages under it. */
export function licenceList(lock: Lock): string {
  const shipped = lockedPackages(lock).filter(({ use }) => use !== "not-shipped");
  const by = Map.groupBy(shipped, ({ licence }) => licence ?? "not stated");
  return [...by]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, list]) => {
      const lines = new Set(list.map(({ name, version }) => `  ${name} ${version}`));
      return [licence, ...[...lines].toSorted(), ""].join("\n");
    })
    .join("\n");
}

if (import.meta.main) {
  const lock = readLock();
  const bill = billOf(lock);
  mkdirSync("dist", { recursive: true });
  writeFileSync("dist/sbom.cdx.json", `${JSON.stringify(bill, null, 2)}\n`);
  writeFileSync("dist/licences.txt", licenceList(lock));
  const shipped = bill.components.filter(({ scope }) => scope !== "excluded").length;
  process.stdout.write(
    `dist/sbom.cdx.json: ${bill.components.length} components, ${shipped} of them shipped; dist/licences.txt\n`,
  );
}
