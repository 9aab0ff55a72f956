// Capture files of every make: both octet orders, any clock, several interfaces; and what is none is said to be none.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { octetsOf, spoilt } from "../../test/support/octets.ts";
import { outcome, refusal } from "../../test/support/outcome.ts";
import { isCapture, readCapture } from "./capture.ts";

/** Writes numbers in one octet order; sizes are in octets. */
function writer(little: boolean) {
  const put = (size: 2 | 4 | 8, value: number | bigint): number[] => {
    const octets = Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
    return little ? octets : octets.reverse();
  };
  const padded = (octets: readonly number[]): number[] => [
    ...octets,
    ...Array<number>((4 - (octets.length % 4)) % 4).fill(0),
  ];
  const block = (type: number, body: readonly number[]): number[] => {
    const length = put(4, 12 + padded(body).length);
    return [...put(4, type), ...length, ...padded(body), ...length];
  };
  const option = (code: number, value: readonly number[]): number[] => [
    ...put(2, code),
    ...put(2, value.length),
    ...padded(value),
  ];
  const time = (ticks: bigint): number[] => [...put(4, ticks >> 32n), ...put(4, ticks & 0xffff_ffffn)];
  return {
    put,
    option,
    pcap: (magic: number, link: number, packets: readonly (readonly [number, number, readonly number[]])[]) => [
      ...[put(4, magic), put(2, 2), put(2, 4), put(4, 0), put(4, 0), put(4, 262_144), put(4, link)].flat(),
      ...packets.flatMap(([seconds, parts, octets]) =>
        [put(4, seconds), put(4, parts), put(4, octets.length), put(4, 1_500), [...octets]].flat(),
      ),
    ],
    section: () => block(0x0a0d0d0a, [...put(4, 0x1a2b3c4d), ...put(2, 1), ...put(2, 0), ...put(8, 2n ** 64n - 1n)]),
    device: (link: number, options: readonly number[] = [], snap = 0) =>
      block(1, [...put(2, link), 0, 0, ...put(4, snap), ...options]),
    enhanced: (device: number, ticks: bigint, octets: readonly number[], options: readonly number[] = []) =>
      block(6, [
        ...put(4, device),
        ...time(ticks),
        ...put(4, octets.length),
        ...put(4, 1_500),
        ...padded(octets),
        ...options,
      ]),
    old: (device: number, ticks: bigint, octets: readonly number[]) =>
      block(2, [...put(2, device), 0, 0, ...time(ticks), ...put(4, octets.length), ...put(4, 1_500), ...octets]),
    simple: (length: number, octets: readonly number[]) => block(3, [...put(4, length), ...octets]),
    other: (type: number, octets: readonly number[]) => block(type, octets),
  };
}

const file = (...parts: readonly (readonly number[])[]): Uint8Array => Uint8Array.from(parts.flat());
const packet = (...octets: readonly number[]) => ({ octets: Uint8Array.from(octets) });
const MICRO = 0xa1b2c3d4;
const NANO = 0xa1b23c4d;

describe.each([
  ["little-endian", writer(true)],
  ["big-endian", writer(false)],
])("%s", (_order, w) => {
  it.each([
    ["microseconds", MICRO, 1_700_000_000_000_005_000n],
    ["nanoseconds", NANO, 1_700_000_000_000_000_005n],
  ])("pcap with %s", (_clock, magic, first) => {
    const octets = file(
      w.pcap(magic, 1, [
        [1_700_000_000, 5, [1, 2, 3]],
        [4_294_967_295, 0, []],
      ]),
    );
    expect(isCapture(octets)).toBe(true);
    expect(readCapture(octets)).toEqual([
      { timestampNs: first, start: "ethernet", ...packet(1, 2, 3) },
      { timestampNs: 4_294_967_295_000_000_000n, start: "ethernet", ...packet() },
    ]);
  });

  it("pcapng: every interface has its own link and its own clock", () => {
    const second = 1_700_000_000n;
    const cases: readonly (readonly [readonly number[], bigint, bigint])[] = [
      // Without a word it is microseconds.
      [[], second * 1_000_000n + 5n, second * 1_000_000_000n + 5_000n],
      [w.option(9, [9]), second * 1_000_000_000n + 5n, second * 1_000_000_000n + 5n],
      [w.option(9, [3]), second * 1_000n + 5n, second * 1_000_000_000n + 5_000_000n],
      [w.option(9, [12]), 1_000_000_005_999n, 1_000_000_005n],
      // The first bit says powers of two: here 2^-20 s, and as NTP counts, 2^-32 s.
      [w.option(9, [0x80 | 20]), (second << 20n) + (1n << 19n), second * 1_000_000_000n + 500_000_000n],
      [w.option(9, [0x80 | 32]), (second << 32n) + (1n << 30n), second * 1_000_000_000n + 250_000_000n],
      // A name before it, padded; an offset in seconds after it, which may be below zero; then the end.
      [
        [
          ...w.option(2, [...Buffer.from("seg-a")]),
          ...w.option(9, [6]),
          ...w.option(14, w.put(8, -3n)),
          ...w.option(0, []),
        ],
        (second + 3n) * 1_000_000n,
        second * 1_000_000_000n,
      ],
    ];
    const octets = file(
      w.section(),
      ...cases.map(([options], i) => w.device(i === 0 ? 1 : 101, options)),
      ...cases.map(([, ticks], i) => w.enhanced(i, ticks, [i])),
    );
    expect(readCapture(octets)).toEqual(
      cases.map(([, , timestampNs], i) => ({ timestampNs, start: i === 0 ? "ethernet" : "ip", ...packet(i) })),
    );
  });

  it("pcapng: a new section begins its interfaces anew, in an octet order of its own", () => {
    const other = writer(w.put(2, 1)[0] === 0);
    const octets = file(
      w.section(),
      w.device(1),
      w.enhanced(0, 1n, [1]),
      other.section(),
      other.device(101),
      other.enhanced(0, 2n, [2]),
    );
    expect(readCapture(octets)).toEqual([
      { timestampNs: 1_000n, start: "ethernet", ...packet(1) },
      { timestampNs: 2_000n, start: "ip", ...packet(2) },
    ]);
  });

  it("pcapng: packets are found in blocks of every kind, and blocks without packets are passed over", () => {
    const octets = file(
      w.section(),
      w.device(101, [], 2),
      w.other(4, [0, 0, 0, 0]),
      w.enhanced(0, 1n, [1, 2, 3], w.option(1, [0x68, 0x69])),
      w.other(0x0bad, [9, 9, 9, 9]),
      w.old(0, 2n, [4]),
      w.simple(5, [7, 8]),
    );
    expect(readCapture(octets).map((one) => [one.timestampNs, ...one.octets])).toEqual([
      [1_000n, 1, 2, 3],
      [2_000n, 4],
      // Without a time; its length is that on the wire, of which two octets were kept.
      [0n, 7, 8],
    ]);
  });
});

describe("what a packet begins with", () => {
  const w = writer(true);
  const one = (link: number, octets: readonly number[]) => readCapture(file(w.pcap(MICRO, link, [[0, 0, octets]])))[0];
  const cooked = (protocol: readonly number[]): readonly number[] => [
    ...Array<number>(14).fill(0),
    ...protocol,
    0x60,
    1,
  ];
  const cooked2 = (protocol: readonly number[]): readonly number[] => [
    ...protocol,
    ...Array<number>(18).fill(0),
    0x60,
    1,
  ];

  it.each([12, 101, 228, 229])("raw IP: link type %i", (link) => {
    expect(one(link, [0x60, 1])).toMatchObject({ start: "ip", ...packet(0x60, 1) });
  });

  it("IP behind Linux's cooked headers (tcpdump -i any), of either form", () => {
    expect(one(113, cooked([0x86, 0xdd]))).toMatchObject({ start: "ip", ...packet(0x60, 1) });
    expect(one(276, cooked2([0x08, 0x00]))).toMatchObject({ start: "ip", ...packet(0x60, 1) });
  });

  it("is not said for ARP behind such a header, nor for links that are not read here", () => {
    expect(one(113, cooked([0x08, 0x06]))?.start).toBeUndefined();
    expect(one(276, cooked2([0x08, 0x06]))?.start).toBeUndefined();
    expect(one(276, [])?.start).toBeUndefined();
    expect(one(127, [1, 2, 3])).toEqual({ timestampNs: 0n, ...packet(1, 2, 3) });
  });
});

describe("refused", () => {
  const w = writer(true);
  const pcap = w.pcap(MICRO, 1, [
    [0, 0, [1]],
    [0, 0, [2, 3]],
  ]);
  const [section, device] = [w.section(), w.device(1)];

  it.each<[string, Uint8Array, string]>([
    ["nothing", file(), "it begins like neither pcap nor pcapng"],
    ["text", Uint8Array.from(Buffer.from("6b812345 0048 2b40")), "it begins like neither pcap nor pcapng"],
    ["a header alone, cut", file(pcap.slice(0, 23)), "its header is cut"],
    ["a record that was cut", file(pcap.slice(0, -3)), "packet 2 is cut"],
    ["a packet that was cut", file(pcap.slice(0, -1)), "packet 2 is cut"],
    ["a section without an octet order", file(section.with(8, 0)), "a section says no octet order"],
    ["a block that was cut", file(section, device.slice(0, -4)), "a block is cut"],
    ["a block of no length", file(section, [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "a block is cut"],
    ["an interface that says nothing", file(section, w.other(1, [])), "a block is too short for its kind"],
    ["a packet block that says nothing", file(section, device, w.other(6, [])), "a block is too short for its kind"],
    ["a packet longer than its block", file(section, device, w.simple(9, [1])), "packet 1 is cut"],
    [
      "a packet of no known interface",
      file(section, device, w.enhanced(1, 0n, [1])),
      "packet 1 was caught on interface 1",
    ],
  ])("%s", (_what, octets, why) => {
    const { message, remedy } = refusal("PACKET_MALFORMED", () => readCapture(octets));
    expect(message).toContain(`the capture cannot be read: ${why}`);
    expect(remedy).toContain("pcap or pcapng");
  });

  it("any octets, or they are a capture no larger than themselves", () => {
    const long = Array.from({ length: 60 }, (_, i) => i);
    const right = fc.constantFrom(
      file(w.pcap(MICRO, 1, [[0, 0, long]])),
      file(writer(false).pcap(NANO, 113, [[1, 2, [3, 4]]])),
      file(section, w.device(1, w.option(9, [0x8a])), w.enhanced(0, 5n, long), w.simple(2, [3, 4]), w.old(0, 6n, [5])),
    );
    const begun = fc.uint8Array({ maxLength: 80 }).map((rest) => file(section.slice(0, 12), [...rest]));
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(fc.oneof(spoilt(right), begun, fc.uint8Array({ maxLength: 80 })), (octets) => {
        const result = outcome("PACKET_MALFORMED", () => readCapture(octets));
        seen["error" in result ? "refused" : "read"]++;
        if ("error" in result) return;
        const held = result.value.reduce((sum, one) => sum + one.octets.length, 0);
        expect(held).toBeLessThanOrEqual(octets.length);
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(50);
    expect(isCapture(octetsOf("0102"))).toBe(false);
  });
});
