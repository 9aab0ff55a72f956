// What was to be there against what is: every difference by its place, in words. What is more than we set inside
// a part of ours was put there by somebody, and is told; but for the few things that a family fills in by itself.

import { attribute, elementsOf, textAt, textOf, type XmlElement } from "../xml/element.ts";
import type { Family, ListRule, Owned } from "./family.ts";
import { PREFIX } from "./names.ts";
import { locate } from "./tree.ts";
import { canonicalValue, sameValue } from "./value.ts";

export type Difference = {
  /** The part, and the place in it: "policy srwan-gold: candidate-paths/preferences/preference[200]". */
  readonly at: string;
  readonly kind: "missing" | "extra" | "other";
  readonly expected?: string;
  readonly found?: string;
};

type How = Pick<Family, "lists" | "anyNamespace" | "fills">;

/** No difference: the parts stand as they should, each whole and nothing in it beside. */
export const differencesOf = (parts: readonly Owned[], running: readonly XmlElement[], how: How): Difference[] =>
  parts.flatMap((part) => {
    const found = locate(part, running, how.anyNamespace);
    if (found === undefined) return [{ at: part.what, kind: "missing" as const }];
    return inside(part.element, found, { ...how, at: `${part.what}:` });
  });

/** What still stands of parts that were to be gone. */
export const leftoversOf = (parts: readonly Owned[], running: readonly XmlElement[], how: How): Difference[] =>
  parts
    .filter((part) => locate(part, running, how.anyNamespace) !== undefined)
    .map((part) => ({ at: part.what, kind: "extra" as const }));

/** Parts whose place is taken by something that neither bears our name nor is what we would set. */
export const foreignOf = (parts: readonly Owned[], before: readonly XmlElement[], how: How): string[] =>
  parts
    .filter((part) => {
      const found = locate(part, before, how.anyNamespace);
      if (found === undefined || holdsOurName(found)) return false;
      return inside(part.element, found, { ...how, at: "" }).length > 0;
    })
    .map((part) => part.what);

const holdsOurName = (element: XmlElement): boolean =>
  element.children.some((child) =>
    typeof child === "string" ? child.trim().startsWith(PREFIX) : holdsOurName(child),
  );

type Where = How & { readonly at: string };

function inside(expected: XmlElement, found: XmlElement, where: Where): Difference[] {
  const theirs = elementsOf(found).filter((one) => !isDefault(one) && where.fills?.(expected.name, one) !== true);
  const ours = elementsOf(expected);
  if (ours.length === 0) {
    const [value, is] = [textOf(expected).trim(), textOf(found).trim()];
    const same = theirs.length === 0 && sameValue(value, is);
    return same ? [] : [{ at: where.at, kind: "other", expected: value, found: is }];
  }
  const all: Difference[] = [];
  const left = new Set(theirs);
  for (const [name, group] of Map.groupBy(ours, (one) => one.name)) {
    const rule = where.lists[`${expected.name}/${name}`];
    const candidates = theirs.filter((one) => one.name === name && sameNamespace(one, group[0], where));
    for (const one of group) {
      const at = `${where.at} ${expected.name}/${name}${entryText(one, rule)}`;
      const match = candidates.find((other) => left.has(other) && (rule ? sameKeys(one, other, rule) : sameLeaf(one, other, group)));
      if (match === undefined) {
        all.push({ at, kind: "missing", ...(elementsOf(one).length === 0 ? { expected: textOf(one) } : {}) });
        continue;
      }
      left.delete(match);
      all.push(...inside(one, match, { ...where, at }));
    }
    if (rule?.ordered === true) all.push(...order(group, candidates, rule, `${where.at} ${expected.name}/${name}`));
  }
  for (const one of left) {
    const text = elementsOf(one).length === 0 ? textOf(one).trim() : undefined;
    const rule = where.lists[`${expected.name}/${one.name}`];
    const at = `${where.at} ${expected.name}/${one.name}${entryText(one, rule)}`;
    all.push({ at, kind: "extra", ...(text ? { found: text } : {}) });
  }
  return all;
}

const sameNamespace = (one: XmlElement, other: XmlElement | undefined, { anyNamespace }: How): boolean =>
  anyNamespace || one.ns === other?.ns;

/** RFC 6243: what the router fills in by itself is marked where it was asked to mark it. */
const isDefault = (element: XmlElement): boolean =>
  attribute(element, "default", "urn:ietf:params:xml:ns:netconf:default:1.0") === "true";

const sameKeys = (one: XmlElement, other: XmlElement, { keys }: ListRule): boolean =>
  keys.every((key) => sameValue(textAt(one, key) ?? "", textAt(other, key) ?? ""));

/** Leaves of one name beside each other are a leaf-list: told apart by value. A leaf alone is found by name. */
const sameLeaf = (one: XmlElement, other: XmlElement, group: readonly XmlElement[]): boolean =>
  group.length === 1 || sameValue(textOf(one), textOf(other));

const entryText = (element: XmlElement, rule: ListRule | undefined): string =>
  rule ? `[${rule.keys.map((key) => canonicalValue(textAt(element, key) ?? "")).join(" ")}]` : "";

function order(group: readonly XmlElement[], found: readonly XmlElement[], rule: ListRule, at: string): Difference[] {
  const names = (all: readonly XmlElement[]) => all.map((one) => entryText(one, rule)).join(" ");
  const [wanted, are] = [names(group), names(found)];
  const sameSet = group.length === found.length && group.every((one) => found.some((other) => sameKeys(one, other, rule)));
  return sameSet && wanted !== are ? [{ at, kind: "other", expected: wanted, found: are }] : [];
}
