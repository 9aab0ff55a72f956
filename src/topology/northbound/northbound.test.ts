// Policies and POPs go out as YANG-JSON and come back the same; what our modules do not allow is refused by its node; and
// the tables have every field that the messages have.

import fc from "fast-check";
import type { TSchema } from "typebox";
import { describe, expect, it } from "vitest";
import { PolicySpec } from "../../wire/policy.ts";
import { PopRecord } from "../../wire/pop.ts";
import type { Table } from "./fields.ts";
import { policiesFromYang, policiesToYang, popsFromYang, popsToYang } from "./northbound.ts";
import { POLICY, POP } from "./tables.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,11}$/);
const count = fc.maxSafeNat();
const prefix = fc.constantFrom("2001:db8:100::/48", "192.0.2.0/24", "2001:db8::/32");
const address = fc.constantFrom("2001:db8::1", "2001:db8:1::2", "192.0.2.1");
const criterion = fc.constantFrom("pop:chi", "transit:alder", "country:CA", "asn:64500", "risk:duct-7");
const some = <T>(of: fc.Arbitrary<T>, maxLength = 3) => fc.uniqueArray(of, { minLength: 1, maxLength });

const trafficClass = fc.oneof(
  fc.record({ dscp: fc.nat(63) }),
  fc.record({
    protocol: fc.constantFrom("tcp" as const, "udp" as const),
    destinationPort: fc.integer({ min: 1, max: 65_535 }),
  }),
  fc.record({ source: prefix, destination: prefix }),
);
const policy: fc.Arbitrary<PolicySpec> = fc.record(
  {
    name: word,
    from: word,
    to: word,
    prefixes: some(prefix),
    classes: fc.array(trafficClass, { minLength: 1, maxLength: 12 }),
    intent: fc.constantFrom("lowest-latency" as const, "redundant" as const),
    improve: fc.boolean(),
    maxDelayUs: count,
    maxJitterUs: count,
    maxLossPpm: fc.nat(1_000_000),
    maxPriceMicroPerGB: count,
    maxSids: fc.integer({ min: 1, max: 126 }),
    minBandwidthBps: count,
    encrypted: fc.boolean(),
    must: some(criterion),
    never: some(criterion),
    pin: some(fc.constantFrom("sea/alder>chi", "chi/oak>fra"), 2),
    demandBps: count,
    priority: fc.nat(7),
    tenant: word,
  },
  { requiredKeys: ["name", "from", "to"] },
);
const micro = fc.integer({ min: -80_000_000, max: 80_000_000 }).map((millionths) => millionths / 1e6);
const curve = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => Buffer.from(octets).toString("base64"));
const segment = fc.record(
  {
    transit: word,
    to: word,
    device: fc.constantFrom("wg0", "eth1"),
    port: fc.constantFrom("HundredGigE0/0/0/0", "et-0/0/0.0"),
    nexthop: address,
    local: address,
    encrypted: fc.boolean(),
    wireguard: fc.record({
      endpoint: address,
      port: fc.integer({ min: 1, max: 65_535 }),
      publicKey: curve,
      fresh: curve,
    }),
    mtuOctets: fc.nat(65_535),
    capacityBps: count,
    priceMicroPerGB: fc.oneof(count, fc.constant("infinity" as const)),
    riskGroups: some(word),
  },
  { requiredKeys: ["transit", "to", "device", "nexthop", "local"] },
);
const transit = fc.record(
  {
    name: word,
    asn: fc.integer({ min: 1, max: 4_294_967_295 }),
    capacityBps: count,
    commitBps: count,
    priceMicroPerGB: count,
  },
  { requiredKeys: ["name"] },
);
const pop: fc.Arbitrary<PopRecord> = fc.record(
  {
    name: word,
    site: fc.constantFrom("Seattle, <b>", "Köln"),
    latitude: micro,
    longitude: micro,
    country: fc.constant("CA"),
    region: word,
    asn: fc.integer({ min: 1, max: 4_294_967_295 }),
    tags: some(word),
    owner: word,
    account: fc.constant(`0x${"aB".repeat(20)}`),
    platform: fc.constantFrom("linux" as const, "iosxr" as const, "iosxe" as const, "junos" as const),
    transits: fc.uniqueArray(transit, { selector: ({ name }) => name, maxLength: 3 }),
    segments: fc.uniqueArray(segment, { selector: ({ transit, to }) => `${transit} ${to}`, maxLength: 3 }),
    address,
    prefixes: some(prefix),
    egress: fc.record(
      { device: fc.constant("eth0"), source6: fc.constant("2001:db8:9::/48") },
      { requiredKeys: ["device"] },
    ),
  },
  { requiredKeys: ["name", "platform", "transits", "segments", "address"] },
);
const asText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const named = <T extends { name: string }>(of: fc.Arbitrary<T>) =>
  fc.uniqueArray(of, { selector: ({ name }) => name, maxLength: 3 });

it("policies come back as they went", () => {
  fc.assert(
    fc.property(named(policy), (all) => {
      expect(policiesFromYang(asText(policiesToYang(all)))).toEqual(all);
    }),
    { numRuns: 60 },
  );
});

it("POPs come back as they went", () => {
  fc.assert(
    fc.property(named(pop), (all) => {
      expect(popsFromYang(asText(popsToYang(all)))).toEqual(all);
    }),
    { numRuns: 60 },
  );
});

it("no digit of a large number is lost on the way", () => {
  const [spec] = policiesFromYang(
    asText(policiesToYang([{ name: "a", from: "b", to: "c", demandBps: Number.MAX_SAFE_INTEGER }])),
  );
  expect(spec?.demandBps).toBe(Number.MAX_SAFE_INTEGER);
  expect(JSON.stringify(policiesToYang([{ name: "a", from: "b", to: "c", demandBps: 7 }]))).toContain(
    '"demand-bps":"7"',
  );
});

describe("data that are not of our modules are refused", () => {
  const good = { name: "sea-fra", from: "sea", to: "fra" };
  const tree = (policy: object): unknown => ({ "srwan-policy:policies": { policy: [policy] } });

  it.each([
    ["a field nobody knows", tree({ ...good, nonsense: 1 }), /\/policy\[0\]\/nonsense is no node/],
    ["a name that is none", tree({ ...good, name: "bad name!" }), /bad name!/],
    ["what is mandatory", tree({ name: "a", to: "b" }), /from/],
    ["a key", tree({ ...good, class: [{ dscp: 46 }] }), /index|class/],
    ["a number too large", tree({ ...good, "max-loss-ppm": 2_000_000 }), /2000000/],
    ["a number past what is whole", tree({ ...good, "demand-bps": "99999999999999999999" }), /demand-bps/],
    ["a word of no choice", tree({ ...good, intent: "fast" }), /intent/],
    ["a prefix that is none", tree({ ...good, prefix: ["nope"] }), /nope/],
    ["a segment that is none", tree({ ...good, pin: ["sea"] }), /pin/],
    ["a class of nothing", tree({ ...good, class: [{ index: 0 }] }), /classes\[0\]/],
    ["a name twice", { "srwan-policy:policies": { policy: [good, good] } }, /sea-fra/],
    ["another module", { "other:policies": {} }, /other:policies is no node/],
    ["a list where a container is", { "srwan-policy:policies": [] }, /policies/],
    ["no object at all", null, /./],
    ["text", "policies", /./],
  ])("%s", (_what, data, why) => {
    expect(() => policiesFromYang(data)).toThrow(why);
    expect(() => policiesFromYang(data)).toThrow(expect.objectContaining({ code: "YANG_DATA_INVALID" }));
  });
});

describe("the tables have every field of the messages", () => {
  type Node = { readonly properties?: Readonly<Record<string, Node>>; readonly items?: Node };
  const names = (schema: Node, table: Table, at: string): void => {
    expect(table.map((one) => one.wire).toSorted(), at).toEqual(Object.keys(schema.properties ?? {}).toSorted());
    for (const { wire, how } of table) {
      const node = schema.properties?.[wire];
      if (typeof how === "string" || !node) continue;
      if ("container" in how) names(node, how.container, `${at}.${wire}`);
      else if (node.items) names(node.items, how.list, `${at}.${wire}`);
    }
  };
  it.each([
    ["policies", PolicySpec, POLICY],
    ["POPs", PopRecord, POP],
  ] as readonly (readonly [string, TSchema, Table])[])("%s", (at, schema, table) => names(schema as Node, table, at));
});
