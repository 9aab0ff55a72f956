// Whether what was read back is what was expected. The expectation is a tree like the data: whatever stands in it must be
// found, and more may be there. Marks say otherwise: `absent` must not be found, `whole` has nothing beside what is
// named, `ordered` has its entries in this order; `key` only says which entry is meant. A tree of text and marks can be
// written into a journal and read again.

import { NS } from "../names.ts";
import { expanded } from "../xml/canonical.ts";
import { attribute, elementsOf, textOf, withAttributes, withScope, type XmlElement } from "../xml/element.ts";

export type Mark = "absent" | "whole" | "ordered" | "key";

export const mark = (element: XmlElement, ...marks: readonly Mark[]): XmlElement =>
  withAttributes(withScope(element, { srwan: NS.expect }), { name: "is", ns: NS.expect, value: marks.join(" ") });

const has = (element: XmlElement, which: Mark): boolean =>
  attribute(element, "is", NS.expect)?.split(" ").includes(which) === true;

/**
 * What is not as expected, in words; nothing where all is. What is expected in no namespace is looked for in any: some
 * devices answer in one or another, as they are set.
 */
export function differences(expected: readonly XmlElement[], found: readonly XmlElement[]): string[] {
  const isNameless = expected.length > 0 && expected.every(({ ns }) => ns === "");
  return among(expected, isNameless ? found.map(nameless) : found, "");
}

/** In no namespace, all the way down. */
export const nameless = (element: XmlElement): XmlElement => ({
  ...element,
  ns: "",
  children: element.children.map((child) => (typeof child === "string" ? child : nameless(child))),
});

function among(expected: readonly XmlElement[], found: readonly XmlElement[], path: string): string[] {
  return expected.flatMap((wanted) => {
    const here = `${path}/${label(wanted)}`;
    const same = found.filter(({ name, ns }) => name === wanted.name && ns === wanted.ns);
    if (has(wanted, "absent")) {
      return same.some((one) => inside(wanted, one, here, false).length === 0) ? [`${here} is there`] : [];
    }
    // Where what lies around went with it, it is gone all the more.
    if (asksForAbsence(wanted) && !same.some((one) => isMeant(wanted, one))) return [];
    const all = same.map((one) => inside(wanted, one, here, false));
    if (all.some((wrong) => wrong.length === 0)) return [];
    // The entry that is meant is the one that differs in the least; a list's other entries are not.
    const near = all[isLeaf(wanted) || !firstLeaf(wanted) ? 0 : same.findIndex((one) => sameKey(wanted, one))];
    return near ?? [`${here} is missing`];
  });
}

/**
 * Nothing but the way to what must not be there: what is marked as a key aside, all below ends in `absent`. A leaf without
 * that mark is something wanted, whatever its name.
 */
function asksForAbsence(wanted: XmlElement): boolean {
  const inner = elementsOf(wanted).filter((child) => !has(child, "key"));
  return has(wanted, "absent") || (inner.length > 0 && inner.every(asksForAbsence));
}

/** Whether its keys are those that are marked. */
const isMeant = (wanted: XmlElement, one: XmlElement): boolean =>
  elementsOf(wanted)
    .filter((child) => has(child, "key"))
    .every((key) =>
      elementsOf(one).some(
        (leaf) => leaf.name === key.name && leaf.ns === key.ns && leafValue(leaf) === leafValue(key),
      ),
    );

/** `whole` and `ordered` go down to everything below. */
function inside(wanted: XmlElement, one: XmlElement, path: string, isWhole: boolean, isOrdered = false): string[] {
  const whole = isWhole || has(wanted, "whole");
  const ordered = isOrdered || has(wanted, "ordered");
  if (isLeaf(wanted)) return leaf(wanted, one, path, whole);
  const children = elementsOf(wanted);
  if (!whole && !ordered) return among(children, elementsOf(one), path);
  const names = new Set(children.map(({ name, ns }) => `${ns} ${name}`));
  const beside = elementsOf(one).filter(({ name, ns }) => !names.has(`${ns} ${name}`));
  const extra = whole ? beside.map((child) => `${path}/${label(child)} is there`) : [];
  return [...extra, ...[...names].flatMap((name) => entries(name, wanted, one, path, whole, ordered))];
}

/** The children of one name: each expected one has one of its own. */
function entries(
  key: string,
  wanted: XmlElement,
  one: XmlElement,
  path: string,
  whole: boolean,
  ordered: boolean,
): string[] {
  const of = (element: XmlElement) => elementsOf(element).filter(({ name, ns }) => `${ns} ${name}` === key);
  const left = [...of(one)];
  const wrong: string[] = [];
  let last = -1;
  const places = new Map(left.map((child, i) => [child, i]));
  for (const want of of(wanted)) {
    const here = `${path}/${label(want)}`;
    if (has(want, "absent")) {
      if (left.some((child) => inside(want, child, here, false).length === 0)) wrong.push(`${here} is there`);
      continue;
    }
    const at = left.findIndex((child) => inside(want, child, here, whole, ordered).length === 0);
    const [found] = at < 0 ? [] : left.splice(at, 1);
    if (!found && asksForAbsence(want) && !left.some((child) => isMeant(want, child))) continue;
    if (!found) {
      // One alone on either side is the same one: a container has no key.
      const isOnly = left.length === 1 && of(wanted).length === 1;
      const near = isOnly ? left[0] : left.find((child) => sameKey(want, child));
      wrong.push(...(near ? inside(want, near, here, whole, ordered) : [`${here} is missing`]));
      if (near) left.splice(left.indexOf(near), 1);
      continue;
    }
    const place = places.get(found) ?? 0;
    if (ordered && place < last) wrong.push(`${here} is out of order`);
    last = Math.max(last, place);
  }
  if (whole) wrong.push(...left.map((child) => `${path}/${label(child)} is there`));
  return wrong;
}

const isLeaf = (element: XmlElement): boolean => elementsOf(element).length === 0;

/** An empty one asks for existence alone, unless it is to be whole. */
function leaf(wanted: XmlElement, one: XmlElement, path: string, whole: boolean): string[] {
  const [want, found] = [leafValue(wanted), leafValue(one)];
  if (want === "" && !whole) return [];
  if (want === found && isLeaf(one)) return [];
  return [isLeaf(one) ? `${path} is ${JSON.stringify(found)}` : `${path} holds more than a value`];
}

const leafValue = (element: XmlElement): string => expanded(textOf(element).trim(), element.scope);

/** As a rule the key of a list's entry; a leaf-list is none. */
function firstLeaf(element: XmlElement): XmlElement | undefined {
  const children = elementsOf(element);
  const first = children.find((child) => isLeaf(child) && !has(child, "absent"));
  return first && children.filter(({ name }) => name === first.name).length === 1 ? first : undefined;
}

function sameKey(a: XmlElement, b: XmlElement): boolean {
  const key = firstLeaf(a);
  const other = key && elementsOf(b).find(({ name, ns }) => name === key.name && ns === key.ns);
  return key !== undefined && other !== undefined && leafValue(key) === leafValue(other);
}

function label(element: XmlElement): string {
  const key = firstLeaf(element);
  if (isLeaf(element)) {
    const value = textOf(element).trim();
    return value === "" || element.children.length === 0 ? element.name : `${element.name}=${value.slice(0, 60)}`;
  }
  return key && textOf(key).trim() !== ""
    ? `${element.name}[${key.name}=${textOf(key).trim().slice(0, 60)}]`
    : element.name;
}
