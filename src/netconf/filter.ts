// What part of a datastore is asked for: a subtree (RFC 6241 section 6) or an XPath expression with its prefixes.

import { NS } from "./names.ts";
import { inNamespace, withAttributes, withScope, type XmlElement } from "./xml/element.ts";
import { parseXmlList } from "./xml/read.ts";

export type Filter =
  | { readonly kind: "subtree"; readonly elements: readonly XmlElement[] }
  | { readonly kind: "xpath"; readonly select: string; readonly prefixes: Readonly<Record<string, string>> };

export const subtree = (elements: string | readonly XmlElement[]): Filter => ({
  kind: "subtree",
  elements: typeof elements === "string" ? parseXmlList(elements) : elements,
});

export const xpath = (select: string, prefixes: Readonly<Record<string, string>> = {}): Filter => ({
  kind: "xpath",
  select,
  prefixes,
});

const plain = (name: string, value: string) => ({ name, ns: "", value });

/** As it stands in get and get-config. */
export function filterElement(filter: Filter): XmlElement {
  const element = inNamespace(NS.base)("filter", ...(filter.kind === "subtree" ? filter.elements : []));
  if (filter.kind === "subtree") return withAttributes(element, plain("type", "subtree"));
  const marked = withAttributes(element, plain("type", "xpath"), plain("select", filter.select));
  return withScope(marked, filter.prefixes);
}

/** As it stands in get-data (RFC 8526). */
export function nmdaFilter(filter: Filter): XmlElement {
  const nmda = inNamespace(NS.nmda);
  if (filter.kind === "subtree") return nmda("subtree-filter", ...filter.elements);
  return withScope(nmda("xpath-filter", filter.select), filter.prefixes);
}
