// Paths, bodies and events of RESTCONF (RFC 8040), without a server.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/support/outcome.ts";
import { parseXml } from "../xml/read.ts";
import { readContent, readErrors, readPatchStatus, yangPatch } from "./body.ts";
import { EventReader } from "./events.ts";
import { pathText, queryText } from "./path.ts";

describe("a RESTCONF path", () => {
  it("escapes every reserved character of a key", () => {
    const entry = { name: "list", keys: ["a,b/c", "!'()*", "é %"] };
    expect(pathText(["m:top", entry, "leaf"])).toBe("/m:top/list=a%2Cb%2Fc,%21%27%28%29%2A,%C3%A9%20%25/leaf");
    expect(queryText({ content: "config", fields: "a(b;c)", startTime: "2026-01-01T00:00:00Z" })).toBe(
      "?content=config&fields=a%28b%3Bc%29&start-time=2026-01-01T00%3A00%3A00Z",
    );
    for (const name of ["", "a/b", "..", "a?b", "a:b:c"]) refusal("VALUE_INVALID", () => pathText([name]));
  });
});

describe("a RESTCONF body", () => {
  it("gives all errors, in JSON and in XML", () => {
    const xml = `<errors xmlns="urn:ietf:params:xml:ns:yang:ietf-restconf"><error><error-tag>in-use</error-tag>
      <error-message>held</error-message></error><error><error-tag>access-denied</error-tag></error></errors>`;
    expect(readErrors(readContent(xml, "application/yang-data+xml")).map(({ tag }) => tag)).toEqual([
      "in-use",
      "access-denied",
    ]);
    const json = {
      "ietf-restconf:errors": { error: [{ "error-tag": "in-use", "error-path": "/a" }, { "error-tag": "too-big" }] },
    };
    expect(readErrors({ json })).toMatchObject([{ tag: "in-use", path: "/a" }, { tag: "too-big" }]);
    expect(readErrors(readContent("", ""))).toEqual([]);
  });

  it("is a YANG Patch in XML too, and its status is read", () => {
    const value = { xml: parseXml('<a xmlns="urn:a"/>') };
    const patch = yangPatch("p", [{ id: "1", operation: "merge", target: "/a", value }], "xml");
    expect("xml" in patch && patch.xml.name).toBe("yang-patch");
    const status = parseXml(`<yang-patch-status xmlns="urn:ietf:params:xml:ns:yang:ietf-yang-patch"><edit-status><edit>
      <edit-id>1</edit-id><errors><error><error-tag>data-missing</error-tag></error></errors></edit></edit-status></yang-patch-status>`);
    expect(readPatchStatus({ xml: status })).toMatchObject({ ok: false, edits: [{ id: "1", ok: false }] });
  });
});

describe("an event stream", () => {
  it("gives the same events however it is split", () => {
    const stream = ": c\r\n\r\ndata: a\r\ndata:b\r\rid: 7\n\ndata: é\n\ndata: half";
    const cuts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 });
    fc.assert(
      fc.property(cuts, (lengths) => {
        const events: string[] = [];
        const reader = new EventReader((data) => events.push(data));
        for (let at = 0, i = 0; at < stream.length; i++) {
          const length = lengths[i % lengths.length] ?? 1;
          reader.push(stream.slice(at, at + length));
          at += length;
        }
        expect(events).toEqual(["a\nb", "é"]);
      }),
      { numRuns: 100 },
    );
  });

  it("ends at an event that never does", () => {
    const reader = new EventReader(() => undefined);
    refusal("RESTCONF_MALFORMED", () => {
      for (let i = 0; i < 100; i++) reader.push(`data: ${"x".repeat(100_000)}\n`);
    });
  });
});
