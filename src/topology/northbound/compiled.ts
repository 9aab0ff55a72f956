// Our modules as yang-js compiled them, read once. It reads what it is given into objects of its own, passes over fields
// that it does not know and keys that are missing: what is lost on the way is told here.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { SrwanError } from "../../base/errors.ts";

export const OUR_MODULES = ["srwan-types", "srwan-topology", "srwan-policy"] as const;
type Module = (typeof OUR_MODULES)[number];

/** What of yang-js is used here. */
type Compiled = { eval(data: unknown): { toJSON(): unknown } };
type YangJs = { parse(text: string): Compiled; use(module: Compiled): void };

let loaded: ReadonlyMap<Module, Compiled> | undefined;

function load(): ReadonlyMap<Module, Compiled> {
  const require = createRequire(import.meta.url);
  const yang = require("yang-js") as YangJs;
  const read = (file: string | URL): Compiled => {
    const module = yang.parse(readFileSync(file, "utf8"));
    yang.use(module);
    return module;
  };
  read(require.resolve("yang-js/schema/ietf-inet-types.yang"));
  return new Map(OUR_MODULES.map((name) => [name, read(new URL(`../../../yang/${name}.yang`, import.meta.url))]));
}

/** The data as the module understands them; refused where it does not. */
export function judged(module: Module, data: unknown): Readonly<Record<string, unknown>> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw refused(module, "it is no object");
  loaded ??= load();
  let understood: unknown;
  try {
    // It writes into what it is given.
    understood = loaded
      .get(module)
      ?.eval(JSON.parse(JSON.stringify(data)))
      .toJSON();
  } catch (thrown) {
    throw refused(module, sentence(thrown), thrown);
  }
  const lost = lostFrom(data, understood, "");
  if (lost !== undefined) throw refused(module, `${lost} is no node of the module, or not of its kind`);
  return understood as Readonly<Record<string, unknown>>;
}

/** Where it happened, then what: yang-js says them apart. */
function sentence(thrown: unknown): string {
  const { message = String(thrown), uri = "" } = thrown as { message?: string; uri?: string };
  const what = message.replace(/^\[[^\]]*\] /, "").split("\n")[0] ?? "";
  return uri === "" ? what : `${uri.replaceAll("['undefined']", "")}: ${what.slice(0, 200)}`;
}

/** The first thing that was given and is not in what was understood. */
function lostFrom(given: unknown, kept: unknown, path: string): string | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  if (typeof kept !== "object" || kept === null || Array.isArray(given) !== Array.isArray(kept)) return path || "/";
  for (const [key, value] of Object.entries(given)) {
    const here = Array.isArray(given) ? `${path}[${key}]` : `${path}/${key}`;
    const there = (kept as Readonly<Record<string, unknown>>)[key];
    if (there === undefined) return here;
    const deeper = lostFrom(value, there, here);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

const refused = (module: string, what: string, cause?: unknown): SrwanError =>
  new SrwanError("YANG_DATA_INVALID", `data of ${module}: ${what}`, {
    remedy: `See yang/${module}.yang; numbers of 64 bits are written as text (RFC 7951).`,
    ...(cause === undefined ? {} : { cause }),
  });
