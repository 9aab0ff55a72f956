// A ledger survives its file, whatever was granted; a file that was mended by hand is refused with a reason.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrefix } from "./address.ts";
import { ledgerText, parseLedger } from "./ledger-text.ts";
import { grantLocator, grantSid, newLedger, PURPOSES, retire } from "./locator-plan.ts";
import { DEFAULT_STRUCTURE } from "./sid.ts";

const empty = newLedger(parsePrefix("fcbb:bb00::/32"), DEFAULT_STRUCTURE);
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,20}$/);
const grants = fc.array(fc.record({ pop: name, purpose: fc.constantFrom(...PURPOSES), name, retired: fc.boolean() }));

describe("a ledger's text", () => {
  it("reads back as the same ledger, and prints the same again", () => {
    fc.assert(
      fc.property(grants, (all) => {
        let ledger = empty;
        for (const { pop, purpose, name: of, retired } of all) {
          ({ ledger } = grantLocator(ledger, pop));
          const given = grantSid(ledger, pop, purpose, of);
          ledger = retired ? retire(given.ledger, given.grant.sid) : given.ledger;
        }
        const text = ledgerText(ledger);
        expect(parseLedger(text, "sids.yaml")).toEqual(ledger);
        expect(ledgerText(parseLedger(text, "sids.yaml"))).toBe(text);
      }),
    );
  });

  it("has one grant a line", () => {
    const { ledger } = grantLocator(grantLocator(empty, "null").ledger, "sea");
    const lines = ledgerText(ledger)
      .split("\n")
      .filter((line) => line.startsWith("  - "));
    expect(lines).toEqual([
      '  - { sid: "fcbb:bb00:1::", pop: "null", for: locator }',
      '  - { sid: "fcbb:bb00:2::", pop: sea, for: locator }',
    ]);
  });

  it.each([
    [
      "a field nobody knows",
      'pop: sea, colour: "red"',
      /sids\.yaml:11: grants\[0\]\.colour is no field of this format/,
    ],
    [
      "two owners of one SID",
      'pop: sea, for: locator }\n  - { sid: "fcbb:bb00:1::", pop: fra',
      /was granted to sea before/,
    ],
    ["a name that no ledger takes", 'pop: "sea side"', /sids\.yaml:11: grants\[0\]\.pop = "sea side" must match/],
  ])("is refused for %s", (_what, wrong, message) => {
    const text = ledgerText(grantLocator(empty, "sea").ledger).replace("pop: sea", wrong);
    expect(() => parseLedger(text, "sids.yaml")).toThrow(message);
  });
});
