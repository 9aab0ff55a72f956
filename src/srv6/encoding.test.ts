// What a SID list costs: octets counted by hand, and what may not be sent is said with its reason.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../test/support/outcome.ts";
import { ENCAP_MODES, type EncapMode } from "./behavior.ts";
import { parseWaypoint, type Waypoint } from "./compress.ts";
import { cheapest, type EncodingLimits, encodings, headerOctets } from "./encoding.ts";
import { parseSid } from "./sid.ts";
import { encodeSrh } from "./srh.ts";

const read = (...path: readonly string[]): Waypoint[] => path.map((text) => parseWaypoint(text, 32));
/** Six of them fit one carrier. */
const six = read(..."123456".split("").map((node) => `fcbb:bb00:${node}::/48`));
const one = read("fcbb:bb00:1:d001::");
const many = (count: number): Waypoint[] =>
  Array.from({ length: count }, () => ({ sid: parseSid("fcbb:bb00:1:d001::") }));

/** Name, header octets, and why it is refused. */
const rows = (path: readonly Waypoint[], limits: EncodingLimits): (readonly [string, number, string | undefined])[] =>
  encodings(path, limits).all.map(({ name, headerOctets, refused }) => [name, headerOctets, refused]);

describe("header octets", () => {
  // Outer IPv6 is 40, a routing header 8 and 16 a segment, a frame's own header 14; tshark counts the same on Linux.
  it.each<[EncapMode, readonly number[]]>([
    ["encap", [64, 80, 96, 144]],
    ["encap.red", [40, 64, 80, 128]],
    ["inline", [40, 56, 72, 120]],
    ["l2encap", [78, 94, 110, 158]],
    ["l2encap.red", [54, 78, 94, 142]],
  ])("%s of 1, 2, 3 and 6 SIDs: %j", (mode, octets) => {
    expect([1, 2, 3, 6].map((segments) => headerOctets(mode, segments))).toEqual(octets);
  });

  it("grow by 40 with a signature", () => {
    for (const mode of ENCAP_MODES) expect(headerOctets(mode, 3, true) - headerOctets(mode, 3)).toBe(40);
  });

  it("are those of the header that is sent", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.boolean(), (count, hmac) => {
        const segments = many(count).map(({ sid }) => sid);
        const digest = new Uint8Array(32);
        const tlvs = hmac ? [{ kind: "hmac" as const, bareDestination: false, keyId: 1, digest }] : [];
        const octets = encodeSrh({ nextHeader: 4, segmentsLeft: count - 1, flags: 0, tag: 0, segments, tlvs });
        expect(headerOctets("encap", count, hmac)).toBe(40 + octets.length);
        expect(headerOctets("inline", count - 1, hmac)).toBe(octets.length);
        expect(headerOctets("encap.red", count + 1, hmac)).toBe(40 + octets.length);
      }),
    );
  });
});

describe("the encodings of a path", () => {
  it("of six compressible SIDs: one carrier needs no routing header at all", () => {
    const { all, carriers } = encodings(six, { mtu: 1_500 });
    expect(
      all.map(({ name, mode, listed, headerOctets, innerMtu, mss }) => [
        name,
        mode,
        listed,
        headerOctets,
        innerMtu,
        mss,
      ]),
    ).toEqual([
      ["full", "encap", 6, 144, 1_356, { 4: 1_316, 6: 1_296 }],
      ["reduced", "encap.red", 5, 128, 1_372, { 4: 1_332, 6: 1_312 }],
      ["csid-full", "encap", 1, 64, 1_436, { 4: 1_396, 6: 1_376 }],
      ["csid-reduced", "encap.red", 0, 40, 1_460, { 4: 1_420, 6: 1_400 }],
    ]);
    expect(carriers.map(({ sid }) => sid)).toEqual([parseSid("fcbb:bb00:1:2:3:4:5:6")]);
    expect(all.map(({ segments }) => segments.length)).toEqual([6, 6, 1, 1]);
    expect(cheapest(all)?.name).toBe("csid-reduced");
  });

  it("of SIDs that cannot be compressed: the plainer of two that cost the same", () => {
    const { all } = encodings(many(3), { mtu: 1_500 });
    expect(all.map(({ headerOctets }) => headerOctets)).toEqual([96, 80, 96, 80]);
    expect(cheapest(all)?.name).toBe("reduced");
  });

  it("that must be signed have a header to sign", () => {
    const none = "it has no header to sign";
    expect(rows(one, { mtu: 1_500, hmac: true })).toEqual([
      ["full", 104, undefined],
      ["reduced", 88, none],
      ["csid-full", 104, undefined],
      ["csid-reduced", 88, none],
    ]);
    const signed = encodings(six, { mtu: 1_500, hmac: true }).all;
    expect(signed.map(({ refused }) => refused)).toEqual([undefined, undefined, undefined, none]);
    expect(cheapest(signed)?.name).toBe("csid-full");
  });

  it("longer than the head-end can put on are refused, also reduced", () => {
    const deep = "6 SIDs, and the head-end can put on 5";
    expect(rows(six, { mtu: 1_500, maxDepth: 5 }).map(([, , refused]) => refused)).toEqual([
      deep,
      deep,
      undefined,
      undefined,
    ]);
    expect(rows(six, { mtu: 1_500, maxDepth: 6 }).every(([, , refused]) => refused === undefined)).toBe(true);
  });

  it("leave IPv6 its least MTU, to the octet", () => {
    expect(rows(six, { mtu: 1_424 })[0]).toEqual(["full", 144, undefined]);
    expect(rows(six, { mtu: 1_423 })[0]).toEqual(["full", 144, "leaves 1279 octets, less than IPv6's 1280"]);
    const { all } = encodings(six, { mtu: 1_280 });
    expect(all.every(({ refused }) => refused?.startsWith("leaves"))).toBe(true);
    expect(cheapest(all)).toBeUndefined();
  });

  it("longer than a routing header can be are refused", () => {
    const full = (count: number, hmac: boolean) => rows(many(count), { mtu: 9_000, hmac })[0]?.[2];
    expect([full(127, false), full(125, true)]).toEqual([undefined, undefined]);
    expect(full(128, false)).toBe("a routing header of 2056 octets, and its length field ends at 2048");
    expect(full(126, true)).toBe("a routing header of 2064 octets, and its length field ends at 2048");
  });

  it("always: what is left of the MTU and of the MSS adds up, and the cheapest is the least that is allowed", () => {
    const path = fc.array(fc.constantFrom(...six, ...one), { minLength: 1, maxLength: 20 });
    const limits = fc.record(
      { mtu: fc.integer({ min: 1_280, max: 9_216 }), maxDepth: fc.integer({ min: 1, max: 12 }), hmac: fc.boolean() },
      { requiredKeys: ["mtu"] },
    );
    fc.assert(
      fc.property(path, limits, (waypoints, given) => {
        const { all } = encodings(waypoints, given);
        for (const { headerOctets, innerMtu, mss } of all) {
          expect(headerOctets + innerMtu).toBe(given.mtu);
          expect([mss[4], mss[6]]).toEqual([innerMtu - 40, innerMtu - 60]);
        }
        const allowed = all.filter(({ refused }) => refused === undefined).map(({ headerOctets }) => headerOctets);
        expect(cheapest(all)?.headerOctets).toBe(allowed.length === 0 ? undefined : Math.min(...allowed));
      }),
    );
  });
});

describe("refused", () => {
  it("a list without SIDs", () => {
    expect(refusal("VALUE_INVALID", () => encodings([], { mtu: 1_500 })).message).toContain("a SID list without SIDs");
  });

  it("an MTU that no IPv6 link may have", () => {
    const { message, remedy } = refusal("VALUE_INVALID", () => encodings(one, { mtu: 1_279 }));
    expect([message, remedy].join(" ")).toMatch(/1279 octets.*1280 octets at least/);
  });
});
