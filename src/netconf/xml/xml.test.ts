// What is written is read back the same, and what is no XML is refused.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outcome, refusal } from "../../../test/support/outcome.ts";
import { canonicalXml } from "./canonical.ts";
import {
  elementsOf,
  inNamespace,
  qualified,
  textAt,
  textOf,
  withAttributes,
  withScope,
  type XmlElement,
} from "./element.ts";
import { parseXml, parseXmlList, TreeBuilder, XmlReader } from "./read.ts";
import { escapeText, writeXml } from "./write.ts";

const a = inNamespace("urn:a");
const hash = (text: string): string => canonicalXml(parseXmlList(text));

describe("XML", () => {
  it("comes back as it was written, whatever its text", () => {
    const value = fc
      .string({ unit: "binary", minLength: 1 })
      .filter((one) => "value" in outcome("VALUE_INVALID", () => escapeText(one)));
    fc.assert(
      fc.property(value, value, (inside, mark) => {
        const element = withAttributes(a("leaf", inside), { name: "m", ns: "urn:m", value: mark });
        const back = parseXml(writeXml(element));
        expect([textOf(back), back.attributes[0]]).toEqual([inside, { name: "m", ns: "urn:m", value: mark }]);
      }),
      { numRuns: 300 },
    );
  });

  it("is read in parts that end anywhere, even within a character", () => {
    const text = '<a:r xmlns:a="urn:a" a:x="&lt;é"><b xmlns="urn:b">€<![CDATA[<&]]></b><!-- c --><a:c/></a:r>';
    const whole = parseXml(text);
    const octets = Buffer.from(text);
    for (let size = 1; size < 12; size++) {
      let root: XmlElement | undefined;
      const reader = new XmlReader(
        new TreeBuilder((element) => {
          root = element;
        }),
      );
      for (let at = 0; at < octets.length; at += size) reader.write(octets.subarray(at, at + size));
      reader.end();
      expect(root).toEqual(whole);
    }
    expect(textAt(whole, "b")).toBe("€<&");
  });

  it("never ends a message by what it holds", () => {
    expect(writeXml(a("x", "]]>]]>"))).not.toContain("]]>");
  });

  it("writes no character that XML lacks, and no name that is none", () => {
    for (const text of ["\u0000", "\u001b[0m", "\ud800", "\uffff"])
      refusal("VALUE_INVALID", () => writeXml(a("x", text)));
    for (const name of ["", "1a", "a b", 'a"', "a:b", "é>"]) refusal("VALUE_INVALID", () => writeXml(a(name)));
  });

  it.each([
    ["a document type", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ["an entity that nobody defined", "<a>&x;</a>"],
    ["a prefix that nobody defined", "<x:a/>"],
    ["tags that cross", "<a><b></a></b>"],
    ["half a document", "<a><b/>"],
    ["nothing", ""],
    ["two documents", "<a/><b/>"],
    ["depth without end", "<a>".repeat(300)],
  ])("refuses %s", (_what, text) => {
    refusal("NETCONF_MALFORMED", () => parseXml(text));
  });

  it("refuses octets that are not UTF-8", () => {
    const reader = new XmlReader(new TreeBuilder(() => undefined));
    refusal("NETCONF_MALFORMED", () => reader.write(Buffer.from([0x3c, 0x61, 0x3e, 0xff])));
    const half = new XmlReader(new TreeBuilder(() => undefined));
    half.write(Buffer.from([0x3c, 0x61, 0x2f, 0x3e, 0xc3]));
    refusal("NETCONF_MALFORMED", () => half.end());
  });

  it("keeps what prefixes in values stand for, also when a part is taken out and written again", () => {
    const root = parseXml('<if xmlns="urn:if" xmlns:t="urn:types"><type>t:gigabit</type></if>');
    const type = elementsOf(root)[0] as XmlElement;
    expect(qualified(type)).toEqual({ ns: "urn:types", name: "gigabit" });
    expect(qualified(parseXml(writeXml(type)))).toEqual({ ns: "urn:types", name: "gigabit" });
    expect(qualified(withScope(a("x", "plain"), {}))).toEqual({ ns: "urn:a", name: "plain" });
  });

  it("is shown without what only machines need", () => {
    const root = parseXml(
      '<nc:data xmlns:nc="urn:nc" xmlns:t="urn:t" xmlns:u="urn:u"><a xmlns="urn:a">\n  </a><b xmlns="urn:a">t:x</b></nc:data>',
    );
    expect(writeXml(root, { pretty: true })).toBe(
      '<data xmlns="urn:nc" xmlns:t="urn:t">\n  <a xmlns="urn:a"/>\n  <b xmlns="urn:a">t:x</b>\n</data>',
    );
  });
});

describe("the canonical form", () => {
  it("is one for what means the same", () => {
    const plain = hash('<r xmlns="urn:r"><b>1</b><a xmlns:t="urn:t">t:x</a></r>');
    expect(hash('\n<p:r xmlns:p="urn:r" xmlns:q="urn:t" changed="now">\n <p:a>q:x</p:a>\n <p:b> 1 </p:b></p:r>')).toBe(
      plain,
    );
  });

  it("differs where anything does: a value, a namespace, the order of a list", () => {
    const base = hash('<r xmlns="urn:r"><a>1</a><a>2</a></r>');
    for (const other of [
      '<r xmlns="urn:r"><a>2</a><a>1</a></r>',
      '<r xmlns="urn:s"><a>1</a><a>2</a></r>',
      '<r xmlns="urn:r"><a>1</a></r>',
      '<r xmlns="urn:r"><a>1</a><a>2</a><b/></r>',
      '<r xmlns="urn:r"><a>1&lt;/a>&lt;a>2</a></r>',
    ]) {
      expect(hash(other)).not.toBe(base);
    }
  });

  it("takes an address for no prefix", () => {
    expect(hash('<a xmlns="urn:a" xmlns:x="urn:x">fcbb:bb00:1::</a>')).toContain("fcbb:bb00:1::");
  });
});
