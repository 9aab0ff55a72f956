// What a device says it can, from the URIs of its hello: protocol parts by their short names, and its YANG modules.

import { BASE_10, BASE_11, NS } from "./names.ts";

export type YangModule = {
  readonly name: string;
  readonly ns: string;
  readonly revision: string | undefined;
  readonly features: readonly string[];
  readonly deviations: readonly string[];
};

export type DefaultsMode = "report-all" | "report-all-tagged" | "trim" | "explicit";

const CAPABILITY = /^urn:ietf:params:netconf:capability:([^:?]+):([^:?]+)/;

export class Capabilities {
  readonly uris: readonly string[];
  readonly modules: readonly YangModule[];
  readonly #versions = new Map<string, Set<string>>();

  constructor(uris: readonly string[]) {
    this.uris = uris;
    this.modules = uris.flatMap(moduleOf);
    for (const uri of uris) {
      const [, name, version] = CAPABILITY.exec(uri) ?? [];
      if (name === undefined || version === undefined) continue;
      this.#versions.set(name, (this.#versions.get(name) ?? new Set()).add(version));
    }
  }

  get base10(): boolean {
    return this.uris.includes(BASE_10);
  }

  get base11(): boolean {
    return this.uris.includes(BASE_11);
  }

  /** By short name: `has("candidate")`, `has("confirmed-commit", "1.1")`. */
  has(name: string, version?: string): boolean {
    const versions = this.#versions.get(name);
    return versions !== undefined && (version === undefined || versions.has(version));
  }

  /** The parameters after "?" of a capability. */
  parameters(name: string): URLSearchParams {
    const uri = this.uris.find((one) => CAPABILITY.exec(one)?.[1] === name);
    return new URLSearchParams(uri?.split("?")[1] ?? "");
  }

  module(name: string): YangModule | undefined {
    return this.modules.find((one) => one.name === name);
  }

  /** Those that with-defaults (RFC 6243) may ask for. */
  get defaultsModes(): readonly string[] {
    const parameters = this.parameters("with-defaults");
    const basic = parameters.get("basic-mode");
    return [...(basic === null ? [] : [basic]), ...(parameters.get("also-supported") ?? "").split(",").filter(Boolean)];
  }

  get monitoring(): boolean {
    return this.#knows("ietf-netconf-monitoring", NS.monitoring);
  }

  get nmda(): boolean {
    return this.#knows("ietf-netconf-nmda", NS.nmda);
  }

  get partialLock(): boolean {
    return this.has("partial-lock") || this.#knows("ietf-netconf-partial-lock", NS.partialLock);
  }

  #knows(name: string, ns: string): boolean {
    return this.module(name) !== undefined || this.uris.some((uri) => uri.split("?")[0] === ns);
  }
}

function moduleOf(uri: string): YangModule[] {
  const mark = uri.indexOf("?");
  const parameters = new URLSearchParams(mark < 0 ? "" : uri.slice(mark + 1));
  const name = parameters.get("module");
  if (name === null) return [];
  const list = (key: string): string[] => (parameters.get(key) ?? "").split(",").filter(Boolean);
  const revision = parameters.get("revision") ?? undefined;
  return [{ name, ns: uri.slice(0, mark), revision, features: list("features"), deviations: list("deviations") }];
}
