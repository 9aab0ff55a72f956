// The SID ledger: whatever is granted and retired, in whatever order, nobody gets a SID that somebody had.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { formatIpv6, parsePrefix } from "./address.ts";
import {
  grantLocator,
  grantSid,
  type Ledger,
  newLedger,
  PURPOSES,
  readLedger,
  retire,
  writeLedger,
} from "./locator-plan.ts";
import { DEFAULT_STRUCTURE } from "./sid.ts";

const fresh = (): Ledger => newLedger(parsePrefix("fcbb:bb00::/32"), DEFAULT_STRUCTURE);
const name = fc.constantFrom("a", "b", "c", "d");

const request = fc.oneof(
  fc.record({ what: fc.constant("locator" as const), pop: name }),
  fc.record({ what: fc.constantFrom(...PURPOSES), pop: name, name }),
  fc.record({ what: fc.constant("retire" as const), index: fc.nat(30) }),
);

type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function follow(ledger: Ledger, one: Request): Ledger {
  if (one.what === "locator") return grantLocator(ledger, one.pop).ledger;
  if (one.what === "retire") {
    const grant = ledger.grants[one.index];
    return grant && !grant.retired ? retire(ledger, grant.sid) : ledger;
  }
  const hasLocator = ledger.grants.some(
    ({ purpose, pop, retired }) => purpose === "locator" && pop === one.pop && !retired,
  );
  return hasLocator ? grantSid(ledger, one.pop, one.what, one.name).ledger : ledger;
}

describe("a SID ledger", () => {
  it("never grants a SID twice, and keeps every owner's", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
        let ledger = fresh();
        for (const one of requests) {
          const before = ledger.grants;
          ledger = follow(ledger, one);
          expect(ledger.grants.slice(0, before.length).map(({ sid }) => sid)).toEqual(before.map(({ sid }) => sid));
        }
        expect(new Set(ledger.grants.map(({ sid }) => sid)).size).toBe(ledger.grants.length);
      }),
    );
  });

  it("gives an owner the same SID again", () => {
    const { ledger, grant } = grantLocator(fresh(), "sea");
    expect(grantLocator(ledger, "sea").grant).toEqual(grant);
    const once = grantSid(ledger, "sea", "transit", "cogent");
    expect(grantSid(once.ledger, "sea", "transit", "cogent").grant).toEqual(once.grant);
  });

  it("gives SIDs whose first digit says what they are for", () => {
    let ledger = grantLocator(fresh(), "sea").ledger;
    for (const purpose of PURPOSES) ledger = grantSid(ledger, "sea", purpose, "x").ledger;
    expect(ledger.grants.map(({ sid }) => formatIpv6(sid))).toEqual([
      "fcbb:bb00:1::",
      "fcbb:bb00:1:e000::",
      "fcbb:bb00:1:d000::",
      "fcbb:bb00:1:b000::",
    ]);
  });

  it("survives its file", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
        const ledger = requests.reduce(follow, fresh());
        expect(readLedger(parse(stringify(writeLedger(ledger))), "sids.yaml")).toEqual(ledger);
      }),
    );
  });

  it("says when a structure has no number left", () => {
    const tiny = newLedger(parsePrefix("fcbb:bb00::/32"), { blockBits: 32, nodeBits: 1, functionBits: 8 });
    const { ledger } = grantLocator(tiny, "sea");
    expect(() => grantLocator(ledger, "fra")).toThrow(expect.objectContaining({ code: "SIDS_EXHAUSTED" }));
    const full = Array.from({ length: 16 }, (_, i) => `t${i}`).reduce(
      (held, transit) => grantSid(held, "sea", "transit", transit).ledger,
      ledger,
    );
    expect(() => grantSid(full, "sea", "transit", "one-more")).toThrow(
      expect.objectContaining({ code: "SIDS_EXHAUSTED" }),
    );
  });

  it("grants nothing to a POP without a locator, and says how to get one", () => {
    expect(() => grantSid(fresh(), "sea", "tenant", "blue")).toThrow(/POP sea has no locator/);
  });

  const good = writeLedger(grantLocator(fresh(), "sea").ledger) as Record<string, unknown>;
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["another version", { version: 2 }, /version/],
    ["a block that does not fit", { block: "fcbb::/16" }, /block fcbb::\/16 does not fit/],
    [
      "a SID outside the block",
      { grants: [{ sid: "fc00::1", pop: "sea", for: "locator" }] },
      /fc00::1 of sea lies outside/,
    ],
    ["a purpose nobody knows", { grants: [{ sid: "fcbb:bb00:1::", pop: "sea", for: "fun" }] }, /grants\.0\.for/],
    [
      "a SID granted twice",
      {
        grants: [
          { sid: "fcbb:bb00:1::", pop: "sea", for: "locator" },
          { sid: "fcbb:bb00:1::", pop: "fra", for: "locator" },
        ],
      },
      /fcbb:bb00:1:: of fra was granted to sea before/,
    ],
  ])("is not read from a file with %s", (_what, wrong, message) => {
    expect(() => readLedger({ ...good, ...wrong }, "sids.yaml")).toThrow(message);
  });
});
