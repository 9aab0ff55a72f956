// A stage as what a router is to hold: what stands keeps what it carries, lists stand for themselves before they carry, and
// what a family cannot express is refused by name, before anything is sent.

import { describe, expect, it } from "vitest";
import { driverOf } from "../../netconf/devices/driver.ts";
import type { FamilyName } from "../../netconf/devices/family.ts";
import type { PopDesired, WirePath, WirePolicy } from "../../wire/desired.ts";
import type { DeviceIntent, IntentOf } from "../../wire/intent.ts";
import { type ReadDocument, readDocument } from "../document.ts";
import { goalOf } from "../goal.ts";
import { allPaths, type Lane, type LanePath } from "../lane.ts";
import { intentsOf, type Router } from "./intents.ts";
import { lanesOn, standingOf, trialName } from "./standing.ts";

const path = (name: string, ...sids: string[]): WirePath => ({
  name,
  segments: ["sea/t>fra"],
  sids,
  weight: 1,
  mode: "encap.red",
});
const [DIRECT, AROUND] = [
  path("direct", "fcbb:bb00:1:e000::", "fcbb:bb00:2:d000::"),
  path("around", "fcbb:bb00:1:e001::", "fcbb:bb00:3:e000::", "fcbb:bb00:2:d000::"),
];
const gold = (more: Partial<WirePolicy> = {}): WirePolicy => ({
  name: "gold",
  to: "fra",
  far: "fd73::2:0:0:0:0/64",
  paths: [DIRECT],
  backup: AROUND,
  prefixes: ["2001:db8:f::/48"],
  classes: [],
  ...more,
});

function documentOf(policies: readonly WirePolicy[], more: Partial<PopDesired> = {}): ReadDocument {
  const settings = {
    pop: "sea",
    group: "g1",
    blocks: ["fcbb:bb00::/32"],
    segments: ["eth0"],
    tunnelSource: "2001:db8::1",
    near: "fd73::1:0:0:0:0/64",
    reportMs: 1_000,
    drained: false,
  };
  const document: PopDesired = {
    version: 1,
    settings,
    tenants: [],
    hmacKeys: [],
    localSids: [
      { sid: "fcbb:bb00:1::", behavior: "End" },
      { sid: "fcbb:bb00:1:e000::", behavior: "End.X", device: "eth0", nexthop: "2001:db8:1::2" },
      { sid: "fcbb:bb00:1:d000::", behavior: "End.DT6", table: 254 },
      { sid: "fcbb:bb00:1:d001::", behavior: "End.DT4", table: 254 },
    ],
    policies: [...policies],
    peers: [],
    ...more,
  };
  return readDocument(document, { probeDevice: "srwan-probe", management: [], translates6: false });
}

const PORTS: Readonly<Record<FamilyName, string>> = {
  iosxr: "HundredGigE0/0/0/0",
  iosxe: "TenGigabitEthernet0/0/1",
  junos: "et-0/0/0.0",
};
const routerOf = (family: FamilyName): Router => ({
  driver: driverOf(family),
  capabilities: undefined,
  pop: "sea",
  locator: "fcbb:bb00:1::/48",
  portOf: (device) => (device === "eth0" ? PORTS[family] : undefined),
});

/** With the first `carry` of a lane's paths carrying. */
const goal = (document: ReadDocument, carry = 0) =>
  goalOf(
    document,
    document.lanes.map((lane) => ({
      lane,
      stage: { carry: allPaths(lane).slice(0, carry), spare: allPaths(lane).slice(carry) },
    })),
    () => undefined,
  );
const plan = (
  document: ReadDocument,
  { carry = 0, stands = [] as readonly DeviceIntent[], holds = true, family = "iosxr" as FamilyName } = {},
) => intentsOf(goal(document, carry), standingOf(stands), routerOf(family), holds);
const intents = (...[document, how]: Parameters<typeof plan>): readonly DeviceIntent[] =>
  plan(document, how).wanted.map(({ intent }) => intent);
const policyNamed = (all: readonly DeviceIntent[], name: string): IntentOf<"policy"> | undefined =>
  all.find((one): one is IntentOf<"policy"> => one.kind === "policy" && one.name === name);
const laneOf = (document: ReadDocument): Lane => document.lanes[0] as Lane;
const keys = (document: ReadDocument): readonly string[] =>
  allPaths(laneOf(document)).map(({ list }: LanePath) => list.name);

describe("a POP's router", () => {
  it("holds its locator and its SIDs, by the router's own names of interfaces", () => {
    const document = documentOf([]);
    expect(intents(document)).toEqual([
      { kind: "locator", name: "sea", prefix: "fcbb:bb00:1::/48", format: "usid" },
      expect.objectContaining({ sid: "fcbb:bb00:1:e000::", behavior: "End.X", device: "HundredGigE0/0/0/0" }),
      // What takes both families does what a SID for one of them does.
      expect.objectContaining({ sid: "fcbb:bb00:1:d000::", behavior: "End.DT46" }),
      expect.objectContaining({ sid: "fcbb:bb00:1:d001::", behavior: "End.DT46" }),
    ]);
    expect(plan(document).refused).toEqual([]);
  });

  it("is not asked for a SID out of an interface that nobody named there", () => {
    const sid = { sid: "fcbb:bb00:1:e009::", behavior: "End.X", device: "eth9", nexthop: "2001:db8::2" } as const;
    const { wanted, refused } = plan(documentOf([], { localSids: [sid] }));
    expect(wanted).toHaveLength(1);
    expect(refused).toMatchObject([
      { object: "End.X fcbb:bb00:1:e009::", error: { message: expect.stringContaining("no port for eth9") } },
    ]);
  });

  it("tries every list as a policy of its own before any carries, with a route for its probe", () => {
    const document = documentOf([gold()]);
    const all = intents(document);
    const [direct = "", around = ""] = keys(document);
    expect(policyNamed(all, "gold")).toBeUndefined();
    expect(policyNamed(all, trialName(direct))?.paths[0]?.sids).toEqual(DIRECT.sids);
    expect(policyNamed(all, trialName(around))?.paths[0]?.sids).toEqual(AROUND.sids);
    const routes = all.filter(({ kind }) => kind === "route");
    expect(routes).toHaveLength(2);
    expect(lanesOn(standingOf(all), document.lanes)).toEqual({
      carried: new Map([["gold", []]]),
      installed: new Set([`gold ${direct}`, `gold ${around}`]),
    });
  });

  it("carries, with a backup beside, and is seen to carry", () => {
    const document = documentOf([gold()]);
    const all = intents(document, { carry: 1 });
    const [direct = ""] = keys(document);
    expect(policyNamed(all, "gold")).toMatchObject({
      paths: [{ name: direct }],
      backup: { sids: AROUND.sids },
      bindingSid: { locator: "sea" },
    });
    expect(all.filter((one) => one.kind === "route" && one.policy === "gold")).toMatchObject([
      { prefix: "2001:db8:f::/48" },
    ]);
    expect(
      lanesOn(standingOf(all), document.lanes)
        .carried.get("gold")
        ?.map(({ name }) => name),
    ).toEqual([direct]);
    // The same again once that stands: nothing moves, no color changes.
    expect(intents(document, { carry: 1, stands: all })).toEqual(all);
  });

  it("keeps what it carries until it is shifted", () => {
    const before = documentOf([gold()]);
    const stands = intents(before, { carry: 1 });
    const swapped = documentOf([gold({ paths: [AROUND], backup: DIRECT })]);
    expect(policyNamed(intents(swapped, { carry: 1, stands }), "gold")?.paths[0]?.sids).toEqual(DIRECT.sids);
    const moved = policyNamed(intents(swapped, { carry: 1, stands, holds: false }), "gold");
    expect(moved).toMatchObject({ paths: [{ sids: AROUND.sids }], backup: { sids: DIRECT.sids } });
    expect(moved?.color).toBe(policyNamed(stands, "gold")?.color);
  });

  it("does not hold a list that somebody changed", () => {
    const document = documentOf([gold()]);
    const stands = intents(document, { carry: 1 }).map((one) =>
      one.kind === "policy" && one.name === "gold"
        ? { ...one, paths: one.paths.map((each) => ({ ...each, sids: ["fcbb:bb00:9:e000::"] })) }
        : one,
    );
    expect(lanesOn(standingOf(stands), document.lanes).carried.get("gold")).toEqual([]);
    expect(policyNamed(intents(document, { carry: 1, stands }), "gold")?.paths[0]?.sids).toEqual(DIRECT.sids);
  });

  it("goes on with a list that no document names any more, and only with one of ours", () => {
    const stands = intents(documentOf([gold()]), { carry: 1 });
    const other = documentOf([gold({ paths: [AROUND] })]);
    const [, seen] = [other, lanesOn(standingOf(stands), other.lanes).carried.get("gold") ?? []];
    expect(seen).toMatchObject([{ name: policyNamed(stands, "gold")?.paths[0]?.name, mode: "encap.red" }]);
  });
});

describe("what a router cannot express", () => {
  const refusals = (policy: WirePolicy, family: FamilyName, more: Partial<PopDesired> = {}) => {
    const { wanted, refused } = plan(documentOf([policy], more), { carry: 1, family });
    expect(wanted.filter(({ intent }) => intent.kind === "policy" || intent.kind === "route")).toEqual([]);
    return refused.filter((one) => one.policy === "gold").map(({ error }) => error.message);
  };

  it("is refused before anything is sent: IOS-XE has no explicit lists of SIDs", () => {
    expect(refusals(gold(), "iosxe")).toEqual([expect.stringMatching(/IOS-XE: paths: .*cannot be expressed/)]);
  });

  it.each(["iosxr", "junos"] as const)("%s: classes, tenants, signed lists", (family) => {
    expect(refusals(gold({ classes: [{ dscp: 46 }] }), family)).toEqual([expect.stringContaining("classes:")]);
    const tenants = [{ name: "acme", table: 1_000 }];
    expect(refusals(gold({ tenant: "acme" }), family, { tenants })).toEqual([expect.stringContaining("tenant: acme")]);
    const signed = gold({ paths: [{ ...DIRECT, hmacKey: 1 }] });
    expect(refusals(signed, family)).toEqual([expect.stringContaining("hmacKey:")]);
  });

  it("carries a policy without the binding SID that no router takes, and says so beside", () => {
    const { wanted, refused } = plan(documentOf([gold({ bindingSid: "fcbb:bb00:1:b000::" })]), { carry: 1 });
    expect(wanted.map(({ policy }) => policy)).toContain("gold");
    expect(refused).toMatchObject([{ object: "binding SID fcbb:bb00:1:b000:: of gold" }]);
    expect(refused[0]?.policy).toBeUndefined();
  });

  it("is not tried while nothing carries yet", () => {
    const { wanted } = plan(documentOf([gold()]), { family: "iosxe" });
    expect(wanted.filter(({ intent }) => intent.kind === "policy")).toEqual([]);
  });
});
