// From the parts that are ours to the trees that are sent: what to set, what to remove, what to ask back for.

import { withOperation } from "../operations.ts";
import { elementsOf, textAt, textOf, type XmlElement } from "../xml/element.ts";
import type { Owned } from "./family.ts";
import { sameValue } from "./value.ts";

export type Edit = { readonly config: readonly XmlElement[] };

/** Each part replaces what stands there, so that nothing of an older form is left inside it. */
export const settingOf = (parts: readonly Owned[]): Edit => ({
  config: graft(parts, ({ element }) => withOperation(element, "replace")),
});

/** Last made is first removed: what refers to another goes before it. */
export const removalOf = (parts: readonly Owned[]): Edit => ({
  config: graft(parts.toReversed(), (part) =>
    withOperation(isLeaf(part.element) ? part.element : bare(part), "remove"),
  ),
});

/** What stood there before stands there again, and what did not is gone. */
export const undoOf = (parts: readonly Owned[], before: readonly XmlElement[], anyNamespace: boolean): Edit => ({
  config: graft(parts.toReversed(), (part) => {
    const stood = locate(part, before, anyNamespace);
    if (stood) return withOperation({ ...stood, attributes: [] }, "replace");
    return withOperation(isLeaf(part.element) ? part.element : bare(part), "remove");
  }),
});

/** Both in one edit: what goes, last made first, and what comes. */
export const mixedOf = (set: readonly Owned[], gone: readonly Owned[]): Edit => {
  const comes = new Set(set);
  return {
    config: graft([...gone.toReversed(), ...set], (part) => {
      if (comes.has(part)) return withOperation(part.element, "replace");
      return withOperation(isLeaf(part.element) ? part.element : bare(part), "remove");
    }),
  };
};

/** Whether both stand in the same place: one of them takes the other's. */
export const samePlace = (one: Owned, other: Owned): boolean => placeOf(one) === placeOf(other);

const placeOf = (part: Owned): string =>
  [...part.inside, bare(part)]
    .map(
      (step) =>
        `${step.ns} ${step.name} ${elementsOf(step)
          .map((key) => textOf(key).trim())
          .join(" ")}`,
    )
    .join("/");

/** A subtree filter (RFC 6241 section 6) that selects these parts whole, and nothing beside them. */
export const filterOf = (parts: readonly Owned[]): readonly XmlElement[] => graft(parts, bare);

/** As the parts stand in a configuration that holds them and nothing else. */
export const configOf = (parts: readonly Owned[]): readonly XmlElement[] => graft(parts, ({ element }) => element);

/** A leaf keeps its value: models with bounds on it take no empty one. */
const isLeaf = (element: XmlElement): boolean => elementsOf(element).length === 0;

/** The element with nothing in it but what names it. */
export const bare = ({ element, keys }: Owned): XmlElement => ({
  ...element,
  children: elementsOf(element).filter(({ name }) => keys.includes(name)),
});

/** Parts that lie in the same place share what they lie in. */
export function graft(parts: readonly Owned[], leaf: (part: Owned) => XmlElement): readonly XmlElement[] {
  let roots: readonly XmlElement[] = [];
  for (const part of parts) roots = planted(roots, part.inside, leaf(part));
  return roots;
}

function planted(into: readonly XmlElement[], inside: readonly XmlElement[], leaf: XmlElement): readonly XmlElement[] {
  const [shell, ...deeper] = inside;
  if (shell === undefined) return [...into, leaf];
  const at = into.findIndex((one) => sameShell(one, shell));
  const found = at < 0 ? shell : (into[at] as XmlElement);
  const keys = found.children.slice(0, shell.children.length);
  const grown = {
    ...found,
    children: [...keys, ...planted(elementsOf(found).slice(keys.length), deeper, leaf)],
  };
  return at < 0 ? [...into, grown] : into.with(at, grown);
}

const sameShell = (one: XmlElement, shell: XmlElement): boolean =>
  one.name === shell.name &&
  one.ns === shell.ns &&
  elementsOf(shell).every((key) => textAt(one, key.name) === textOf(key).trim());

/** The element that a part is in a configuration that was read. */
export function locate(part: Owned, config: readonly XmlElement[], anyNamespace: boolean): XmlElement | undefined {
  let level = config;
  let found: XmlElement | undefined;
  for (const step of [...part.inside, bare(part)]) {
    found = level.find((one) => isThere(one, step, anyNamespace));
    if (found === undefined) return undefined;
    level = elementsOf(found);
  }
  return found;
}

const isThere = (one: XmlElement, step: XmlElement, anyNamespace: boolean): boolean =>
  one.name === step.name &&
  (anyNamespace || one.ns === step.ns) &&
  elementsOf(step).every((key) => {
    const text = textAt(one, key.name);
    return text !== undefined && sameValue(text, textOf(key));
  });
