// Addresses as text and as numbers: RFC 5952 for what is printed, everything RFC 4291 allows for what is read.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytesToAddress,
  covers,
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

const ipv6 = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
  // Mostly zeros, as real addresses are: what "::" is for.
  fc.array(fc.constantFrom(0n, 0n, 0n, 1n, 0xdb8n, 0xffffn), { minLength: 8, maxLength: 8 }).map(joined),
);
const ipv4 = fc.bigInt({ min: 0n, max: 0xffff_ffffn });

function joined(groups: readonly bigint[]): bigint {
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

describe("IPv6 text", () => {
  it.each([
    ["2001:0DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ])("reads %s and prints %s", (text, canonical) => {
    expect(formatIpv6(parseIpv6(text))).toBe(canonical);
  });

  it.each([
    "",
    ":",
    ":::",
    "1",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "12345::",
    "g::",
    "::1.2.3",
    "1.2.3.4::",
    "::1%eth0",
    "1:2:3:4:5:6:7:8::",
    " ::1",
  ])("refuses %j", (text) => {
    expect(() => parseIpv6(text)).toThrow(expect.objectContaining({ code: "VALUE_INVALID" }));
  });

  it("comes back as the same number, in the form RFC 5952 wants", () => {
    fc.assert(
      fc.property(ipv6, (address) => {
        const text = formatIpv6(address as Ipv6);
        expect(parseIpv6(text)).toBe(address);
        expect(text).toBe(text.toLowerCase());
        expect(text).not.toMatch(/(^|:)0\d/);
        expect(text.split("::").length).toBeLessThanOrEqual(2);
        const left = text.split(/:+/).filter((group) => group !== "");
        const longest = Math.max(
          0,
          ...(left.join(":").match(/(?<![0-9a-f])0(:0)*(?![0-9a-f])/g) ?? []).map((run) => run.split(":").length),
        );
        expect(longest).toBeLessThanOrEqual(text.includes("::") ? 8 - left.length : 1);
      }),
    );
  });

  it("comes back from octets", () => {
    fc.assert(
      fc.property(ipv6, (address) => {
        expect(bytesToAddress(ipv6ToBytes(address as Ipv6))).toBe(address);
      }),
    );
    fc.assert(
      fc.property(ipv4, (address) => {
        expect(bytesToAddress(ipv4ToBytes(address as Ipv4))).toBe(address);
      }),
    );
  });
});

describe("IPv4 text", () => {
  it("comes back as the same number", () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        expect(parseIpv4(formatIpv4(address as Ipv4))).toBe(address);
      }),
    );
  });

  it.each(["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.-4", "1.2.3.4 ", "0x1.2.3.4"])(
    "refuses %j",
    (text) => {
      expect(() => parseIpv4(text)).toThrow(expect.objectContaining({ code: "VALUE_INVALID" }));
    },
  );
});

const prefix: fc.Arbitrary<Prefix> = fc.oneof(
  fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })).map(([address, length]) => cut(6, address, length)),
  fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map(([address, length]) => cut(4, address, length)),
);

function cut(family: 4 | 6, address: bigint, length: number): Prefix {
  const host = BigInt((family === 6 ? 128 : 32) - length);
  return { family, address: (address >> host) << host, length };
}

describe("prefixes", () => {
  it("come back from their text", () => {
    fc.assert(
      fc.property(prefix, (one) => {
        expect(parsePrefix(formatPrefix(one))).toEqual(one);
      }),
    );
  });

  it("say what was probably meant when host bits are set", () => {
    expect(() => parsePrefix("192.0.2.1/24")).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining("192.0.2.0/24") }),
    );
  });

  it.each(["10.0.0.0/33", "::/129", "::/", "::/-1", "::/1/2", "/64", "::/1e1"])("refuses %j", (text) => {
    expect(() => parsePrefix(text)).toThrow(expect.objectContaining({ code: "VALUE_INVALID" }));
  });

  it("cover each other as their first bits say", () => {
    fc.assert(
      fc.property(prefix, prefix, (a, b) => {
        const bits = ({ family, address, length }: Prefix): string =>
          `${family}:${address
            .toString(2)
            .padStart(family === 6 ? 128 : 32, "0")
            .slice(0, length)}`;
        expect(covers(a, b)).toBe(bits(b).startsWith(bits(a)));
      }),
    );
  });
});
