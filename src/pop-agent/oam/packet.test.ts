// A sounding is a customer's packet in form: our own decoder, which knows nothing of it, reads it; and what comes back is
// told apart from everything that is not ours.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Ipv6, parseIpv6 } from "../../srv6/address.ts";
import { decodePacket } from "../../srv6/packet.ts";
import { parseSid } from "../../srv6/sid.ts";
import { checksum } from "../linux/too-big.ts";
import { heardIn, type Sounding, soundingOctets } from "./packet.ts";

const SIDS = ["fcbb:bb00:1:e001::", "fcbb:bb00:2:e002::", "fcbb:bb00:4:d006::"].map(parseSid);
const sounding = (more: Partial<Sounding> = {}): Sounding => ({
  source: parseIpv6("fcbb:bb00:1:ffff::1"),
  target: parseIpv6("fcbb:bb00:4:ffff::1"),
  sids: SIDS,
  mode: "encap.red",
  hopLimit: 3,
  id: 77,
  sequence: 9,
  ...more,
});

describe("a sounding", () => {
  it.for([
    ["encap.red", 3, "ipv6 srh ipv6 payload"],
    ["encap", 3, "ipv6 srh ipv6 payload"],
    ["encap.red", 1, "ipv6 ipv6 payload"],
    ["encap", 1, "ipv6 srh ipv6 payload"],
    ["encap.red", 0, "ipv6 payload"],
  ] as const)("in %s of %i SIDs has the form %s", ([mode, count, kinds]) => {
    const octets = soundingOctets(sounding({ mode, sids: SIDS.slice(0, count) }));
    const layers = decodePacket(octets, "ip");
    expect(layers.map(({ kind }) => kind).join(" ")).toBe(kinds);
    const [outer] = layers;
    expect(outer).toMatchObject({
      hopLimit: 3,
      destination: count === 0 ? sounding().target : SIDS[0],
      payloadOctets: octets.length - 40,
    });
    const srh = layers.find((one) => one.kind === "srh");
    if (srh?.kind === "srh") expect(srh.srh.segmentsLeft).toBe(count - 1);
  });

  it.for([3, 1])("signed, has a header with all of %i SIDs, and what Linux makes its HMAC of", (count) => {
    const made: Uint8Array[] = [];
    const hmac = (octets: Uint8Array): Uint8Array => {
      made.push(octets);
      return Uint8Array.from({ length: 32 }, (_, i) => i + 1);
    };
    const sids = SIDS.slice(0, count);
    const octets = soundingOctets(sounding({ sids, signature: { keyId: 7, hmac } }));
    const srh = decodePacket(octets, "ip").find((one) => one.kind === "srh");
    expect(srh?.kind === "srh" && srh.srh).toMatchObject({
      ...{ segments: sids, segmentsLeft: count - 1, flags: 8 },
      tlvs: [
        { kind: "hmac", keyId: 7, bareDestination: false, digest: Uint8Array.from({ length: 32 }, (_, i) => i + 1) },
      ],
    });
    // Octets of the packet itself: source, last segment and flags, key, segments as they lie.
    const [header, tlv] = [octets.subarray(40), octets.subarray(40 + 8 + 16 * count)];
    const parts = [
      octets.subarray(8, 24),
      header.subarray(4, 6),
      tlv.subarray(4, 8),
      header.subarray(8, 8 + 16 * count),
    ];
    expect(Buffer.concat(parts).equals(Buffer.from(made[0] ?? []))).toBe(true);
  });

  it("carries an echo request whose checksum is right", () => {
    const octets = soundingOctets(sounding({ sids: [] }));
    const pseudo = new Uint8Array(40 + 8);
    pseudo.set(octets.subarray(8, 40));
    pseudo.set([0, 0, 0, 8, 0, 0, 0, 58], 32);
    pseudo.set(octets.subarray(40), 40);
    expect(checksum(pseudo)).toBe(0);
  });
});

/** As a node writes it that goes no further: eight octets, then the packet as it saw it. */
const refusal = (type: number, octets: Uint8Array): Uint8Array => Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0, ...octets);

describe("what comes back", () => {
  it("is the far end's answer, or who went no further and where it was bound for", () => {
    const octets = soundingOctets(sounding());
    expect(heardIn(Uint8Array.of(129, 0, 0, 0, 0, 77, 0, 9), 77)).toEqual({
      what: "reply",
      sequence: 9,
      towards: undefined,
    });
    for (const [type, what] of [
      [1, "unreachable"],
      [2, "too-big"],
      [3, "expired"],
      [4, "bad"],
    ] as const) {
      expect(heardIn(refusal(type, octets), 77)).toEqual({ what, sequence: 9, towards: SIDS[0] });
    }
    // Behind the last SID only the packet inside is left.
    expect(heardIn(refusal(1, soundingOctets(sounding({ sids: [] }))), 77)?.towards).toBe(sounding().target as Ipv6);
  });

  it("of another's, or of any octets, is nobody's answer and no failure", () => {
    expect(heardIn(refusal(3, soundingOctets(sounding({ id: 78 }))), 77)).toBeUndefined();
    const whole = refusal(3, soundingOctets(sounding()));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length), (noise, cut) => {
        heardIn(noise, 77);
        const short = heardIn(whole.subarray(0, cut), 77);
        expect(short === undefined || short.sequence === 9).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
