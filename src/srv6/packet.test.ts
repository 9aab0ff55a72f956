// Packets as a hop sees them, header by header; what is no packet is told as such.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { octetsOf, spoilt } from "../../test/support/octets.ts";
import { outcome, refusal } from "../../test/support/outcome.ts";
import { formatIpv4, formatIpv6 } from "./address.ts";
import { decodePacket, type Layer, PROTOCOL, type Start } from "./packet.ts";

const ETHERNET = "0200 0000 0002  0200 0000 0001  ";
/** Traffic class 0xb8 (EF), flow label 0x12345, hop limit 64, from fd00::1 to fcbb:bb00:2::. */
const ipv6 = (payloadOctets: number, next: number): string =>
  `6b81 2345 ${hex(payloadOctets, 4)} ${hex(next, 2)} 40
   fd00 0000 0000 0000 0000 0000 0000 0001  fcbb bb00 0002 0000 0000 0000 0000 0000 `;
/** Two segments, one left. */
const srh = (next: number): string =>
  `${hex(next, 2)} 04 04 01 01 00 0000
   fcbb bb00 0003 d001 0000 0000 0000 0000  fcbb bb00 0002 0000 0000 0000 0000 0000 `;
const SRH_OCTETS = 40;
/** DSCP 46, TTL 63, from 10.0.0.1 to 203.0.113.9; `fragment` is flags and offset. */
const ipv4 = (totalOctets: number, protocol: number, fragment = 0): string =>
  `45b8 ${hex(totalOctets, 4)} 0000 ${hex(fragment, 4)} 3f ${hex(protocol, 2)} 0000  0a00 0001  cb00 7109 `;
const UDP = "1388 1389 000c 0000 70696e67 ";

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

/** A layer as a line, so that an expectation reads like a capture. */
function line(layer: Layer): string {
  switch (layer.kind) {
    case "ethernet":
      return `ethernet ${layer.source} > ${layer.destination} ${hex(layer.etherType, 4)}`;
    case "ipv6":
      return `ipv6 ${formatIpv6(layer.source)} > ${formatIpv6(layer.destination)} next ${layer.nextHeader}, ${layer.payloadOctets} octets, class ${hex(layer.trafficClass, 2)}, flow ${hex(layer.flowLabel, 5)}, hops ${layer.hopLimit}`;
    case "srh":
      return `srh ${layer.srh.segments.map(formatIpv6).join(" ")} left ${layer.srh.segmentsLeft}`;
    case "ipv4":
      return `ipv4 ${formatIpv4(layer.source)} > ${formatIpv4(layer.destination)} protocol ${layer.protocol}, ${layer.totalOctets} octets, dscp ${layer.dscp}, ttl ${layer.ttl}`;
    case "payload":
      return `payload ${layer.protocol}: ${layer.octets.length} octets`;
  }
}

const lines = (text: string, start: Start): string[] => decodePacket(octetsOf(text), start).map(line);

const OUTER = "ipv6 fd00::1 > fcbb:bb00:2::";
const MARKS = "class b8, flow 12345, hops 64";
const SEGMENTS = "srh fcbb:bb00:2:: fcbb:bb00:3:d001:: left 1";
const INNER = "ipv4 10.0.0.1 > 203.0.113.9 protocol 17, 32 octets, dscp 46, ttl 63";

const encapsulated = ipv6(SRH_OCTETS + 32, 43) + srh(4) + ipv4(32, 17) + UDP;

describe("a packet", () => {
  it("of IPv4 in SRv6", () => {
    const inside = [SEGMENTS, INNER, "payload 17: 12 octets"];
    expect(lines(encapsulated, "ip")).toEqual([`${OUTER} next 43, 72 octets, ${MARKS}`, ...inside]);
    expect(lines(`${ETHERNET} 86dd ${encapsulated}`, "ethernet")).toEqual([
      "ethernet 02:00:00:00:00:01 > 02:00:00:00:00:02 86dd",
      `${OUTER} next 43, 72 octets, ${MARKS}`,
      ...inside,
    ]);
  });

  it("of a whole frame in SRv6 (l2encap)", () => {
    const frame = `${ETHERNET} 0800 ${ipv4(32, 17)} ${UDP}`;
    expect(lines(ipv6(SRH_OCTETS + 46, 43) + srh(143) + frame, "ip")).toEqual([
      `${OUTER} next 43, 86 octets, ${MARKS}`,
      SEGMENTS,
      "ethernet 02:00:00:00:00:01 > 02:00:00:00:00:02 0800",
      INNER,
      "payload 17: 12 octets",
    ]);
  });

  it("of IPv6 in IPv6 without a routing header, as one SID is sent (encap.red)", () => {
    expect(lines(ipv6(52, 41) + ipv6(12, 17) + UDP, "ip")).toEqual([
      `${OUTER} next 41, 52 octets, ${MARKS}`,
      `${OUTER} next 17, 12 octets, ${MARKS}`,
      "payload 17: 12 octets",
    ]);
  });

  it("with a routing header put in (inline)", () => {
    expect(lines(ipv6(SRH_OCTETS + 12, 43) + srh(17) + UDP, "ip")).toEqual([
      `${OUTER} next 43, 52 octets, ${MARKS}`,
      SEGMENTS,
      "payload 17: 12 octets",
    ]);
  });

  it("without SRv6", () => {
    expect(lines(ipv4(32, 17) + UDP, "ip")).toEqual([INNER, "payload 17: 12 octets"]);
  });

  it("ends where its header says: what Ethernet padded it with is not in it", () => {
    const padded = `${ETHERNET} 0800 ${ipv4(32, 17)} ${UDP} ${"00".repeat(14)}`;
    expect(lines(padded, "ethernet").at(-1)).toBe("payload 17: 12 octets");
  });

  it("may be given from its routing header on, and may end there", () => {
    expect(lines(srh(4) + ipv4(32, 17) + UDP, "srh")).toEqual([SEGMENTS, INNER, "payload 17: 12 octets"]);
    expect(lines(srh(4), "srh")).toEqual([SEGMENTS]);
  });

  it("with another kind of routing header has it as octets", () => {
    expect(lines(`${ipv6(8, 43)}3b00 0300 0000 0000`, "ip").at(-1)).toBe("payload 43: 8 octets");
  });

  it("that is a fragment has the rest as octets, for they begin with no header", () => {
    expect(lines(ipv4(32, PROTOCOL.ipv6, 0x00b9) + UDP, "ip").at(-1)).toBe("payload 44: 12 octets");
    expect(lines(ipv4(32, PROTOCOL.ipv4, 0x2000) + UDP, "ip").at(-1)).toBe("payload 44: 12 octets");
    expect(lines(ipv4(32, PROTOCOL.udp, 0x4000) + UDP, "ip").at(-1)).toBe("payload 17: 12 octets");
  });

  it("of a protocol that is not IP ends at Ethernet", () => {
    expect(lines(`${ETHERNET} 0806 0001 0800`, "ethernet")).toEqual([
      "ethernet 02:00:00:00:00:01 > 02:00:00:00:00:02 0806",
    ]);
  });

  it("may have options in its IPv4 header", () => {
    const withOptions = `46b8 0024 0000 0000 3f11 0000 0a00 0001 cb00 7109 0101 0101 ${UDP}`;
    expect(lines(withOptions, "ip").at(-1)).toBe("payload 17: 12 octets");
  });
});

describe("refused", () => {
  it.each<[string, string, Start, string]>([
    ["nothing", "", "ip", "it has no octets"],
    ["neither IPv4 nor IPv6", "0001 0800 0604 0001", "ip", "it begins with neither IPv4 nor IPv6"],
    ["half a frame", "0200 0000 0002", "ethernet", "an Ethernet header of 14 octets ends after 6"],
    ["half an IPv6 header", "6000 0000", "ip", "an IPv6 header of 40 octets ends after 4"],
    ["an IPv6 packet that was cut", ipv6(12, 17), "ip", "an IPv6 packet of 52 octets ends after 40"],
    ["an IPv4 packet that was cut", ipv4(32, 17), "ip", "an IPv4 packet of 32 octets ends after 20"],
    ["an IPv4 header shorter than any", `44${ipv4(20, 17).slice(2)}`, "ip", "an IPv4 header of 16 octets in 20"],
    ["an IPv4 packet shorter than its header", ipv4(19, 17), "ip", "an IPv4 header of 20 octets in 19"],
    ["IPv4 where IPv6 was said", ipv6(44, 41) + ipv4(44, 17) + UDP + UDP, "ip", "version 4 where IPv6 was said"],
    ["IPv6 where IPv4 was said", ipv6(52, 4) + ipv6(12, 17) + UDP, "ip", "version 6 where IPv4 was said"],
    ["a cut routing header", ipv6(16, 43) + srh(4), "ip", "a header of 40 octets ends after 16"],
    ["no routing header at all", "3b00 0300 0000 0000", "srh", "routing type 3 is not 4"],
  ])("%s", (_what, text, start, why) => {
    expect(refusal("PACKET_MALFORMED", () => decodePacket(octetsOf(text), start)).message).toContain(why);
  });

  it("more headers than any packet of ours has", () => {
    let tower = "";
    for (let i = 0; i < 70; i++) tower = ipv6(octetsOf(tower).length, 41) + tower;
    expect(refusal("PACKET_MALFORMED", () => decodePacket(octetsOf(tower), "ip")).message).toContain("more than 64");
  });
});

describe("any octets", () => {
  it("are a packet or are refused, and no layer has more octets than there are", () => {
    const right = fc.constantFrom(
      encapsulated,
      ipv6(52, 41) + ipv6(12, 17) + UDP,
      srh(4),
      `${ETHERNET} 86dd ${encapsulated}`,
    );
    const any = fc.oneof(fc.uint8Array({ maxLength: 200 }), spoilt(right.map(octetsOf)));
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(any, fc.constantFrom<Start>("ethernet", "ip", "srh"), (octets, start) => {
        const result = outcome("PACKET_MALFORMED", () => decodePacket(octets, start));
        seen["error" in result ? "refused" : "read"]++;
        if ("error" in result) return;
        expect(result.value.length).toBeGreaterThan(0);
        const last = result.value.at(-1);
        if (last?.kind === "payload") expect(last.octets.length).toBeLessThanOrEqual(octets.length);
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(50);
  });
});
