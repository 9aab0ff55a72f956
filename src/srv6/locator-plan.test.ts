// The SID ledger: whatever is granted and retired, in whatever order, nobody gets a SID that somebody had.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { outcome, refusal } from "../../test/support/outcome.ts";
import { covers, formatIpv6, hostPrefix, parsePrefix } from "./address.ts";
import {
  type Grant,
  grantLocator,
  grantSid,
  type Ledger,
  newLedger,
  PURPOSES,
  readLedger,
  retire,
  writeLedger,
} from "./locator-plan.ts";
import { DEFAULT_STRUCTURE, locatorOf, type SidStructure } from "./sid.ts";

const fresh = (structure: SidStructure = DEFAULT_STRUCTURE): Ledger =>
  newLedger(parsePrefix("fcbb:bb00::/32"), structure);

/** Small structures run out; names that YAML could take for something else must come back as they were. */
const structure = fc.constantFrom(
  DEFAULT_STRUCTURE,
  { blockBits: 32, nodeBits: 2, functionBits: 8 },
  { blockBits: 32, nodeBits: 1, functionBits: 9 },
  { blockBits: 32, nodeBits: 5, functionBits: 91 },
);
const pop = fc.constantFrom("sea", "true", "1e3", "0x1F");
const name = fc.oneof(fc.constantFrom("null", "no", "007", "1.5", "2026-11-21"), fc.stringMatching(/^[a-f]{1,2}$/));

const request = fc.oneof(
  { weight: 1, arbitrary: fc.record({ what: fc.constant("locator" as const), pop }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constantFrom(...PURPOSES), pop, name }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("retire" as const), index: fc.nat(60) }) },
);
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;
const story = fc.tuple(structure, fc.array(request, { maxLength: 60 }));

const hasLocator = (ledger: Ledger, of: string): boolean =>
  ledger.grants.some(({ purpose, pop, retired }) => purpose === "locator" && pop === of && !retired);

/** The ledger after a request; one that has no number left stays as it was. */
function follow(ledger: Ledger, one: Request): { readonly ledger: Ledger; readonly grant?: Grant } {
  if (one.what === "retire") {
    const grant = ledger.grants[one.index % Math.max(1, ledger.grants.length)];
    return { ledger: grant && !grant.retired ? retire(ledger, grant.sid) : ledger };
  }
  const { what, pop } = one;
  if (what !== "locator" && !hasLocator(ledger, pop)) return { ledger };
  const result = outcome("SIDS_EXHAUSTED", () =>
    what === "locator" ? grantLocator(ledger, pop) : grantSid(ledger, pop, what, one.name),
  );
  return "error" in result ? { ledger } : result.value;
}

const run = (shape: SidStructure, requests: readonly Request[]): Ledger =>
  requests.reduce((ledger, one) => follow(ledger, one).ledger, fresh(shape));

describe("a SID ledger", () => {
  it("never grants a SID twice, and changes no grant but to retire it", () => {
    fc.assert(
      fc.property(story, ([shape, requests]) => {
        let ledger = fresh(shape);
        for (const one of requests) {
          const before = ledger.grants;
          ledger = follow(ledger, one).ledger;
          const kept = ledger.grants.slice(0, before.length);
          expect(kept).toEqual(before.map((grant, i) => ({ ...grant, retired: kept[i]?.retired })));
          expect(before.every(({ retired }, i) => !retired || kept[i]?.retired)).toBe(true);
        }
        expect(new Set(ledger.grants.map(({ sid }) => sid)).size).toBe(ledger.grants.length);
      }),
    );
  });

  it("gives an owner the same again, inside its POP's locator and nobody else's", () => {
    fc.assert(
      fc.property(story, ([shape, requests]) => {
        let ledger = fresh(shape);
        for (const one of requests) {
          const { ledger: after, grant } = follow(ledger, one);
          ledger = after;
          if (!grant || one.what === "retire") continue;
          expect(follow(ledger, one)).toEqual({ ledger, grant });
          const around = ledger.grants.filter(
            (other) => other.purpose === "locator" && covers(locatorOf(other.sid, shape), hostPrefix(grant.sid)),
          );
          expect(around).toMatchObject([{ pop: grant.pop, retired: false }]);
        }
      }),
    );
  });

  it("survives its file, as YAML and as JSON", () => {
    fc.assert(
      fc.property(story, ([shape, requests]) => {
        const ledger = run(shape, requests);
        expect(readLedger(parse(stringify(writeLedger(ledger))), "sids.yaml")).toEqual(ledger);
        expect(readLedger(JSON.parse(JSON.stringify(writeLedger(ledger))), "sids.json")).toEqual(ledger);
      }),
      { numRuns: 60 },
    );
  });

  it("gives SIDs whose first digit says what they are for", () => {
    let ledger = grantLocator(fresh(), "sea").ledger;
    for (const purpose of PURPOSES) {
      ledger = grantSid(ledger, "sea", purpose, "x").ledger;
      ledger = grantSid(ledger, "sea", purpose, "y").ledger;
    }
    expect(ledger.grants.map(({ sid }) => formatIpv6(sid))).toEqual([
      "fcbb:bb00:1::",
      ...["fcbb:bb00:1:e000::", "fcbb:bb00:1:e001::"],
      ...["fcbb:bb00:1:d000::", "fcbb:bb00:1:d001::"],
      ...["fcbb:bb00:1:b000::", "fcbb:bb00:1:b001::"],
    ]);
  });

  it("ends with a locator all that lies in it: a POP that comes back begins anew", () => {
    const first = grantLocator(fresh(), "sea");
    const sid = grantSid(grantLocator(first.ledger, "fra").ledger, "sea", "transit", "cogent");
    const ended = retire(sid.ledger, first.grant.sid);
    expect(ended.grants.map(({ pop, retired }) => [pop, retired])).toEqual([
      ["sea", true],
      ["fra", false],
      ["sea", true],
    ]);
    expect(refusal("VALUE_INVALID", () => grantSid(ended, "sea", "transit", "cogent")).message).toContain("no locator");
    const again = grantSid(grantLocator(ended, "sea").ledger, "sea", "transit", "cogent");
    expect(formatIpv6(again.grant.sid)).toBe("fcbb:bb00:3:e000::");
  });

  it("says when a structure has no number left", () => {
    const { ledger } = grantLocator(fresh({ blockBits: 32, nodeBits: 1, functionBits: 8 }), "sea");
    const { message, remedy } = refusal("SIDS_EXHAUSTED", () => grantLocator(ledger, "fra"));
    expect([message, remedy].join(" ")).toMatch(/block fcbb:bb00::\/32 has no node left.*larger structure/);
    const full = Array.from({ length: 16 }, (_, i) => `t${i}`).reduce(
      (held, transit) => grantSid(held, "sea", "transit", transit).ledger,
      ledger,
    );
    expect(refusal("SIDS_EXHAUSTED", () => grantSid(full, "sea", "transit", "more")).message).toContain(
      "another transit",
    );
    expect(formatIpv6(grantSid(full, "sea", "tenant", "blue").grant.sid)).toBe("fcbb:bb00:e800::");
  });

  it("numbers no POP as a function is numbered, where the two are of one length and a carrier could confuse them", () => {
    let ledger = fresh({ blockBits: 32, nodeBits: 8, functionBits: 8 });
    for (let i = 1; i < 0xb0; i++) ledger = grantLocator(ledger, `pop${i}`).ledger;
    expect(formatIpv6((ledger.grants.at(-1) as Grant).sid)).toBe("fcbb:bb00:af00::");
    expect(refusal("SIDS_EXHAUSTED", () => grantLocator(ledger, "sea")).message).toContain("no node left");
  });

  it("gives nobody a number that a grant written by hand bears, whatever it is for", () => {
    const sids = ["fcbb:bb00:1::", "fcbb:bb00:1:e000::", "fcbb:bb00:7:e004::"];
    const [locator, odd, lone] = sids.map((sid) => ({ sid, pop: "sea" }));
    const grants = [
      { ...locator, for: "locator" },
      { ...odd, for: "tenant", name: "x" },
      { ...lone, for: "policy", name: "y" },
    ];
    const ledger = readLedger({ ...(writeLedger(fresh()) as object), grants }, "sids.yaml");
    expect(formatIpv6(grantSid(ledger, "sea", "transit", "cogent").grant.sid)).toBe("fcbb:bb00:1:e001::");
    expect(formatIpv6(grantLocator(ledger, "fra").grant.sid)).toBe("fcbb:bb00:8::");
  });
});

describe("refused", () => {
  const begun = grantLocator(fresh(), "sea");
  const [block4, short] = [parsePrefix("10.0.0.0/32"), { ...DEFAULT_STRUCTURE, functionBits: 7 }];
  it.each<[string, () => unknown, RegExp]>([
    ["a SID without a locator", () => grantSid(fresh(), "fra", "tenant", "x"), /POP fra has no locator.*sid next fra/],
    ["a POP's name that no file could hold", () => grantLocator(fresh(), "new york"), /"new york" fits no ledger/],
    ["a name that no file could hold", () => grantSid(begun.ledger, "sea", "tenant", ""), /"" fits no ledger/],
    ["the end of what nobody has", () => retire(fresh(), begun.grant.sid), /fcbb:bb00:1:: is granted to nobody/],
    ["an end that was before", () => retire(retire(begun.ledger, begun.grant.sid), begun.grant.sid), /to nobody/],
    ["an IPv4 block", () => newLedger(block4, DEFAULT_STRUCTURE), /block 10.0.0.0\/32 does not fit/],
    ["functions that cannot say a purpose", () => fresh(short), /functions of 7 bits/],
  ])("%s", (_what, ask, why) => {
    const { message, remedy } = refusal("VALUE_INVALID", ask);
    expect(`${message} ${remedy}`).toMatch(why);
  });

  const sea = { sid: "fcbb:bb00:1::", pop: "sea", for: "locator" };
  const bits = (nodeBits: number) => ({ structure: { ...DEFAULT_STRUCTURE, nodeBits } });
  it.each<[string, Record<string, unknown>, string]>([
    ["another version", { version: 2 }, "version must be"],
    ["an unknown field", { blok: 1 }, "the file must not have additional properties: blok"],
    ["no grants", { grants: undefined }, "grants must be"],
    ["a block that is none", { block: "fcbb::zz/32" }, 'block: prefix "fcbb::zz/32" cannot be read'],
    ["a block with host bits", { block: "fcbb::1/32" }, 'block: prefix "fcbb::1/32" cannot be read'],
    ["a block that does not fit", { block: "fcbb::/16" }, "structure: block fcbb::/16 does not fit"],
    ["a structure without nodes", bits(0), "structure.nodeBits must be"],
    ["a structure that is too long", bits(90), "structure: SID structure 32/90/16 does not fit"],
    ["a purpose that is none", { grants: [{ ...sea, for: "fun" }] }, "grants.0.for must be"],
    ["a name that is none", { grants: [sea, { ...sea, pop: "new york" }] }, "grants.1.pop must match"],
    ["a SID that is none", { grants: [sea, { ...sea, sid: "x" }] }, 'grants.1.sid: IPv6 address "x" cannot'],
    ["a SID outside the block", { grants: [{ ...sea, sid: "fc00::" }] }, "grants.0: fc00:: of sea lies outside"],
    [
      "a locator with a function",
      { grants: [{ ...sea, sid: "fcbb:bb00:1:1::" }] },
      "grants.0: fcbb:bb00:1:1:: of sea is no",
    ],
    ["a SID twice", { grants: [sea, { ...sea, pop: "fra" }] }, "grants.1: fcbb:bb00:1:: of fra was granted to sea"],
    [
      "two for one",
      { grants: [sea, { ...sea, sid: "fcbb:bb00:2::" }] },
      "grants.1: fcbb:bb00:2:: of sea: locator sea of sea",
    ],
  ])("a file with %s", (_what, wrong, why) => {
    const good = writeLedger(begun.ledger) as object;
    const { message, remedy } = refusal("VALUE_INVALID", () => readLedger({ ...good, ...wrong }, "sids.yaml"));
    expect(message).toContain(`sids.yaml: ${why}`);
    expect(remedy).not.toBe("");
  });

  it("or read, never anything else: a thousand values", () => {
    const sid = fc.constantFrom("fcbb:bb00:1::", "fcbb:bb00:1:e000::", "::", "x");
    const fields = { sid, pop, for: fc.constantFrom("locator", "tenant", "fun"), name: fc.anything() };
    const grants = fc.oneof(fc.anything(), fc.array(fc.record(fields, { requiredKeys: ["sid"] })));
    const block = fc.constantFrom("fcbb:bb00::/32", "x");
    const ledger = { version: fc.constant(1), block, structure: fc.constant(DEFAULT_STRUCTURE), grants };
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record(ledger)), (value) => {
        outcome("VALUE_INVALID", () => readLedger(value, "sids.yaml"));
      }),
      { numRuns: 1_000 },
    );
  });
});
