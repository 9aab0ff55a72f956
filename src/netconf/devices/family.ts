// What the three families of routers have alike: one shape, so that who knows one knows the others. All of it is pure:
// values in, values out; sending is the session's.

import type { DeviceIntent, IntentKind } from "../../wire/intent.ts";
import type { XmlElement } from "../xml/element.ts";

export const FAMILIES = ["iosxr", "iosxe", "junos"] as const;
export type FamilyName = (typeof FAMILIES)[number];

/** Why an intent cannot be had, by the field that asks for it. */
export type Reason = { readonly field: string; readonly why: string };

/** One part of a router's configuration that is ours alone: nobody else's setting lies inside it. */
export type Owned = {
  /** For people: "policy srwan-gold". */
  readonly what: string;
  /** What it lies in, outermost first; an entry of a list carries its keys. */
  readonly inside: readonly XmlElement[];
  readonly element: XmlElement;
  /** Which of its children name it within its list; none where it is no list. */
  readonly keys: readonly string[];
  /** The router adds entries of its own inside: what we set must be there as we set it, and more may be. */
  readonly open?: true;
};

/** What a list's entries are named by; in a list that the user orders, the order is configuration. */
export type ListRule = { readonly keys: readonly string[]; readonly ordered?: boolean };

/** What JSON must know of a model and XML needs not (RFC 7951). Places are "parent/name". */
export type JsonRules = {
  /** By namespace. */
  readonly modules: Readonly<Record<string, string>>;
  readonly leafLists: readonly string[];
  /** Containers that are there without anything in them; other empty elements are leaves of type empty. */
  readonly presence: readonly string[];
  /** Leaves that are numbers of at most 32 bits: by name, or by place where the name alone is not enough. */
  readonly numbers: readonly string[];
};

/** A module that an intent needs: the device must announce it, with these features, at least that new. */
export type ModuleNeed = {
  readonly name: string;
  readonly features?: readonly string[];
  readonly revision?: string;
};

/** What a reply says of one thing that must be true in operation. */
export type Finding =
  | { readonly state: "holds"; readonly facts: Readonly<Record<string, string>> }
  /** Asked again later it may hold. */
  | { readonly state: "not-yet"; readonly why: string }
  | { readonly state: "broken"; readonly why: string };

export type Check = {
  readonly what: string;
  /** Subtree filter of a get. */
  readonly filter: readonly XmlElement[];
  readonly judge: (data: readonly XmlElement[]) => Finding;
};

export const COUNTED = ["interface", "queue", "policy"] as const;

export type Count = {
  readonly what: (typeof COUNTED)[number];
  /** As the router names it; of a queue, interface and queue. */
  readonly name: string;
  readonly packets: bigint;
  readonly octets: bigint;
  readonly droppedPackets?: bigint;
};

export type CounterSource = {
  readonly what: (typeof COUNTED)[number];
  readonly modules: readonly ModuleNeed[];
  readonly filter: readonly XmlElement[];
  readonly read: (data: readonly XmlElement[]) => readonly Count[];
};

export type Family = {
  readonly name: FamilyName;
  readonly title: string;
  /** What the modules were that its renderings were checked against. */
  readonly checkedWith: string;
  readonly lists: Readonly<Record<string, ListRule>>;
  /** The namespace of a reply's elements depends on a setting of the box: names alone are compared. */
  readonly anyNamespace: boolean;
  readonly json: JsonRules;
  readonly modules: Readonly<Record<IntentKind, readonly ModuleNeed[]>>;
  /** What of an intent this family cannot express, or takes and would do wrongly. */
  readonly refusals: (intent: DeviceIntent) => readonly Reason[];
  /** What it can do in its place. */
  readonly instead?: (intent: DeviceIntent) => DeviceIntent | undefined;
  readonly objects: (intent: DeviceIntent) => readonly Owned[];
  /** Subtree filter of all that `read` looks at. */
  readonly everything: readonly XmlElement[];
  /** Ours, found in a configuration. */
  readonly read: (config: readonly XmlElement[]) => readonly DeviceIntent[];
  readonly cli: (intent: DeviceIntent) => readonly string[];
  readonly cliRemoval: (intent: DeviceIntent) => readonly string[];
  readonly checks: (intent: DeviceIntent) => readonly Check[];
  readonly counters: readonly CounterSource[];
};
