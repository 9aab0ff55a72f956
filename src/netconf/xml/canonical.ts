// One text for everything that means the same: for comparing what a device holds now with what it held before, and for
// hashing. Prefixes are replaced by what they stand for; white space between elements is left out, and so are attributes:
// in YANG they are never configuration, and some devices write the time of the last commit into them.

import { elementsOf, type Scope, type XmlElement } from "./element.ts";
import { escapeText } from "./write.ts";

/**
 * Siblings are put in order of their names. Those of one name keep theirs: where a user orders a list, the order is
 * configuration.
 */
export function canonicalXml(elements: readonly XmlElement[]): string {
  return sorted(elements)
    .map((element) => one(element, ""))
    .join("");
}

function one(element: XmlElement, outerNs: string): string {
  const { name, ns, scope } = element;
  const children = elementsOf(element);
  const head = `<${ns === outerNs ? "" : `{${ns}}`}${name}>`;
  const body =
    children.length > 0
      ? sorted(children)
          .map((child) => one(child, ns))
          .join("")
      : escapeText(expanded(element.children.join("").trim(), scope));
  return `${head}${body}</>`;
}

const sorted = (elements: readonly XmlElement[]): readonly XmlElement[] =>
  elements.length < 2
    ? elements
    : elements.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));

const keyOf = ({ name, ns }: XmlElement): string => `${name} ${ns}`;

/** "t:gold" and "x:gold" are one value where both prefixes stand for one namespace. A word that is no prefix stays. */
export function expanded(text: string, scope: Scope): string {
  if (scope.size === 0 || !text.includes(":")) return text;
  return text.replace(/(?<![\w.:-])([A-Za-z_][\w.-]*):(?=[A-Za-z_])/g, (whole, prefix: string) => {
    const ns = scope.get(prefix);
    return ns === undefined ? whole : `{${ns}}`;
  });
}
