// Packets as layers: what a hop sees of an encapsulated packet, and that noise is refused and never more.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SrwanError } from "../base/errors.ts";
import { formatIpv4, formatIpv6, ipv4ToBytes, ipv6ToBytes, parseIpv4, parseIpv6 } from "./address.ts";
import { decodePacket, type Layer, PROTOCOL } from "./packet.ts";
import { parseSid } from "./sid.ts";
import { encodeSrh } from "./srh.ts";

function ipv6(nextHeader: number, payload: Uint8Array, destination = "fcbb:bb00:1::"): Uint8Array {
  const head = [0x6a, 0xb1, 0x23, 0x45, payload.length >> 8, payload.length & 0xff, nextHeader, 61];
  return Uint8Array.of(
    ...head,
    ...ipv6ToBytes(parseIpv6("2001:db8::1")),
    ...ipv6ToBytes(parseIpv6(destination)),
    ...payload,
  );
}

function ipv4(protocol: number, payload: Uint8Array): Uint8Array {
  const length = 20 + payload.length;
  const head = [0x45, 46 << 2, length >> 8, length & 0xff, 0, 0, 0, 0, 63, protocol, 0, 0];
  return Uint8Array.of(
    ...head,
    ...ipv4ToBytes(parseIpv4("192.0.2.1")),
    ...ipv4ToBytes(parseIpv4("198.51.100.2")),
    ...payload,
  );
}

const srh = (nextHeader: number): Uint8Array =>
  encodeSrh({
    nextHeader,
    segmentsLeft: 1,
    flags: 0,
    tag: 0,
    segments: ["fcbb:bb00:1::", "fcbb:bb00:2::"].map(parseSid),
    tlvs: [],
  });
const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.of(...parts.flatMap((part) => [...part]));
const DATA = Uint8Array.of(1, 2, 3, 4);
const MACS = Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2);

/** "ipv6 2001:db8::1>fcbb:bb00:1:: srh 1/2 ipv4 …": enough to see that each layer was met. */
function told(layers: readonly Layer[]): string {
  return layers
    .map((layer) => {
      if (layer.kind === "ipv6") return `ipv6 ${formatIpv6(layer.source)}>${formatIpv6(layer.destination)}`;
      if (layer.kind === "ipv4")
        return `ipv4 ${formatIpv4(layer.source)}>${formatIpv4(layer.destination)} dscp ${layer.dscp}`;
      if (layer.kind === "srh") return `srh ${layer.srh.segmentsLeft}/${layer.srh.segments.length}`;
      return layer.kind === "payload" ? `payload ${layer.protocol} ${layer.octets.length}` : `ethernet ${layer.source}`;
    })
    .join(" | ");
}

describe("a packet", () => {
  it.each<[string, Uint8Array, "ip" | "ethernet", string]>([
    [
      "IPv4 in SRv6",
      ipv6(PROTOCOL.routing, join(srh(PROTOCOL.ipv4), ipv4(PROTOCOL.udp, DATA))),
      "ip",
      "ipv6 2001:db8::1>fcbb:bb00:1:: | srh 1/2 | ipv4 192.0.2.1>198.51.100.2 dscp 46 | payload 17 4",
    ],
    [
      "IPv6 in reduced SRv6 without a header",
      ipv6(PROTOCOL.ipv6, ipv6(PROTOCOL.udp, DATA, "2001:db8::2")),
      "ip",
      "ipv6 2001:db8::1>fcbb:bb00:1:: | ipv6 2001:db8::1>2001:db8::2 | payload 17 4",
    ],
    [
      "a frame in SRv6",
      ipv6(PROTOCOL.routing, join(srh(PROTOCOL.ethernet), MACS, Uint8Array.of(8, 0), ipv4(PROTOCOL.tcp, DATA))),
      "ip",
      "ipv6 2001:db8::1>fcbb:bb00:1:: | srh 1/2 | ethernet 02:00:00:00:00:02 | ipv4 192.0.2.1>198.51.100.2 dscp 46 | payload 6 4",
    ],
    [
      "a padded Ethernet frame",
      join(MACS, Uint8Array.of(8, 0), ipv4(PROTOCOL.udp, DATA), new Uint8Array(22)),
      "ethernet",
      "ethernet 02:00:00:00:00:02 | ipv4 192.0.2.1>198.51.100.2 dscp 46 | payload 17 4",
    ],
    ["ARP", join(MACS, Uint8Array.of(8, 6), DATA), "ethernet", "ethernet 02:00:00:00:00:02"],
  ])("is read: %s", (_what, octets, start, expected) => {
    expect(told(decodePacket(octets, start))).toBe(expected);
  });

  it("gives the fields of its headers", () => {
    expect(decodePacket(ipv6(PROTOCOL.udp, DATA), "ip")[0]).toMatchObject({
      trafficClass: 0xab,
      flowLabel: 0x1_2345,
      hopLimit: 61,
      payloadOctets: 4,
    });
  });

  it("is read or refused, never anything else, however it is spoiled", () => {
    const whole = ipv6(PROTOCOL.routing, join(srh(PROTOCOL.ipv4), ipv4(PROTOCOL.udp, DATA)));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 }),
        fc.nat(whole.length),
        fc.constantFrom("ip" as const, "ethernet" as const, "srh" as const),
        (noise, length, start) => {
          const spoiled = whole.slice(0, length);
          for (const [at, value] of noise) if (at < length) spoiled[at] = value;
          try {
            decodePacket(spoiled, start);
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
