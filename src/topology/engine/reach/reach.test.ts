// Egress by the best knowledge there is, and sites whose choice comes with a bound that holds.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, parseIpv4, parseIpv6, parsePrefix } from "../../../srv6/address.ts";
import { type Coverage, coveredWeight, planSites } from "./coverage.ts";
import { type Destination, EgressMap, PrefixTable } from "./egress.ts";
import { distanceKm, estimateUs, floorUs } from "./places.ts";
import { reachOf, readCoverage } from "./plan-file.ts";

const FRANKFURT = { lat: 50.11, lon: 8.68 };
const NEW_YORK = { lat: 40.71, lon: -74.01 };
const BOSTON = { lat: 42.36, lon: -71.06 };
const POPS = [{ name: "fra", place: FRANKFURT }, { name: "nyc", place: NEW_YORK }, { name: "dark" }];

describe("places", () => {
  it("are as far apart as on a globe, and nothing is quicker than the floor", () => {
    expect(distanceKm(FRANKFURT, NEW_YORK)).toBeGreaterThan(6_150);
    expect(distanceKm(FRANKFURT, NEW_YORK)).toBeLessThan(6_250);
    expect(floorUs(FRANKFURT, NEW_YORK)).toBeLessThan(estimateUs(FRANKFURT, NEW_YORK));
    expect(distanceKm(FRANKFURT, FRANKFURT)).toBe(0);
  });
});

describe("PrefixTable", () => {
  it("gives what a search through all prefixes gives, the longest first", () => {
    const anyPrefix = fc.tuple(fc.nat(0xffffffff), fc.integer({ min: 0, max: 32 })).map(([word, length]) => {
      const host = BigInt(32 - length);
      return { family: 4 as const, address: ((BigInt(word) & 0xf0f0f0f0n) >> host) << host, length };
    });
    fc.assert(
      fc.property(fc.array(anyPrefix, { maxLength: 40 }), fc.nat(0xffffffff), (prefixes, word) => {
        const address = BigInt(word) & 0xf0f0f0f0n;
        const table = new PrefixTable<number>();
        for (const prefix of prefixes) table.set(prefix, prefix.length);
        const tried = new Set(
          prefixes.filter((prefix) => covers(prefix, { family: 4, address, length: 32 })).map(({ length }) => length),
        );
        const found = [...table.covering(4, address)].map(({ value }) => value);
        expect(found).toEqual([...tried].sort((a, b) => b - a));
        expect([...table.covering(6, address)]).toEqual([]);
      }),
    );
  });
});

describe("EgressMap", () => {
  const destinations: Destination[] = [
    { prefix: parsePrefix("198.51.100.0/24"), country: "US", asn: 64500, delayUs: { fra: 45_000, nyc: 6_000 } },
    { prefix: parsePrefix("198.51.100.128/25"), delayUs: { fra: 3_000, nyc: 0 } },
    { prefix: parsePrefix("203.0.113.0/24"), country: "US", asn: 64500 },
    { prefix: parsePrefix("192.0.2.0/24"), place: BOSTON },
    { prefix: parsePrefix("2001:db8::/32"), country: "DE", asn: 64501 },
  ];
  const map = new EgressMap(POPS, destinations);
  const best = (text: string) => map.best(4, parseIpv4(text));

  it("goes by what was measured to the longest prefix; a zero is no measurement", () => {
    expect(best("198.51.100.1")).toMatchObject({ pop: "nyc", delayUs: 6_000, how: "measured" });
    expect(best("198.51.100.200")).toMatchObject({ pop: "fra", delayUs: 3_000, how: "measured" });
  });

  it("goes by the country and ASN where the prefix was not measured, then by distance, and says so", () => {
    expect(best("203.0.113.9")).toMatchObject({ pop: "nyc", how: "country and ASN" });
    expect(best("192.0.2.1")).toMatchObject({ pop: "nyc", how: "distance" });
  });

  it("knows nothing of what nothing is known of", () => {
    expect(best("10.0.0.1")).toBeUndefined();
    expect(map.best(6, parseIpv6("2001:db8::1"))).toBeUndefined();
  });

  it("leaves out POPs that may not be used", () => {
    expect(map.best(4, parseIpv4("198.51.100.1"), (pop) => pop !== "nyc")).toMatchObject({ pop: "fra" });
  });
});

describe("planSites", () => {
  const anyCoverage: fc.Arbitrary<Coverage> = fc
    .tuple(
      fc.array(fc.nat(20), { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(0xfff), { minLength: 1, maxLength: 7 }),
    )
    .map(([weights, masks]) => ({
      weights,
      covers: new Map(
        masks.map((mask, i) => [`s${i}`, weights.map((_, at) => at).filter((at) => (mask >> at) & 1)] as const),
      ),
    }));

  it("never promises less than the best choice there is, nor covers less than 63 % of what can be gained", () => {
    fc.assert(
      fc.property(anyCoverage, fc.integer({ min: 1, max: 4 }), (coverage, count) => {
        const sites = [...coverage.covers.keys()];
        const picks = planSites(coverage, [], sites, count);
        const subsets = Array.from({ length: 2 ** sites.length }, (_, mask) =>
          sites.filter((_s, i) => (mask >> i) & 1),
        );
        for (const [i, pick] of picks.entries()) {
          const best = Math.max(
            ...subsets.filter((subset) => subset.length === i + 1).map((subset) => coveredWeight(coverage, subset)),
          );
          expect(pick.bound).toBeGreaterThanOrEqual(best);
          expect(pick.covered).toBeLessThanOrEqual(best);
          expect(pick.covered).toBeGreaterThanOrEqual((1 - 1 / Math.E) * best - 1e-9);
          expect(pick.covered).toBe(
            coveredWeight(
              coverage,
              picks.slice(0, i + 1).map(({ site }) => site),
            ),
          );
        }
      }),
    );
  });

  it("promises no more than all sites together cover", () => {
    fc.assert(
      fc.property(anyCoverage, (coverage) => {
        const sites = [...coverage.covers.keys()];
        for (const { bound } of planSites(coverage, [], sites, 9)) {
          expect(bound).toBeLessThanOrEqual(coveredWeight(coverage, sites));
        }
      }),
    );
  });

  it("builds on what stands, and stops where nothing more is gained", () => {
    const coverage = {
      weights: [5, 3, 1],
      covers: new Map([
        ["a", [0]],
        ["b", [0, 1]],
        ["c", [2]],
      ]),
    };
    expect(planSites(coverage, ["b"], ["a", "b", "c"], 5)).toEqual([{ site: "c", adds: 1, covered: 9, bound: 9 }]);
  });
});

describe("a coverage file", () => {
  const file = (rest: object) =>
    JSON.stringify({
      version: 1,
      sites: [{ name: "fra", place: FRANKFURT }, { name: "nyc", place: NEW_YORK }, { name: "dark" }],
      destinations: [
        { name: "Boston", weight: 5, place: BOSTON },
        { name: "a customer", weight: 3, delayUs: { fra: 2_000, nyc: 60_000 } },
      ],
      ...rest,
    });

  it("takes what was measured before what is estimated, and nothing for near that is neither", () => {
    const reach = reachOf(readCoverage(file({}), "f"), 25_000);
    expect(Object.fromEntries(reach.covers)).toEqual({ fra: [1], nyc: [0], dark: [] });
    expect(reach).toMatchObject({ measured: 2, estimated: 2, unknown: 2 });
  });

  it("that names what is not there is refused with the field", () => {
    const stray = { destinations: [{ name: "x", weight: 1, delayUs: { lon: 9 } }] };
    expect(() => readCoverage(file(stray), "f")).toThrow("f: destinations[0].delayUs.lon is no site of this file");
    expect(() => readCoverage(file({ sites: [{ name: "a" }, { name: "a" }] }), "f")).toThrow('sites[1].name = "a"');
    expect(() => readCoverage("{", "f")).toThrow("f: the file is not JSON");
  });
});
