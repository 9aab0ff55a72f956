// The routing header octet by octet: what RFC 8754 draws is what is written, and what is written is what was read.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hexOf, octetsOf, spoilt } from "../../test/support/octets.ts";
import { outcome, refusal } from "../../test/support/outcome.ts";
import { formatIpv6 } from "./address.ts";
import { parseSid, type Sid } from "./sid.ts";
import { activeSegment, decodeSrh, encodeSrh, HMAC_TLV_OCTETS, type Srh, type Tlv } from "./srh.ts";

const octet = fc.integer({ min: 0, max: 255 });
const sid = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => value as Sid);

const tlv: fc.Arbitrary<Tlv> = fc.oneof(
  fc.constant<Tlv>({ kind: "pad1" }),
  fc.record({ kind: fc.constant("padN" as const), octets: fc.nat({ max: 40 }) }),
  fc.record({
    kind: fc.constant("hmac" as const),
    bareDestination: fc.boolean(),
    keyId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    digest: fc.uint8Array({ maxLength: 40 }),
  }),
  // Any type but those that have a form of their own.
  fc.record({
    kind: fc.constant("other" as const),
    type: octet.filter((type) => ![0, 4, 5].includes(type)),
    value: fc.uint8Array({ maxLength: 40 }),
  }),
);

const octetsIn = (one: Tlv): number => {
  const inside = { pad1: -1, padN: 0, hmac: 6, other: 0 }[one.kind];
  const value = one.kind === "padN" ? one.octets : one.kind === "hmac" ? one.digest.length : 0;
  return 2 + inside + value + (one.kind === "other" ? one.value.length : 0);
};

/** TLVs, and what pads them to whole units of eight octets. */
const tlvs = fc.array(tlv, { maxLength: 5 }).map((given): Tlv[] => {
  const missing = (8 - (given.reduce((sum, one) => sum + octetsIn(one), 0) % 8)) % 8;
  if (missing === 0) return given;
  return [...given, missing === 1 ? { kind: "pad1" } : { kind: "padN", octets: missing - 2 }];
});

const header: fc.Arbitrary<Srh> = fc.array(sid, { minLength: 1, maxLength: 9 }).chain((segments) =>
  fc.record({
    nextHeader: octet,
    segmentsLeft: fc.nat({ max: segments.length }),
    flags: octet,
    tag: fc.integer({ min: 0, max: 0xffff }),
    segments: fc.constant(segments),
    tlvs,
  }),
);

const three = ["fcbb:bb00:1::", "fcbb:bb00:2::", "fcbb:bb00:3:d001::"].map(parseSid);
const plain: Srh = { nextHeader: 41, segmentsLeft: 2, flags: 0, tag: 0, segments: three, tlvs: [] };
const zeros = (count: number): Uint8Array => new Uint8Array(count);

/** Worked out by hand from the drawing in RFC 8754 §2 and those of the TLVs in §2.1. */
const GOLDEN: readonly (readonly [string, string, Srh])[] = [
  [
    "three segments, the last of the path first",
    `29 06 04 02  02 00 0000
     fcbb bb00 0003 d001 0000 0000 0000 0000
     fcbb bb00 0002 0000 0000 0000 0000 0000
     fcbb bb00 0001 0000 0000 0000 0000 0000`,
    plain,
  ],
  [
    "a reduced one: the first segment is in the destination address only",
    `04 04 04 02  01 00 0000
     fcbb bb00 0003 d001 0000 0000 0000 0000
     fcbb bb00 0002 0000 0000 0000 0000 0000`,
    { ...plain, nextHeader: 4, segments: three.slice(1) },
  ],
  [
    "flags, a tag, and a signature without the destination address",
    `8f 07 04 00  00 a5 beef
     fcbb bb00 0003 d001 0000 0000 0000 0000
     05 26 80 00  0102 0304
     0011 2233 4455 6677 8899 aabb ccdd eeff 0011 2233 4455 6677 8899 aabb ccdd eeff`,
    {
      nextHeader: 143,
      segmentsLeft: 0,
      flags: 0xa5,
      tag: 0xbeef,
      segments: three.slice(2),
      tlvs: [
        {
          kind: "hmac",
          bareDestination: true,
          keyId: 0x01020304,
          digest: octetsOf("00112233445566778899aabbccddeeff".repeat(2)),
        },
      ],
    },
  ],
  [
    "padding of one octet and of more around a TLV that nobody knows",
    `3b 04 04 00  00 00 0000
     fcbb bb00 0003 d001 0000 0000 0000 0000
     00  7c 03 01 02 03  04 00  04 06 00 00 00 00 00 00`,
    {
      ...plain,
      nextHeader: 59,
      segmentsLeft: 0,
      segments: three.slice(2),
      tlvs: [
        { kind: "pad1" },
        { kind: "other", type: 0x7c, value: Uint8Array.of(1, 2, 3) },
        { kind: "padN", octets: 0 },
        { kind: "padN", octets: 6 },
      ],
    },
  ],
];

describe("a routing header", () => {
  it.each(GOLDEN)("%s", (_what, hex, srh) => {
    expect(hexOf(encodeSrh(srh))).toBe(hex.replaceAll(/\s+/g, ""));
    expect(decodeSrh(octetsOf(hex))).toEqual({ srh, octets: octetsOf(hex).length });
  });

  it("is read as it was written", () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 20 }), (srh, after) => {
        const octets = encodeSrh(srh);
        expect(decodeSrh(Uint8Array.of(...octets, ...after))).toEqual({ srh, octets: octets.length });
      }),
      { numRuns: 300 },
    );
  });

  it("is written as it was read, whatever its TLVs hold; what breaks its layout is said to", () => {
    const any = fc.oneof(
      spoilt(header.map(encodeSrh)),
      fc.uint8Array({ maxLength: 120 }),
      fc.uint8Array({ minLength: 3, maxLength: 120 }).map((octets) => octets.with(2, 4).with(1, 3)),
    );
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(any, (octets) => {
        const result = outcome("PACKET_MALFORMED", () => decodeSrh(octets));
        seen["error" in result ? "refused" : "read"]++;
        if ("error" in result) return;
        expect(hexOf(encodeSrh(result.value.srh))).toBe(hexOf(octets.subarray(0, result.value.octets)));
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(50);
  });

  it("keeps padding that is not zero, and a signature with reserved bits, as they came", () => {
    const head = "3b 03 04 00  00 00 0000  fcbb bb00 0003 d001 0000 0000 0000 0000";
    const padding = octetsOf(`${head} 04 06 00 00 01 00 00 00`);
    const signature = octetsOf(`${head} 05 06 40 00 0000 0001`);
    expect(decodeSrh(padding).srh.tlvs).toEqual([{ kind: "other", type: 4, value: padding.slice(-6) }]);
    expect(decodeSrh(signature).srh.tlvs).toEqual([{ kind: "other", type: 5, value: signature.slice(-6) }]);
  });

  it("holds 127 segments and no more", () => {
    const many = Array.from({ length: 127 }, () => parseSid("fcbb:bb00:1::"));
    const octets = encodeSrh({ ...plain, segmentsLeft: 127, segments: many });
    expect(octets.length).toBe(8 + 127 * 16);
    expect(decodeSrh(octets).srh.segments).toEqual(many);
    const { remedy } = refusal("PACKET_MALFORMED", () => encodeSrh({ ...plain, segments: [...many, ...many] }));
    expect(remedy).toContain("1 to 127 segments");
  });

  it("with a signature is as long as Linux makes it", () => {
    const signed: Srh = {
      ...plain,
      tlvs: [{ kind: "hmac", bareDestination: false, keyId: 7, digest: zeros(32) }],
    };
    expect(encodeSrh(signed).length - encodeSrh(plain).length).toBe(HMAC_TLV_OCTETS);
  });
});

describe("the active segment", () => {
  it("moves towards the end of the path as segments left falls", () => {
    const at = (segmentsLeft: number): string | undefined => {
      const active = activeSegment({ ...plain, segmentsLeft });
      return active === undefined ? undefined : formatIpv6(active);
    };
    expect([2, 1, 0].map(at)).toEqual(["fcbb:bb00:1::", "fcbb:bb00:2::", "fcbb:bb00:3:d001::"]);
  });

  it("of a reduced header is at first in the destination address only", () => {
    const reduced = { ...plain, segments: three.slice(1) };
    expect(activeSegment(reduced)).toBeUndefined();
    expect(decodeSrh(encodeSrh(reduced)).srh.segmentsLeft).toBe(2);
    expect(activeSegment({ ...reduced, segmentsLeft: 1 })).toBe(three[1]);
  });
});

describe("refused", () => {
  const [, hex] = GOLDEN[0] as readonly [string, string, Srh];
  const whole = octetsOf(hex);

  it.each([
    ["nothing", zeros(0), "0 octets are no routing header"],
    ["half a header", whole.slice(0, 7), "7 octets are no routing header"],
    ["one that ends early", whole.slice(0, -1), "a header of 56 octets ends after 55"],
    ["another routing type", whole.with(2, 3), "routing type 3 is not 4"],
    ["more segments than there is room for", whole.with(4, 3), "4 segments do not fit a header of 56 octets"],
    ["more left than a reduced header can say", whole.with(3, 4), "4 segments left of 3"],
    ["a TLV that runs past the end", octetsOf(`${hex} 7c07010203040506`).with(1, 7), "TLV 124 runs past the header"],
    ["a TLV cut before its length", octetsOf(`${hex} 0000000000000005`).with(1, 7), "TLV 5 runs past the header"],
  ])("when read: %s", (_what, octets, why) => {
    expect(refusal("PACKET_MALFORMED", () => decodeSrh(octets)).message).toBe(`no segment routing header: ${why}`);
  });

  it.each<[string, Partial<Srh>, string]>([
    ["no segments", { segments: [], segmentsLeft: 0 }, "0 segments, 0 left and 8 octets make no header"],
    ["more left than there are", { segmentsLeft: 4 }, "3 segments, 4 left"],
    ["fewer left than none", { segmentsLeft: -1 }, "segmentsLeft -1 does not fit 8 bits"],
    ["half a segment left", { segmentsLeft: 0.5 }, "segmentsLeft 0.5"],
    ["TLVs that fill no whole unit", { tlvs: [{ kind: "pad1" }] }, "57 octets"],
    ["a protocol beyond an octet", { nextHeader: 256 }, "nextHeader 256"],
    ["flags beyond an octet", { flags: 256 }, "flags 256"],
    ["a tag beyond two", { tag: 0x10000 }, "tag 65536 does not fit 16 bits"],
    ["padding beyond its length field", { tlvs: [{ kind: "padN", octets: 256 }] }, "padding octets 256"],
    [
      "a key beyond four octets",
      { tlvs: [{ kind: "hmac", bareDestination: false, keyId: 2 ** 32, digest: zeros(32) }] },
      "HMAC key 4294967296 does not fit 32 bits",
    ],
    ["a value beyond its length field", { tlvs: [{ kind: "other", type: 9, value: zeros(262) }] }, "TLV length 262"],
    ["a type beyond an octet", { tlvs: [{ kind: "other", type: 256, value: zeros(6) }] }, "TLV type 256"],
    ["a value in Pad1", { tlvs: [{ kind: "other", type: 0, value: zeros(6) }] }, "type 0 is Pad1 and holds nothing"],
  ])("when written: %s", (_what, wrong, why) => {
    expect(refusal("PACKET_MALFORMED", () => encodeSrh({ ...plain, ...wrong })).message).toContain(why);
  });
});
