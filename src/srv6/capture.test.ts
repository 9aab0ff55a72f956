// Capture files in every form that tools write them: both octet orders, both clocks, pcapng with several interfaces.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SrwanError } from "../base/errors.ts";
import { isCapture, readCapture } from "./capture.ts";

/** Words of 16 and 32 bits and octets, in one octet order. */
function file(little: boolean, parts: readonly (readonly ["u16" | "u32", number] | Uint8Array)[]): Uint8Array {
  return Uint8Array.of(
    ...parts.flatMap((part) => {
      if (part instanceof Uint8Array) return [...part];
      const bytes = part[0] === "u16" ? [8, 0] : [24, 16, 8, 0];
      const octets = bytes.map((shift) => (part[1] >>> shift) & 0xff);
      return little ? octets.reverse() : octets;
    }),
  );
}

const FRAME = Uint8Array.of(1, 2, 3, 4, 5);

function pcap(little: boolean, magic: number, link: number): Uint8Array {
  const head = [
    ["u32", magic],
    ["u16", 2],
    ["u16", 4],
    ["u32", 0],
    ["u32", 0],
    ["u32", 65_535],
    ["u32", link],
  ] as const;
  const record = [["u32", 100], ["u32", 7], ["u32", FRAME.length], ["u32", FRAME.length], FRAME] as const;
  return file(little, [...head, ...record, ...record]);
}

function pcapng(little: boolean): Uint8Array {
  const section = [
    ["u32", 0x0a0d0d0a],
    ["u32", 28],
    ["u32", 0x1a2b3c4d],
    ["u16", 1],
    ["u16", 0],
    ["u32", 0xffff_ffff],
    ["u32", 0xffff_ffff],
    ["u32", 28],
  ] as const;
  const micro = [
    ["u32", 1],
    ["u32", 20],
    ["u16", 1],
    ["u16", 0],
    ["u32", 0],
    ["u32", 20],
  ] as const;
  // Option 9, one octet: ticks of 10⁻⁹ s.
  const nano = [
    ["u32", 1],
    ["u32", 32],
    ["u16", 101],
    ["u16", 0],
    ["u32", 0],
    ["u16", 9],
    ["u16", 1],
    Uint8Array.of(9, 0, 0, 0),
    ["u16", 0],
    ["u16", 0],
    ["u32", 32],
  ] as const;
  const packet = (from: number) =>
    [
      ["u32", 6],
      ["u32", 40],
      ["u32", from],
      ["u32", 0],
      ["u32", 5_000],
      ["u32", FRAME.length],
      ["u32", FRAME.length],
      FRAME,
      new Uint8Array(3),
      ["u32", 40],
    ] as const;
  const unknown = [
    ["u32", 0xbad],
    ["u32", 16],
    ["u32", 0],
    ["u32", 16],
  ] as const;
  return file(little, [...section, ...micro, ...nano, ...unknown, ...packet(0), ...packet(1)]);
}

describe("a capture", () => {
  it.each([
    ["little-endian, microseconds", true, 0xa1b2c3d4, 100_000_007_000n],
    ["big-endian, microseconds", false, 0xa1b2c3d4, 100_000_007_000n],
    ["little-endian, nanoseconds", true, 0xa1b23c4d, 100_000_000_007n],
    ["big-endian, nanoseconds", false, 0xa1b23c4d, 100_000_000_007n],
  ])("is read: pcap, %s", (_what, little, magic, timestampNs) => {
    const packet = { timestampNs, octets: FRAME, start: "ethernet" };
    expect(readCapture(pcap(little, magic, 1))).toEqual([packet, packet]);
  });

  it.each([true, false])("is read: pcapng with two interfaces, little-endian %s", (little) => {
    expect(readCapture(pcapng(little))).toEqual([
      { timestampNs: 5_000_000n, octets: FRAME, start: "ethernet" },
      { timestampNs: 5_000n, octets: FRAME, start: "ip" },
    ]);
  });

  it("of a link that is not read here keeps its octets and says nothing of them", () => {
    expect(readCapture(pcap(true, 0xa1b2c3d4, 195))[0]).toEqual({ timestampNs: 100_000_007_000n, octets: FRAME });
  });

  it("is told from other files", () => {
    expect([isCapture(pcap(true, 0xa1b2c3d4, 1)), isCapture(new TextEncoder().encode("6000 0000 0000 0000"))]).toEqual([
      true,
      false,
    ]);
  });

  it("is read or refused, never anything else, however it is spoiled", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(pcap(true, 0xa1b2c3d4, 1), pcapng(true), pcapng(false)),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(200),
        (whole, noise, length) => {
          const spoiled = whole.slice(0, length);
          for (const [at, value] of noise) if (spoiled.length > 0) spoiled[at % spoiled.length] = value;
          try {
            readCapture(spoiled);
          } catch (error) {
            expect(error).toBeInstanceOf(SrwanError);
            expect(error).toMatchObject({ code: "PACKET_MALFORMED" });
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
