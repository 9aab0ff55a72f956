// What routers answer, read: checks hold, wait or break as they should; counters keep every digit; capabilities say what is
// missing before anything is sent; values that a model would take are refused.

import { describe, expect, it } from "vitest";
import type { DeviceIntent } from "../../wire/intent.ts";
import { Capabilities } from "../capabilities.ts";
import { parseXmlList } from "../xml/read.ts";
import { driverOf } from "./driver.ts";
import { examplesOf } from "./examples.ts";
import type { FamilyName } from "./family.ts";
import { REPLIES } from "./replies.ts";

const example = (family: FamilyName, name: string): DeviceIntent => {
  const found = examplesOf(family).find((one) => one.name === name);
  if (!found) throw new Error(`no example ${name}`);
  return found.intent;
};
const judged = (family: FamilyName, name: string, reply: string) =>
  driverOf(family)
    .verify(example(family, name))
    .map(({ judge }) => judge(parseXmlList(reply)));

describe("a check", () => {
  it.each([
    ["iosxr", "locator-usid", REPLIES.iosxr.locator],
    ["iosxr", "sid-end-x", REPLIES.iosxr.sid],
    ["iosxr", "policy", REPLIES.iosxr.policy],
    ["iosxr", "queue", REPLIES.iosxr.queue],
    ["iosxe", "queue", REPLIES.iosxe.interfaces],
  ] as const)(
    "%s %s holds on what the router answers when it works, and waits on an empty answer",
    (family, name, reply) => {
      expect(judged(family, name, reply)).toMatchObject([{ state: "holds" }]);
      expect(judged(family, name, "")).toMatchObject([{ state: "not-yet" }]);
    },
  );

  it("reads back the binding SID that the router chose", () => {
    const facts = { bindingSid: "fcbb:bb00:1:e100::" };
    expect(judged("iosxr", "policy-binding-sid", REPLIES.iosxr.policy)).toEqual([{ state: "holds", facts }]);
  });

  it("waits for a binding SID that is asked for and not there yet", () => {
    const without = REPLIES.iosxr.policy.replace("fcbb:bb00:1:e100::", "::");
    expect(judged("iosxr", "policy-binding-sid", without)).toMatchObject([{ state: "not-yet" }]);
    expect(judged("iosxr", "policy", without)).toMatchObject([{ state: "holds" }]);
  });

  it("tells a policy that is down from one that somebody shut down", () => {
    const down = REPLIES.iosxr.policy.replace("<operational-up>1", "<operational-up>0");
    expect(judged("iosxr", "policy", down)).toMatchObject([{ state: "not-yet", why: /is down/ }].map(any));
    const shut = down.replace("<administrative-up>1", "<administrative-up>0");
    expect(judged("iosxr", "policy", shut)).toMatchObject([{ state: "broken", why: /shut down/ }].map(any));
  });

  it("does not take another policy of the same color for ours", () => {
    const other = REPLIES.iosxr.policy.replaceAll("2001:db8::3", "2001:db8::4");
    expect(judged("iosxr", "policy", other)).toMatchObject([{ state: "not-yet" }]);
  });

  it("tells a queue that the router suspended", () => {
    const suspended = REPLIES.iosxr.queue.replace("<state>active</state>", "<state>suspended</state>");
    expect(judged("iosxr", "queue", suspended)).toMatchObject([{ state: "broken" }]);
  });
});

const any = ({ state, why }: { state: string; why: RegExp }) => ({ state, why: expect.stringMatching(why) });

describe("counters", () => {
  const packets = 9_007_199_254_740_993n;
  const octets = 18_446_744_073_709_551_615n;
  const read = (family: FamilyName, reply: string) =>
    driverOf(family).counters.flatMap((source) => source.read(parseXmlList(reply)));

  it.each([
    ["iosxr", REPLIES.iosxr.interfaces, "interface", "HundredGigE0/0/0/0"],
    ["iosxr", REPLIES.iosxr.queue, "queue", "HundredGigE0/0/0/0 srwan-gold"],
    ["iosxr", REPLIES.iosxr.forwarding, "policy", "srte_c_100_ep_2001:db8::3"],
    ["iosxe", REPLIES.iosxe.interfaces, "interface", "TenGigabitEthernet0/0/1"],
    ["iosxe", REPLIES.iosxe.interfaces, "queue", "TenGigabitEthernet0/0/1 srwan-gold"],
    ["junos", REPLIES.junos.interfaces, "interface", "et-0/0/0"],
  ] as const)("%s keep every digit of %s", (family, reply, what, name) => {
    expect(read(family, reply)).toContainEqual(expect.objectContaining({ what, name, packets, octets }));
  });
});

describe("capabilities", () => {
  const driver = driverOf("iosxr");
  const uri = (name: string, more = "") => `http://cisco.com/ns/yang/${name}?module=${name}${more}`;
  const queue = example("iosxr", "queue");
  const all = [
    uri("Cisco-IOS-XR-um-policymap-classmap-cfg", "&features=pmap-type-qos,cmap-type-qos,match-dscp"),
    uri("Cisco-IOS-XR-um-interface-cfg"),
    uri("Cisco-IOS-XR-um-if-service-policy-qos-cfg", "&features=service-policy,egress"),
  ];
  const supports = (uris: readonly string[], intent = queue) =>
    driver.supports(intent, driver.capabilities(new Capabilities(uris)));

  it("of a router that announces all an intent needs let it pass", () => {
    expect(supports(all)).toEqual({ supported: true });
  });

  it.each([
    [all.slice(1), /does not announce the module Cisco-IOS-XR-um-policymap-classmap-cfg/],
    [
      all.with(2, uri("Cisco-IOS-XR-um-if-service-policy-qos-cfg", "&features=egress")),
      /without the feature service-policy/,
    ],
  ])("without a module or a feature name it", (uris, why) => {
    expect(supports(uris)).toMatchObject({ supported: false, reasons: [{ why: expect.stringMatching(why) }] });
  });

  it("of an older release refuse what its model says otherwise", () => {
    const old = [
      uri("Cisco-IOS-XR-segment-routing-ms-cfg"),
      uri("Cisco-IOS-XR-segment-routing-srv6-cfg", "&revision=2022-08-02"),
    ];
    const sid = example("iosxr", "sid-end-x");
    expect(supports(old, sid)).toMatchObject({ reasons: [{ why: expect.stringMatching(/2022-08-02.*2025-08-25/) }] });
  });

  it("are read from a YANG library too, of either form", () => {
    const ns = "urn:ietf:params:xml:ns:yang:ietf-yang-library";
    const module = (name: string, features: string) =>
      `<module><name>${name}</name><revision>2026-01-01</revision><namespace>urn:x</namespace>${features
        .split(" ")
        .map((one) => `<feature>${one}</feature>`)
        .join("")}</module>`;
    const inside = [
      module("Cisco-IOS-XR-um-policymap-classmap-cfg", "pmap-type-qos cmap-type-qos match-dscp"),
      module("Cisco-IOS-XR-um-interface-cfg", "any"),
      module("Cisco-IOS-XR-um-if-service-policy-qos-cfg", "service-policy egress"),
    ].join("");
    for (const library of [
      `<yang-library xmlns="${ns}"><module-set><name>all</name>${inside}</module-set></yang-library>`,
      `<modules-state xmlns="${ns}"><module-set-id>1</module-set-id>${inside}</modules-state>`,
    ]) {
      const known = driver.capabilities(new Capabilities([uri("ietf-yang-library")]), parseXmlList(library));
      expect(driver.supports(queue, known)).toEqual({ supported: true });
    }
  });
});

describe("a value that some model would take", () => {
  const policy = example("junos", "policy") as Extract<DeviceIntent, { kind: "policy" }>;
  const [first] = policy.paths;
  const withSid = (sid: string): DeviceIntent => ({ ...policy, paths: [{ name: "a", weight: 1, sids: [sid] }] });

  it.each([
    ["not-an-address", /cannot be read/],
    ["::", /unspecified/],
    ["::1", /loopback/],
    ["ff02::1", /multicast/],
    ["fe80::1", /link-local/],
    ["::ffff:192.0.2.1", /IPv4-mapped/],
    ["192.0.2.1", /cannot be read/],
  ])("%s is no SID for any family", (sid, why) => {
    for (const family of ["iosxr", "iosxe", "junos"] as const) {
      const verdict = driverOf(family).supports(withSid(sid));
      expect(verdict).toMatchObject({ reasons: [{ field: "paths[0].sids[0]", why: expect.stringMatching(why) }] });
    }
  });

  it.each([
    ["junos", { ...policy, paths: [first, first] } as DeviceIntent, "paths[1].name"],
    ["junos", { ...example("junos", "sid-end-x"), sid: "fcbb:bb00:1:e001:1::" } as DeviceIntent, "sid"],
    ["junos", { ...example("junos", "sid-end-x"), device: "HundredGigE0/0/0/0" } as DeviceIntent, "device"],
    ["junos", { ...policy, name: "n".repeat(63) } as DeviceIntent, "paths[0].name"],
    ["iosxe", { ...example("iosxe", "queue"), device: "et-0/0/0" } as DeviceIntent, "device"],
    ["iosxe", { ...example("iosxe", "queue"), rateBps: 200_000_000_000 } as DeviceIntent, "rateBps"],
    ["iosxr", { ...example("iosxr", "locator-usid"), prefix: "fcbb:bb00:1::/64" } as DeviceIntent, "prefix"],
    ["iosxr", { ...example("iosxr", "locator-usid"), prefix: "fcbb:bb00:1::1/48" } as DeviceIntent, "prefix"],
    ["iosxr", { ...example("iosxr", "locator-usid"), prefix: "192.0.2.0/24" } as DeviceIntent, "prefix"],
    ["iosxr", { ...example("iosxr", "queue"), dscp: [0] } as DeviceIntent, "dscp"],
    ["iosxr", { kind: "sid", format: "usid", sid: "fcbb::1", behavior: "End.X" } as DeviceIntent, "device"],
  ] as const)("%s refuses it and names the field", (family, intent, field) => {
    const verdict = driverOf(family).supports(intent);
    expect(verdict).toMatchObject({ supported: false });
    expect(verdict.supported ? [] : verdict.reasons.map((one) => one.field)).toContain(field);
  });
});

describe("what belongs to others", () => {
  const driver = driverOf("iosxr");
  const route = example("iosxr", "route-ipv6");
  const theirs = `<router xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-router-static-cfg"><static><address-family><ipv6>
    <unicast><prefixes><prefix><prefix-address>2001:DB8:100::</prefix-address><prefix-length>48</prefix-length>
    <nexthop-addresses><nexthop-address><address>2001:db8:9::1</address></nexthop-address></nexthop-addresses>
    </prefix></prefixes></unicast></ipv6></address-family></static></router>`;

  it("is named before a route would overwrite it", () => {
    expect(driver.foreign(route, parseXmlList(theirs))).toEqual(["route 2001:db8:100::/48"]);
  });

  it("is not what is ours or not there", () => {
    expect(driver.foreign(route, driver.render(route).config)).toEqual([]);
    expect(driver.foreign(route, [])).toEqual([]);
  });
});

it("Junos' answer is read in whichever namespaces it comes", () => {
  const driver = driverOf("junos");
  const policy = example("junos", "policy-backup");
  const { expected, compare } = driver.expected(policy);
  expect(expected).toHaveLength(1);
  const answer = driver.render(policy).config.map(function legacy(one): (typeof expected)[number] {
    const children = one.children.map((child) => (typeof child === "string" ? child : legacy(child)));
    return { ...one, ns: "http://xml.juniper.net/xnm/1.1/xnm", attributes: [], children };
  });
  expect(compare(answer)).toEqual([]);
  expect(driver.read(answer)).toEqual([policy]);
});
