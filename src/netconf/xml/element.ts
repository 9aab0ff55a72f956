// An XML element as a value, made and looked at. Text is kept as text: what is a number, the caller knows.

export type XmlAttribute = { readonly name: string; readonly ns: string; readonly value: string };

/** Prefixes in force, for values that use them: identityrefs, instance identifiers, XPath. */
export type Scope = ReadonlyMap<string, string>;

export type XmlElement = {
  readonly name: string;
  /** The namespace's URI; "" for none. */
  readonly ns: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
  readonly scope: Scope;
};

export type XmlNode = XmlElement | string;

export const NO_SCOPE: Scope = new Map();

/** What may be given as a child: nothing at all where a part is optional. */
export type Child = XmlNode | undefined | readonly (XmlNode | undefined)[];

/** `const nc = inNamespace(NS.base); nc("target", nc("candidate"))`. */
export const inNamespace =
  (ns: string) =>
  (name: string, ...children: readonly Child[]): XmlElement => ({
    name,
    ns,
    attributes: [],
    children: children.flat().filter((child) => child !== undefined),
    scope: NO_SCOPE,
  });

export const withAttributes = (element: XmlElement, ...attributes: readonly XmlAttribute[]): XmlElement => ({
  ...element,
  attributes: [...element.attributes, ...attributes],
});

export const withScope = (element: XmlElement, prefixes: Readonly<Record<string, string>>): XmlElement => ({
  ...element,
  scope: new Map([...element.scope, ...Object.entries(prefixes)]),
});

export const elementsOf = (element: XmlElement): readonly XmlElement[] =>
  element.children.filter((child) => typeof child !== "string");

/** The text of an element and of all below it. */
export const textOf = (element: XmlElement): string => {
  const [only] = element.children;
  if (element.children.length === 1 && typeof only === "string") return only;
  return element.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("");
};

/** Every child of this name; of this namespace, where one is given. */
export const childrenNamed = (element: XmlElement, name: string, ns?: string): XmlElement[] =>
  elementsOf(element).filter((child) => child.name === name && (ns === undefined || child.ns === ns));

/** The first element down a path of names, each the first of its name. */
export function find(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>(
    (at, name) => at && elementsOf(at).find((child) => child.name === name),
    element,
  );
}

/** The trimmed text of what `find` gives. */
export const textAt = (element: XmlElement | undefined, ...path: readonly string[]): string | undefined => {
  const found = find(element, ...path);
  return found && textOf(found).trim();
};

export const attribute = (element: XmlElement, name: string, ns = ""): string | undefined =>
  element.attributes.find((one) => one.name === name && one.ns === ns)?.value;

/** A value that may carry a prefix, as namespace and name: "ianaift:gigabit" means nothing without its scope. */
export function qualified(element: XmlElement, value = textOf(element).trim()): { ns: string; name: string } {
  const colon = value.indexOf(":");
  const ns = colon < 0 ? undefined : element.scope.get(value.slice(0, colon));
  return ns === undefined ? { ns: element.ns, name: value } : { ns, name: value.slice(colon + 1) };
}
