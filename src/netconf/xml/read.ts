// XML read as it arrives, octets of any length at a time. Namespaces are resolved; comments and instructions are passed
// over; a document type is refused, and with it every trick that entities make possible.

import { SaxesParser } from "saxes";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Scope, XmlAttribute, XmlElement, XmlNode } from "./element.ts";

/** The beginning of an element: all of it but its children. */
export type XmlOpen = Omit<XmlElement, "children">;

export interface XmlEvents {
  open(element: XmlOpen): void;
  text(text: string): void;
  close(): void;
}

export class XmlReader {
  readonly #parser = new SaxesParser({ xmlns: true, position: false });
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #depth = 0;
  #begun = false;
  /** In force at each open element; an element without declarations shares its parent's. */
  readonly #scopes: Scope[] = [new Map()];

  constructor(events: XmlEvents) {
    this.#parser.on("opentag", (tag) => {
      if (++this.#depth > LIMITS.netconfXmlDepth)
        throw malformed(`elements nest deeper than ${LIMITS.netconfXmlDepth}`);
      const outer = this.#scopes.at(-1) as Scope;
      const scope = declares(tag.ns) ? inner(outer, tag.ns) : outer;
      this.#scopes.push(scope);
      const attributes: XmlAttribute[] = [];
      for (const key in tag.attributes) {
        const { prefix, name, local, uri, value } = tag.attributes[key] as (typeof tag.attributes)[string];
        if (prefix !== "xmlns" && name !== "xmlns") attributes.push({ name: local, ns: uri, value });
      }
      events.open({ name: tag.local, ns: tag.uri, attributes, scope });
    });
    this.#parser.on("closetag", () => {
      this.#depth--;
      this.#scopes.pop();
      events.close();
    });
    const text = (value: string): void => {
      if (this.#depth > 0) events.text(value);
    };
    this.#parser.on("text", text);
    this.#parser.on("cdata", text);
    this.#parser.on("doctype", () => {
      throw malformed("a document type, which NETCONF has no use for");
    });
    this.#parser.on("error", (error) => {
      throw malformed(error.message.replace(/^\d+:\d+: |\.$/g, ""));
    });
  }

  write(octets: Uint8Array): void {
    let text: string;
    try {
      text = this.#decoder.decode(octets, { stream: true });
    } catch (error) {
      throw malformed("octets that are not UTF-8", error);
    }
    this.writeText(text);
  }

  /** White space before the first element, which some devices send before the XML declaration, is passed over. */
  writeText(text: string): void {
    if (!this.#begun) {
      text = text.trimStart();
      if (text === "") return;
      this.#begun = true;
    }
    this.#parser.write(text);
  }

  end(): void {
    try {
      const rest = this.#decoder.decode();
      if (rest !== "") this.#parser.write(rest);
    } catch (error) {
      if (error instanceof SrwanError) throw error;
      throw malformed("an end within a UTF-8 character", error);
    }
    this.#parser.close();
  }
}

const declares = (ns: Readonly<Record<string, string>> | undefined): ns is Readonly<Record<string, string>> => {
  for (const prefix in ns) if (prefix !== "xmlns") return true;
  return false;
};

/** The default namespace is no prefix: it is in each element's `ns` already. */
const inner = (outer: Scope, ns: Readonly<Record<string, string>>): Scope => {
  const scope = new Map(outer);
  for (const prefix in ns) if (prefix !== "" && prefix !== "xmlns") scope.set(prefix, ns[prefix] as string);
  return scope;
};

const malformed = (what: string, cause?: unknown): SrwanError =>
  new SrwanError("NETCONF_MALFORMED", `XML with ${what}`, {
    remedy: "Look at what was sent; if a device sent it, report it to its maker with a capture.",
    cause,
  });

type Growing = { readonly open: XmlOpen; readonly children: XmlNode[]; hasElements: boolean };

/** Builds elements from events: `done` gets each one that opened while none was open. */
export class TreeBuilder implements XmlEvents {
  readonly #open: Growing[] = [];
  readonly #done: (element: XmlElement) => void;

  constructor(done: (element: XmlElement) => void) {
    this.#done = done;
  }

  get depth(): number {
    return this.#open.length;
  }

  open(element: XmlOpen): void {
    this.#open.push({ open: element, children: [], hasElements: false });
  }

  text(text: string): void {
    const children = this.#open.at(-1)?.children;
    const last = children?.at(-1);
    // A text comes in parts where it was split on its way.
    if (typeof last === "string" && children) children[children.length - 1] = last + text;
    else children?.push(text);
  }

  close(): void {
    const { open, children, hasElements } = this.#open.pop() as Growing;
    const kept = hasElements ? children.filter((child) => typeof child !== "string" || child.trim() !== "") : children;
    const element = { ...open, children: kept };
    const parent = this.#open.at(-1);
    if (!parent) {
      this.#done(element);
      return;
    }
    parent.children.push(element);
    parent.hasElements = true;
  }
}

/** One whole document. */
export function parseXml(text: string): XmlElement {
  let root: XmlElement | undefined;
  const builder = new TreeBuilder((element) => {
    root = element;
  });
  const reader = new XmlReader(builder);
  reader.writeText(text);
  reader.end();
  if (!root) throw malformed("no element");
  return root;
}

/** Any number of elements beside each other, as they stand inside `<config>`. */
export function parseXmlList(text: string): readonly XmlElement[] {
  const inside = text.trimStart().replace(/^<\?xml[^>]*\?>/, "");
  const list = parseXml(`<list>${inside}</list>`);
  const stray = list.children.find((child) => typeof child === "string" && child.trim() !== "");
  if (typeof stray === "string") throw malformed(`text where an element belongs: ${stray.trim().slice(0, 40)}`);
  return list.children.filter((child) => typeof child !== "string");
}
