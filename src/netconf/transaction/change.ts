// What is wanted of one device, as a value: the edit, what to read back, and what must be seen there. Drivers make it;
// where they have nothing to say, the expectation follows from the edit itself.

import { type Filter, subtree } from "../filter.ts";
import { NS } from "../names.ts";
import type { DefaultOperation } from "../operations.ts";
import type { Session } from "../session.ts";
import { attribute, elementsOf, NO_SCOPE, type XmlElement } from "../xml/element.ts";
import { mark } from "./expect.ts";

export type Change = {
  /** As it is named to whoever connects. */
  readonly device: string;
  /** What stands inside `<config>`. */
  readonly edit: readonly XmlElement[];
  /** What of running is read, before and after: all that the edit touches, and no more. */
  readonly readBack: Filter;
  /** What must be seen there afterwards, see expect.ts. */
  readonly expected: readonly XmlElement[];
  readonly defaultOperation?: DefaultOperation;
  /** The edit that takes this one back, made from what stood there. Without it a device needs confirmed commit. */
  readonly undo?: (before: readonly XmlElement[]) => readonly XmlElement[];
  /** Looks at operational state, over a session of its own; what it finds wrong, in words. It may wait. */
  readonly verify?: (session: Session, signal: AbortSignal) => Promise<readonly string[]>;
  /** Asks for `<validate>` of the candidate before the commit. Some devices lose the edit then: it will be found out. */
  readonly validates?: boolean;
};

/** The whole of what an edit's outermost single path leads to. */
export const readBackOf = (edit: readonly XmlElement[]): Filter => subtree(edit.map(trunk));

function trunk(element: XmlElement): XmlElement {
  const [only, ...others] = elementsOf(element);
  const bare = { ...element, attributes: [], scope: NO_SCOPE };
  if (only === undefined || others.length > 0 || elementsOf(only).length === 0) return { ...bare, children: [] };
  return { ...bare, children: [trunk(only)] };
}

/** What an edit says must be there: what it deletes must not, and what it replaces must be just that. */
export const expectedOf = (edit: readonly XmlElement[]): readonly XmlElement[] => edit.map(wish);

function wish(element: XmlElement): XmlElement {
  const operation = attribute(element, "operation", NS.base);
  const children = element.children.map((child) => (typeof child === "string" ? child : wish(child)));
  const bare = { ...element, attributes: [], children };
  if (operation === "delete" || operation === "remove") return mark(bare, "absent");
  return operation === "replace" ? mark(bare, "whole") : bare;
}
