// Desired states for property tests: small name spaces, so that two of them overlap in every way that two can.

import fc from "fast-check";
import { type Ipv6, type Prefix, parseIpv4, parsePrefix } from "../../src/srv6/address.ts";
import type { Behavior } from "../../src/srv6/behavior.ts";
import type { CandidatePath, Desired, LocalSid, Policy, Steering, TrafficClass } from "../../src/srv6/model.ts";
import { parseSid, type Sid } from "../../src/srv6/sid.ts";

const BLOCK = parsePrefix("fcbb:bb00::/32");

const sid: fc.Arbitrary<Sid> = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 3 }))
  .map(([node, fn]) => parseSid(`fcbb:bb00:${node.toString(16)}:${fn === 0 ? "" : `e00${fn}`}::`.replace(":::", "::")));

const segments = fc.array(sid, { minLength: 1, maxLength: 4 });

const path = (name: string): fc.Arbitrary<CandidatePath> =>
  fc.record({
    name: fc.constant(name),
    segments,
    weight: fc.integer({ min: 1, max: 4 }),
    mode: fc.constantFrom("encap" as const, "encap.red" as const),
  });

const policy = (name: string, index: number): fc.Arbitrary<Policy> =>
  fc
    .record(
      {
        paths: fc.integer({ min: 1, max: 3 }).chain((n) => fc.tuple(...["a", "b", "c"].slice(0, n).map(path))),
        active: fc.constantFrom("paths" as const, "backup" as const),
        backup: path("backup"),
        bindingSid: fc.constant(parseSid(`fcbb:bb00:9:b00${index}::`)),
        resilientBuckets: fc.constantFrom(16, 32),
      },
      { requiredKeys: ["paths", "active"] },
    )
    .map(({ active, ...rest }) => ({ name, ...rest, active: rest.backup ? active : "paths" }));

/** Behaviors that a kernel without VRF devices takes, on devices that every namespace has. */
const behavior: fc.Arbitrary<Behavior> = fc.oneof(
  fc.constantFrom<Behavior>(
    { action: "End" },
    { action: "End", flavors: { psp: true } },
    { action: "End", flavors: { nextCsid: { blockBits: 32, nodeFunctionBits: 16 } } },
    { action: "End.X", nexthop: 0xfe800000000000000000000000000001n as Ipv6 },
    { action: "End.T", table: 100 },
    { action: "End.DX4", nexthop: parseIpv4("192.0.2.1") },
    { action: "End.DX6", nexthop: parseSid("2001:db8::1") },
    { action: "End.DT6", table: 254 },
  ),
  segments.map((list): Behavior => ({ action: "End.B6.Encaps", segments: list })),
);

const localSid: fc.Arbitrary<LocalSid> = fc
  .record({ fn: fc.integer({ min: 0, max: 9 }), behavior, counted: fc.boolean() })
  .map(({ fn, ...rest }) => ({ prefix: parsePrefix(`fcbb:bb00:8:${fn}::/${fn === 9 ? 64 : 128}`), ...rest }));

const destination: fc.Arbitrary<Prefix> = fc
  .integer({ min: 0, max: 15 })
  .map((n) => parsePrefix(n % 2 === 0 ? `10.${n}.0.0/16` : `2001:db8:${n.toString(16)}::/48`));

const trafficClass: fc.Arbitrary<TrafficClass> = fc.constantFrom<TrafficClass>(
  { dscp: 46 },
  { protocol: "udp", destinationPort: 443 },
  { destination: parsePrefix("2001:db8:ff::/48") },
);

const steering = (names: readonly string[]): fc.Arbitrary<Steering> =>
  fc.record({
    policy: fc.constantFrom(...names),
    prefixes: fc.uniqueArray(destination, { maxLength: 5, selector: (prefix) => prefix.address }),
    classes: fc.array(trafficClass, { maxLength: 1 }),
    table: fc.constantFrom(254, 900),
    metric: fc.constantFrom(64, 70),
  });

const NAMES = ["blue", "green", "red", "white"];

/** A state whose places are each named once: one steering for a prefix, table and metric. */
export const desiredState: fc.Arbitrary<Desired> = fc
  .tuple(fc.subarray(NAMES, { minLength: 1 }), fc.array(localSid, { maxLength: 6 }))
  .chain(([names, sids]) =>
    fc.record({
      domain: fc.constant({ blocks: [BLOCK], segments: [], management: [], requireHmac: false }),
      hmacKeys: fc.constant([]),
      tenants: fc.constant([]),
      localSids: fc.constant(firstOfEach(sids, ({ prefix }) => `${prefix.address}/${prefix.length}`)),
      policies: fc.tuple(...names.map((name) => policy(name, NAMES.indexOf(name)))),
      steering: fc.array(steering(names), { maxLength: 4 }).map(withoutOverlap),
    }),
  );

function firstOfEach<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

function withoutOverlap(all: readonly Steering[]): Steering[] {
  const taken = new Set<string>();
  const steered = (one: Steering, i: number): boolean => all.findIndex(({ policy }) => policy === one.policy) < i;
  return all.map((one, i) => ({
    ...one,
    prefixes: one.prefixes.filter((prefix) => {
      const place = `${prefix.family} ${prefix.address} ${one.table} ${one.metric}`;
      return !taken.has(place) && taken.add(place);
    }),
    classes: steered(one, i) ? [] : one.classes,
  }));
}
