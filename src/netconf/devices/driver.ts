// The door: one driver a family, each of one shape. What a driver cannot do it says before anything is rendered, with the
// same reasons that rendering would refuse with.

import { SrwanError } from "../../base/errors.ts";
import type { DeviceIntent, IntentKind } from "../../wire/intent.ts";
import type { Capabilities } from "../capabilities.ts";
import { differences } from "../transaction/expect.ts";
import type { XmlElement } from "../xml/element.ts";
import { expectedOf, foreignOf, goneOf, leftovers, mixedExpectation } from "./expectation.ts";
import type { Check, CounterSource, Family, FamilyName, ModuleNeed, Owned, Reason } from "./family.ts";
import { faultsOf } from "./faults.ts";
import { iosxe } from "./iosxe/family.ts";
import { iosxr } from "./iosxr/family.ts";
import { type Json, jsonOf, type Request, removalRequests, settingRequests } from "./json.ts";
import { junos } from "./junos/family.ts";
import { type DeviceCapabilities, deviceCapabilities, lacking } from "./modules.ts";
import { type Edit, filterOf, locate, mixedOf, removalOf, samePlace, settingOf, undoOf } from "./tree.ts";
import { canonicalIntent } from "./value.ts";

export type Verdict =
  | { readonly supported: true }
  | { readonly supported: false; readonly reasons: readonly Reason[]; readonly instead?: DeviceIntent };

/** One edit that sets and takes away, with what is read back and the way home. */
export type Mixed = {
  readonly edit: Edit;
  readonly filter: readonly XmlElement[];
  readonly expected: readonly XmlElement[];
  readonly undo: (before: readonly XmlElement[]) => Edit;
};

/** What is to be read back, and how to judge it. */
export type Expectation = {
  /** Subtree filter of a get-config. */
  readonly filter: readonly XmlElement[];
  /** What must be seen in the answer, with the marks of transaction/expect.ts. */
  readonly expected: readonly XmlElement[];
  /** What is not as expected, in words; empty: proved. */
  readonly compare: (running: readonly XmlElement[]) => readonly string[];
};

export type Driver = {
  readonly family: FamilyName;
  readonly title: string;
  readonly checkedWith: string;
  /** What a router must announce for intents of this kind. */
  modules(kind: IntentKind): readonly ModuleNeed[];
  capabilities(hello: Capabilities, library?: readonly XmlElement[]): DeviceCapabilities;
  /** Without capabilities: what any box of this family could. */
  supports(intent: DeviceIntent, capabilities?: DeviceCapabilities): Verdict;
  /** Several as one edit: what they lie in is there once. */
  render(...intents: readonly DeviceIntent[]): Edit;
  remove(...intents: readonly DeviceIntent[]): Edit;
  /** The same for what of it stands in a configuration: a server may make what lies around a thing it is to remove. */
  removeFrom(running: readonly XmlElement[], ...intents: readonly DeviceIntent[]): Edit;
  /** The edit that brings back what stood there before, read with the filter of `expected`. */
  undo(before: readonly XmlElement[], ...intents: readonly DeviceIntent[]): Edit;
  expected(...intents: readonly DeviceIntent[]): Expectation;
  /** After a removal: nothing of it stands. */
  expectedGone(...intents: readonly DeviceIntent[]): Expectation;
  /** Sets some and takes others away, as one edit. What both have a part in is set: a policy's lists that it names no more go. */
  change(set: readonly DeviceIntent[], gone: readonly DeviceIntent[]): Mixed;
  /** What to ask for all that could be ours. */
  readonly everything: readonly XmlElement[];
  /** What of others an edit would overwrite, in a configuration read with the filter of `expected`. */
  foreign(intent: DeviceIntent, before: readonly XmlElement[]): readonly string[];
  /** In operation, beyond configuration. Empty where the family has no model of it that could be checked. */
  verify(intent: DeviceIntent): readonly Check[];
  readonly counters: readonly CounterSource[];
  /** Intents of ours that a configuration holds. */
  read(config: readonly XmlElement[]): readonly DeviceIntent[];
  cli(intent: DeviceIntent): readonly string[];
  cliRemoval(intent: DeviceIntent): readonly string[];
  /** A configuration of this family as JSON (RFC 7951). */
  json(config: readonly XmlElement[]): Json;
  /** The same over RESTCONF, paths below its {+restconf}/data. */
  requests(intent: DeviceIntent): readonly Request[];
  removalRequests(intent: DeviceIntent): readonly Request[];
};

const BY_NAME: Readonly<Record<FamilyName, Family>> = { iosxr, iosxe, junos };

export const driverOf = (name: FamilyName): Driver => driver(BY_NAME[name]);

export function driver(family: Family): Driver {
  const supports = (intent: DeviceIntent, capabilities?: DeviceCapabilities): Verdict => {
    const faults = faultsOf(intent);
    const reasons = faults.length > 0 ? faults : family.refusals(intent);
    const lacks = reasons.length > 0 || !capabilities ? [] : lacking(family.modules[intent.kind], capabilities);
    const all = [...reasons, ...lacks];
    if (all.length === 0) return { supported: true };
    const instead = faults.length > 0 ? undefined : family.instead?.(intent);
    return { supported: false, reasons: all, ...(instead ? { instead } : {}) };
  };
  const parts = (intent: DeviceIntent) => {
    const verdict = supports(intent);
    if (!verdict.supported) throw refused(family, intent, verdict);
    return family.objects(canonicalIntent(intent));
  };
  const checked = <T>(intent: DeviceIntent, then: (intent: DeviceIntent) => T): T => {
    parts(intent);
    return then(canonicalIntent(intent));
  };
  return {
    family: family.name,
    title: family.title,
    checkedWith: family.checkedWith,
    modules: (kind) => family.modules[kind],
    capabilities: deviceCapabilities,
    supports,
    render: (...intents) => settingOf(intents.flatMap(parts)),
    remove: (...intents) => removalOf(intents.flatMap(parts)),
    removeFrom: (running, ...intents) => {
      const stands = (part: Owned) => locate(part, running, family.anyNamespace) !== undefined;
      return removalOf(intents.flatMap(parts).filter(stands));
    },
    undo: (before, ...intents) => undoOf(intents.flatMap(parts), before, family.anyNamespace),
    expected: (...intents) => {
      const all = intents.flatMap(parts);
      const expected = expectedOf(all, family);
      return { filter: filterOf(all), expected, compare: (running) => differences(expected, running) };
    },
    expectedGone: (...intents) => {
      const all = intents.flatMap(parts);
      return {
        filter: filterOf(all),
        expected: goneOf(all, family),
        compare: (running) => leftovers(all, running, family),
      };
    },
    change: (set, gone) => {
      const comes = set.flatMap(parts);
      const goes = gone.flatMap(parts).filter((part) => !comes.some((one) => samePlace(one, part)));
      const all = [...comes, ...goes];
      return {
        edit: mixedOf(comes, goes),
        filter: filterOf(all),
        expected: mixedExpectation(comes, goes, family),
        undo: (before) => undoOf(all, before, family.anyNamespace),
      };
    },
    everything: family.everything,
    foreign: (intent, before) => foreignOf(parts(intent), before, family),
    verify: (intent) => checked(intent, family.checks),
    counters: family.counters,
    read: family.read,
    cli: (intent) => checked(intent, family.cli),
    cliRemoval: (intent) => checked(intent, family.cliRemoval),
    json: (config) => jsonOf(config, family),
    requests: (intent) => settingRequests(parts(intent), family),
    removalRequests: (intent) => removalRequests(parts(intent), family),
  };
}

const refused = (
  family: Family,
  intent: DeviceIntent,
  { reasons, instead }: Verdict & { supported: false },
): SrwanError =>
  new SrwanError("INTENT_UNSUPPORTED", `${family.title} cannot do this ${intent.kind}: ${reasonsText(reasons)}`, {
    remedy: instead
      ? `It offers a ${instead.kind} in its place; ask for that, or use another router.`
      : "Change what the reason names, or use another router.",
    deviceStateKnown: true,
    details: { family: family.name, reasons, ...(instead ? { instead } : {}) },
  });

export const reasonsText = (reasons: readonly Reason[]): string =>
  reasons.map(({ field, why }) => `${field}: ${why}`).join("; ");
