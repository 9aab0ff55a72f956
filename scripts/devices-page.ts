// docs/reference/devices.md, made of what the drivers say of themselves.

import { type Driver, driverOf, reasonsText } from "../src/netconf/devices/driver.ts";
import { examplesOf } from "../src/netconf/devices/examples.ts";
import { FAMILIES } from "../src/netconf/devices/family.ts";
import { INTENT_KINDS } from "../src/wire/intent.ts";

type Rows = (head: readonly string[], body: readonly (readonly string[])[]) => string;

export function devicesParts(rows: Rows): string[] {
  const drivers = FAMILIES.map(driverOf);
  return [
    "What each family of routers can be asked for, as its driver says before anything is sent; `srwan device supports` " +
      "says the same of your own file. A `no` names the field that asks for what cannot be had.",
    `Everything that is rendered was checked with the vendors' own modules: ${drivers.map((one) => one.checkedWith).join(", ")}. ` +
      "No hardware was at hand: what a model lets pass, a router may still refuse at its commit check.",
    "## Intents",
    rows(["asked for", ...drivers.map((one) => one.title)], intentRows(drivers)),
    "What a file of them looks like: [schema](schemas/intents.schema.json). How each is rendered, in XML beside the router's " +
      "own words: [golden files](../../src/netconf/devices/golden/README.md).",
    "## What a router must announce",
    "Modules, with their features, in the hello or in the YANG library. A router that announces no modules at all is not " +
      "judged by them. How to make one ready: [prepare a router](../how-to/prepare-a-router.md).",
    rows(["intent", ...drivers.map((one) => one.title)], moduleRows(drivers)),
    "## What is looked at in operation",
    "Beyond the configuration, which is read back for every intent.",
    rows(["intent", ...drivers.map((one) => one.title)], checkRows(drivers)),
    "## What is counted",
    rows(["counter", ...drivers.map((one) => one.title)], counterRows(drivers)),
    "Counters are whole numbers of any size. Where a family has no model that could be checked here, the cell says so: " +
      "configuration that was read back and pulses over the SID list prove what no operational model does.",
  ];
}

function intentRows(drivers: readonly Driver[]): string[][] {
  const columns = drivers.map((driver) => ({ driver, examples: examplesOf(driver.family) }));
  return (columns[0]?.examples ?? []).map(({ about }, i) => [
    about,
    ...columns.map(({ driver, examples }) => {
      const example = examples[i];
      const verdict = example && driver.supports(example.intent);
      if (!verdict || verdict.supported) return verdict ? "yes" : "";
      const offer = verdict.instead ? `; offers a ${verdict.instead.kind} in its place` : "";
      return `no: ${reasonsText(verdict.reasons)}${offer}`;
    }),
  ]);
}

const moduleRows = (drivers: readonly Driver[]): string[][] =>
  INTENT_KINDS.map((kind) => [
    kind,
    ...drivers.map((driver) => {
      const needs = driver.modules(kind).map(({ name, features = [], revision }) => {
        const with_ = features.length > 0 ? ` (${features.join(", ")})` : "";
        return `${name}${with_}${revision === undefined ? "" : ` of ${revision} or newer`}`;
      });
      return needs.length > 0 ? needs.join("; ") : "not rendered";
    }),
  ]);

const NONE = "no model at hand";

const checkRows = (drivers: readonly Driver[]): string[][] =>
  INTENT_KINDS.map((kind) => [
    kind,
    ...drivers.map((driver) => {
      const example = examplesOf(driver.family).find(
        ({ intent }) => intent.kind === kind && driver.supports(intent).supported,
      );
      if (!example) return "not rendered";
      const [first] = driver.verify(example.intent);
      return first?.what ?? NONE;
    }),
  ]);

const counterRows = (drivers: readonly Driver[]): string[][] =>
  (["interface", "queue", "policy"] as const).map((what) => [
    what,
    ...drivers.map((driver) => {
      const source = driver.counters.find((one) => one.what === what);
      return source ? source.modules.map(({ name }) => name).join("; ") : NONE;
    }),
  ]);
