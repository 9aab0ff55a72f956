// Configuration as a pure function: a role's schema and the texts of its sources in, every setting with its value and
// origin out. Flag beats environment beats credential beats file beats default. A wrong key or value is an error that names where it
// stands and the nearest right one; nothing is ever ignored in silence.

import type { Static, TObject, TSchema } from "typebox";
import { Errors } from "typebox/value";
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";
import { SrwanError } from "./errors.ts";
import { nearest } from "./nearest.ts";

export type Role<S extends TObject = TObject> = {
  readonly name: string;
  readonly about: string;
  readonly schema: S;
};

export type Origin =
  | { readonly from: "default" }
  | { readonly from: "file"; readonly file: string; readonly line: number }
  | { readonly from: "credential"; readonly file: string }
  | { readonly from: "env"; readonly variable: string }
  | { readonly from: "flag"; readonly flag: string };

export type Setting = {
  /** Dotted, as in the file: "log.level". */
  readonly key: string;
  readonly value: unknown;
  readonly origin: Origin;
  /** Values of secret settings are never printed. */
  readonly secret: boolean;
};

export type ConfigSources = {
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly path: string; readonly text: string };
  /** Of secret settings, by key: the files that systemd hands over. */
  readonly credentials?: ReadonlyMap<string, { readonly path: string; readonly text: string }>;
  /** `SRWAN_*` names that belong to other roles or to the launcher and are none of this role's business. */
  readonly otherEnv?: Iterable<string>;
};

export type Config<S extends TObject> = { readonly values: Static<S>; readonly settings: readonly Setting[] };

export type Leaf = { readonly key: string; readonly schema: LeafSchema };
type LeafSchema = TSchema & {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly secret?: boolean;
  readonly anyOf?: readonly { readonly const?: unknown }[];
};

/** Every setting of a schema in reading order, objects flattened to dotted keys. */
export function leaves(schema: TObject, prefix = ""): Leaf[] {
  return Object.entries(schema.properties).flatMap(([name, child]) => {
    const key = prefix + name;
    return isObject(child) ? leaves(child, `${key}.`) : [{ key, schema: child as LeafSchema }];
  });
}

/** "log.level" → SRWAN_LOG_LEVEL, "stop.timeoutMs" → SRWAN_STOP_TIMEOUT_MS. */
export const envName = (key: string): string =>
  `SRWAN_${key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(".", "_")
    .toUpperCase()}`;

/** "log.level" → --log-level. */
export const flagName = (key: string): string => `--${envName(key).slice(6).toLowerCase().replaceAll("_", "-")}`;

export const choices = (schema: LeafSchema): readonly string[] =>
  (schema.anyOf ?? []).flatMap((branch) => (typeof branch.const === "string" ? [branch.const] : []));

export function loadConfig<S extends TObject>(role: Role<S>, sources: ConfigSources): Config<S> {
  const all = leaves(role.schema);
  const fromFile = sources.file ? readFile(role, all, sources.file.path, sources.file.text) : new Map<string, Found>();
  refuseUnknownEnv(role, all, sources);
  const settings = all.map(({ key, schema }): Setting => {
    const found = pick(key, schema, fromFile, sources);
    check(key, schema, found);
    return { key, value: found.value, origin: found.origin, secret: schema.secret === true };
  });
  const values: Record<string, unknown> = {};
  for (const { key, value } of settings) put(values, key.split("."), value);
  return { values: values as Static<S>, settings };
}

/** Where a value came from, as `config show --origin` and every error say it. */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case "default":
      return "default";
    case "file":
      return `${origin.file}:${origin.line}`;
    case "credential":
      return origin.file;
    case "env":
      return origin.variable;
    case "flag":
      return origin.flag;
  }
}

type Found = { readonly value: unknown; readonly origin: Origin };

function pick(key: string, schema: LeafSchema, file: ReadonlyMap<string, Found>, sources: ConfigSources): Found {
  const flag = sources.flags?.[key];
  if (flag !== undefined) return { value: fromText(schema, flag), origin: { from: "flag", flag: flagName(key) } };
  const variable = envName(key);
  const env = sources.env?.[variable];
  if (env !== undefined && env !== "") return { value: fromText(schema, env), origin: { from: "env", variable } };
  const credential = sources.credentials?.get(key);
  if (credential !== undefined && schema.secret === true) {
    const { path, text } = credential;
    return { value: fromText(schema, text.trim()), origin: { from: "credential", file: path } };
  }
  return file.get(key) ?? { value: schema.default, origin: { from: "default" } };
}

/** Flags and variables are text; the schema says what the text stands for. Text that does not fit stays text, to be refused. */
function fromText(schema: LeafSchema, text: string): unknown {
  if (schema.type === "integer" || schema.type === "number") return text.trim() === "" ? text : asNumber(text);
  if (schema.type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (schema.type === "array") return text.split(",").map((item) => item.trim());
  return text;
}

const asNumber = (text: string): number | string => (Number.isNaN(Number(text)) ? text : Number(text));

function check(key: string, schema: LeafSchema, { value, origin }: Found): void {
  if (value === undefined && schema.default === undefined && "~optional" in schema) return;
  const problem = value === undefined ? "is missing" : Errors(schema, value)[0]?.message;
  if (problem === undefined) return;
  const allowed = choices(schema);
  const shown = schema.secret === true ? "(secret)" : JSON.stringify(value);
  const near = typeof value === "string" ? nearest(value, allowed) : undefined;
  throw new SrwanError("CONFIG_VALUE_INVALID", `${originText(origin)}: ${key} = ${shown} ${problem}`, {
    remedy: allowed.length
      ? `Use one of ${allowed.join(", ")}${near ? ` (did you mean ${near}?)` : ""}.`
      : `${schema.description ?? "See the reference."}`,
    details: { key, origin: originText(origin) },
  });
}

function readFile(role: Role, all: readonly Leaf[], path: string, text: string): Map<string, Found> {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const broken = doc.errors[0];
  if (broken) {
    const { line } = lines.linePos(broken.pos[0]);
    throw new SrwanError("CONFIG_FILE_UNREADABLE", `${path}:${line}: not YAML: ${broken.message}`, {
      remedy: "Correct the line; `key: value`, two spaces for each level.",
      details: { file: path, line },
    });
  }
  const found = new Map<string, Found>();
  if (doc.contents === null) return found;
  if (!isMap(doc.contents)) {
    throw new SrwanError("CONFIG_FILE_UNREADABLE", `${path}:1: holds no map of settings`, {
      remedy: "Write `key: value` lines.",
      details: { file: path, line: 1 },
    });
  }
  walk(doc.contents as YAMLMap, "");
  return found;

  function walk(map: YAMLMap, prefix: string): void {
    for (const pair of map.items) {
      const key = prefix + String(isScalar(pair.key) ? pair.key.value : pair.key);
      const offset = (isScalar(pair.key) ? pair.key.range?.[0] : map.range?.[0]) ?? 0;
      const { line } = lines.linePos(offset);
      const isLeaf = all.some((leaf) => leaf.key === key);
      const isGroup = all.some((leaf) => leaf.key.startsWith(`${key}.`));
      if (!isLeaf && !isGroup) throw unknownKey(role, `${path}:${line}`, key, keysAndGroups(all));
      if (isLeaf) {
        const node = pair.value as { toJSON?: () => unknown } | null;
        found.set(key, { value: node?.toJSON?.() ?? node, origin: { from: "file", file: path, line } });
      } else if (isMap(pair.value)) {
        walk(pair.value as YAMLMap, `${key}.`);
      } else {
        throw new SrwanError("CONFIG_VALUE_INVALID", `${path}:${line}: ${key} is a group of settings, not a value`, {
          remedy: `Put its settings below it, one a line: ${all.find((l) => l.key.startsWith(`${key}.`))?.key}.`,
          details: { key, file: path, line },
        });
      }
    }
  }
}

function refuseUnknownEnv(role: Role, all: readonly Leaf[], sources: ConfigSources): void {
  const ours = all.map((leaf) => envName(leaf.key));
  const known = new Set([...ours, ...(sources.otherEnv ?? [])]);
  for (const name of Object.keys(sources.env ?? {})) {
    if (name.startsWith("SRWAN_") && !known.has(name)) throw unknownKey(role, "environment", name, known);
  }
}

function unknownKey(role: Role, where: string, key: string, candidates: Iterable<string>): SrwanError {
  const near = nearest(key, candidates);
  return new SrwanError("CONFIG_KEY_UNKNOWN", `${where}: ${key} is not a setting of role ${role.name}`, {
    remedy: near ? `Did you mean ${near}?` : `\`srwan config show --role ${role.name}\` lists every setting.`,
    details: { key, where, ...(near ? { nearest: near } : {}) },
  });
}

function keysAndGroups(all: readonly Leaf[]): Set<string> {
  const names = new Set<string>();
  for (const { key } of all) {
    const parts = key.split(".");
    for (let i = 1; i <= parts.length; i++) names.add(parts.slice(0, i).join("."));
  }
  return names;
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    // A group is there also where nothing in it was given.
    if (value !== undefined) target[head] = value;
    return;
  }
  target[head] ??= {};
  put(target[head] as Record<string, unknown>, rest, value);
}

const isObject = (schema: TSchema): schema is TObject =>
  (schema as { type?: unknown }).type === "object" && "properties" in schema;
