// What a change must leave behind, against what a device gives back.

import { describe, expect, it } from "vitest";
import { parseXmlList } from "../xml/read.ts";
import { expectedOf, readBackOf } from "./change.ts";
import { differences } from "./expect.ts";
import { xmlText } from "./proof.ts";

const X = 'xmlns="urn:r" xmlns:x="urn:srwan:expect"';
const wrong = (expected: string, found: string): string[] =>
  differences(parseXmlList(`<r ${X}>${expected}</r>`), parseXmlList(`<r xmlns="urn:r">${found}</r>`));
const entry = (name: string, value = "1"): string => `<e><name>${name}</name><v>${value}</v></e>`;

describe("what is expected", () => {
  it("must be there, and more may be", () => {
    expect(wrong(entry("a"), entry("z", "9") + entry("a"))).toEqual([]);
    expect(wrong("<on/>", "<on/><more/>")).toEqual([]);
    expect(wrong(entry("a"), "")).toEqual(["/r/e[name=a] is missing"]);
    expect(wrong(entry("a"), entry("z"))).toEqual(["/r/e[name=a] is missing"]);
    expect(wrong(entry("a"), entry("b") + entry("a", "2"))).toEqual(['/r/e[name=a]/v=1 is "2"']);
    expect(wrong("<e><name>a</name><on/></e>", "<e><v>1</v><name>a</name></e>")).toEqual([
      "/r/e[name=a]/on is missing",
    ]);
  });

  it("must not be there where it is marked absent", () => {
    expect(wrong('<e x:is="absent"><name>a</name></e>', entry("b"))).toEqual([]);
    expect(wrong('<e x:is="absent"><name>a</name></e>', entry("a", "7"))).toEqual(["/r/e[name=a] is there"]);
    expect(wrong('<c><v x:is="absent"/></c>', "<c><v>3</v></c>")).toEqual(["/r/c/v is there"]);
    // With its last entry a container may go.
    expect(wrong('<c><e x:is="absent"><name>a</name></e></c>', "")).toEqual([]);
    const keyed = '<c><e><name x:is="key">a</name><v x:is="absent"/></e></c>';
    expect(wrong(keyed, "")).toEqual([]);
    expect(wrong(keyed, "<c><e><name>b</name><v>3</v></e></c>")).toEqual([]);
    expect(wrong(keyed, "<c><e><name>a</name><v>3</v></e></c>")).toEqual(["/r/c/e[name=a]/v is there"]);
  });

  it("must be there although something beside it must not", () => {
    const policy = '<policy><name>x</name><color>5</color><path x:is="absent"/></policy>';
    expect(wrong(policy, "")).toEqual(["/r/policy[name=x] is missing"]);
    expect(wrong(`<all x:is="whole">${policy}</all>`, "<all/>")).toEqual(["/r/all/policy[name=x] is missing"]);
    expect(wrong('<c><color>5</color><path x:is="absent"/></c>', "")).toEqual(["/r/c[color=5] is missing"]);
    expect(wrong(policy, "<policy><name>x</name><color>5</color></policy>")).toEqual([]);
  });

  it("is all there is where it is marked whole", () => {
    const list = (hops: string, mark: string): string => `<l${mark}>${hops}</l>`;
    const hop = (sid: string): string => `<hop>${sid}</hop>`;
    const whole = ' x:is="whole"';
    expect(wrong(list(hop("a") + hop("b"), whole), list(hop("b") + hop("a"), ""))).toEqual([]);
    expect(wrong(list(hop("a"), whole), list(hop("a") + hop("b"), ""))).toEqual(["/r/l[hop=a]/hop=b is there"]);
    expect(wrong(list(hop("a"), whole), `<l>${hop("a")}<x/></l>`)).toEqual(["/r/l[hop=a]/x is there"]);
    expect(wrong(list(hop("a") + hop("a"), whole), list(hop("a"), ""))).toEqual(["/r/l/hop=a is missing"]);
  });

  it("is in its order where it is marked ordered", () => {
    const mark = ' x:is="whole ordered"';
    expect(wrong(`<l${mark}><h>a</h><h>b</h></l>`, "<l><h>a</h><h>b</h></l>")).toEqual([]);
    expect(wrong(`<l${mark}><h>a</h><h>b</h></l>`, "<l><h>b</h><h>a</h></l>")).toEqual(["/r/l/h=b is out of order"]);
  });

  it("has values that mean the same whatever their prefix, and none that only look alike", () => {
    expect(wrong('<t xmlns:p="urn:t">p:x</t>', '<t xmlns:q="urn:t">q:x</t>')).toEqual([]);
    expect(wrong('<t xmlns:p="urn:t">p:x</t>', '<t xmlns:p="urn:u">p:x</t>')).toHaveLength(1);
    expect(wrong("<t>0012</t>", "<t>12</t>")).toHaveLength(1);
    const any = parseXmlList("<a><b>1</b></a>");
    expect(differences(any, parseXmlList('<a xmlns="urn:a"><b>1</b></a>'))).toEqual([]);
    expect(differences(any, parseXmlList('<a xmlns="urn:a"><b>2</b></a>'))).toHaveLength(1);
    expect(differences(parseXmlList('<a xmlns="urn:a"/>'), parseXmlList('<a xmlns="urn:b"/>'))).toEqual([
      "/a is missing",
    ]);
  });
});

describe("what follows from an edit", () => {
  const edit = parseXmlList(
    '<r xmlns="urn:r" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"><c><e nc:operation="remove"><name>a</name></e>' +
      '<l nc:operation="replace"><h>1</h></l></c></r>',
  );
  const seen = (inside: string): string[] =>
    differences(expectedOf(edit), parseXmlList(`<r xmlns="urn:r"><c>${inside}</c></r>`));

  it("is that what it deletes is gone and what it replaces is just that", () => {
    expect(seen("<l><h>1</h></l>")).toEqual([]);
    expect(seen("<e><name>a</name></e><l><h>1</h></l>")).toEqual(["/r/c/e[name=a] is there"]);
    expect(seen("<l><h>1</h><h>2</h></l>")).toEqual(["/r/c/l[h=1]/h=2 is there"]);
  });

  it("is that what it sets is there, whatever it takes away beside it", () => {
    const both = parseXmlList(
      '<r xmlns="urn:r" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"><policy><name>x</name><color>5</color>' +
        '<path nc:operation="remove"/></policy></r>',
    );
    const lost = (found: string): string[] => differences(expectedOf(both), parseXmlList(found));
    expect(lost('<r xmlns="urn:r"/>')).toEqual(["/r/policy[name=x] is missing"]);
    expect(lost('<r xmlns="urn:r"><policy><name>x</name><color>5</color></policy></r>')).toEqual([]);
  });

  it("is read back where the edit's single path leads, with nothing of the edit left", () => {
    const filter = readBackOf(edit);
    expect(filter.kind === "subtree" && xmlText(filter.elements)).toBe('<r xmlns="urn:r"><c/></r>');
  });
});
