// Resource paths of RESTCONF (RFC 8040 section 3.5.3) and their query parameters (section 4.8).

import { SrwanError } from "../../base/errors.ts";

/** "ietf-interfaces:interfaces", or a list entry with its keys in the order of the module. */
export type PathStep = string | { readonly name: string; readonly keys: readonly string[] };

const NAME = /^([A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*$/;

export const pathText = (steps: readonly PathStep[]): string => steps.map((step) => `/${stepText(step)}`).join("");

function stepText(step: PathStep): string {
  const { name, keys } = typeof step === "string" ? { name: step, keys: [] } : step;
  if (!NAME.test(name)) {
    throw new SrwanError("VALUE_INVALID", `"${name}" is no name of a RESTCONF path`, {
      remedy: "Write module:name, or name where the module is that of the step before.",
    });
  }
  return keys.length === 0 ? name : `${name}=${keys.map(keyText).join(",")}`;
}

/** Every reserved character of RFC 3986 is escaped: a comma or slash within a key is no separator. */
const keyText = (key: string): string =>
  encodeURIComponent(key).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);

export type Query = {
  readonly content?: "config" | "nonconfig" | "all";
  readonly depth?: number;
  /** "name;interface(enabled;type)", as section 4.8.3 has it. */
  readonly fields?: string;
  readonly withDefaults?: "report-all" | "report-all-tagged" | "trim" | "explicit";
  readonly insert?: "first" | "last" | "before" | "after";
  readonly point?: string;
  readonly filter?: string;
  readonly startTime?: string;
  readonly stopTime?: string;
};

const NAMES: Readonly<Record<keyof Query, string>> = {
  content: "content",
  depth: "depth",
  fields: "fields",
  withDefaults: "with-defaults",
  insert: "insert",
  point: "point",
  filter: "filter",
  startTime: "start-time",
  stopTime: "stop-time",
};

export function queryText(query: Query): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${NAMES[key as keyof Query]}=${keyText(String(value))}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}
