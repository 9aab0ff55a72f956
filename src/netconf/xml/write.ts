// Elements as text. Each writes its namespace where it differs from its parent's, and the prefixes its values may use.
// ">" is always escaped, so that no text can end an EOM-framed message (RFC 6242 section 4.3).

import { SrwanError } from "../../base/errors.ts";
import { NO_SCOPE, type Scope, type XmlElement } from "./element.ts";

const NAME = /^[\p{L}_][\p{L}\p{N}_.\-·]*$/u;
/** What XML 1.0 (section 2.2) has no way to write: a negated list of what it has. Whole code points, so no half pairs. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // A reader would turn these into a line feed or a space (XML 1.0 sections 2.11 and 3.3.3).
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

export const escapeText = (text: string): string => checked(text).replace(/[&<>\r]/g, (found) => ESCAPES[found] ?? "");
const escapeAttribute = (text: string): string =>
  checked(text).replace(/[&<>"\r\n\t]/g, (found) => ESCAPES[found] ?? "");

export type WriteOptions = {
  /** One element a line, two spaces a level. */
  readonly pretty?: boolean;
  /** The default namespace where the text will stand. */
  readonly inside?: string;
};

export function writeXml(element: XmlElement, { pretty = false, inside = "" }: WriteOptions = {}): string {
  const parts: string[] = [];
  write(parts, pretty ? forReading(element, prefixesIn(element)) : element, inside, NO_SCOPE, pretty ? 0 : undefined);
  return parts.join("");
}

/** Without what only a machine needs: prefixes that nothing in it mentions, and line feeds between nothing. */
function forReading(element: XmlElement, used: ReadonlySet<string>): XmlElement {
  const scope = new Map([...element.scope].filter(([prefix]) => used.has(prefix)));
  const [only] = element.children;
  const isBlank = element.children.length === 1 && typeof only === "string" && /^\s*\n\s*$/.test(only);
  const children = element.children.map((child) => (typeof child === "string" ? child : forReading(child, used)));
  return { ...element, scope, children: isBlank ? [] : children };
}

function prefixesIn(element: XmlElement, found = new Set<string>()): ReadonlySet<string> {
  const values = element.attributes.map(({ value }) => value);
  for (const child of element.children) {
    if (typeof child === "string") values.push(child);
    else prefixesIn(child, found);
  }
  for (const value of values) for (const [, prefix = ""] of value.matchAll(/([\p{L}_][\w.-]*):/gu)) found.add(prefix);
  return found;
}

function write(parts: string[], element: XmlElement, outerNs: string, outer: Scope, level: number | undefined): void {
  const { name, ns, attributes, children, scope } = element;
  const indent = level === undefined ? "" : `${level === 0 ? "" : "\n"}${"  ".repeat(level)}`;
  parts.push(`${indent}<${nameOf(name)}`);
  if (ns !== outerNs) parts.push(` xmlns="${escapeAttribute(ns)}"`);
  let inner = outer;
  if (scope !== outer) {
    for (const [prefix, uri] of scope) {
      if (outer.get(prefix) === uri || prefix === "xml" || prefix === "xmlns") continue;
      parts.push(` xmlns:${nameOf(prefix)}="${escapeAttribute(uri)}"`);
      if (inner === outer) inner = new Map(outer);
      (inner as Map<string, string>).set(prefix, uri);
    }
  }
  for (const one of attributes) {
    if (one.ns === "") {
      parts.push(` ${nameOf(one.name)}="${escapeAttribute(one.value)}"`);
      continue;
    }
    let prefix = one.ns === XML_NS ? "xml" : prefixFor(inner, one.ns);
    if (prefix === undefined) {
      prefix = freePrefix(inner);
      inner = new Map(inner).set(prefix, one.ns);
      parts.push(` xmlns:${prefix}="${escapeAttribute(one.ns)}"`);
    }
    parts.push(` ${prefix}:${nameOf(one.name)}="${escapeAttribute(one.value)}"`);
  }
  if (children.length === 0) {
    parts.push("/>");
    return;
  }
  parts.push(">");
  let hasElements = false;
  for (const child of children) {
    if (typeof child === "string") parts.push(escapeText(child));
    else {
      hasElements = true;
      write(parts, child, ns, inner, level === undefined ? undefined : level + 1);
    }
  }
  parts.push(level !== undefined && hasElements ? `\n${"  ".repeat(level)}` : "", `</${name}>`);
}

const XML_NS = "http://www.w3.org/XML/1998/namespace";

function prefixFor(scope: Scope, ns: string): string | undefined {
  for (const [prefix, uri] of scope) if (uri === ns) return prefix;
  return undefined;
}

function freePrefix(scope: Scope): string {
  let n = 0;
  while (scope.has(`a${n}`)) n++;
  return `a${n}`;
}

function nameOf(name: string): string {
  if (NAME.test(name)) return name;
  throw new SrwanError("VALUE_INVALID", `${JSON.stringify(name)} is no name of an XML element`, {
    remedy: "Begin with a letter or _, and go on with letters, digits, dots, dashes and underscores.",
  });
}

function checked(text: string): string {
  const found = FORBIDDEN.exec(text);
  if (!found) return text;
  throw new SrwanError("VALUE_INVALID", `XML cannot hold the character ${JSON.stringify(found[0])}`, {
    remedy: "Leave control characters out.",
  });
}
