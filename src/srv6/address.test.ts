// Addresses are read in every spelling and written in one; what is not an address is refused and never guessed at.

import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../test/support/outcome.ts";
import {
  BITS,
  bytesToAddress,
  covers,
  type Family,
  formatIpv4,
  formatIpv6,
  formatPrefix,
  type Ipv4,
  type Ipv6,
  ipv4ToBytes,
  ipv6ToBytes,
  type Prefix,
  parseIpv4,
  parseIpv6,
  parsePrefix,
} from "./address.ts";

/** Zeros as often as anything else, so that runs of them come in every length and number. */
const group = fc.oneof(fc.constant(0), fc.constantFrom(1, 0xffff), fc.integer({ min: 0, max: 0xffff }));
const ipv6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((value, one) => (value << 16n) | BigInt(one), 0n) as Ipv6);
const ipv4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => value as Ipv4);

const prefixOf = (family: Family): fc.Arbitrary<Prefix> =>
  fc.tuple(family === 6 ? ipv6 : ipv4, fc.integer({ min: 0, max: BITS[family] })).map(([address, length]) => {
    const host = BigInt(BITS[family] - length);
    return { family, address: (address >> host) << host, length };
  });
const prefix = fc.oneof(prefixOf(4), prefixOf(6));

const isMapped = (address: bigint): boolean => address >> 32n === 0xffffn;

describe("IPv6 text", () => {
  it.each([
    ["leading zeros of a group go (§4.1)", "fd00:0012:0304::00a5", "fd00:12:304::a5"],
    ["a group of zeros alone is one zero (§4.1)", "fd00:1:0000:2:3:4:5:6", "fd00:1:0:2:3:4:5:6"],
    ["a run of zeros is taken whole (§4.2.1)", "fd00:9:0:0:0::7", "fd00:9::7"],
    ["the run may begin the address (§4.2.1)", "0:0:0:0:0:0:0:1", "::1"],
    ["and may end it (§4.2.1)", "fd00:9:0:0:0:0:0:0", "fd00:9::"],
    ["and may be all of it (§4.2.1)", "0:0:0:0:0:0:0:0", "::"],
    ["one group of zeros is not shortened (§4.2.2)", "fd00:1::2:3:4:5:6", "fd00:1:0:2:3:4:5:6"],
    ["nor at the end (§4.2.2)", "fd00:1:2:3:4:5:6::", "fd00:1:2:3:4:5:6:0"],
    ["of two runs the longer is shortened (§4.2.3)", "fd00:0:0:4:0:0:0:8", "fd00:0:0:4::8"],
    ["of equal runs the first is (§4.2.3)", "fd00:3:0:0:5:0:0:8", "fd00:3::5:0:0:8"],
    ["letters are small (§4.3)", "FD00::ABCD:EF", "fd00::abcd:ef"],
    ["an IPv4-mapped address shows its IPv4 (§5)", "::ffff:c633:6407", "::ffff:198.51.100.7"],
    ["also where that is zero (§5)", "::FFFF:0:0", "::ffff:0.0.0.0"],
    ["IPv4 in any other address stays hex (§5)", "fd00::198.51.100.7", "fd00::c633:6407"],
    ["and so do its neighbours (§5)", "::fffe:198.51.100.7", "::fffe:c633:6407"],
  ])("%s", (_rule, given, canonical) => {
    expect(formatIpv6(parseIpv6(given))).toBe(canonical);
    expect(formatIpv6(parseIpv6(canonical))).toBe(canonical);
  });

  it("reads back what it wrote", () => {
    fc.assert(fc.property(ipv6, (address) => parseIpv6(formatIpv6(address)) === address));
  });

  it("is what URLs write, but for the IPv4-mapped", () => {
    fc.assert(
      fc.property(ipv6, (address) => {
        fc.pre(!isMapped(address));
        expect(`[${formatIpv6(address)}]`).toBe(new URL(`http://[${formatIpv6(address)}]/`).hostname);
      }),
    );
  });

  it.each([
    ["too few groups", "fd00:1:2"],
    ["too many groups", "1:2:3:4:5:6:7:8:9"],
    ["nothing for :: to stand for", "1:2:3:4::5:6:7:8"],
    ["two ::", "fd00::1::2"],
    [":::", "fd00:::1"],
    ["a colon too many at the start", ":1:2:3:4:5:6:7:8"],
    ["a colon too many at the end", "1:2:3:4:5:6:7:8:"],
    ["a group of five digits", "fd00::00001"],
    ["a letter that is no digit", "fd00::g"],
    ["a zone", "fe80::1%eth0"],
    ["a space", " fd00::1"],
    ["a length", "fd00::/64"],
    ["IPv4 in the middle", "fd00:192.0.2.1::1"],
    ["IPv4 before ::", "1:2:3:4:5:192.0.2.1::"],
    ["half an IPv4", "fd00::192.0.2"],
    ["leading zeros in its IPv4", "::ffff:192.0.02.1"],
    ["IPv4 alone", "192.0.2.1"],
    ["nothing", ""],
  ])("is refused with %s", (_what, text) => {
    const error = refusal("VALUE_INVALID", () => parseIpv6(text));
    expect(error.message).toBe(`IPv6 address "${text}" cannot be read`);
    expect(error.remedy).toContain("2001:db8::1");
  });
});

describe("IPv4 text", () => {
  it("reads back what it wrote", () => {
    fc.assert(fc.property(ipv4, (address) => parseIpv4(formatIpv4(address)) === address));
    expect(formatIpv4(0xc0000201n as Ipv4)).toBe("192.0.2.1");
  });

  it.each([
    "192.0.2.01",
    "192.0.2.00",
    "256.0.0.1",
    "192.0.2",
    "192.0.2.1.",
    "192.0.2.0x1",
    "3221225985",
    "-1.0.0.1",
    "",
  ])("is refused: %j", (text) => {
    expect(refusal("VALUE_INVALID", () => parseIpv4(text)).message).toContain(`"${text}"`);
  });
});

describe("any text", () => {
  const alphabet = fc.constantFrom(":", "::", ".", "0", "1", "00", "ff", "255", "256", "FFFF", "10000", "g");

  it("is taken or refused as the system's own reader does", () => {
    const taken = (read: () => unknown): boolean => {
      try {
        read();
        return true;
      } catch {
        return false;
      }
    };
    const spelling = fc.oneof(
      fc.array(alphabet, { maxLength: 16 }).map((parts) => parts.join("")),
      fc.tuple(ipv6.map(formatIpv6), fc.nat(), alphabet).map(([text, at, part]) => {
        const i = at % (text.length + 1);
        return text.slice(0, i) + part + text.slice(i + 1);
      }),
    );
    fc.assert(
      fc.property(spelling, (text) => {
        expect([taken(() => parseIpv6(text)), taken(() => parseIpv4(text))]).toEqual([isIPv6(text), isIPv4(text)]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("octets", () => {
  it("stand for the same address", () => {
    fc.assert(fc.property(ipv6, (address) => bytesToAddress(ipv6ToBytes(address)) === address));
    fc.assert(fc.property(ipv4, (address) => bytesToAddress(ipv4ToBytes(address)) === address));
    expect([...ipv4ToBytes(parseIpv4("192.0.2.1"))]).toEqual([192, 0, 2, 1]);
    expect(Buffer.from(ipv6ToBytes(parseIpv6("fd00::1:2"))).toString("hex")).toBe("fd000000000000000000000000010002");
  });
});

describe("a prefix", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(prefix, (one) => {
        expect(parsePrefix(formatPrefix(one))).toEqual(one);
      }),
    );
  });

  it("is a host's where no length is given", () => {
    expect(parsePrefix("fd00::1")).toEqual({ family: 6, address: parseIpv6("fd00::1"), length: 128 });
    expect(parsePrefix("192.0.2.1")).toEqual({ family: 4, address: parseIpv4("192.0.2.1"), length: 32 });
  });

  it.each([
    ["fd00:0:0:1::1/64", "fd00:0:0:1::/64"],
    ["fd00::1/127", "fd00::/127"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["192.0.2.1/0", "0.0.0.0/0"],
  ])("with host bits set is refused, and the network is named: %s", (text, network) => {
    const { message, remedy } = refusal("VALUE_INVALID", () => parsePrefix(text));
    expect(message).toContain(text);
    expect(remedy).toContain(`did you mean ${network}?`);
  });

  it.each([
    "fd00::/129",
    "10.0.0.0/33",
    "fd00::/",
    "fd00::/-1",
    "fd00::/064",
    "fd00::/6x",
    "/64",
    "fd00::/64/64",
    "10/8",
  ])("is refused: %s", (text) => {
    expect(refusal("VALUE_INVALID", () => parsePrefix(text)).message).toBe(`prefix "${text}" cannot be read`);
  });

  it("covers exactly what begins with its bits", () => {
    const bits = ({ family, address, length }: Prefix): string =>
      address.toString(2).padStart(BITS[family], "0").slice(0, length);
    const near = prefix.chain((outer) => {
      const within = fc.integer({ min: 0, max: BITS[outer.family] }).map((length): Prefix => {
        const host = BigInt(BITS[outer.family] - length);
        return { ...outer, address: (outer.address >> host) << host, length };
      });
      return fc.tuple(fc.constant(outer), fc.oneof(within, prefix));
    });
    fc.assert(
      fc.property(near, ([outer, inner]) => {
        const expected = outer.family === inner.family && bits(inner).startsWith(bits(outer));
        expect(covers(outer, inner)).toBe(expected);
      }),
    );
  });

  it("of one family covers none of the other", () => {
    expect(covers(parsePrefix("::/0"), parsePrefix("0.0.0.0/0"))).toBe(false);
    expect(covers(parsePrefix("0.0.0.0/0"), parsePrefix("::/0"))).toBe(false);
  });
});
