// What must be seen in running, as the tree of marks that transactions compare with (transaction/expect.ts): each part of
// ours whole, with nothing beside what we set; in the order we set, where order is configuration.

import { differences, type Mark, mark, nameless } from "../transaction/expect.ts";
import { elementsOf, type XmlElement } from "../xml/element.ts";
import type { Family, ListRule, Owned } from "./family.ts";
import { PREFIX } from "./names.ts";
import { bare, graft, locate } from "./tree.ts";

type How = Pick<Family, "lists" | "anyNamespace">;

export const expectedOf = (parts: readonly Owned[], how: How): readonly XmlElement[] =>
  named(graft(parts, wished(how)), how);

/** A family that answers in one namespace or another is expected in none. */
const named = (all: readonly XmlElement[], { anyNamespace }: How): readonly XmlElement[] =>
  anyNamespace ? all.map(nameless) : all;

const wished =
  ({ lists }: How) =>
  ({ element, open }: Owned): XmlElement => {
    if (open !== true) return marked(element, lists, "whole");
    const children = element.children.map((child) =>
      typeof child === "string" || elementsOf(child).length === 0 ? child : marked(child, lists, "whole"),
    );
    return { ...element, children };
  };

/** Some are to be there, and others gone. */
export function mixedExpectation(set: readonly Owned[], gone: readonly Owned[], how: How): readonly XmlElement[] {
  const comes = new Set(set);
  const wish = wished(how);
  const ways = gone.map((part) => ({ ...part, inside: part.inside.map(onTheWay) }));
  const all = graft([...set, ...ways], (part) => (comes.has(part) ? wish(part) : mark(bare(part), "absent")));
  return named(all, how);
}

/** What a part lies in may go with it: its keys are no wishes. */
export const goneOf = (parts: readonly Owned[], how: How): readonly XmlElement[] => mixedExpectation([], parts, how);

const onTheWay = (shell: XmlElement): XmlElement => ({
  ...shell,
  children: elementsOf(shell).map((key) => mark(key, "key")),
});

/** With its own marks, and with the order of the lists below it. */
function marked(element: XmlElement, lists: Readonly<Record<string, ListRule>>, ...marks: readonly Mark[]): XmlElement {
  const children = element.children.map((child) => (typeof child === "string" ? child : marked(child, lists)));
  const isOrdered = elementsOf(element).some(({ name }) => lists[`${element.name}/${name}`]?.ordered === true);
  const all = isOrdered ? [...marks, "ordered" as const] : marks;
  return all.length === 0 ? { ...element, children } : mark({ ...element, children }, ...all);
}

/** What still stands of parts that were to be gone. */
export const leftovers = (parts: readonly Owned[], running: readonly XmlElement[], { anyNamespace }: How): string[] =>
  parts.filter((part) => locate(part, running, anyNamespace) !== undefined).map(({ what }) => `${what} is there`);

/** Parts whose place is taken by something that neither bears our name nor is what we would set. */
export const foreignOf = (parts: readonly Owned[], before: readonly XmlElement[], how: How): string[] =>
  parts
    .filter((part) => {
      const found = locate(part, before, how.anyNamespace);
      if (found === undefined || holdsOurName(found)) return false;
      return differences(expectedOf([part], how), before).length > 0;
    })
    .map(({ what }) => what);

const holdsOurName = (element: XmlElement): boolean =>
  element.children.some((child) => (typeof child === "string" ? child.trim().startsWith(PREFIX) : holdsOurName(child)));
