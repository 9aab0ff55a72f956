// A configuration that cannot be is refused with its field, its value and a remedy; the difference of two is read like a
// router's, and leads from the one to the other.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PolicySpec, Signing, WanConfig } from "../../wire/policy.ts";
import type { PopRecord } from "../../wire/pop.ts";
import { checkConfig, checkStep, mistakes } from "./change-check.ts";
import { diffConfig, diffLines, tidy } from "./change-diff.ts";

const port = (transit: string, to: string) => ({ transit, to, device: "eth1", nexthop: "fe80::1", local: "fe80::2" });
const pop = (name: string, to: readonly string[]): PopRecord => ({
  name,
  platform: "linux",
  country: name === "sea" ? "US" : "DE",
  transits: [{ name: "alder", asn: 64_500 }],
  segments: to.map((one) => port("alder", one)),
  address: "2001:db8::1",
});
const POPS = new Map(
  [pop("sea", ["chi"]), pop("chi", ["fra", "sea"]), pop("fra", ["chi"])].map((one) => [one.name, one]),
);
const gold: PolicySpec = { name: "gold", from: "sea", to: "fra", prefixes: ["203.0.113.0/24"] };
const config = (...policies: readonly PolicySpec[]): WanConfig => ({ policies: [...policies], maintenance: [] });

describe("a configuration", () => {
  it("that can be is taken", () => {
    const pin = ["sea/alder>chi", "chi/alder>fra"];
    expect(mistakes(config({ ...gold, pin, must: ["pop:chi", "country:US"], never: ["pop:lon"] }), POPS)).toEqual([]);
  });

  it.each<[string, Partial<PolicySpec>, string, RegExp]>([
    ["a POP nobody knows", { to: "frb" }, "policies[0].to", /Did you mean fra/],
    ["both ends alike", { to: "sea" }, "policies[0].to", /far end/],
    ["no destination", { prefixes: [] }, "policies[0].prefixes", /Give prefixes/],
    ["a prefix that is none", { prefixes: ["203.0.113.0/40"] }, "policies[0].prefixes[0]", /./],
    [
      "a port of no protocol",
      { classes: [{ destinationPort: 443 }] },
      "policies[0].classes[0].destinationPort",
      /tcp or udp/,
    ],
    ["a criterion nothing meets", { must: ["country:UZ"] }, "policies[0].must[0]", /country:US|Remove/],
    ["an end that is forbidden", { never: ["pop:fra"] }, "policies[0].never[0]", /Remove/],
    ["a pin that jumps", { pin: ["chi/alder>fra"] }, "policies[0].pin[0]", /where the one before ended/],
    [
      "a pin over no segment",
      { pin: ["sea/birch>chi", "chi/alder>fra"] },
      "policies[0].pin[0]",
      /there are sea\/alder>chi/,
    ],
    ["a pin that ends elsewhere", { pin: ["sea/alder>chi"] }, "policies[0].pin", /lead to fra/],
  ])("with %s is refused by its field, with a remedy", (_what, change, field, remedy) => {
    const [first] = mistakes(config({ ...gold, ...change }), POPS);
    expect(first?.field).toBe(field);
    expect(first?.remedy).toMatch(remedy);
    expect(() => checkConfig(config({ ...gold, ...change }), POPS)).toThrow(`${field} = `);
  });

  it("with a name twice, a destination twice, or a drained POP twice tells all of it", () => {
    const found = mistakes(
      {
        policies: [gold, gold, { ...gold, name: "other" }],
        maintenance: [
          { pop: "chi", why: "" },
          { pop: "chi", why: "", segments: ["chi/nobody>sea"] },
        ],
      },
      POPS,
    );
    expect(found.map(({ field }) => field)).toEqual([
      "policies[1].name",
      "policies[2].prefixes[0]",
      "maintenance[1].pop",
      "maintenance[1].segments[0]",
    ]);
  });
});

describe("signing", () => {
  const signing = (one?: Signing): WanConfig => ({ ...config(), ...(one === undefined ? {} : { signing: one }) });

  it.each<[string, Signing, string]>([
    ["a key that is not there", { keys: [1], sign: 2 }, "signing.sign"],
    ["nobody who signs", { keys: [1], require: true }, "signing.require"],
  ])("with %s is refused by its field", (_what, one, field) => {
    expect(mistakes(signing(one), POPS).map((mistake) => mistake.field)).toEqual([field]);
  });

  it("is not demanded while a router forwards, which does not sign", () => {
    const pops = new Map(POPS).set("lon", { ...pop("lon", []), platform: "iosxr" });
    const [found] = mistakes(signing({ keys: [1], sign: 1, require: true }), pops);
    expect(found?.what).toContain("lon");
    expect(mistakes(signing({ keys: [1], sign: 1 }), pops)).toEqual([]);
  });

  const STEPS: readonly (Signing | undefined)[] = [
    undefined,
    { keys: [1] },
    { keys: [1], sign: 1 },
    { keys: [1], sign: 1, require: true },
    { keys: [1, 2], sign: 1, require: true },
    { keys: [1, 2], sign: 2, require: true },
    { keys: [2], sign: 2, require: true },
    { keys: [2], sign: 2 },
    { keys: [2] },
    undefined,
  ];

  it("comes, changes its key and goes in steps, of which each may be taken back", () => {
    for (const [i, one] of STEPS.entries()) {
      const before = STEPS[Math.max(0, i - 1)];
      expect(() => checkStep(signing(before), signing(one))).not.toThrow();
    }
  });

  it.each<[string, Signing | undefined, Signing | undefined, RegExp]>([
    ["with a key that no POP has", undefined, { keys: [1], sign: 1 }, /signing\.sign = 1/],
    ["with the next key that no POP has", { keys: [1], sign: 1 }, { keys: [1, 2], sign: 2 }, /signing\.sign = 2/],
    ["before anybody signs", { keys: [1] }, { keys: [1], sign: 1, require: true }, /signing\.require = true/],
    ["by taking away what is signed with", { keys: [1, 2], sign: 1 }, { keys: [2] }, /signing\.keys = \[2\]/],
    ["by leaving at once", { keys: [1], sign: 1 }, undefined, /signing\.keys = null/],
    [
      "by no longer signing what is asked for",
      { keys: [1], sign: 1, require: true },
      { keys: [1] },
      /signing\.sign = null/,
    ],
  ])("takes no step %s", (_what, before, after, said) => {
    expect(() => checkStep(signing(before), signing(after))).toThrow(said);
  });

  it("is read in a difference by numbers", () => {
    expect(diffLines(diffConfig(signing({ keys: [1], sign: 1 }), signing({ keys: [1, 2], sign: 2 })))).toEqual([
      "- signing wan keys 1",
      "+ signing wan keys 1",
      "+ signing wan keys 2",
      "- signing wan sign 1",
      "+ signing wan sign 2",
    ]);
    expect(tidy(signing({ keys: [2, 1] })).signing).toEqual({ keys: [1, 2] });
  });
});

describe("a difference", () => {
  it("is read like a router's", () => {
    const after = config({ ...gold, intent: "cheapest", prefixes: ["203.0.113.0/24", "2001:db8:1::/48"] });
    const changes = diffConfig(config({ ...gold, intent: "redundant" }), {
      ...after,
      maintenance: [{ pop: "chi", why: "fans", segments: ["chi/alder>sea"] }],
    });
    expect(diffLines(changes)).toEqual([
      "- policy gold prefixes 203.0.113.0/24",
      "+ policy gold prefixes 203.0.113.0/24",
      "+ policy gold prefixes 2001:db8:1::/48",
      "- policy gold intent redundant",
      "+ policy gold intent cheapest",
      "+ maintenance chi why fans",
      "+ maintenance chi segments chi/alder>sea",
    ]);
  });

  it("is nothing where nothing differs but the order, and names every policy that does", () => {
    const policy = fc.record({
      name: fc.constantFrom("a", "b", "c", "d"),
      from: fc.constantFrom("sea", "chi"),
      to: fc.constant("fra"),
      priority: fc.option(fc.nat(7), { nil: undefined }),
    });
    const list = fc
      .uniqueArray(policy, { selector: ({ name }) => name })
      .map((all) => config(...(all as PolicySpec[])));
    fc.assert(
      fc.property(list, list, (before, after) => {
        expect(diffConfig(before, tidy(before))).toEqual([]);
        const differing = new Set(diffConfig(before, after).map(({ name }) => name));
        for (const name of ["a", "b", "c", "d"]) {
          const of = ({ policies }: WanConfig) => JSON.stringify(policies.find((one) => one.name === name));
          expect(differing.has(name)).toBe(of(before) !== of(after));
        }
      }),
    );
  });
});
