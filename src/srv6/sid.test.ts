// SIDs and their structure: parts and whole are the same thing, and what does not fit is said.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIpv6, formatPrefix } from "./address.ts";
import {
  composeSid,
  DEFAULT_STRUCTURE,
  locatorOf,
  parseSid,
  parseStructure,
  type Sid,
  splitSid,
  structureText,
} from "./sid.ts";

const structure = fc
  .tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 32 }))
  .map(([blockBits, nodeBits, functionBits]) => ({ blockBits, nodeBits, functionBits }));
const sid = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => value as Sid);

describe("a SID", () => {
  it("is its parts, whatever the structure", () => {
    fc.assert(
      fc.property(sid, structure, (one, shape) => {
        expect(composeSid(splitSid(one, shape), shape)).toBe(one);
      }),
    );
  });

  it("reads as block, node, function and argument", () => {
    const parts = splitSid(parseSid("fcbb:bb00:12:e001::5"), DEFAULT_STRUCTURE);
    expect(parts).toEqual({ block: 0xfcbbbb00n, node: 0x12n, function: 0xe001n, argument: 5n });
    expect(formatPrefix(locatorOf(parseSid("fcbb:bb00:12:e001::5"), DEFAULT_STRUCTURE))).toBe("fcbb:bb00:12::/48");
  });

  it("is not made of parts that do not fit", () => {
    const parts = { block: 0xfcbbbb00n, node: 1n, function: 0n, argument: 0n };
    expect(() => composeSid({ ...parts, node: 0x1_0000n }, DEFAULT_STRUCTURE)).toThrow(
      /node 0x10000 does not fit 16 bits/,
    );
    expect(() => composeSid({ ...parts, function: -1n }, DEFAULT_STRUCTURE)).toThrow(/function/);
    expect(formatIpv6(composeSid(parts, DEFAULT_STRUCTURE))).toBe("fcbb:bb00:1::");
  });
});

describe("a structure", () => {
  it("comes back from its text", () => {
    fc.assert(
      fc.property(structure, (shape) => {
        expect(parseStructure(structureText(shape))).toEqual(shape);
      }),
    );
  });

  it.each(["", "32", "32/16", "32/16/16/8", "a/b/c", "0/16/16", "64/64/8", "32/-1/16", "32/1.5/16"])(
    "is not %j",
    (text) => {
      expect(() => parseStructure(text)).toThrow(expect.objectContaining({ code: "VALUE_INVALID" }));
    },
  );
});
