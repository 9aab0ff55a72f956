// A refusal of an outer packet becomes one for who sent the inner, with what fits inside; anything else becomes nothing.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrefix } from "../../srv6/address.ts";
import { checksum, relayedTooBig } from "./too-big.ts";

const BLOCKS = [parsePrefix("fcbb:bb00::/32")];
const SID = [0xfc, 0xbb, 0xbb, 0x00, 0, 2, ...Array(10).fill(0)];

const ipv6 = (next: number, source: number[], destination: number[]): number[] => [
  0x60,
  0,
  0,
  0,
  0,
  0,
  next,
  64,
  ...source,
  ...destination,
];
const SRH = [0, 4, 4, 1, 1, 0, 0, 0, ...SID, ...SID];
const inner6 = [...ipv6(17, Array(16).fill(7), Array(16).fill(9)), ...Array(1_400).fill(1)];
const inner4 = [0x45, 0, 5, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 1, 2, 10, 0, 2, 2, ...Array(600).fill(1)];

const refusal = (mtu: number, outer: number[]): Uint8Array =>
  Uint8Array.from([2, 0, 0, 0, mtu >> 24, (mtu >> 16) & 255, (mtu >> 8) & 255, mtu & 255, ...outer]);
const over = (inner: number[], kind: 4 | 41): number[] => {
  const srh = SRH.with(0, kind);
  return [...ipv6(43, Array(16).fill(1), SID), ...srh, ...inner];
};

describe("a packet that was too big", () => {
  it("of IPv6 is refused to its sender with what is left inside header and SIDs", () => {
    const told = relayedTooBig(refusal(1_500, over(inner6, 41)), BLOCKS);
    expect(told).toMatchObject({ family: 6, mtuOctets: 1_420, sender: new Uint8Array(16).fill(7) });
    expect([told?.message[0], new DataView(told?.message.buffer as ArrayBuffer).getUint32(4)]).toEqual([2, 1_420]);
    expect(told?.message.length).toBe(1_280 - 40);
  });

  it("of IPv4 likewise, with a checksum of its own", () => {
    const told = relayedTooBig(refusal(1_500, over(inner4, 4)), BLOCKS);
    expect(told).toMatchObject({ family: 4, mtuOctets: 1_420, sender: Uint8Array.of(10, 0, 1, 2) });
    expect([...(told?.message.subarray(0, 2) ?? [])]).toEqual([3, 4]);
    expect(checksum(told?.message ?? new Uint8Array())).toBe(0);
  });

  it("without a routing header, as the reduced form of one SID is, is read as well", () => {
    const outer = [...ipv6(41, Array(16).fill(1), SID), ...inner6];
    expect(relayedTooBig(refusal(1_500, outer), BLOCKS)?.mtuOctets).toBe(1_460);
  });

  it("is never told to take less than its family's least", () => {
    expect(relayedTooBig(refusal(1_280, over(inner6, 41)), BLOCKS)?.mtuOctets).toBe(1_280);
  });

  it("that is not of our SIDs, or is no such refusal, is nobody's matter, whatever its octets", () => {
    const other = [...ipv6(41, Array(16).fill(1), Array(16).fill(0x20)), ...inner6];
    expect(relayedTooBig(refusal(1_500, other), BLOCKS)).toBeUndefined();
    const whole = refusal(1_500, over(inner6, 41));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(1_500), (octets, cut) => {
        expect(() => relayedTooBig(octets, BLOCKS)).not.toThrow();
        expect(() => relayedTooBig(whole.slice(0, cut), BLOCKS)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});
