// Every operation as a value: its name, its element, what a good reply is, and what the device must have announced for it.
// RFC 6241, 5277 (notifications), 5717 (partial lock), 6022 (monitoring), 6243 (defaults), 8526 (datastores).

import type { Capabilities, DefaultsMode } from "./capabilities.ts";
import { type Filter, filterElement, nmdaFilter } from "./filter.ts";
import { NS } from "./names.ts";
import { inNamespace, withAttributes, withScope, type XmlElement, type XmlNode } from "./xml/element.ts";

export type Operation = {
  readonly name: string;
  readonly body: XmlElement;
  readonly wants: "ok" | "data" | "any";
  /** It may alter what the device does: without an answer its state is not known. */
  readonly changes: boolean;
  /** What the device lacks for it, in words. */
  readonly lacks: (capabilities: Capabilities) => string | undefined;
};

export type Datastore = "running" | "candidate" | "startup";
export type DefaultOperation = "merge" | "replace" | "none";
export type Reading = { readonly filter?: Filter; readonly withDefaults?: DefaultsMode };

const nc = inNamespace(NS.base);

type Need = (capabilities: Capabilities) => string | undefined;
const needs =
  (name: string, version?: string): Need =>
  (capabilities) =>
    capabilities.has(name, version) ? undefined : `:${name}${version === undefined ? "" : `:${version}`}`;
const all =
  (...list: readonly (Need | false | undefined)[]): Need =>
  (capabilities) => {
    for (const need of list) {
      const lack = need === false ? undefined : need?.(capabilities);
      if (lack) return lack;
    }
    return undefined;
  };
const operation = (
  wants: Operation["wants"],
  body: XmlElement,
  ...list: readonly (Need | false | undefined)[]
): Operation => ({ name: body.name, body, wants, changes: false, lacks: all(...list) });
const changing = (...parts: Parameters<typeof operation>): Operation => ({ ...operation(...parts), changes: true });

const storeNeeds = (store: Datastore, write: boolean): Need | undefined => {
  if (store !== "running") return needs(store);
  return write ? needs("writable-running") : undefined;
};
const filterNeeds = (filter: Filter | undefined): Need | false => filter?.kind === "xpath" && needs("xpath");
const defaultsNeed =
  (mode: DefaultsMode | undefined): Need =>
  (capabilities) => {
    if (mode === undefined || capabilities.defaultsModes.includes(mode)) return undefined;
    return `:with-defaults with ${mode}`;
  };
const withDefaultsElement = (mode: DefaultsMode | undefined): XmlElement | undefined =>
  mode === undefined ? undefined : inNamespace(NS.withDefaults)("with-defaults", mode);

const reading = ({ filter, withDefaults }: Reading): (XmlElement | undefined)[] => [
  filter && filterElement(filter),
  withDefaultsElement(withDefaults),
];

export const get = (how: Reading = {}): Operation =>
  operation("data", nc("get", ...reading(how)), filterNeeds(how.filter), defaultsNeed(how.withDefaults));

export const getConfig = (source: Datastore, how: Reading = {}): Operation =>
  operation(
    "data",
    nc("get-config", nc("source", nc(source)), ...reading(how)),
    storeNeeds(source, false),
    filterNeeds(how.filter),
    defaultsNeed(how.withDefaults),
  );

export type EditOptions = {
  readonly defaultOperation?: DefaultOperation;
  readonly testOption?: "test-then-set" | "set" | "test-only";
  readonly errorOption?: "stop-on-error" | "continue-on-error" | "rollback-on-error";
};

export const editConfig = (target: Datastore, config: readonly XmlNode[], how: EditOptions = {}): Operation =>
  (target === "running" ? changing : operation)(
    "ok",
    nc(
      "edit-config",
      nc("target", nc(target)),
      how.defaultOperation && nc("default-operation", how.defaultOperation),
      how.testOption && nc("test-option", how.testOption),
      how.errorOption && nc("error-option", how.errorOption),
      nc("config", ...config),
    ),
    storeNeeds(target, true),
    how.testOption !== undefined && needs("validate", how.testOption === "test-only" ? "1.1" : undefined),
    how.errorOption === "rollback-on-error" && needs("rollback-on-error"),
  );

export const copyConfig = (source: Datastore, target: Datastore): Operation =>
  changing(
    "ok",
    nc("copy-config", nc("target", nc(target)), nc("source", nc(source))),
    storeNeeds(source, false),
    storeNeeds(target, true),
  );

export const deleteConfig = (target: Exclude<Datastore, "running">): Operation =>
  changing("ok", nc("delete-config", nc("target", nc(target))), needs(target));

export const lock = (target: Datastore): Operation =>
  operation("ok", nc("lock", nc("target", nc(target))), storeNeeds(target, false));
export const unlock = (target: Datastore): Operation =>
  operation("ok", nc("unlock", nc("target", nc(target))), storeNeeds(target, false));
export const discardChanges = (): Operation => operation("ok", nc("discard-changes"), needs("candidate"));
export const closeSession = (): Operation => operation("ok", nc("close-session"));
export const killSession = (sessionId: string): Operation =>
  operation("ok", nc("kill-session", nc("session-id", sessionId)));

/** Of the candidate, or of a configuration that is given whole. */
export const validate = (source: Datastore | readonly XmlNode[]): Operation =>
  operation(
    "ok",
    nc("validate", nc("source", typeof source === "string" ? nc(source) : nc("config", ...source))),
    needs("validate"),
    typeof source === "string" && storeNeeds(source, false),
  );

export type Confirm = {
  /** Seconds until the device goes back by itself. */
  readonly timeoutS: number;
  /** Survives the session that sent it, and any session that names it can confirm or cancel (1.1 only). */
  readonly persist?: string;
};

/** Final; with `persistId` the confirming one of a commit that was sent with `persist`. */
export const commit = (persistId?: string): Operation =>
  changing(
    "ok",
    nc("commit", persistId === undefined ? undefined : nc("persist-id", persistId)),
    needs("candidate"),
    persistId !== undefined && needs("confirmed-commit", "1.1"),
  );

export const confirmedCommit = ({ timeoutS, persist }: Confirm, persistId?: string): Operation =>
  changing(
    "ok",
    nc(
      "commit",
      nc("confirmed"),
      nc("confirm-timeout", String(timeoutS)),
      persist === undefined ? undefined : nc("persist", persist),
      persistId === undefined ? undefined : nc("persist-id", persistId),
    ),
    needs("candidate"),
    needs("confirmed-commit", persist === undefined && persistId === undefined ? undefined : "1.1"),
  );

export const cancelCommit = (persistId?: string): Operation =>
  changing(
    "ok",
    nc("cancel-commit", persistId === undefined ? undefined : nc("persist-id", persistId)),
    needs("confirmed-commit", "1.1"),
  );

const knowsMonitoring: Need = ({ monitoring }) => (monitoring ? undefined : "the module ietf-netconf-monitoring");
const knowsNmda: Need = ({ nmda }) => (nmda ? undefined : "the module ietf-netconf-nmda");
const knowsPartialLock: Need = ({ partialLock }) => (partialLock ? undefined : ":partial-lock");

export const getSchema = (identifier: string, version?: string, format = "yang"): Operation => {
  const monitoring = inNamespace(NS.monitoring);
  return operation(
    "data",
    monitoring(
      "get-schema",
      monitoring("identifier", identifier),
      version === undefined ? undefined : monitoring("version", version),
      monitoring("format", format),
    ),
    knowsMonitoring,
  );
};

/** Holds the nodes that these XPath expressions select; the reply names them and a lock-id. */
export const partialLock = (select: readonly string[], prefixes: Readonly<Record<string, string>> = {}): Operation => {
  const partial = inNamespace(NS.partialLock);
  const body = partial("partial-lock", ...select.map((one) => partial("select", one)));
  return operation("data", withScope(body, prefixes), knowsPartialLock);
};

export const partialUnlock = (lockId: string): Operation => {
  const partial = inNamespace(NS.partialLock);
  return operation("ok", partial("partial-unlock", partial("lock-id", lockId)), knowsPartialLock);
};

export type NmdaDatastore = "running" | "candidate" | "startup" | "intended" | "operational";

const nmdaStore = (store: NmdaDatastore): XmlElement =>
  withScope(inNamespace(NS.nmda)("datastore", `ds:${store}`), { ds: NS.datastores });

export type DataReading = Reading & {
  readonly config?: boolean;
  readonly maxDepth?: number;
  readonly withOrigin?: boolean;
};

export const getData = (store: NmdaDatastore, how: DataReading = {}): Operation => {
  const nmda = inNamespace(NS.nmda);
  return operation(
    "data",
    nmda(
      "get-data",
      nmdaStore(store),
      how.filter && nmdaFilter(how.filter),
      how.config === undefined ? undefined : nmda("config-filter", String(how.config)),
      how.maxDepth === undefined ? undefined : nmda("max-depth", String(how.maxDepth)),
      how.withOrigin === true ? nmda("with-origin") : undefined,
      withDefaultsElement(how.withDefaults),
    ),
    knowsNmda,
    filterNeeds(how.filter),
  );
};

export const editData = (
  store: NmdaDatastore,
  config: readonly XmlNode[],
  defaultOperation?: DefaultOperation,
): Operation => {
  const nmda = inNamespace(NS.nmda);
  const how = defaultOperation && nmda("default-operation", defaultOperation);
  return changing("ok", nmda("edit-data", nmdaStore(store), how, nmda("config", ...config)), knowsNmda);
};

export type Subscription = {
  readonly stream?: string;
  readonly filter?: Filter;
  /** RFC 3339. */
  readonly startTime?: string;
  readonly stopTime?: string;
};

export const createSubscription = ({ stream, filter, startTime, stopTime }: Subscription = {}): Operation => {
  const notification = inNamespace(NS.notification);
  // The filter has the type of the base module but the name of this one.
  const own = filter && { ...filterElement(filter), ns: NS.notification };
  const optional = (name: string, value: string | undefined) =>
    value === undefined ? undefined : notification(name, value);
  return operation(
    "ok",
    notification(
      "create-subscription",
      optional("stream", stream),
      own,
      optional("startTime", startTime),
      optional("stopTime", stopTime),
    ),
    needs("notification"),
    filterNeeds(filter),
  );
};

/** An operation of a module of the device's own. */
export const rpc = (body: XmlElement): Operation => changing("any", body);

/** nc:operation on an element of an edit: create, delete, remove, replace, merge. */
export const withOperation = (
  element: XmlElement,
  what: "create" | "delete" | "remove" | "replace" | "merge",
): XmlElement => withAttributes(withScope(element, { nc: NS.base }), { name: "operation", ns: NS.base, value: what });
