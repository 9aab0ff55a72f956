// What an encoding costs, against sums done by hand: 40 octets of outer IPv6, 8 of SRH, 16 a segment, 40 of HMAC.

import { describe, expect, it } from "vitest";
import type { EncapMode } from "./behavior.ts";
import type { Waypoint } from "./compress.ts";
import { cheapest, encodings, headerOctets } from "./encoding.ts";
import { parseSid } from "./sid.ts";

const path = (count: number, csid: boolean): Waypoint[] =>
  Array.from({ length: count }, (_, i) => ({
    sid: parseSid(`fcbb:bb00:${i + 1}::`),
    ...(csid ? { nextCsid: { blockBits: 32, nodeFunctionBits: 16 } } : {}),
  }));

describe("header octets", () => {
  it.each<[EncapMode, number, boolean, number]>([
    ["encap", 1, false, 40 + 8 + 16],
    ["encap", 3, false, 40 + 8 + 48],
    ["encap", 3, true, 40 + 8 + 48 + 40],
    ["encap.red", 1, false, 40],
    ["encap.red", 3, false, 40 + 8 + 32],
    ["encap.red", 3, true, 40 + 8 + 32 + 40],
    ["inline", 2, false, 8 + 48],
    ["l2encap", 2, false, 40 + 8 + 32],
    ["l2encap.red", 1, false, 40],
  ])("of %s with %i segments, signed %s: %i", (mode, segments, hmac, octets) => {
    expect(headerOctets(mode, segments, hmac)).toBe(octets);
  });
});

describe("encodings", () => {
  it("of six waypoints: 144 octets in full, 40 in one carrier", () => {
    const { all } = encodings(path(6, true), { mtu: 1_500 });
    expect(all.map(({ name, headerOctets: cost, innerMtu }) => [name, cost, innerMtu])).toEqual([
      ["full", 144, 1_356],
      ["reduced", 128, 1_372],
      ["csid-full", 64, 1_436],
      ["csid-reduced", 40, 1_460],
    ]);
    expect(cheapest(all)?.name).toBe("csid-reduced");
  });

  it("leave a TCP segment of the inner MTU less both headers", () => {
    const [full] = encodings(path(1, false), { mtu: 1_500 }).all;
    expect([full?.innerMtu, full?.mss]).toEqual([1_436, { 4: 1_396, 6: 1_376 }]);
  });

  it("without a header to sign are refused where headers must be signed", () => {
    const { all } = encodings(path(6, true), { mtu: 1_500, hmac: true });
    expect(all.filter(({ refused }) => refused).map(({ name, refused }) => [name, refused])).toEqual([
      ["csid-reduced", "it has no header to sign"],
    ]);
    expect(cheapest(all)?.name).toBe("csid-full");
  });

  it("deeper than the head-end can send are refused, and compression is what is left", () => {
    const { all } = encodings(path(6, true), { mtu: 1_500, maxDepth: 3 });
    expect(all.filter(({ refused }) => refused).map(({ name }) => name)).toEqual(["full", "reduced"]);
    expect(all[0]?.refused).toBe("6 SIDs, and the head-end can put on 3");
  });

  it("that leave less than IPv6 needs are refused", () => {
    const { all } = encodings(path(6, false), { mtu: 1_400 });
    expect(all.every(({ refused }) => refused?.includes("less than IPv6's 1280"))).toBe(true);
    expect(cheapest(all)).toBeUndefined();
  });

  it("of equal cost: the plainer is chosen", () => {
    expect(cheapest(encodings(path(3, false), { mtu: 1_500 }).all)?.name).toBe("reduced");
  });

  it.each([
    ["no SIDs", [], 1_500, /without SIDs/],
    ["a link too small for IPv6", path(1, false), 1_279, /MTU of 1279/],
  ])("are not made of %s", (_what, waypoints, mtu, message) => {
    expect(() => encodings(waypoints, { mtu })).toThrow(message);
  });
});
