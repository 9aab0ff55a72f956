// A router in memory, for tests: it merges, replaces and removes as RFC 6241 section 7.2 says, and answers subtree filters
// as section 6 does. It knows no model, only what names the entries of lists.

import { NS } from "../names.ts";
import { attribute, elementsOf, textAt, textOf, type XmlElement } from "../xml/element.ts";

export class Box {
  config: readonly XmlElement[];

  constructor(config: readonly XmlElement[] = []) {
    this.config = config;
  }

  edit(edit: readonly XmlElement[]): void {
    this.config = merged(this.config, edit);
  }

  get(filter: readonly XmlElement[]): readonly XmlElement[] {
    return filter.flatMap((one) => this.config.flatMap((root) => selected(root, one)));
  }
}

function merged(into: readonly XmlElement[], edits: readonly XmlElement[]): readonly XmlElement[] {
  let all = into;
  for (const edit of edits) {
    const at = all.findIndex((one) => sameEntry(one, edit));
    const operation = attribute(edit, "operation", NS.base);
    if (operation === "remove") all = at < 0 ? all : all.toSpliced(at, 1);
    else if (at < 0) all = [...all, clean(edit)];
    else if (operation === "replace" || isLeaf(edit)) all = all.with(at, clean(edit));
    else {
      const found = all[at] as XmlElement;
      const children = merged(elementsOf(found), elementsOf(edit));
      // A container without anything in it is not there (RFC 7950 section 7.5.1).
      all = children.length === 0 ? all.toSpliced(at, 1) : all.with(at, { ...found, children });
    }
  }
  return all;
}

const clean = (element: XmlElement): XmlElement => ({
  ...element,
  attributes: [],
  scope: new Map(),
  children: element.children.map((child) => (typeof child === "string" ? child : clean(child))),
});

const isLeaf = (element: XmlElement): boolean => elementsOf(element).length === 0;

/** What names an entry, wherever it is the first leaf: every model here puts its keys first. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  "prefix-address": ["prefix-address", "prefix-length"],
  name: ["name"],
  prefix: ["prefix"],
  address: ["address"],
  "path-name": ["path-name"],
  "policy-name": ["policy-name"],
  "class-map-name": ["class-map-name"],
  "policy-map-name": ["policy-map-name"],
  "interface-name": ["interface-name"],
  "service-policy-name": ["service-policy-name"],
};

function sameEntry(one: XmlElement, other: XmlElement): boolean {
  if (one.name !== other.name || one.ns !== other.ns) return false;
  const [first] = elementsOf(other);
  const keys = first && isLeaf(first) ? (KEYS[first.name] ?? []) : [];
  return keys.every((key) => textAt(one, key) === textAt(other, key));
}

/** RFC 6241 section 6.2: an empty element selects, text must match, other elements lie around. */
function selected(element: XmlElement, filter: XmlElement): readonly XmlElement[] {
  if (element.name !== filter.name || element.ns !== filter.ns) return [];
  const inner = elementsOf(filter);
  if (inner.length === 0) return [element];
  const wanted = inner.filter((one) => isLeaf(one) && textOf(one) !== "");
  const children = elementsOf(element);
  const matches = wanted.every((one) =>
    children.some((child) => child.name === one.name && textOf(child) === textOf(one)),
  );
  if (!matches) return [];
  const others = inner.filter((one) => !wanted.includes(one));
  if (others.length === 0) return [element];
  const below = others.flatMap((one) => children.flatMap((child) => selected(child, one)));
  const keys = children.filter((child) => wanted.some((one) => one.name === child.name));
  return below.length === 0 ? [] : [{ ...element, children: [...keys, ...below] }];
}
