// Every family, over intents of every kind: what is rendered reads back as the intent, is found again and nothing less is,
// and is taken away whole. What is refused is refused everywhere with the same reasons.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SrwanError } from "../../base/errors.ts";
import { formatIpv6, type Ipv6 } from "../../srv6/address.ts";
import type { DeviceIntent } from "../../wire/intent.ts";
import { differences } from "../transaction/expect.ts";
import { canonicalXml } from "../xml/canonical.ts";
import { elementsOf, textOf, type XmlElement } from "../xml/element.ts";
import { parseXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";
import { Box } from "./box.ts";
import { driverOf } from "./driver.ts";
import { examplesOf } from "./examples.ts";
import { FAMILIES, type FamilyName } from "./family.ts";
import { onBox } from "./names.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,11}$/);
const micro = fc.integer({ min: 1, max: 0xffff });
const unicast = fc
  .tuple(fc.constant(0x2001_0db8n), fc.bigInt({ min: 1n, max: (1n << 96n) - 1n }))
  .map(([high, low]) => formatIpv6(((high << 96n) | low) as Ipv6));
const usid = (node: number, value: number): string =>
  formatIpv6(((0xfcbb_bb00n << 96n) | (BigInt(node) << 80n) | (BigInt(value) << 64n)) as Ipv6);
const locatorPrefix = micro.map((node) => `${usid(node, 0)}/48`);
const sids = fc.array(
  micro.map((node) => usid(node, 0)),
  { minLength: 1, maxLength: 6 },
);
const color = fc.integer({ min: 1, max: 4_294_967_295 });

const DEVICE: Readonly<Record<FamilyName, readonly [string, string]>> = {
  iosxr: ["HundredGigE0/0/0/1", "HundredGigE0/0/0/1"],
  iosxe: ["GigabitEthernet0/0/2", "GigabitEthernet0/0/2"],
  junos: ["xe-0/1/0", "xe-0/1/0.0"],
};

const locatorOf = (prefix: fc.Arbitrary<string> = locatorPrefix) =>
  fc.record({ kind: fc.constant("locator" as const), name: word, prefix, format: fc.constant("usid" as const) });

const policyOf = (family: FamilyName) =>
  fc
    .record({
      name: word,
      color,
      endpoint: unicast,
      names: fc.uniqueArray(word, { minLength: 2, maxLength: 5 }),
      lists: fc.array(sids, { minLength: 5, maxLength: 5 }),
      weights: fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 5, maxLength: 5 }),
      hasBackup: fc.boolean(),
      locator: fc.option(word, { nil: undefined }),
    })
    .map(({ name, color, endpoint, names, lists, weights, hasBackup, locator }): DeviceIntent => {
      const all = names.map((path, i) => ({ name: path, sids: lists[i] ?? [], weight: weights[i] ?? 1 }));
      const [last, ...rest] = all.toReversed();
      return {
        kind: "policy",
        name,
        color,
        endpoint,
        format: "usid",
        paths: hasBackup ? rest.toReversed() : all,
        ...(hasBackup && last ? { backup: { name: last.name, sids: last.sids } } : {}),
        ...(locator !== undefined && family === "iosxr" ? { bindingSid: { locator } } : {}),
      };
    });

const dynamicPolicy = fc.record({
  kind: fc.constant("dynamic-policy" as const),
  name: word,
  color,
  endpoint: unicast,
  metric: fc.constantFrom("igp" as const, "te" as const, "delay" as const),
});

/** Intents in the order they are asked for; the last is the one under test, the others what it leans on. */
function intentsOf(family: FamilyName): fc.Arbitrary<readonly DeviceIntent[]> {
  const [port, across] = DEVICE[family];
  const policy: fc.Arbitrary<DeviceIntent> = family === "iosxe" ? dynamicPolicy : policyOf(family);
  const sid = fc
    .record({ locator: locatorOf(), value: micro, cross: fc.boolean() })
    .map(({ locator, value, cross }): readonly DeviceIntent[] => {
      const sid = usid(Number.parseInt(locator.prefix.split(":")[2] ?? "", 16), value);
      const inside = family === "junos" ? { locator: locator.name } : {};
      const base = { kind: "sid" as const, format: "usid" as const, sid, ...inside };
      const vrf = family === "iosxe" ? { vrf: "acme" } : {};
      return [
        locator,
        cross ? { ...base, behavior: "End.X", device: across } : { ...base, behavior: "End.DT46", ...vrf },
      ];
    });
  const route = fc.record({ policy, prefix: locatorPrefix }).map(({ policy, prefix }): readonly DeviceIntent[] => {
    if (policy.kind !== "policy" && policy.kind !== "dynamic-policy") return [];
    const { name, color, endpoint } = policy;
    return [policy, { kind: "route", prefix, policy: name, color, endpoint }];
  });
  const dscp: fc.Arbitrary<number[]> =
    family === "junos"
      ? fc.constant([46])
      : fc.uniqueArray(fc.integer({ min: 1, max: 63 }), { minLength: 1, maxLength: 8 });
  const queue = fc
    .record({ name: word, dscp, rate: fc.integer({ min: 8, max: 100_000_000 }) })
    .map(({ name, dscp, rate }): readonly DeviceIntent[] => [
      { kind: "queue", name, device: port, dscp, rateBps: rate * 1_000 },
    ]);
  return fc.oneof(
    locatorOf().map((one) => [one]),
    sid,
    policy.map((one) => [one]),
    route,
    queue,
  );
}

/** As sets of texts: what went and came back may stand elsewhere among its neighbours. */
const texts = (all: readonly XmlElement[]): string[] => canonicalXml(all.map(sorted)).split("<").toSorted();
const sorted = (element: XmlElement): XmlElement => ({ ...element, scope: new Map() });

const sortedTexts = (intents: readonly DeviceIntent[]): string[] =>
  intents.map((one) => JSON.stringify(one)).toSorted();

/** Through text, as a router would see and tell it. */
const overTheWire = (all: readonly XmlElement[]): readonly XmlElement[] => all.map((one) => parseXml(writeXml(one)));

describe.each(FAMILIES)("%s", (family) => {
  const driver = driverOf(family);
  const cases = intentsOf(family);
  const leanOn = (intents: readonly DeviceIntent[]): { box: Box; intent: DeviceIntent } => {
    const box = new Box();
    for (const one of intents.slice(0, -1)) box.edit(overTheWire(driver.render(one).config));
    return { box, intent: intents.at(-1) as DeviceIntent };
  };

  it("renders what it reads back as the same intent", () => {
    fc.assert(
      fc.property(cases, (intents) => {
        const { box, intent } = leanOn(intents);
        box.edit(overTheWire(driver.render(intent).config));
        expect(driver.read(overTheWire(box.config))).toContainEqual(intent);
        expect(driver.read(box.config)).toHaveLength(intents.length);
      }),
      { numRuns: 60 },
    );
  });

  it("finds again what it rendered, within what its filter selects", () => {
    fc.assert(
      fc.property(cases, (intents) => {
        const { box, intent } = leanOn(intents);
        const { filter, compare } = driver.expected(intent);
        expect(compare(box.get(filter))).not.toEqual([]);
        box.edit(overTheWire(driver.render(intent).config));
        expect(compare(overTheWire(box.get(filter)))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("takes nothing less for what it rendered: any leaf that is gone or other is told", () => {
    fc.assert(
      fc.property(cases, fc.nat(), fc.boolean(), (intents, which, goes) => {
        const { box, intent } = leanOn(intents);
        const { filter, compare } = driver.expected(intent);
        box.edit(driver.render(intent).config);
        const seen = box.get(filter);
        const places = leavesOf(seen);
        const place = places[which % places.length] ?? [];
        expect(compare(changedAt(seen, place, goes))).not.toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it("removes what it made and leaves the rest as it was", () => {
    fc.assert(
      fc.property(cases, (intents) => {
        const { box, intent } = leanOn(intents);
        box.edit([parseXml(NEIGHBOURS[family](onBox((intent.kind === "sid" && intent.locator) || "none")))]);
        const before = box.config;
        box.edit(overTheWire(driver.render(intent).config));
        const { filter, expected, compare } = driver.expectedGone(intent);
        expect(compare(box.get(filter))).not.toEqual([]);
        expect(differences(expected, box.get(filter))).not.toEqual([]);
        box.edit(overTheWire(driver.remove(intent).config));
        expect(compare(box.get(filter))).toEqual([]);
        expect(differences(expected, box.get(filter))).toEqual([]);
        expect(driver.read(box.config)).toHaveLength(intents.length - 1);
        expect(box.config).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  it("has a way back to what stood there, be it nothing or an older form", () => {
    fc.assert(
      fc.property(cases, cases, (intents, others) => {
        const { box, intent } = leanOn(intents);
        box.edit([parseXml(NEIGHBOURS[family](onBox((intent.kind === "sid" && intent.locator) || "none")))]);
        for (const one of others) if (one.kind === intent.kind) box.edit(driver.render(one).config);
        const before = box.config;
        const { filter } = driver.expected(intent);
        const stood = box.get(filter);
        box.edit(overTheWire(driver.render(intent).config));
        box.edit(overTheWire(driver.undo(overTheWire(stood), intent).config));
        expect(texts(box.config)).toEqual(texts(before));
      }),
      { numRuns: 60 },
    );
  });

  it("sets some and takes others away as one edit, seen as done only when it is, with a way back", () => {
    fc.assert(
      fc.property(cases, cases, (stands, comes) => {
        const box = new Box();
        for (const one of stands) box.edit(overTheWire(driver.render(one).config));
        const before = box.config;
        const { edit, filter, expected, undo } = driver.change(comes, stands);
        const stood = box.get(filter);
        const judge = () => differences(expected, overTheWire(box.get(filter)));
        box.edit(overTheWire(edit.config));
        expect(judge()).toEqual([]);
        const fresh = new Box();
        for (const one of comes) fresh.edit(overTheWire(driver.render(one).config));
        expect(driver.read(box.config)).toEqual(driver.read(fresh.config));
        box.edit(overTheWire(undo(overTheWire(stood)).config));
        expect(sortedTexts(driver.read(box.config))).toEqual(sortedTexts(driver.read(before)));
        if (sortedTexts(driver.read(before)).join() !== sortedTexts(driver.read(fresh.config)).join()) {
          expect(judge()).not.toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("sets the same twice to the same end", () => {
    fc.assert(
      fc.property(cases, (intents) => {
        const { box, intent } = leanOn(intents);
        box.edit(driver.render(intent).config);
        const once = box.config;
        box.edit(driver.render(intent).config);
        expect(box.config).toEqual(once);
      }),
      { numRuns: 30 },
    );
  });

  it.each(examplesOf(family).map(({ name, intent }) => [name, intent] as const))(
    "%s: what supports() refuses, all refuse with its reasons",
    (_name, intent) => {
      const verdict = driver.supports(intent);
      const asks = [driver.render, driver.remove, driver.expected, driver.expectedGone, driver.verify, driver.cli];
      if (verdict.supported) {
        for (const ask of asks) expect(ask(intent)).toBeDefined();
        return;
      }
      expect(verdict.reasons.length).toBeGreaterThan(0);
      for (const ask of asks) {
        try {
          ask(intent);
          expect.unreachable();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SrwanError);
          const { code, details } = thrown as SrwanError;
          expect(code).toBe("INTENT_UNSUPPORTED");
          expect(details.reasons).toEqual(verdict.reasons);
        }
      }
      if (verdict.instead) expect(driver.supports(verdict.instead)).toEqual({ supported: true });
    },
  );
});

type Place = readonly number[];

/** Leaves that mean something: keys of what lies around are how the router is asked, not what it answers. */
function leavesOf(all: readonly XmlElement[], at: Place = []): Place[] {
  return all.flatMap((one, i) => {
    const here = [...at, i];
    const children = elementsOf(one);
    return children.length === 0 ? [here] : leavesOf(children, here);
  });
}

function changedAt(all: readonly XmlElement[], [first, ...rest]: Place, goes: boolean): readonly XmlElement[] {
  return all.flatMap((one, i) => {
    if (i !== first) return [one];
    if (rest.length > 0) return [{ ...one, children: changedAt(elementsOf(one), rest, goes) }];
    return goes ? [] : [{ ...one, children: [`${textOf(one)}x`] }];
  });
}

/** What others configured, and what must be there before us: a Junos SID lies in its protocol's entry of the locator. */
const NEIGHBOURS: Readonly<Record<FamilyName, (locator: string) => string>> = {
  iosxr: () => `<interfaces xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-interface-cfg"><interface>
    <interface-name>HundredGigE0/0/0/1</interface-name><description>to chi</description></interface></interfaces>`,
  iosxe: () => `<native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><interface><GigabitEthernet>
    <name>0/0/2</name><description>to chi</description></GigabitEthernet></interface></native>`,
  junos: (locator) => `<configuration xmlns="http://yang.juniper.net/junos/conf/root">
    <class-of-service xmlns="http://yang.juniper.net/junos/conf/class-of-service"><interfaces><interface>
    <name>xe-0/1/0</name><shaping-rate><rate>1g</rate></shaping-rate></interface></interfaces></class-of-service>
    <protocols xmlns="http://yang.juniper.net/junos/conf/protocols">
    <bgp><source-packet-routing><srv6><locator><name>${locator}</name></locator></srv6></source-packet-routing></bgp>
    <isis><interface><name>xe-0/1/0.0</name><level><name>2</name><metric>10</metric>
    <srv6-adjacency-segment><unprotected><locator><name>${locator}</name></locator></unprotected>
    </srv6-adjacency-segment></level></interface></isis></protocols>
    <routing-options xmlns="http://yang.juniper.net/junos/conf/routing-options"><rib><name>inet6.0</name>
    <static><route><name>2001:db8:f::/48</name><discard/></route></static></rib></routing-options></configuration>`,
};
