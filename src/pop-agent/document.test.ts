// The service's document as lanes and SIDs: what cannot be read is refused by itself, and the rest stands.

import { describe, expect, it } from "vitest";
import { parsePrefix } from "../srv6/address.ts";
import type { PopDesired, WirePath, WirePolicy } from "../wire/desired.ts";
import { type Local, readDocument } from "./document.ts";
import { goalOf, mtuOf } from "./goal.ts";
import { allPaths, keyOf, overheadOctets, pathKey } from "./lane.ts";

const LOCAL: Local = { probeDevice: "srwan-probe", management: [], translates6: false };
const path = (name: string, sids: string[], more: Partial<WirePath> = {}): WirePath => ({
  name,
  segments: ["sea/alder>chi"],
  sids,
  weight: 1,
  mode: "encap.red",
  ...more,
});
const gold: WirePolicy = {
  name: "gold",
  to: "fra",
  far: "2001:db8:ff::/64",
  paths: [path("a", ["fcbb:bb00:1:e001::", "fcbb:bb00:b:d006::"])],
  backup: path("b", ["fcbb:bb00:1:e002::", "fcbb:bb00:b:d006::"]),
  prefixes: ["2001:db8:b::/48"],
  classes: [],
};
const document = (more: Partial<PopDesired> = {}): PopDesired => ({
  version: 1,
  settings: {
    pop: "sea",
    group: "core",
    blocks: ["fcbb:bb00::/32"],
    segments: ["eth1"],
    tunnelSource: "2001:db8:1::1",
    near: "2001:db8:fe::/64",
    reportMs: 1_000,
    drained: false,
  },
  tenants: [],
  hmacKeys: [],
  localSids: [],
  policies: [gold],
  peers: [],
  ...more,
});
const read = (more: Partial<PopDesired> = {}, local: Partial<Local> = {}) =>
  readDocument(document(more), { ...LOCAL, ...local });

describe("a document", () => {
  it("makes one lane of a policy, and one path of two that say the same", () => {
    const twice = { ...gold, paths: [...gold.paths, { ...(gold.paths[0] as WirePath), name: "again", weight: 2 }] };
    const [lane] = read({ policies: [twice] }).lanes;
    expect(lane?.paths.map(({ name, list }) => [name, list.weight])).toEqual([["a", 3]]);
    expect(lane && allPaths(lane).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("names a path by what it says: renamed it is the same, with another SID another", () => {
    const key = (one: WirePath) => read({ policies: [{ ...gold, paths: [one] }] }).lanes[0]?.paths.map(keyOf)[0];
    const first = gold.paths[0] as WirePath;
    expect(key({ ...first, name: "z", weight: 9 })).toBe(key(first));
    expect(key({ ...first, mode: "encap" })).not.toBe(key(first));
    expect(key({ ...first, sids: first.sids.slice(1) })).not.toBe(key(first));
  });

  it.each([
    [
      "a SID that is none",
      { policies: [{ ...gold, name: "odd", paths: [path("x", ["nonsense"])] }, gold] },
      /nonsense/,
    ],
    ["a tenant that is not there", { policies: [{ ...gold, name: "odd", tenant: "red" }, gold] }, /no tenant red/],
  ])("refuses %s by itself", (_what, more, message) => {
    const { lanes, refused } = read(more);
    expect(lanes.map(({ policy }) => policy)).toEqual(["gold"]);
    expect(refused).toMatchObject([{ policy: "odd", error: { message: expect.stringMatching(message) } }]);
  });

  it("refuses a policy that would take the management path along, and no other", () => {
    const { lanes, refused } = read({}, { management: [parsePrefix("2001:db8:b:1::/64")] });
    expect([lanes, refused[0]?.error.code]).toEqual([[], "RISK_MANAGEMENT_PATH"]);
  });

  it.each([
    ["End.DT4", {}, { action: "End.DX4", nexthop: 0n }],
    ["End.DT6", {}, { action: "End.DT6", table: 254 }],
    ["End.DT6", { translates6: true }, { action: "End.DX6", nexthop: 0n }],
  ] as const)("delivers into main by %s as this kernel can", (behavior, local, expected) => {
    const { localSids } = read({ localSids: [{ sid: "fcbb:bb00:1:d000::", behavior }] }, local);
    expect(localSids[0]?.behavior).toEqual(expected);
  });

  it("delivers a tenant's packets into its own table", () => {
    const tenants = [{ name: "red", table: 1_001 }];
    const { localSids } = read({
      tenants,
      localSids: [{ sid: "fcbb:bb00:1:d000::", behavior: "End.DT46", tenant: "red" }],
    });
    expect(localSids[0]?.behavior).toEqual({ action: "End.DT46", vrfTable: 1_001 });
  });
});

describe("a goal", () => {
  const staged = (policies: WirePolicy[], carries: boolean) =>
    read({ policies }).lanes.map((lane) => ({
      lane,
      stage: carries
        ? { carry: lane.paths, spare: lane.backup === undefined ? [] : [lane.backup] }
        : { carry: [], spare: allPaths(lane) },
    }));
  const goal = (policies: WirePolicy[], carries: boolean) =>
    goalOf(read({ policies }), staged(policies, carries), () => 1_500);

  it("steers nothing into a policy that has nothing proved, and probes every path of it", () => {
    const { desired, probes, mtus } = goal([gold], false);
    expect(desired.steering.map(({ policy }) => policy).filter((name) => name === "gold")).toEqual([]);
    expect([probes.length, mtus.get("gold")]).toEqual([2, 1_500 - 40 - 8 - 16]);
  });

  it("probes the same list to the same POP once, as often as the more impatient policy wants", () => {
    const { probes } = goal([gold, { ...gold, name: "fast", probeMs: 30 }], true);
    expect(probes.map(({ intervalMs }) => intervalMs)).toEqual([30, 30]);
    expect(new Set(probes.map(({ address }) => address.address)).size).toBe(2);
  });

  it("asks over the path's own way back and over another's", () => {
    const back = (sid: string) => ({ back: [`fcbb:bb00:b:${sid}::`] });
    const [a] = gold.paths;
    const both = {
      ...gold,
      paths: [{ ...(a as WirePath), ...back("e001") }],
      backup: { ...(gold.backup as WirePath), ...back("e002") },
    };
    const { probes } = goal([both], true);
    expect(probes.map(({ backs }) => backs.length)).toEqual([2, 2]);
    expect(probes[0]?.backs).toEqual(probes[1]?.backs.toReversed());
  });

  it("does not probe what only carries others' answers", () => {
    expect(goal([{ ...gold, unprobed: true }], true).probes).toEqual([]);
  });
});

it("what encapsulation adds: a header, and the SIDs that are listed", () => {
  const one = read().lanes[0]?.paths[0]?.list;
  if (one === undefined) throw new Error("no path");
  expect(overheadOctets(one)).toBe(40 + 8 + 16);
  expect(overheadOctets({ ...one, mode: "encap" })).toBe(40 + 8 + 32);
  expect(overheadOctets({ ...one, segments: one.segments.slice(0, 1) })).toBe(40);
  expect(overheadOctets({ ...one, hmacKeyId: 1 })).toBe(40 + 8 + 16 + 40);
  expect(mtuOf([], () => 1_500)).toBeUndefined();
  // The narrower of what the document says of the whole path and of the interface that it leaves by.
  const over = (mtuOctets?: number) =>
    read({
      policies: [
        {
          ...gold,
          paths: [
            path("a", ["fcbb:bb00:1:e001::", "fcbb:bb00:b:d006::"], mtuOctets === undefined ? {} : { mtuOctets }),
          ],
        },
      ],
    }).lanes[0]?.paths ?? [];
  expect([over(1_420), over(8_900), over()].map((paths) => mtuOf(paths, () => 1_500))).toEqual([1_356, 1_436, 1_436]);
  expect(pathKey(one)).toMatch(/^[0-9a-z]{13}$/);
});
