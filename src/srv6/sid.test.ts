// A SID is its parts and nothing else: they are put together and taken apart again, whatever lengths the operator chose.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../test/support/outcome.ts";
import { covers, formatIpv6, formatPrefix, hostPrefix } from "./address.ts";
import {
  composeSid,
  DEFAULT_STRUCTURE,
  locatorOf,
  parseSid,
  parseStructure,
  type Sid,
  type SidStructure,
  splitSid,
  structureText,
} from "./sid.ts";

const structure: fc.Arbitrary<SidStructure> = fc
  .integer({ min: 1, max: 126 })
  .chain((blockBits) => fc.integer({ min: 1, max: 127 - blockBits }).map((nodeBits) => ({ blockBits, nodeBits })))
  .chain(({ blockBits, nodeBits }) =>
    fc
      .integer({ min: 1, max: 128 - blockBits - nodeBits })
      .map((functionBits) => ({ blockBits, nodeBits, functionBits })),
  );
const sid = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => value as Sid);
const below = (bits: number): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });

const text = (value: Sid): string => formatIpv6(value);

describe("a structure", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(structure, (one) => {
        expect(parseStructure(structureText(one))).toEqual(one);
      }),
    );
    expect(parseStructure("32/16/16")).toEqual(DEFAULT_STRUCTURE);
  });

  it.each(["", "32", "32/16", "32/16/16/64", "32/16/", "32/16/x", "32/16/-16", "32/16/16.0", " 32/16/16"])(
    "cannot be read: %j",
    (given) => {
      const { message, remedy } = refusal("VALUE_INVALID", () => parseStructure(given));
      expect(message).toContain(`"${given}" cannot be read`);
      expect(remedy).toContain("32/16/16");
    },
  );

  it.each(["0/16/16", "32/0/16", "32/16/0", "64/48/17", "128/1/1", "99999999999999999999/1/1"])(
    "does not fit an address: %s",
    (given) => {
      expect(refusal("VALUE_INVALID", () => parseStructure(given)).message).toContain("does not fit an address");
    },
  );

  it("may fill the address", () => {
    const full = parseStructure("64/48/16");
    expect(splitSid(parseSid("fd00:0:0:1:2:3:4:d001"), full)).toEqual({
      block: 0xfd00_0000_0000_0001n,
      node: 0x2_0003_0004n,
      function: 0xd001n,
      argument: 0n,
    });
  });
});

describe("a SID", () => {
  it("comes apart where a reader of its text would cut it", () => {
    const parts = splitSid(parseSid("fcbb:bb00:12:e001::42"), DEFAULT_STRUCTURE);
    expect(parts).toEqual({ block: 0xfcbbbb00n, node: 0x12n, function: 0xe001n, argument: 0x42n });
    expect(text(composeSid(parts, DEFAULT_STRUCTURE))).toBe("fcbb:bb00:12:e001::42");
  });

  it("may be cut inside an octet", () => {
    const parts = splitSid(parseSid("fd12:3456:789a::"), { blockBits: 20, nodeBits: 12, functionBits: 12 });
    expect(parts).toEqual({ block: 0xfd123n, node: 0x456n, function: 0x789n, argument: 0xan << 80n });
  });

  it("put together of its parts is the same SID", () => {
    fc.assert(fc.property(sid, structure, (one, shape) => composeSid(splitSid(one, shape), shape) === one));
  });

  it("gives back the parts that it was put together of", () => {
    const parts = structure.chain((shape) => {
      const { blockBits, nodeBits, functionBits } = shape;
      const argument = below(128 - blockBits - nodeBits - functionBits);
      return fc.tuple(
        fc.constant(shape),
        fc.record({ block: below(blockBits), node: below(nodeBits), function: below(functionBits), argument }),
      );
    });
    fc.assert(
      fc.property(parts, ([shape, given]) => {
        expect(splitSid(composeSid(given, shape), shape)).toEqual(given);
      }),
    );
  });

  it.each([
    ["block", 2n ** 32n],
    ["node", 0x1_0000n],
    ["function", 0xe0010n],
    ["argument", 2n ** 64n],
    ["node", -1n],
    ["function", -0x8000n],
  ] as const)("refuses a part that its structure has no room for: %s %s", (name, value) => {
    const parts = { block: 0xfcbbbb00n, node: 1n, function: 0n, argument: 0n };
    const { message, remedy } = refusal("VALUE_INVALID", () =>
      composeSid({ ...parts, [name]: value }, DEFAULT_STRUCTURE),
    );
    expect(message).toMatch(new RegExp(`^${name} 0x.*does not fit \\d+ bits of structure 32/16/16$`));
    expect(remedy).toContain(name);
  });

  it("has no argument where its structure leaves none", () => {
    const shape = parseStructure("64/48/16");
    const parts = { block: 1n, node: 1n, function: 1n };
    expect(splitSid(composeSid({ ...parts, argument: 0n }, shape), shape).argument).toBe(0n);
    expect(refusal("VALUE_INVALID", () => composeSid({ ...parts, argument: 1n }, shape)).message).toContain("0 bits");
  });
});

describe("a locator", () => {
  it("is block and node", () => {
    expect(formatPrefix(locatorOf(parseSid("fcbb:bb00:12:e001::42"), DEFAULT_STRUCTURE))).toBe("fcbb:bb00:12::/48");
    expect(formatPrefix(locatorOf(parseSid("fd12:3456:789a::"), parseStructure("20/10/12")))).toBe("fd12:3454::/30");
  });

  it("covers every SID of its node, and none of another", () => {
    fc.assert(
      fc.property(sid, sid, structure, (one, other, shape) => {
        const locator = locatorOf(one, shape);
        const [mine, its] = [splitSid(one, shape), splitSid(other, shape)];
        const sibling = composeSid({ ...its, block: mine.block, node: mine.node }, shape);
        expect(covers(locator, hostPrefix(sibling))).toBe(true);
        expect(covers(locator, hostPrefix(other))).toBe(mine.block === its.block && mine.node === its.node);
      }),
    );
  });
});
