// The routing header against octets worked out from RFC 8754 §2, against itself, and against noise.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SrwanError } from "../base/errors.ts";
import { parseSid, type Sid } from "./sid.ts";
import { activeSegment, decodeSrh, encodeSrh, type Srh, type Tlv } from "./srh.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.trim().split(/\s+/), (octet) => Number.parseInt(octet, 16));

const PLAIN: Srh = {
  nextHeader: 41,
  segmentsLeft: 1,
  flags: 0,
  tag: 0x0102,
  segments: ["fcbb:bb00:1::", "fcbb:bb00:2::"].map(parseSid),
  tlvs: [],
};
/** Next header 41, length 4 units after the first, type 4, one left, last entry 1; the list runs backwards. */
const PLAIN_OCTETS = hex(`29 04 04 01 01 00 01 02
  fc bb bb 00 00 02 00 00 00 00 00 00 00 00 00 00
  fc bb bb 00 00 01 00 00 00 00 00 00 00 00 00 00`);

const tlv: fc.Arbitrary<Tlv> = fc.oneof(
  fc.constant<Tlv>({ kind: "pad1" }),
  fc.integer({ min: 0, max: 5 }).map((octets): Tlv => ({ kind: "padN", octets })),
  fc
    .record({ bareDestination: fc.boolean(), keyId: fc.integer({ min: 0, max: 0xffff_ffff }), digest: octets(32) })
    .map((rest): Tlv => ({ kind: "hmac", ...rest })),
  fc
    .record({ type: fc.integer({ min: 6, max: 255 }), value: octets(9) })
    .map((rest): Tlv => ({ kind: "other", ...rest })),
);

function octets(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

const sid = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => value as Sid);

const header: fc.Arbitrary<Srh> = fc
  .record({
    nextHeader: fc.nat(255),
    segmentsLeft: fc.nat(8),
    flags: fc.nat(255),
    tag: fc.nat(0xffff),
    segments: fc.array(sid, { minLength: 1, maxLength: 8 }),
    tlvs: fc.array(tlv, { maxLength: 4 }),
  })
  .map((srh) => ({ ...srh, segmentsLeft: srh.segmentsLeft % (srh.segments.length + 1), tlvs: padded(srh.tlvs) }));

/** Filled up to whole units of eight octets, as a sender must. */
function padded(tlvs: readonly Tlv[]): Tlv[] {
  const size = (one: Tlv): number =>
    one.kind === "pad1" ? 1 : one.kind === "padN" ? 2 + one.octets : one.kind === "hmac" ? 40 : 2 + one.value.length;
  const missing = -tlvs.reduce((sum, one) => sum + size(one), 0) & 7;
  return [...tlvs, ...Array.from({ length: missing }, (): Tlv => ({ kind: "pad1" }))];
}

describe("a routing header", () => {
  it("is the octets of RFC 8754", () => {
    expect(encodeSrh(PLAIN)).toEqual(PLAIN_OCTETS);
    expect(decodeSrh(PLAIN_OCTETS)).toEqual({ srh: PLAIN, octets: 40 });
  });

  it("carries an HMAC as RFC 8754 §2.1.2 lays it out", () => {
    const digest = Uint8Array.from({ length: 32 }, (_, i) => i);
    const signed = encodeSrh({
      ...PLAIN,
      flags: 8,
      tlvs: [{ kind: "hmac", bareDestination: true, keyId: 17, digest }],
    });
    expect(signed.slice(0, 2)).toEqual(hex("29 09"));
    expect(signed.slice(40, 50)).toEqual(hex("05 26 80 00 00 00 00 11 00 01"));
  });

  it("comes back from its octets, TLVs and all, and the octets from it", () => {
    fc.assert(
      fc.property(header, (srh) => {
        const encoded = encodeSrh(srh);
        expect(decodeSrh(encoded)).toEqual({ srh, octets: encoded.length });
        expect(encodeSrh(decodeSrh(encoded).srh)).toEqual(encoded);
      }),
    );
  });

  it("says which segment is next, and that a reduced one may not hold it", () => {
    expect(activeSegment(PLAIN)).toBe(PLAIN.segments[0]);
    expect(activeSegment({ ...PLAIN, segmentsLeft: 0 })).toBe(PLAIN.segments[1]);
    expect(activeSegment({ ...PLAIN, segmentsLeft: 2 })).toBeUndefined();
  });

  it("is read or refused, never anything else, from 2,000 spoiled headers", () => {
    fc.assert(
      fc.property(
        header,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
        (srh, noise, length) => {
          const spoiled = encodeSrh(srh).slice(0, length % 200 === 0 ? length % 40 : undefined);
          for (const [at, value] of noise) spoiled[at % Math.max(1, Math.min(spoiled.length, 12))] = value;
          try {
            const { octets: read } = decodeSrh(spoiled);
            expect(read).toBeLessThanOrEqual(spoiled.length);
          } catch (error) {
            expect(error).toBeInstanceOf(SrwanError);
            expect(error).toMatchObject({ code: "PACKET_MALFORMED" });
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["no segments", { segments: [] }],
    ["more left than there are", { segmentsLeft: 4 }],
    ["TLVs that fill no whole unit", { tlvs: [{ kind: "pad1" as const }] }],
  ])("is not made of %s", (_what, wrong) => {
    expect(() => encodeSrh({ ...PLAIN, ...wrong })).toThrow(expect.objectContaining({ code: "PACKET_MALFORMED" }));
  });
});
